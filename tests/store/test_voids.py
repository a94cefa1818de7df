"""Events that are excluded afterwards: the log is then as if they had been excluded when they came."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import records
from test_decider import HOUR, MIDNIGHT, MINUTE, Line, append, lines, log_of

from recirc.store import voids
from recirc.store.apply import apply
from recirc.store.commands import Intern, Selection, Unvoid, Void
from recirc.store.database import connect, prepare
from recirc.store.decider import Decider
from recirc.store.decisions import DAY, decided
from recirc.store.ports import StoreError
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, VOIDED, Decision, EntryKind, RecordArray

NOW = MIDNIGHT + 2_000 * DAY

selections = st.builds(
    Selection,
    first=st.sampled_from([0, 0, 3, 11]),
    last=st.sampled_from([0, 0, 12, 400]),
    since=st.sampled_from([None, MIDNIGHT + 23 * HOUR, MIDNIGHT + 2 * DAY]),
    until=st.sampled_from([None, MIDNIGHT + 30 * HOUR, MIDNIGHT + 4 * DAY]),
    reader=st.sampled_from([None, None, 1, 2]),
    article=st.sampled_from([None, None, 0, 1]),
    ids=st.sampled_from([(), (), (2, 5, 7, 30)]),
    network=st.sampled_from([None, None, None, 1, 2]),
)


def kept(connection: sqlite3.Connection) -> RecordArray:
    blobs = connection.execute("SELECT records FROM log ORDER BY first").fetchall()
    return np.frombuffer(b"".join(blob for (blob,) in blobs), RECORD).copy()


def without(log: RecordArray, selected: list[Selection]) -> RecordArray:
    """The whole log, decided from its beginning with what is selected excluded."""
    sent = log.copy()
    for selection in selected:
        sent["excluded"][voids.matches(selection, 1, log)] |= VOIDED
    return decided(sent, 1800.0)


@given(
    st.lists(lines, min_size=1, max_size=40),
    st.lists(lines, max_size=10),
    st.lists(selections, min_size=1, max_size=3),
    st.integers(1, 9),
)
@settings(max_examples=80, deadline=None)
def test_the_log_is_as_if_they_had_been_excluded_at_once(
    drawn: list[Line], later: list[Line], chosen: list[Selection], size: int
) -> None:
    log = log_of(drawn)
    rest = log_of([*drawn, *later])[len(log) :]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "recirc.db"
        prepare(path, 5.0)
        with closing(connect(path, 5.0, writing=True)) as connection:
            decider = Decider()
            apply(connection, Intern(("a", "b", "c")), decider)
            for start in range(0, len(log), size):
                append(connection, decider, log[start : start + size], NOW)
            standing: list[Selection] = []
            for place, selection in enumerate(chosen):
                if not voids.matches(selection, 1, log).any():
                    with pytest.raises(StoreError, match="no event"):
                        apply(connection, Void(str(place), selection, "me", "bots", place), decider)
                    continue
                standing.append(selection)
                command = Void(str(place), selection, "me", "bots", place)
                count = apply(connection, command, decider)
                assert count == voids.matches(selection, 1, log).sum() == apply(connection, command, decider)
                assert kept(connection).tobytes() == without(log, standing).tobytes()
            append(connection, decider, rest, NOW)
            whole = np.concatenate([log, rest])
            bounded = [Selection(**{name: getattr(each, name) for name in each.__struct_fields__ if name != "last"},
                                 last=min(each.last or len(log), len(log))) for each in standing]  # fmt: skip
            assert kept(connection).tobytes() == without(whole, bounded).tobytes()
            for key in voids.entries(connection):
                apply(connection, Unvoid(key, "me", 9), decider)
            assert kept(connection).tobytes() == decided(whole, 1800.0).tobytes()


def test_a_clock_that_was_ahead_is_right_again(tmp_path: Path) -> None:
    """What came from a wrong clock and got in moves the log's days; without it they are those of the others."""
    with SqliteStore(tmp_path / "recirc.db", clock=lambda: NOW) as store:
        store.intern(["a"])
        log = np.repeat(records([1]), 40)
        log["id"], log["reader"] = 1 + np.arange(40), 7
        log["time"] = MIDNIGHT + 10 * MINUTE * np.arange(40)
        log["time"][5:8] += 900 * DAY
        for start in range(0, 40, 4):
            store.append(log[start : start + 4]).result()
        assert store.void("k", Selection(since=MIDNIGHT + 100 * DAY), "me", "a wrong clock") == 3
        found = store.read(0, 99)
        assert found.mends == (5,)
        sent = log.copy()
        sent["excluded"][5:8] = VOIDED
        assert found.records.tobytes() == decided(sent, 1800.0).tobytes()
        more = np.repeat(records([1]), 1)
        more["id"], more["reader"], more["time"] = 99, 7, log["time"][-1] + MINUTE
        store.append(more).result()
        assert not store.read(40, 9).records["decision"][0] & Decision.COUNTED, "the same reader a minute ago"


def test_only_events_are_excluded_and_it_is_told_who_and_why(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "recirc.db") as store:
        store.intern(["a"])
        log = records(range(1, 9))
        log["kind"][3] = EntryKind.WITHDRAW
        store.append(log).result()
        with pytest.raises(StoreError, match="no event"):
            store.void("x", Selection(first=4, last=4), "ann", "test")
        assert (
            store.void("y", Selection(first=3, last=5), "ann", "a test that ran against the live site") == 2
        )
        (key, entry), *_ = store.voids().items()
        assert (key, entry.by, entry.count, entry.first, entry.last) == ("y", "ann", 2, 3, 5)
        assert entry.reason.startswith("a test")
        assert store.unvoid("y", "bob") == store.unvoid("y", "bob") == 2
        assert store.voids()["y"].undone_by == "bob"
        with pytest.raises(StoreError, match="nothing was excluded"):
            store.unvoid("z", "bob")
        assert len(store.read(0, 9).mends) == 2
