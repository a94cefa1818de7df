"""The words of the articles, so that they can be searched: an FTS5 table in the store's own file.

It is written in the transaction that keeps or withdraws an article, so it is never of another mind than the archive.
Files from before there was one are indexed once, in parts: an index that was begun is continued.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from recirc.store.ports import SearchHit
from recirc.text.clean import words_of
from recirc.text.query import MIN_PREFIX, ParsedQuery, QueryTerm, spellings
from recirc.types import Article

VERSION: Final = "2"
"""Of the table below; an index of another version is made anew."""

PART: Final = 500
"""Articles that are indexed in one transaction."""

OPEN, CLOSE = "\x02", "\x03"
"""Around what was found. No text of ours holds them."""

RECENT_DAYS: Final = 60.0
"""An article of this moment counts twice, one that is so old one and a half times, an old one once."""

TABLE: Final = (
    "CREATE VIRTUAL TABLE words USING fts5(headline, summary, body, published UNINDEXED,"
    f' prefix = {MIN_PREFIX}, tokenize = "unicode61 remove_diacritics 2")'
)
DONE: Final = f"{VERSION} done"
"""In `meta` where everything in the archive is indexed."""

# A word in the headline says more of what an article is about than one in the body.
_WEIGHTS: Final = "10.0, 4.0, 1.0"
_DAY_MS: Final = 86_400_000.0
_NO_MARKS: Final = dict.fromkeys(map(ord, OPEN + CLOSE + "\x00"))


class IndexedWords(NamedTuple):
    """What is indexed of an article; `published` is ms since 1970, 0: not known."""

    headline: str
    summary: str
    body: str
    published: int


def words(article: Article) -> IndexedWords:
    """What is indexed of an article."""
    texts = (article.headline, article.summary or "", words_of(article.body))
    when = round(article.published.timestamp() * 1000) if article.published else 0
    # Half a character cannot be written as UTF-8.
    headline, summary, body = (
        text.translate(_NO_MARKS).encode("utf-8", "replace").decode() for text in texts
    )
    return IndexedWords(headline, summary, body, when)


def put(connection: sqlite3.Connection, index: int, said: IndexedWords) -> None:
    """Index an article, instead of what was indexed of it before."""
    connection.execute(
        "INSERT OR REPLACE INTO words (rowid, headline, summary, body, published) VALUES (?, ?, ?, ?, ?)",
        (index, *said),
    )


def remove(connection: sqlite3.Connection, indices: Iterable[int]) -> None:
    """Let articles not be found any more."""
    connection.executemany("DELETE FROM words WHERE rowid = ?", ((index,) for index in indices))


def complete(connection: sqlite3.Connection) -> bool:
    """Whether everything in the archive is indexed."""
    return _standing(connection) == DONE


def index_next(connection: sqlite3.Connection) -> int | None:
    """Index the next part of an archive from before there was a search; up to which index, None: all is indexed."""
    version, _, at = _standing(connection).partition(" ")
    if version != VERSION:
        connection.execute("DROP TABLE IF EXISTS words")
        connection.execute(TABLE)
        at = "0"
    following = None if at == "done" else _index(connection, int(at))
    standing = DONE if following is None else f"{VERSION} {following}"
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('words', ?)", (standing,))
    return following


def _standing(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM meta WHERE key = 'words'").fetchone()
    return str(row[0]) if row else ""


def _index(connection: sqlite3.Connection, start: int) -> int | None:
    found = connection.execute(
        "SELECT idx, document FROM articles WHERE idx >= ? AND document IS NOT NULL AND NOT withdrawn"
        f" ORDER BY idx LIMIT {PART}",
        (start,),
    ).fetchall()
    for index, document in found:
        # A damaged one must not keep all others from being served: who asks for the article hears of it.
        with suppress(msgspec.MsgspecError):
            put(connection, index, words(_articles.decode(document)))
    return int(found[-1][0]) + 1 if found else None


_articles = msgspec.json.Decoder(Article)


def search(connection: sqlite3.Connection, question: ParsedQuery, now: int, most: int) -> list[int]:
    """Indices of at most `most` articles, the best first: by BM25, of which the recent ones have more.

    `now` is ms since 1970.
    """
    matched = expression(question)
    if not matched:
        return []
    if question.headlines:
        matched = f"headline : {matched}"
    found = connection.execute(
        f"SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, {_WEIGHTS})"
        " * (1.0 + 1.0 / (1.0 + max(0.0, ? - published) / ?)), rowid DESC LIMIT ?",
        (matched, float(now), RECENT_DAYS * _DAY_MS, most),
    )
    return [index for (index,) in found]


def hits(connection: sqlite3.Connection, question: ParsedQuery, indices: Sequence[int]) -> list[SearchHit]:
    """What was found in each of the articles (those that still match), in the order of `indices`."""
    matched = expression(question)
    if not matched or not indices:
        return []
    marks = ",".join("?" * len(indices))
    found = connection.execute(
        f"SELECT rowid, highlight(words, 0, '{OPEN}', '{CLOSE}'), snippet(words, 1, '{OPEN}', '{CLOSE}', '…', 40),"
        f" snippet(words, 2, '{OPEN}', '{CLOSE}', '…', 32) FROM words WHERE words MATCH ? AND rowid IN ({marks})",
        (matched, *indices),
    )
    told = {
        index: SearchHit(index, headline, body if OPEN in body and OPEN not in summary else summary or body)
        for index, headline, summary, body in found
    }
    return [told[index] for index in indices if index in told]


def expression(question: ParsedQuery) -> str:
    """The question in the words of FTS5; empty where nothing is parse_query.

    >>> from recirc.text.query import parse_query
    >>> expression(parse_query('ferry "north bay" str* -football'))
    '("ferry" AND "north bay" AND "str" *) NOT ("football")'
    """
    if not question.wanted:
        return ""
    said = f"({(' OR ' if question.any else ' AND ').join(map(_quoted, question.wanted))})"
    return said + (f" NOT ({' OR '.join(map(_quoted, question.unwanted))})" if question.unwanted else "")


def _quoted(term: QueryTerm) -> str:
    first, *others = (each.replace('"', '""') for each in spellings(term.text))
    first = term.text.replace('"', '""') if not others else first
    quoted = [f'"{text}"' + (" *" if term.prefix else "") for text in (first, *others)]
    return f"({' OR '.join(quoted)})" if others else quoted[0]
