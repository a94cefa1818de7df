"""The laws of order and once, over every command that there is."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from store_samples import publication, records

from recirc.store import rows
from recirc.store.apply import apply
from recirc.store.commands import (
    AddRules,
    Append,
    ArticleRow,
    Change,
    Command,
    DropPictures,
    DropProvisional,
    EndRules,
    Erase,
    EraseEvents,
    EraseNames,
    FillAddresses,
    HoldBack,
    IndexWords,
    Intern,
    KeepPicture,
    KeepProvisional,
    NoteAction,
    Release,
    Selection,
    SetEntries,
    Unvoid,
    Void,
    Withdraw,
)
from recirc.store.database import connect, prepare
from recirc.store.decider import Decider, DecisionRules
from recirc.store.decisions import DAY
from recirc.store.erased_names import erased_names
from recirc.store.link import RESULTS
from recirc.store.ports import StoreError
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.text.slugs import key, slug
from recirc.types import Article, Author, EntryKind, PictureFacts

START = 20_700 * DAY
NAMES = tuple("abcdef")
ERASED = {
    "author": erased_names("author", ["Ada Pask"], texts=True),
    "topic": erased_names("topic", ["Tides and quays"], texts=False),
}
PICTURES = ("https://a.example/1.jpg", "https://a.example/2.jpg")
FACTS = PictureFacts(key="0" * 32, width=400, height=300, widths=(320, 400), colour="#102030")
MINUTE = 60_000


def views(ids: Sequence[int], now: int, article: int) -> bytes:
    made = records(ids, article=article)
    made["reader"], made["time"] = 1 + made["id"] % 3, now - MINUTE * (made["id"] % 90)
    made["kind"] = np.where(made["id"] % 11 == 0, EntryKind.WITHDRAW, EntryKind.VIEW)
    return made.tobytes()


def append(ids: list[int], names: list[str], headline: str, article: int, now: int) -> Append:
    """Events, among them withdrawals, and articles: what is published again after its withdrawal is there again."""
    made = [rows.article_row(publication(name, headline)) for name in names]
    articles = tuple(structs.replace(row, pictures=(PICTURES[len(headline + row.id) % 2],)) for row in made)
    return Append(views(ids, START + now, article), articles, START + now, START + now)


def change(key: str, value: str, version: int | None) -> SetEntries:
    return SetEntries((Change("pins", key, value.encode() or None, version),))


def withdrawal(article: int, now: int) -> Withdraw:
    made = records([article + 1], kind=EntryKind.WITHDRAW, article=article)
    made["time"] = START + now
    why = (Change("withdrawals", NAMES[article], b"{}", None),)
    return Withdraw(made.tobytes(), why, START + now)


def pinned(name: str) -> bytes:
    about = RuleTarget(TargetKind.ARTICLE, name)
    return msgspec.json.encode(Rule(kind=RuleKind.PIN, target=about, shelves=("front",), place=1))


def named() -> ArticleRow:
    """An article by somebody whose name is erased, and about a topic that is."""
    authors, topics = (Author(name="Ada Pask"), Author(name="Bo Lund")), ("Tides and quays", "Ferries")
    article = Article(
        id="e", headline="Ada Pask’s quay", body="<p>Ada Pask.</p>", authors=authors, topics=topics
    )
    made = publication("e")
    keys_of = {
        field: tuple(key(slug(name)) for name in names)
        for field, names in (("authors", ("Ada Pask", "Bo Lund")), ("topics", topics))
    }
    return rows.article_row(
        made._replace(article=article, features=structs.replace(made.features, **keys_of))
    )


BEGINNING = (
    append(list(range(1, 30)), ["a", "b"], "h", 1, DAY),
    Append(b"", (named(),), START + DAY, START + DAY),
    KeepProvisional(((1, "https://a.example/1", START, b"seen"),)),
    AddRules((("x", pinned("a")),), "me", START, ""),
    Void("x", Selection(article=1), "me", "why", 5),
    HoldBack("c", b"{}", START, "embargo"),
    change("x", "1", None),
)
"""What most commands need to have an effect."""
times = st.sampled_from([0, MINUTE, DAY, 3 * DAY, 40 * DAY])
names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
keys = st.sampled_from("xyz")
drawn: dict[type, st.SearchStrategy[Command]] = {
    Append: st.builds(append, st.lists(st.integers(1, 40), max_size=8), names, keys, st.integers(0, 5), times),
    Intern: st.builds(lambda ids: Intern(tuple(ids)), names),
    SetEntries: st.one_of(
        st.builds(change, keys, st.sampled_from(["", "1", "2"]), st.sampled_from([None, 0, 1, 2])),
        st.builds(
            lambda repeat: SetEntries((DecisionRules(repeat=repeat).change(),)), st.sampled_from([0, MINUTE, DAY])
        ),
    ),
    IndexWords: st.just(IndexWords()),
    FillAddresses: st.just(FillAddresses(((0, ("https://a.example/",)),))),
    Void: st.builds(
        lambda key, article, since: Void(key, Selection(article=article, since=since), "me", "why", 5),
        keys, st.sampled_from([None, 0, 1]), st.sampled_from([None, START, START + DAY]),
    ),
    Unvoid: st.builds(lambda key: Unvoid(key, "me", 6), keys),
    Withdraw: st.builds(withdrawal, st.integers(0, len(NAMES) - 1), times),
    HoldBack: st.builds(
        lambda name, until: HoldBack(name, b"{}", until, "embargo"),
        st.sampled_from(NAMES), st.sampled_from([None, START, START + DAY]),
    ),
    Release: st.builds(lambda ids, until: Release(tuple(ids), until), names, st.sampled_from([None, START])),
    KeepProvisional: st.builds(
        lambda key, now: KeepProvisional(((key, f"https://a.example/{key}", START + now, b"seen"),)),
        st.integers(1, 3), times,
    ),
    DropProvisional: st.builds(lambda key: DropProvisional((key,)), st.integers(1, 3)),
    KeepPicture: st.builds(
        lambda address, facts, due: KeepPicture(address, facts, due, 1, "" if facts else "why"),
        st.sampled_from(PICTURES), st.sampled_from([None, FACTS]), st.sampled_from([None, START]),
    ),
    DropPictures: st.builds(lambda address: DropPictures((address,)), st.sampled_from(PICTURES)),
    NoteAction: st.builds(lambda key: NoteAction(key, START, "beth", "editor", "pin", "a"), keys),
    AddRules: st.builds(
        lambda key, name, now, old: AddRules(((key, pinned(name)),), "me", START + now, old if old != key else ""),
        keys, st.sampled_from(NAMES), times, st.sampled_from(["", "x", "y"]),
    ),
    EndRules: st.builds(lambda key, now: EndRules((key,), "me", START + now), keys, times),
    Erase: st.builds(
        lambda key, ids, now: Erase(key, tuple(ids), (bytes(16),), "control", "me", "", START + now), keys, names, times
    ),
    EraseNames: st.builds(
        lambda key, kind, now: EraseNames(f"n{key}", ERASED[kind], "control", "me", "", START + now),
        keys, st.sampled_from(["author", "topic"]), times,
    ),
    EraseEvents: st.builds(
        lambda key, now: EraseEvents(f"e{key}", "a day", START + now, START + now + DAY, "c", "me", "", START),
        keys, times,
    ),
}  # fmt: skip
"""How each command is drawn. Both laws are run over all of them: over each by itself, and over any mixture."""
commands = st.one_of(
    drawn[Append], *drawn.values()
)  # appends are two in the mixture: most others need one before


def test_every_command_is_drawn() -> None:
    assert set(drawn) == set(get_args(Command))


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
def test_what_is_drawn_is_that_command(kind: type) -> None:
    @given(drawn[kind])
    @settings(max_examples=5, deadline=None)
    def check(command: Command) -> None:
        assert type(command) is kind

    check()


def test_every_command_has_an_answer_for_another_process() -> None:
    assert set(RESULTS) == set(get_args(Command))


def applied(
    path: Path, given: Sequence[Command], *, restarts: bool, fails: bool, twice: bool
) -> list[object]:
    """The rows of all tables after these commands, each by one sequencer or another, after a failure, or twice."""
    prepare(path, 5.0)
    with closing(connect(path, 5.0, writing=True)) as connection:
        decider = Decider()
        apply(connection, Intern(NAMES), decider)
        for command in given:
            decider = Decider() if restarts else decider
            for attempt in range(1 + fails + twice):
                connection.execute("BEGIN")
                connection.execute("SAVEPOINT command")
                try:
                    apply(connection, command, decider)
                except StoreError:
                    connection.execute("ROLLBACK TO command")
                connection.execute("ROLLBACK" if fails and not attempt else "COMMIT")
        return rows_of(connection)


def rows_of(connection: sqlite3.Connection) -> list[object]:
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    ]
    found: list[object] = []
    for name in tables:
        condition = " WHERE key NOT IN ('identity', 'epoch')" if name == "meta" else ""
        found.append((name, sorted(map(repr, connection.execute(f"SELECT * FROM {name}{condition}")))))
    return found


@given(st.lists(commands, max_size=14), st.booleans(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_same_commands_leave_the_same_rows_on_any_machine(
    given: list[Command], restarts: bool, fails: bool
) -> None:
    with TemporaryDirectory() as folder:
        one = applied(Path(folder) / "a.db", given, restarts=False, fails=False, twice=False)
        other = applied(Path(folder) / "b.db", given, restarts=restarts, fails=fails, twice=False)
        assert one == other


@pytest.mark.parametrize("kind", get_args(Command), ids=lambda kind: kind.__name__)
def test_each_command_takes_effect_once_and_alike_on_any_machine(kind: type) -> None:
    """After the same beginning each kind of command by itself, so that no mixture can leave one out."""

    @given(drawn[kind], st.booleans())
    @settings(max_examples=6, deadline=None)
    def check(command: Command, restarts: bool) -> None:
        before = [*BEGINNING, command]
        with TemporaryDirectory() as folder:
            one = applied(Path(folder) / "a.db", before, restarts=False, fails=False, twice=False)
            other = applied(Path(folder) / "b.db", before, restarts=restarts, fails=True, twice=False)
            again = applied(
                Path(folder) / "c.db", [*before, command], restarts=restarts, fails=False, twice=False
            )
            assert one == other == again

    check()


ONCE = st.one_of(
    st.builds(append, st.lists(st.integers(1, 10), max_size=8), names, keys, st.integers(0, 5), st.just(DAY)),
    *(each for kind, each in drawn.items() if kind is not Append),
)
"""Appends of one time: a later one ends the windows in which ids are remembered."""


@given(st.lists(ONCE, max_size=10))
@settings(max_examples=60, deadline=None)
def test_a_command_that_is_sent_twice_takes_effect_once(given: list[Command]) -> None:
    with TemporaryDirectory() as folder:
        one = applied(Path(folder) / "a.db", given, restarts=False, fails=False, twice=False)
        other = applied(Path(folder) / "b.db", given, restarts=False, fails=False, twice=True)
        assert one == other
