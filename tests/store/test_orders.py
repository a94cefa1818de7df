"""Two machines that follow one order, in PostgreSQL or in JetStream, are the same."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from order_machines import Machines, head_of, offers_of, silent, until
from store_samples import all_ids, publication, records

from newsroom import NOW, SUBJECTS, article, visit
from order_engines import ENGINES, OrderEngine, order_engine
from recirc.engine import Engine
from recirc.settings import OrderSettings, Settings, StoreSettings
from recirc.store import history
from recirc.store.backup import backup, restore, verify
from recirc.store.orders.joining import join
from recirc.store.orders.order import Offer, Ordered, sequence
from recirc.store.orders.restarting import begin_order
from recirc.store.ports import NOTHING, ForkError, HistoryHead, StoreError
from recirc.store.registry import Registry
from recirc.store.sequencer import Sequencer
from recirc.store.sqlite import SqliteStore
from recirc.types import Request

COMMANDS = 30_000
SEED = 7


@pytest.fixture(scope="module", params=ENGINES)
def shared(request: pytest.FixtureRequest) -> Iterator[OrderEngine]:
    with order_engine(request.param) as made:
        yield made


@pytest.fixture
def machines(tmp_path: Path, shared: OrderEngine, request: pytest.FixtureRequest) -> Iterator[Machines]:
    made = Machines(tmp_path, shared.address, request.node.name, engine=shared.name)
    yield made
    made.close()


def test_what_one_machine_wrote_the_other_has_and_both_have_the_same_indices(machines: Machines) -> None:
    one, other = machines.store("one"), machines.store("other")
    assert one.intern(["a", "b"]).tolist() == [0, 1]
    assert other.intern(["b", "c"]).tolist() == [1, 2]
    receipt = one.append(records([1, 2]), [publication("a")]).result()
    assert other.append(records([2, 3])).result()[:3] == (receipt.offset + 1, 1, 1)
    until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
    assert verify(machines.path("one"), silent).digest == verify(machines.path("other"), silent).digest


def test_commands_that_were_offered_before_a_machine_came_are_applied_there(machines: Machines) -> None:
    one = machines.store("one")
    for number in range(1200):
        last = one.append(records([number], article=one.intern([f"article {number % 5}"])[0]))
    last.result()
    late = machines.store("late")
    until(lambda: late.end() == one.end())
    assert all_ids(late) == all_ids(one)


def mixed(one: Engine, other: Engine, path_of_one: Path, path_of_other: Path) -> int:
    """Publications, events, withdrawals and settings of the registry, by both machines in turn; how many commands."""
    rng = np.random.default_rng(SEED)
    subjects = list(SUBJECTS)
    pending: list[Future[Any]] = []
    registries = [Registry(path, "pins", busy_seconds=60.0) for path in (path_of_one, path_of_other)]
    named = [f"{subjects[n % 4]}-{n // 4}" for n in range(400)]
    for engine in (one, other):
        engine.intern(named)
    made = 1
    while made < COMMANDS:
        turn = made % 2
        engine = (one, other)[turn]
        draw = rng.random()
        if draw < 0.02:
            n = int(rng.integers(400))
            pending.append(
                engine.publish([article(named[n], subjects[n % 4], n // 4, summary=f"draft {made}")])
            )
        elif draw < 0.022:
            pending.append(engine.withdraw([named[int(rng.integers(400))]]))
        elif draw < 0.024:
            registries[turn].set((f"{int(rng.integers(9)):02}", str(made).encode(), None))
        else:
            first = int(rng.integers(400))
            path = [named[(first + step * 4) % 400] for step in range(int(rng.integers(1, 4)))]
            pending.append(
                engine.observe(visit(path, int(rng.integers(1, 2000)), int(rng.integers(60_000, 86_400_000))))
            )
        made += 1
        if len(pending) >= 400:
            for future in pending:
                future.result()
            pending.clear()
    for future in pending:
        future.result()
    return made


class Replayed:
    """A finished order, from which a store of its own is made without the database."""

    durable = False

    def __init__(self, offers: list[Offer]) -> None:
        self._left = offers

    def offer(self, _: Any) -> None:
        raise AssertionError("nobody offers anything")

    def give_up(self, ids: Any) -> None:
        assert not ids

    def follow(self, head: HistoryHead, _: float) -> list[Ordered] | None:
        taken, self._left = self._left[:777], self._left[777:]
        return sequence(head, taken) or None

    def end(self) -> None:
        """It ends by itself."""

    def close(self) -> None:
        """There is nothing to close."""


def test_after_many_commands_by_both_in_turn_rows_state_shelves_and_searches_are_those_of_one_machine(
    tmp_path: Path, machines: Machines
) -> None:
    engines = [machines.engine("one"), machines.engine("other")]
    made = mixed(engines[0], engines[1], machines.path("one"), machines.path("other"))
    until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
    offers = offers_of(machines.order)
    assert len(offers) == head_of(machines.path("one")).position >= made
    alone = tmp_path / "alone" / "recirc.db"
    SqliteStore(alone).close()
    Sequencer(alone, 5.0, Replayed(offers)).close()
    engines.append(Engine.open(Settings(store=StoreSettings(path=str(alone)))))
    try:
        paths = [machines.path("one"), machines.path("other"), alone]
        assert head_of(alone) == head_of(paths[0])
        assert len({verify(path, silent).digest for path in paths}) == 1
        saved = []
        for engine in engines:
            engine.catch_up()
            with engine._log_consumer.reading() as state:
                saved.append(state.save())
        for arrays in saved[1:]:
            for name, array in saved[0].items():
                assert np.array_equal(array, arrays[name], equal_nan=True), name
        rng = np.random.default_rng(SEED)
        names = [f"{subject}-{n}" for subject in SUBJECTS for n in range(100)]
        for number in range(1000):
            chosen = rng.choice(names, 3).tolist()
            request = Request(article=chosen[0], history=tuple(chosen[1:]), personalised=bool(number % 2))
            answers = {msgspec.json.encode(engine.shelves(request, NOW)) for engine in engines}
            assert len(answers) == 1
        words = " ".join(SUBJECTS.values()).split()
        for number in range(100):
            query = " ".join(rng.choice(words, 1 + number % 3).tolist())
            assert len({msgspec.json.encode(engine.browse.search(query, NOW, 20)) for engine in engines}) == 1
    finally:
        engines[-1].close()


def test_a_store_with_a_history_of_its_own_is_refused(machines: Machines) -> None:
    machines.store("one").append(records([1, 2]), [publication("a")]).result()
    with SqliteStore(machines.path("stranger")) as stranger:
        stranger.intern(["other"])
    stranger = machines.store("stranger", busy_seconds=5.0)
    with pytest.raises(ForkError, match="a history of its own"):
        stranger.intern(["new"])


def test_a_store_that_was_there_first_begins_the_order_and_others_begin_with_its_backup(
    tmp_path: Path, machines: Machines
) -> None:
    with SqliteStore(machines.path("first")) as first:
        first.append(records([]), [publication("a")]).result()
    first = machines.store("first")
    first.append(records([5])).result()
    empty = machines.store("empty", busy_seconds=5.0)
    with pytest.raises(ForkError, match="begin with a backup"):
        empty.intern(["new"])
    first.intern(["b"])
    now = datetime(2026, 11, 29, tzinfo=UTC)
    copy, _ = backup(machines.path("first"), tmp_path / "copy.db", now, silent)
    restore(copy, machines.path("second"), now, silent, order=machines.order.site)
    second = machines.store("second")
    assert second.intern(["c"]).tolist() == [2]
    assert first.intern(["c"]).tolist() == [2]


def test_an_order_is_begun_anew_from_one_store_and_others_must_be_rebuilt_from_it(machines: Machines) -> None:
    one, other = machines.store("one"), machines.store("other")
    one.intern(["a", "b"])
    until(lambda: other.intern(["a"]).tolist() == [0])
    machines.close()
    head = head_of(machines.path("one"))
    assert begin_order(machines.path("one"), machines.order, 5.0) == head.position
    one, other = machines.store("one"), machines.store("other", busy_seconds=5.0)
    assert one.intern(["c"]).tolist() == [2]
    assert head_of(machines.path("one")).position == head.position + 1
    with pytest.raises(ForkError):
        other.intern(["d"])


def test_a_store_of_an_order_is_not_written_to_without_it(machines: Machines) -> None:
    machines.store("one").intern(["a"])
    machines.close()
    machines.path("one").with_name("recirc.db.order").unlink()
    with (
        pytest.raises(StoreError, match=r"start recirc serve with \[order\]"),
        SqliteStore(machines.path("one")) as store,
    ):
        store.intern(["b"])
    with pytest.raises(StoreError, match="several machines"):
        join(machines.path("one"), OrderSettings(), 5.0)


def test_a_file_that_was_replaced_by_an_older_copy_is_noticed_by_who_follows_it(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.append(records([1]), [publication("a")]).result()
        store.append(records([2])).result()
        known = store.check_history(NOTHING)
        with closing(sqlite3.connect(path)) as connection:  # as if the file had been replaced
            connection.execute("DELETE FROM commands WHERE position = 2")
            connection.commit()
        with pytest.raises(ForkError, match="went back"):
            store.check_history(known)


def test_a_fork_that_was_noted_before_a_restart_is_forgotten_when_it_is_mended(machines: Machines) -> None:
    machines.store("one").intern(["a"])
    machines.close()
    with closing(sqlite3.connect(machines.path("one"))) as connection:
        history.note_fork(connection, "the order went another way")
        connection.commit()
    store = machines.store("one")
    store.intern(["b"])
    assert store.check_history(NOTHING).position == 2
