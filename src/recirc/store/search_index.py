"""The words of the articles, so that they can be searched: an FTS5 table in the store's own file.

It is written in the transaction that keeps or withdraws an article, so it is never of another mind than the archive.
It holds words as `recirc.text.search_words` folds them, and follows from the articles alone: each machine makes one.
Files of another version of it are indexed once, in parts: an index that was begun is continued.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from recirc.store.ports import SearchHit
from recirc.text.clean import words_of
from recirc.text.language import language as identified
from recirc.text.language import short_code
from recirc.text.passages import Marker
from recirc.text.query import MIN_PREFIX, ParsedQuery, QueryTerm
from recirc.text.search_terms import MAX_COMPOUNDS, Phrase, alternatives, one_letter_off, single_word
from recirc.text.search_words import indexed_forms
from recirc.types import Article

VERSION: Final = "3"
"""Of the table below; an index of another version is made anew."""

PART: Final = 500
"""Articles that are indexed in one transaction."""

RECENT_DAYS: Final = 60.0
"""An article of this moment counts twice, one that is so old one and a half times, an old one once."""

TABLE: Final = (
    "CREATE VIRTUAL TABLE words USING fts5(headline, summary, body, names, headline_forms, forms,"
    f' published UNINDEXED, prefix = {MIN_PREFIX}, tokenize = "ascii")'
)
"""Words are folded before they come here, so its tokenizer only has to part them at spaces."""
VOCABULARY: Final = "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row)"
DONE: Final = f"{VERSION} done"
"""In `meta` where everything in the archive is indexed."""

# A word in the headline says more of what an article is about than one in the body.
_WEIGHTS: Final = "10.0, 4.0, 1.0, 4.0, 5.0, 0.5"
_DAY_MS: Final = 86_400_000.0
_VARIABLES: Final = 500  # in one statement


class IndexedWords(NamedTuple):
    """What is indexed of an article.

    Attributes:
        names: of its authors and topics, a line each.
        published: ms since 1970, 0: not known.
        language: two-letter code, empty: not known.
    """

    headline: str
    summary: str
    body: str
    names: str
    published: int
    language: str


def words(article: Article, language: str | None = None) -> IndexedWords:
    """What is indexed of an article. `language`: as its features say; None: it is found out."""
    body = words_of(article.body)
    if language is None:
        language = short_code(article.language or identified(f"{article.headline}\n{body}"))
    when = round(article.published.timestamp() * 1000) if article.published else 0
    names = "\n".join((*(author.name for author in article.authors), *article.topics))
    # Half a character cannot be written as UTF-8.
    headline, summary, said, named = (
        text.encode("utf-8", "replace").decode()
        for text in (article.headline, article.summary or "", body, names)
    )
    return IndexedWords(headline, summary, said, named, when, language)


def put(connection: sqlite3.Connection, index: int, said: IndexedWords) -> None:
    """Index an article, instead of what was indexed of it before; none where the whole index is to be made anew."""
    if _standing(connection).startswith(f"{VERSION} "):
        _put(connection, index, said)


def _put(connection: sqlite3.Connection, index: int, said: IndexedWords) -> None:
    headline, headline_forms = indexed_forms(said.headline, said.language)
    others = [indexed_forms(text, said.language) for text in (said.summary, said.body, said.names)]
    connection.execute(
        "INSERT OR REPLACE INTO words (rowid, headline, summary, body, names, headline_forms, forms, published)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            index, headline, *(text for text, _ in others), headline_forms,
            " ".join(forms for _, forms in others), said.published,
        ),
    )  # fmt: skip


def remove(connection: sqlite3.Connection, indices: Iterable[int]) -> None:
    """Let articles not be found any more."""
    connection.executemany("DELETE FROM words WHERE rowid = ?", ((index,) for index in indices))


def complete(connection: sqlite3.Connection) -> bool:
    """Whether everything in the archive is indexed."""
    return _standing(connection) == DONE


def index_next(connection: sqlite3.Connection) -> int | None:
    """Index the next part of an archive from before this version; up to which index, None: all is indexed."""
    version, _, at = _standing(connection).partition(" ")
    if version != VERSION:
        for table in ("vocabulary", "words"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(TABLE)
        connection.execute(VOCABULARY)
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
            _put(connection, index, words(_articles.decode(document)))
    return int(found[-1][0]) + 1 if found else None


_articles = msgspec.json.Decoder(Article)


def search(connection: sqlite3.Connection, question: ParsedQuery, now: int, most: int) -> list[int]:
    """Indices of at most `most` articles, the best first: by BM25, of which the recent ones have more.

    `now` is ms since 1970.
    """
    matched = expression(question)
    if not matched:
        return []
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
    rows = connection.execute(
        "SELECT idx, document FROM articles WHERE document IS NOT NULL AND idx IN"
        f" (SELECT rowid FROM words WHERE words MATCH ? AND rowid IN ({marks}))",
        (matched, *indices),
    )
    documents = dict(rows.fetchall())
    marker = Marker(question)
    return [_hit(marker, index, documents[index]) for index in indices if index in documents]


def _hit(marker: Marker, index: int, document: bytes) -> SearchHit:
    try:
        article = _articles.decode(document)
    except msgspec.MsgspecError:  # damaged: who asks for the article hears of it
        return SearchHit(index, "", "")
    summary, is_in_summary = marker.passage(article.summary or "")
    if not is_in_summary:
        body, is_in_body = marker.passage(words_of(article.body))
        summary = body if is_in_body or not summary else summary
    return SearchHit(index, marker.marked(article.headline), summary)


def corrections(connection: sqlite3.Connection, question: ParsedQuery) -> dict[str, str]:
    """For each word of the query that no article has: the word in most articles that is one letter off, folded."""
    found: dict[str, str] = {}
    for term in question.wanted:
        word = single_word(term)
        if word and not _best_known(connection, _single_words(term, question)):
            best = _best_known(connection, one_letter_off(word))
            if best:
                found[term.text] = best
    return found


def _single_words(term: QueryTerm, question: ParsedQuery) -> list[str]:
    return [each.words[0] for each in alternatives(term, question.languages)]


def _best_known(connection: sqlite3.Connection, candidates: Sequence[str]) -> str | None:
    """The candidate that is in most articles; of several the first."""
    known: dict[str, int] = {}
    for start in range(0, len(candidates), _VARIABLES):
        part = candidates[start : start + _VARIABLES]
        marks = ",".join("?" * len(part))
        known.update(connection.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", part))
    return max((each for each in candidates if each in known), key=known.__getitem__, default=None)


def expression(question: ParsedQuery) -> str:
    """The question in the words of FTS5; empty where nothing is to be found.

    >>> from recirc.text.query import parse_query
    >>> expression(parse_query('ferry "north bay" str* -football'))
    '("ferry" AND "north bay" AND "str" *) NOT ("football")'
    """
    wanted = [
        _one_of(
            alternatives(term, question.languages, compounds=question.compounds and place < MAX_COMPOUNDS)
        )
        for place, term in enumerate(question.wanted)
    ]
    if not any(wanted):
        return ""
    said = f"({(' OR ' if question.any else ' AND ').join(filter(None, wanted))})"
    if question.headlines:
        said = f"{{headline headline_forms}} : {said}"
    unwanted = [_one_of(alternatives(term, question.languages)) for term in question.unwanted]
    return said + (f" NOT ({' OR '.join(filter(None, unwanted))})" if any(unwanted) else "")


def _one_of(phrases: Sequence[Phrase]) -> str:
    quoted = ['"' + " ".join(each.words) + '"' + (" *" if each.prefix else "") for each in phrases]
    return f"({' OR '.join(quoted)})" if len(quoted) > 1 else "".join(quoted)
