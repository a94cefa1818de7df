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
MAX_ADDRESS_WORDS: Final = 4
"""Words taken from an unknown address. In 14,000 articles, eight common words took 27 ms, four 15 ms."""

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PART: Final = re.compile(r'(-?)(?:"([^"]*)(?:"|$)|([^\s"]+))')


_SPELLINGS: Final = (
    ("ß", "ss"), ("ss", "ß"), ("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ae", "ä"), ("oe", "ö"), ("ue", "ü"),
    ("æ", "ae"), ("ae", "æ"), ("ø", "o"), ("ø", "oe"), ("oe", "ø"), ("å", "aa"), ("aa", "å"), ("œ", "oe"), ("oe", "œ"),
    ("ł", "l"), ("đ", "d"), ("ð", "d"), ("þ", "th"), ("ı", "i"),
)  # fmt: skip
MAX_SPELLINGS: Final = 12
"""Other spellings of a word that are searched as well."""


def spellings(text: str) -> tuple[str, ...]:
    """A word as it may be spelled otherwise, itself first: with and without "ß", umlauts and ligatures.

    >>> spellings("Strasse"), spellings("ferry")
    (('strasse', 'straße'), ('ferry',))
    """
    found = {unicodedata.normalize("NFC", text).lower(): None}
    for old, new in _SPELLINGS:
        for each in list(found):
            if old in each and len(found) < MAX_SPELLINGS:
                found.setdefault(each.replace(old, new))
    return tuple(found)


class QueryTerm(NamedTuple):
    """One word or phrase; `prefix`: its last word is a prefix."""

    text: str
    prefix: bool = False


class ParsedQuery(NamedTuple):
    """A search for all of `wanted` (if `any` is set, for at least one of them) and none of `unwanted`."""

    wanted: tuple[QueryTerm, ...]
    unwanted: tuple[QueryTerm, ...] = ()
    any: bool = False


def parse_query(text: str) -> ParsedQuery:
    """Parse the text of a search box; the query is empty if the text has no word.

    >>> parse_query('ferry "north bay" str* -football')
    ParsedQuery(wanted=(QueryTerm(text='ferry', prefix=False), QueryTerm(text='north bay', prefix=False), \
QueryTerm(text='str', prefix=True)), unwanted=(QueryTerm(text='football', prefix=False),), any=False)
    >>> parse_query('"half a quote'), parse_query('-- * "" (')
    (ParsedQuery(wanted=(QueryTerm(text='half a quote', prefix=False),), unwanted=(), any=False), \
ParsedQuery(wanted=(), unwanted=(), any=False))
    """
    wanted: dict[QueryTerm, None] = {}
    unwanted: dict[QueryTerm, None] = {}
    for minus, phrase, word in _PART.findall(plain(text[:MAX_LENGTH]).translate(_QUOTES)):
        written = phrase or word
        term = QueryTerm(written.rstrip("*").strip(), prefix=written.endswith("*"))
        if any(character.isalnum() for character in term.text):
            (unwanted if minus else wanted)[term] = None
    return ParsedQuery(tuple(wanted)[:MAX_TERMS], tuple(unwanted)[:MAX_TERMS])


def query_from_address(address: str) -> ParsedQuery:
    """A query for the `MAX_ADDRESS_WORDS` longest words, of three letters or more, of an unknown address.

    Long words are rare, so they are specific and quickly found. Speed matters because anybody can request endless
    unknown addresses.

    >>> query_from_address("/2024/ferry-crews-walk_out.html")
    ParsedQuery(wanted=(QueryTerm(text='ferry', prefix=False), QueryTerm(text='crews', prefix=False), \
QueryTerm(text='walk', prefix=False), QueryTerm(text='out', prefix=False)), unwanted=(), any=True)
    """
    words = re.findall(r"[^\W\d_]{3,}", plain(address[: MAX_LENGTH * 2]))
    distinct = list(dict.fromkeys(word.lower() for word in words if word.lower() not in _STOP_WORDS))
    longest = sorted(distinct, key=len, reverse=True)[:MAX_ADDRESS_WORDS]
    return ParsedQuery(tuple(QueryTerm(word) for word in distinct if word in longest), any=True)


_STOP_WORDS: Final = frozenset(
    ("article", "articles", "author", "html", "htm", "http", "https", "index", "news", "page", "section", "story",
     "topic", "with", "from", "that", "this", "the", "and", "for", "www", "com", "not", "has", "are", "its")
)  # fmt: skip
