"""What the sequencer decides once, and that it decides the same again after any restart, rollback and cut."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import records

from recirc.store import rows
from recirc.store.apply import apply
from recirc.store.commands import Append, Intern
from recirc.store.database import connect, prepare
from recirc.store.decider import Decider, DecisionRules
from recirc.store.decisions import DAY, ENOUGH_CONFIRMED, DecisionTables, decided
from recirc.store.ports import Receipt
from recirc.store.sqlite import SqliteStore
from recirc.store.strata import CROWD, KINDS
from recirc.types import RECORD, UNDONE, Decision, EntryKind, Exclusion, RecordArray, networks

MIDNIGHT = 20_700 * DAY
MINUTE, HOUR = 60_000, 3_600_000

Line = tuple[int, int, int, int, int, bool]  # kind, article, reader, gap, late, excluded

lines = st.tuples(
    st.sampled_from(
        [EntryKind.VIEW] * 4 + [EntryKind.REACTION, EntryKind.READ, EntryKind.IMPRESSION, EntryKind.SHARE]
    ),
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from([0, 700, 3_000, 3_000, MINUTE, 30 * MINUTE - 1, HOUR, 9 * HOUR, DAY]),
    st.sampled_from([0, 0, 0, MINUTE, 5 * HOUR, 40 * HOUR, 30 * DAY]),
    st.booleans(),
)


def log_of(drawn: Sequence[Line]) -> RecordArray:
    made = np.zeros(len(drawn), RECORD)
    now = MIDNIGHT + 22 * HOUR
    for place, (kind, article, reader, gap, late, excluded) in enumerate(drawn):
        now += gap
        record = made[place]
        record["kind"], record["article"], record["reader"], record["source"] = kind, article, reader, -1
        record["id"], record["time"], record["excluded"] = 1 + place, now - late, excluded
        record["name"] = UNDONE * (place % 2) if kind == EntryKind.REACTION else 255
        record["decision"] = Decision.KEYED * (place % 5 == 0) | Decision.CONFIRMED * (place % 7 < 4)
        if kind == EntryKind.VIEW:
            record["name"] = 3 + place % 2
            networks(made)[place] = 1 + place % 3
        if kind == EntryKind.IMPRESSION:
            record["source"], record["article"] = article, (article + 1) % 3
    return np.concatenate([confirmed_readers(), made])


def confirmed_readers() -> RecordArray:
    """Enough readers of one article for the site to be known as one whose browsers ask for pages, and who show life."""
    made = np.zeros(ENOUGH_CONFIRMED, RECORD)
    made["kind"], made["article"], made["source"], made["name"] = EntryKind.VIEW, 2, -1, 255
    made["reader"] = made["id"] = 1000 + np.arange(len(made))
    made["time"], made["decision"] = MIDNIGHT + 22 * HOUR - 10_000, Decision.CONFIRMED
    made["name"], networks(made)[:] = np.arange(len(made)) % 5, 10 + np.arange(len(made))
    alive = made.copy()
    alive["kind"], alive["id"], alive["time"] = (
        EntryKind.READ,
        5000 + np.arange(len(made)),
        MIDNIGHT + 22 * HOUR,
    )
    alive["name"], alive["scroll"] = 255, 0.5
    return np.concatenate([made, alive])


def append(connection: sqlite3.Connection, decider: Decider, part: RecordArray, now: int) -> Receipt:
    receipt = apply(connection, Append(part.tobytes(), (), now, now), decider)
    assert isinstance(receipt, Receipt)
    return receipt


@given(
    st.lists(lines, max_size=40),
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(["goes on", "restarts", "prepares", "rolls back"])),
        max_size=6,
    ),
    st.sampled_from([30 * MINUTE, 0, 3 * DAY]),
)
@settings(max_examples=60, deadline=None)
def test_decisions_depend_on_the_order_alone(
    drawn: list[Line], cuts: list[tuple[int, str]], repeat: int
) -> None:
    """However the log is cut, and whenever the sequencer is started anew or a transaction fails."""
    log = log_of(drawn)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recirc.db"
        prepare(path, 5.0)
        with closing(connect(path, 5.0, writing=True)) as connection:
            apply(connection, Intern(("a", "b", "c")), Decider())
            decider = Decider()
            connection.execute(
                "INSERT INTO registry VALUES ('rules', 'events', 1, ?)",
                (DecisionRules(repeat=repeat).change().value,),
            )
            start = 0
            for stop, then in sorted(
                ((min(cut, len(log)), then) for cut, then in cuts), key=lambda each: each[0]
            ):
                part, now = log[start:stop], 40 * DAY + MIDNIGHT + 1_000 * 10**6
                if then in ("restarts", "prepares"):
                    decider = Decider()
                    if then == "prepares":
                        decider.prepare(connection)
                elif then == "rolls back":
                    connection.execute("BEGIN")
                    append(connection, decider, part, now)
                    connection.execute("ROLLBACK")
                assert append(connection, decider, part, now).accepted == len(part)
                start = stop
            append(connection, decider, log[start:], now=60 * DAY + MIDNIGHT + 1_000 * 10**6)
            blobs = connection.execute("SELECT records FROM log ORDER BY first").fetchall()
    kept = np.frombuffer(b"".join(blob for (blob,) in blobs), RECORD)
    assert kept.tobytes() == decided(log, repeat / 1000).tobytes()


def test_a_sequencer_that_has_nothing_to_do_is_ready_for_the_first_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, recalled = tmp_path / "recirc.db", threading.Event()
    with SqliteStore(path) as store:
        store.intern(["a"])
        store.append(records([1, 2])).result()
    recall = Decider._recall

    def noted(decider: Decider, connection: sqlite3.Connection) -> None:
        recall(decider, connection)
        recalled.set()

    monkeypatch.setattr(Decider, "_recall", noted)
    with SqliteStore(path) as store:
        store.intern(["b"])
        assert recalled.wait(60)
        recalled.clear()
        assert store.append(records([2, 3])).result()[:3] == (3, 1, 1)
        assert not recalled.is_set(), "the event found the tables"


def test_an_id_is_remembered_for_its_window_and_by_kind_of_sender(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    prepare(path, 5.0)
    keyed, browsers = records([1, 2]), records([1, 2])
    keyed["decision"] = Decision.KEYED
    with closing(connect(path, 5.0, writing=True)) as connection:
        apply(connection, Intern(("a",)), Decider())
        decider = Decider()

        def sent(part: RecordArray, now: int) -> int:
            assert append(connection, Decider(), part[:0], now).accepted == 0
            return append(connection, decider, part, now).accepted

        assert sent(keyed, MIDNIGHT) == sent(browsers, MIDNIGHT) == 2, "each kind has ids of its own"
        assert sent(browsers, MIDNIGHT + 2 * DAY - 1) == 0
        assert sent(browsers, MIDNIGHT + 3 * DAY) == 2
        assert sent(keyed, MIDNIGHT + 30 * DAY - 1) == 0
        decider = Decider()
        assert sent(keyed, MIDNIGHT + 30 * DAY) == 0, "also after a restart"
        assert sent(keyed, MIDNIGHT + 45 * DAY) == 2


def test_no_entry_is_later_than_the_order_s_clock(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "recirc.db", clock=lambda: MIDNIGHT) as store:
        store.intern(["a"])
        late = records([1, 2, 3])
        late["time"] = [MIDNIGHT - HOUR, MIDNIGHT + 4_000 * DAY, 2**62]
        store.append(late).result()
        time = store.read(0, 9).records["time"]
        assert time[0] == MIDNIGHT - HOUR
        assert time[1] == time[2] < MIDNIGHT + 1_000 * DAY


def test_another_repeat_time_has_effect_on_later_events(tmp_path: Path) -> None:
    views = np.repeat(records([1]), 3)
    views["id"], views["time"] = [1, 2, 3], MIDNIGHT + MINUTE * np.arange(3)
    counted: list[bool] = []
    for place, repeat in enumerate((30 * MINUTE, 30 * MINUTE, MINUTE)):
        with SqliteStore(tmp_path / "recirc.db", rules=DecisionRules(repeat=repeat)) as store:
            store.intern(["a"])
            store.append(views[place : place + 1]).result()
            found = store.read(0, 9).records
        counted = [bool(decision & Decision.COUNTED) for decision in found["decision"].tolist()]
    assert counted == [True, False, True]


def test_tables_hold_the_newest_days_only() -> None:
    log = np.repeat(records([1]), 30_000)
    log["reader"], log["time"] = 1 + np.arange(30_000), MIDNIGHT + DAY * np.arange(30_000) // 1_000
    tables = DecisionTables(30 * MINUTE)
    for start in range(0, len(log), 500):
        tables.decide(log[start : start + 500])
    assert tables.size <= 2 * 16_384
    assert (log["decision"] & Decision.NEW_READER).all()


def test_every_table_has_room_for_articles_that_come_one_by_one() -> None:
    tables = DecisionTables(30 * MINUTE)
    made = np.zeros(400, RECORD)
    made["kind"], made["source"], made["name"] = EntryKind.VIEW, -1, 3
    made["article"], made["reader"] = np.arange(400), 1 + np.arange(400) % 7
    made["time"], made["id"] = MIDNIGHT + np.arange(400) * 1000, 1 + np.arange(400)
    for each in range(len(made)):
        tables.decide(made[each : each + 1])
        doubts = tables._tables().doubts
        assert doubts.evidence.articles.shape[1] == doubts.held.shape[1]
        assert len(doubts.strata.totals) >= KINDS * (
            doubts.held.shape[1] + 1
        )  # that of the site is the first
    assert (made["decision"] & Decision.NEW_READER > 0).all()


@pytest.mark.parametrize("known", [1, 5_000, 300_000])
def test_a_log_of_any_length_is_recalled(tmp_path: Path, known: int) -> None:
    path = tmp_path / "recirc.db"
    sent = np.repeat(records([1]), known)
    sent["id"], sent["reader"] = 1 + np.arange(known), 1 + np.arange(known) % 1_000
    sent["time"] = MIDNIGHT + np.arange(known)
    with SqliteStore(path) as store:
        store.intern(["a"])
        for start in range(0, known, 50_000):
            store.append(sent[start : start + 50_000]).result()
    with SqliteStore(path) as store:
        assert store.append(sent[-10_000:]).result().accepted == 0
    with closing(connect(path, 5.0, writing=False)) as connection:
        assert rows.end(connection) == known


def view_of(reader: int, network: int, agent: int, seconds: float, confirmed: bool = True) -> RecordArray:
    """A browser's view of article 0."""
    made = np.zeros(1, RECORD)
    made["kind"], made["reader"], made["id"], made["source"] = EntryKind.VIEW, reader, reader, -1
    made["name"], made["time"] = agent, MIDNIGHT + 22 * HOUR + 1000 * seconds
    made["decision"] = Decision.CONFIRMED * confirmed
    networks(made)[:] = network
    return made


