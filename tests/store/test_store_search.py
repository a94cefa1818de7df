"""The words of the articles: kept with the archive, found again, whatever is asked."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_samples import publication, records

from recirc.store import search_index
from recirc.store.sqlite import SqliteStore
from recirc.text.query import ParsedQuery, parse_query, query_from_address
from recirc.types import RECORD, Article, EntryKind, Publication

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOW_MS = round(NOW.timestamp() * 1000)
UNDERSTOOD = publication("any").features
TEXTS = {
    "strike": ("Ferry crews walk out", "Sixty-four crew left their ships.", "<p>The last boat left at six.</p>"),
    "bread": ("Bread runs out", None, "<p>The ferry did not come, so the <em>bakers</em> of North Bay sold out.</p>"),
    "otter": ("Otter moves in", None, "<p>Beneath the steps of the fish market in Łódź, naïve &amp; wet.</p>"),
    "fish": ("Fish prices rise", "Six per cent in a week.", ""),
}  # fmt: skip


def written(name: str, days: float | None = 0.0, **more: Any) -> Publication:
    headline, summary, body = TEXTS.get(name, (name, None, ""))
    when = None if days is None else NOW - timedelta(days=days)
    said = {"headline": headline, "summary": summary, "body": body, "published": when} | more
    return Publication(Article(id=name, **said), UNDERSTOOD)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "recirc.db") as opened:
        publish(opened, *map(written, TEXTS))
        yield opened


def publish(store: SqliteStore, *publications: Publication) -> None:
    store.append(np.zeros(0, RECORD), publications).result()


def found(store: SqliteStore, text: str) -> list[str]:
    return names(store, store.search(parse_query(text), NOW_MS, 100))


def names(store: SqliteStore, indices: list[int]) -> list[str]:
    return [stored.id for stored in store.get(indices) if stored is not None]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ferry", ["strike", "bread"]),  # in the headline first
        ("FERRY crews", ["strike"]),
        ('"left their ships"', ["strike"]),
        ('"their left ships"', []),
        ("“north bay”", ["bread"]),
        ("bak*", ["bread"]),
        ("bak", []),
        ("ferry -bread", ["strike"]),
        ('ferry -"walk out"', ["bread"]),
        ("-ferry", []),
        ("lodz", ["otter"]),
        ("ferries", []),  # the archive has no language here
        ("naive", ["otter"]),
        ("sixty-four", ["strike"]),
        ("amp", []),
        ("em", []),
        ("", []),
    ],
)
def test_words_phrases_beginnings_and_what_is_not_wanted(
    store: SqliteStore, text: str, expected: list[str]
) -> None:
    assert found(store, text) == expected


def test_what_was_found_is_marked_and_nothing_else(store: SqliteStore) -> None:
    question = parse_query("ferry out")
    (strike, bread) = store.hits(question._replace(any=True), store.search(question._replace(any=True), 0, 9))
    assert {strike.headline, bread.headline} == {
        "\x02Ferry\x03 crews walk \x02out\x03",
        "Bread runs \x02out\x03",
    }
    assert "The \x02ferry\x03 did not come" in strike.passage + bread.passage
    assert store.hits(parse_query("otter"), store.find(["strike"]).tolist()) == []
    (six,) = store.hits(parse_query("cent"), store.find(["fish"]).tolist())
    assert six.passage == "Six per \x02cent\x03 in a week."


def test_of_two_as_good_the_younger_comes_first_and_an_old_one_is_still_found(store: SqliteStore) -> None:
    same = {"headline": "Harbour wall", "body": "<p>Cracks.</p>"}
    publish(store, written("old", 400, **same), written("new", 1, **same), written("undated", None, **same))
    assert found(store, "harbour") == ["new", "old", "undated"]


def test_what_is_changed_or_withdrawn_is_found_as_it_is_now(store: SqliteStore) -> None:
    publish(store, written("strike", headline="Crews back at work", summary=None, body=""))
    assert found(store, "ferry") == ["bread"]
    assert found(store, "back work") == ["strike"]
    (otter,) = store.find(["otter"]).tolist()
    store.append(records([1], kind=EntryKind.WITHDRAW, article=otter)).result()
    assert found(store, "otter") == []
    store.append(np.zeros(0, RECORD), [written("otter")], restore=["otter"]).result()
    assert found(store, "otter") == ["otter"]


def test_what_cannot_be_kept_is_not_found(store: SqliteStore) -> None:
    wrong = records([5], article=10_000)
    with pytest.raises(Exception, match="never given"):
        store.append(wrong, [written("lost", headline="Lost at sea")]).result()
    assert found(store, "lost") == []


@given(st.text(max_size=250))
def test_whatever_is_asked_is_no_error(made: SqliteStore, text: str) -> None:
    for question in (parse_query(text), parse_query(text)._replace(any=True), query_from_address(text)):
        found = made.search(question, NOW_MS, 10)
        assert len(made.hits(question, found)) == len(found)


@given(st.text(alphabet='ab"*-()^:{}+,.AND OR NOT NEAR\x00\ud800ß²', max_size=60))
def test_the_signs_of_the_query_language_are_no_error_either(made: SqliteStore, text: str) -> None:
    found = made.search(parse_query(text), NOW_MS, 10)
    assert made.search(parse_query(text), NOW_MS, 10) == found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path_factory.mktemp("words") / "recirc.db") as opened:
        publish(opened, *map(written, TEXTS))
        yield opened


def forget_words(path: Path, standing: str | None) -> None:
    """Make the file one of before, or one whose index was begun only."""
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'words'")
        if standing is None or standing == "2 done":
            connection.execute("DROP TABLE vocabulary")
            connection.execute("DROP TABLE words")
        if standing == "2 done":
            connection.execute("CREATE VIRTUAL TABLE words USING fts5(headline, summary, body, published)")
            connection.execute("INSERT INTO meta VALUES ('words', ?)", (standing,))
        elif standing is None:
            pass
        else:
            connection.execute("INSERT INTO meta VALUES ('words', ?)", (standing,))
            connection.execute("DELETE FROM words")
    connection.close()


@pytest.mark.parametrize(
    ("standing", "expected"), [(None, 1200), ("3 700", 500), ("1 done", 1200), ("2 done", 1200)]
)
def test_a_file_from_before_is_indexed_once_with_word_of_how_far_it_is(
    tmp_path: Path, standing: str | None, expected: int
) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        publish(store, *(written(f"a{n}", headline="Buoys counted") for n in range(1200)))
        publish(store, written("gone", headline="Buoys gone"))
        (gone,) = store.find(["gone"]).tolist()
        store.append(records([1], kind=EntryKind.WITHDRAW, article=gone)).result()
    forget_words(path, standing)
    progress: list[tuple[int, int]] = []
    with SqliteStore(path, progress=lambda done, total: progress.append((done, total))) as store:
        assert progress == sorted(progress)
        assert {total for _, total in progress} == {1201}
        assert len(store.search(parse_query("buoys"), NOW_MS, 5000)) == expected
    progress.clear()
    SqliteStore(path, progress=lambda done, total: progress.append((done, total))).close()
    assert progress == []


def test_a_damaged_article_keeps_the_others_findable(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        publish(store, *map(written, TEXTS))
    forget_words(path, None)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE articles SET document = '{' WHERE id = 'bread'")
    connection.close()
    with SqliteStore(path) as store:
        assert store.search(parse_query("ferry"), NOW_MS, 9) == store.find(["strike"]).tolist()


def test_a_question_without_words_asks_nothing() -> None:
    assert search_index.expression(ParsedQuery((), parse_query("no").wanted)) == ""
