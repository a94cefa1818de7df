"""Parses the text of a search box. Every text is a valid query.

All words are required. `"words in quotes"` are a phrase, `ferr*` matches words with this prefix, `-word` excludes one.
"""

import re
import unicodedata
from typing import Final, NamedTuple

from recirc.text.clean import plain

MAX_LENGTH: Final = 200
"""Characters of the text that are read."""
MAX_TERMS: Final = 12
"""Maximum number of required, and of excluded, words or phrases."""
MIN_PREFIX: Final = 3
"""Letters that a prefix needs; a shorter one would match most articles, and is read as a whole word. Ideographs count
three times, since there are thousands of them, and kana and syllables of Hangul twice.
"""
MAX_PREFIXES: Final = 4
"""Prefixes in one query; further ones are read as whole words."""
MAX_ADDRESS_WORDS: Final = 4
"""Words taken from an unknown address. In 14,000 articles, eight common words took 27 ms, four 15 ms."""

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PART: Final = re.compile(r'(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))')


class QueryTerm(NamedTuple):
    """One word or phrase; `prefix`: its last word is a prefix; `exact`: it was in quotes."""

    text: str
    prefix: bool = False
    exact: bool = False


class ParsedQuery(NamedTuple):
    """A search for all of `wanted` (if `any` is set, for at least one of them) and none of `unwanted`.

    Attributes:
        headlines: search only in headlines.
        whole: the beginnings, as written, that were read as whole words.
        languages: two-letter codes of the languages that words may be of, so that their other forms are found.
        compounds: search for compounds with the words, in languages that have such.
    """

    wanted: tuple[QueryTerm, ...]
    unwanted: tuple[QueryTerm, ...] = ()
    any: bool = False
    headlines: bool = False
    whole: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    compounds: bool = False


def parse_query(text: str) -> ParsedQuery:
    """Parse the text of a search box; the query is empty if the text has no word.

    >>> ferry, phrase, prefix = parse_query('ferry "north bay" str* -football').wanted
    >>> ferry, phrase.text, prefix.prefix
    (QueryTerm(text='ferry', prefix=False, exact=False), 'north bay', True)
    >>> [term.text for term in parse_query('"half a quote').wanted], parse_query('-- * "" (').wanted
    (['half a quote'], ())
    """
    wanted: dict[QueryTerm, None] = {}
    unwanted: dict[QueryTerm, None] = {}
    whole: list[str] = []
    prefixes = 0
    for minus, phrase, word in _PART.findall(plain(text[:MAX_LENGTH]).translate(_QUOTES)):
        written = phrase or word
        term = QueryTerm(written.rstrip("*").strip(), written.endswith("*"), exact=bool(phrase))
        if not any(character.isalnum() for character in term.text):
            continue
        if term.prefix and (prefixes == MAX_PREFIXES or _letters(term.text) < MIN_PREFIX):
            term = term._replace(prefix=False)
            whole.append(f"{term.text}*")
        prefixes += term.prefix
        (unwanted if minus else wanted)[term] = None
    return ParsedQuery(tuple(wanted)[:MAX_TERMS], tuple(unwanted)[:MAX_TERMS], whole=tuple(whole))


def _letters(text: str) -> int:
    """The letters and digits of the last word of a text, as they count for MIN_PREFIX.

    >>> texts = "ferr", "north ba", "x-a", "e\u0301\u0301\u0301", "\u5317", "\u304b\u306a", "\ud55c\uad6d"
    >>> [_letters(text) for text in texts]
    [4, 2, 1, 1, 3, 4, 4]
    """
    count = 0
    for character in reversed(unicodedata.normalize("NFC", text)):
        if unicodedata.combining(character):
            continue
        if not character.isalnum():
            break
        wide = unicodedata.east_asian_width(character) == "W"
        count += (3 if unicodedata.name(character, "").startswith("CJK") else 2) if wide else 1
    return count


def query_from_address(address: str) -> ParsedQuery:
    """A query in headlines for the `MAX_ADDRESS_WORDS` longest words, of three letters or more, of an unknown address.

    Long words are rare, so they are specific and quickly found. Speed matters because anybody can request endless
    unknown addresses.

    >>> [term.text for term in query_from_address("/2024/ferry-crews-walk_out.html").wanted]
    ['ferry', 'crews', 'walk', 'out']
    """
    words = re.findall(r"[^\W\d_]{3,}", plain(address[: MAX_LENGTH * 2]))
    distinct = list(dict.fromkeys(word.lower() for word in words if word.lower() not in _STOP_WORDS))
    longest = sorted(distinct, key=len, reverse=True)[:MAX_ADDRESS_WORDS]
    return ParsedQuery(
        tuple(QueryTerm(word) for word in distinct if word in longest), any=True, headlines=True
    )


_STOP_WORDS: Final = frozenset(
    ("article", "articles", "author", "html", "htm", "http", "https", "index", "news", "page", "section", "story",
     "topic", "with", "from", "that", "this", "the", "and", "for", "www", "com", "not", "has", "are", "its")
)  # fmt: skip