def life_of(view: RecordArray, seconds: float, kind: EntryKind = EntryKind.READ) -> RecordArray:
    """What the same reader's browser sends so long after the view."""
    made = view.copy()
    made["kind"], made["id"], made["name"], made["scroll"] = kind, view["id"] + 10**6, 255, 0
    made["time"] += int(1000 * seconds)
    if kind == EntryKind.IMPRESSION:
        made["source"], made["article"], made["shelf"] = view["article"], 1, 1
    return made


def who_counts(*parts: RecordArray) -> tuple[int, dict[int, int]]:
    """Readers of article 0 who count, and how many views are excluded why, after a site's ordinary readers."""
    log = np.concatenate(parts)
    log = np.concatenate([confirmed_readers(), log[np.argsort(log["time"], kind="stable")]])
    found = decided(log, 1800.0)
    own = np.where(found["kind"] == EntryKind.IMPRESSION, found["source"], found["article"]) == 0
    counted = int((((found["decision"] & Decision.NEW_READER) != 0) & own).sum())
    reasons, how_many = np.unique(found["excluded"][found["excluded"] > 0], return_counts=True)
    return counted, dict(zip(reasons.tolist(), how_many.tolist(), strict=True))


def test_views_of_which_nothing_more_is_heard_count_as_far_as_is_usual() -> None:
    counted, why = who_counts(*(view_of(2000 + n, 100 + n, n % 5, n) for n in range(80)))
    assert counted == 0
    assert why == {Exclusion.LIFELESS: 80}


