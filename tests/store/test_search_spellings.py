"""A search finds a word however its letters beyond ASCII are spelled."""

import sqlite3

import pytest

from recirc.store.search_index import TABLE, put, search, words
from recirc.text.query import parse_query
from recirc.types import Article, Provenance


@pytest.fixture
def connection() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:")
    found.execute(TABLE)
    texts = [
        "Der Straßenbahnausbau",
        "Die Fähre in Tromsø",
        "Die Strassen in Muenchen",
        "Łódź og København",
        "Cœur",
    ]
    for index, headline in enumerate(texts):
        put(found, index, words(Article(id=str(index), headline=headline, body="", provenance=Provenance())))
    return found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Straßenbahnausbau", {0}),
        ("Strassenbahnausbau", {0}),
        ("STRASSENBAHN*", {0}),
        ("Straßen", {2}),
        ("Fähre", {1}),
        ("Faehre", {1}),
        ("Fahre", {1}),
        ("Tromsø", {1}),
        ("Tromsoe", {1}),
        ("München", {2}),
        ("Muenchen", {2}),
        ("København", {3}),
        ("coeur", {4}),
        ('"Faehre in"', {1}),
        ("die -Faehre", {2}),
    ],
)
def test_spellings(connection: sqlite3.Connection, query: str, found: set[int]) -> None:
    assert set(search(connection, parse_query(query), 0, 10)) == found
