"""Two machines that follow one order in PostgreSQL are the same, whatever happens to the database."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psycopg
import pytest
from store_samples import all_ids, publication, records

from newsroom import NOW, SUBJECTS, article, visit
from postgres import Cluster, Clusters, clusters
from recirc.engine import Engine
from recirc.settings import OrderSettings, Settings, StoreSettings
from recirc.store import history
from recirc.store.backup import backup, restore, verify
from recirc.store.orders.joining import join
from recirc.store.orders.order import Offer, OrderAwayError, Ordered, sequence
from recirc.store.ports import NOTHING, BusyError, ForkError, HistoryHead, StoreError, UnconfirmedError
from recirc.store.registry import Registry
from recirc.store.sequencer import Sequencer
from recirc.store.sqlite import SqliteStore
from recirc.types import Request

COMMANDS = 30_000
SEED = 7


@pytest.fixture(scope="module")
def servers() -> Iterator[Clusters]:
    with clusters() as made:
        yield made


@pytest.fixture(scope="module")
def primary(servers: Clusters) -> Cluster:
    return servers.primary()


class Machines:
    """Stores in folders of their own that follow one order."""

    def __init__(self, folder: Path, address: str, site: str) -> None:
        self.order = OrderSettings(engine="postgresql", address=address, site=site)
        self._folder = folder
        self._closing = ExitStack()

    def path(self, name: str) -> Path:
        return self._folder / name / "recirc.db"

    def store(self, name: str, *, busy_seconds: float = 20.0) -> SqliteStore:
        join(self.path(name), self.order, busy_seconds)
        return self._closing.enter_context(SqliteStore(self.path(name), busy_seconds=busy_seconds))

    def engine(self, name: str) -> Engine:
        join(self.path(name), self.order, 20.0)
        settings = Settings(
            store=StoreSettings(path=str(self.path(name)), busy_seconds=60.0), order=self.order
        )
        return self._closing.enter_context(closing(Engine.open(settings)))

    def close(self) -> None:
        self._closing.close()


@pytest.fixture
def machines(tmp_path: Path, primary: Cluster, request: pytest.FixtureRequest) -> Iterator[Machines]:
    made = Machines(tmp_path, primary.address, request.node.name)
    yield made
    made.close()


def silent(_step: str, _done: int, _total: int) -> None:
    """Nobody looks at the progress."""


def head_of(path: Path) -> HistoryHead:
    with closing(sqlite3.connect(path)) as connection:
        return history.head(connection)


def until(true: Any, seconds: float = 20.0) -> None:
    give_up = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < give_up
        time.sleep(0.01)


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


def offers_of(primary: Cluster, site: str) -> list[Offer]:
    with psycopg.connect(primary.address) as connection:
        rows = connection.execute(
            "SELECT id, time, sender, payload FROM recirc_commands WHERE site = %s ORDER BY position", (site,)
        ).fetchall()
    return [Offer(*row) for row in rows]


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
    tmp_path: Path, machines: Machines, primary: Cluster
) -> None:
    engines = [machines.engine("one"), machines.engine("other")]
    made = mixed(engines[0], engines[1], machines.path("one"), machines.path("other"))
    until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
    offers = offers_of(primary, machines.order.site)
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


def test_a_database_that_is_away_is_said_and_nothing_is_lost_when_it_is_back(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    machines = Machines(tmp_path, server.address, "away")
    try:
        store = machines.store("one", busy_seconds=2.0)
        store.intern(["a"])
        server.stop()
        with pytest.raises(UnconfirmedError, match="cannot be reached"):
            store.append(records([1])).result()
        assert store.end() == 0
        server.start()
        until(lambda: works(store, 2))
        assert all_ids(store) == [2]
    finally:
        machines.close()


def works(store: SqliteStore, number: int) -> bool:
    try:
        return store.append(records([number])).result() is not None
    except BusyError:
        return False


def test_a_wait_for_the_standby_that_was_cancelled_is_unknown_until_the_standby_has_it(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    standby = servers.standby(server)
    server.require_standby()
    machines = Machines(tmp_path, server.address, "cancelled")
    try:
        store = machines.store("one", busy_seconds=60.0)
        store.append(records([1]), [publication("a")]).result()
        standby.stop()
        future = store.append(records([2]))
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        until(lambda: bool(server.do(waiting)))
        server.do("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        time.sleep(1.0)
        assert not future.done()  # it is committed on the primary, and could still be lost with it
        standby.start()
        assert future.result(30)[1:3] == (1, 0)
        assert all_ids(store).count(2) == 1
        assert len(offers_of(server, "cancelled")) == head_of(machines.path("one")).position
    finally:
        machines.close()


def test_five_failovers_under_load_lose_nothing_and_apply_nothing_twice(
    tmp_path: Path, servers: Clusters
) -> None:
    first = servers.primary()
    standby = servers.standby(first)
    first.require_standby()
    ports = [first.port, standby.port]
    machines = Machines(tmp_path, addresses(ports), "failover")
    acknowledged: list[int] = []
    stop = threading.Event()
    try:
        stores = [machines.store(name, busy_seconds=15.0) for name in ("one", "other")]
        stores[0].append(records([]), [publication("a")]).result()
        threads = [
            threading.Thread(target=load, args=(store, number, acknowledged, stop))
            for number, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        primary = first
        for _ in range(5):
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 50, 60)
            primary.kill()
            standby.promote()
            primary, dead = standby, primary
            standby = servers.standby(primary, port=dead.port)
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before + 50, 60)
        stop.set()
        for thread in threads:
            thread.join()
        until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
        for store in stores:
            found = [number for number in all_ids(store) if number]
            assert set(acknowledged) <= set(found)
            assert len(found) == len(set(found))
        assert len({verify(machines.path(name), silent).digest for name in ("one", "other")}) == 1
    finally:
        stop.set()
        machines.close()


def addresses(ports: list[int]) -> str:
    hosts = ",".join("127.0.0.1" for _ in ports)
    return f"host={hosts} port={','.join(map(str, ports))} user=postgres dbname=postgres"


def load(store: SqliteStore, number: int, acknowledged: list[int], stop: threading.Event) -> None:
    """Events one after another, each sent until it is acknowledged."""
    event = number + 1
    while not stop.is_set():
        try:
            store.append(records([event])).result()
        except BusyError:
            continue
        acknowledged.append(event)
        event += 2


def test_a_standby_that_lacks_commands_is_noticed_within_two_seconds_and_refused(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    standby = servers.standby(server)  # asynchronous: nobody waits for it
    machines = Machines(tmp_path, addresses([server.port, standby.port]), "forked")
    try:
        stores = [machines.store(name, busy_seconds=10.0) for name in ("one", "other")]
        stores[0].append(records([1]), [publication("a")]).result()
        until(lambda: standby.do("SELECT count(*) FROM recirc_commands WHERE site = 'forked'") == [(1,)])
        standby.stop("fast")
        for number in range(2, 12):
            stores[1].append(records([number])).result()
        until(lambda: stores[0].end() == stores[1].end())
        server.kill()
        (standby.folder / "standby.signal").unlink()  # it was promoted before it could fetch the rest
        standby.start()
        since = time.monotonic()
        for store in stores:
            until(lambda store=store: said(store) is not None)
            assert time.monotonic() - since < 2.0 + 5.0 * (store is not stores[0])
        for store in stores:
            assert "went another way" in str(said(store))
            with pytest.raises(ForkError, match="went another way"):
                store.intern(["new"])
            assert store.end() == 12  # what it has stays readable
    finally:
        machines.close()


def said(store: SqliteStore) -> str | None:
    try:
        store.check_history(NOTHING)
    except ForkError as error:
        return str(error)
    return None


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


def test_an_order_that_is_away_is_a_reason_to_try_again() -> None:
    assert issubclass(OrderAwayError, BusyError)