@pytest.mark.parametrize("kind", [EntryKind.READ, EntryKind.IMPRESSION])
def test_a_reader_in_doubt_counts_with_the_first_sign_of_life(kind: EntryKind) -> None:
    views = [view_of(2000 + n, 100 + n, n % 5, n / 100) for n in range(80)]
    assert who_counts(*views, *(life_of(view, 5, kind) for view in views))[0] == 80


def test_a_sign_of_life_at_once_is_none() -> None:
    views = [view_of(2000 + n, 100 + n, n % 5, n) for n in range(80)]
    assert who_counts(*views, *(life_of(view, 0.5) for view in views))[0] <= 1


def test_one_network_and_one_browser_are_not_many_readers() -> None:
    ordinary = [view_of(2000 + n, 100 + n, n % 5, n / 10) for n in range(60)]
    lived = [*ordinary, *(life_of(view, 3) for view in ordinary)]
    before = who_counts(*lived)[0]
    assert before == 60
    same_network = [view_of(3000 + n, 99, n % 5, 20 + n) for n in range(50)]
    counted, why = who_counts(*lived, *same_network)
    assert counted - before <= 3
    assert sum(why.values()) >= 45
    same_browser = [view_of(3000 + n, 400 + n, 77, 20 + n) for n in range(50)]
    assert who_counts(*lived, *same_browser)[0] - before <= 3


def test_a_school_counts_and_a_network_without_end_does_not() -> None:
    def network_of(size: int) -> list[RecordArray]:
        views = [view_of(3000 + n, 99, n % 5, n / 10) for n in range(size)]
        return [*views, *(life_of(view, 4) for view in views)]

    assert who_counts(*network_of(120))[0] == 120
    assert who_counts(*network_of(900))[0] == pytest.approx(CROWD, abs=2)


def test_unconfirmed_readers_count_as_far_as_is_usual_and_only_alive() -> None:
    assert who_counts(*(view_of(2000 + n, 100 + n, n % 5, n, False) for n in range(40)))[0] == 0
    views = [view_of(2000 + n, 100 + n, n % 5, n, False) for n in range(40)]
    assert who_counts(*views, *(life_of(view, 4) for view in views))[0] == 0, "so many are none"
    assert who_counts(views[0], life_of(views[0], 4))[0] == 1


def test_who_left_at_once_counts_when_enough_others_stayed() -> None:
    """Two of a hundred show no life: as many as elsewhere, once the others are known."""
    views = [view_of(2000 + n, 100 + n, n % 5, n / 100) for n in range(100)]
    signs = [life_of(view, 4) for view in views[2:]]
    assert who_counts(*views, *signs)[0] == 98
    assert who_counts(*views, *signs, *again(signs, 3))[0] == 100


def again(signs: Sequence[RecordArray], seconds: float) -> list[RecordArray]:
    """The same signs of life once more, so much later."""
    more = [sign.copy() for sign in signs]
    for each in more:
        each["id"] += 10**6
        each["time"] += int(1000 * seconds)
    return more


def test_of_a_crowd_without_life_nobody_counts_however_long_others_stay() -> None:
    """A few would be plausible; all of them are not, so that sending many gains less than sending one."""
    stayed = [view_of(2000 + n, 100 + n, n % 5, n / 100) for n in range(40)]
    signs = [life_of(view, 4) for view in stayed]
    later = [each for round_ in range(5) for each in again(signs, 60 * (1 + round_))]
    for number, each in enumerate(later):
        each["id"] += number
    gone = [view_of(3000 + n, 300 + n, n % 5, 10 + n / 10) for n in range(100)]
    assert who_counts(*stayed, *signs, *gone, *later)[0] == 40
    assert who_counts(*stayed, *signs, *gone[:2], *later)[0] == 42


def test_who_left_at_once_counts_also_among_readers_who_are_alike() -> None:
    """All have the browser of one mail application: those who stay show that it is a crowd of people."""
    views = [view_of(2000 + n, 100 + n, 77, n / 100) for n in range(100)]
    signs = [life_of(view, 4) for view in views[2:]]
    assert who_counts(*views, *signs, *again(signs, 3))[0] == 100


def test_a_sign_of_life_may_come_a_second_after_the_view() -> None:
    views = [view_of(2000 + n, 100 + n, n % 5, n / 100) for n in range(80)]
    assert who_counts(*views, *(life_of(view, 2.1) for view in views))[0] == 80


def test_impressions_and_reactions_of_readers_in_doubt_do_not_count() -> None:
    views = [view_of(2000 + n, 99, 3, n) for n in range(40)]
    early = [life_of(view, 0.2, EntryKind.IMPRESSION) for view in views]
    reactions = [life_of(view, 0.3, EntryKind.REACTION) for view in views]
    for each in reactions:
        each["name"] = 0
    log = np.concatenate(
        [confirmed_readers(), *(np.concatenate(part) for part in zip(views, early, reactions, strict=True))]
    )
    found = decided(log, 1800.0)
    for kind, flag in ((EntryKind.IMPRESSION, Decision.COUNTED), (EntryKind.REACTION, Decision.GIVEN)):
        assert (((found["decision"] & flag) != 0) & (found["kind"] == kind)).sum() <= 2
