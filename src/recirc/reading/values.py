"""Values as sources write them: dates, texts, addresses with keys in them, hashes."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Any, Final

from recirc.hashing import hasher, hex_digest
from recirc.reading.dates import date_of
from recirc.reading.secrets import without_key
from recirc.text.clean import body_html, plain, words_of
from recirc.text.dates import FIRST_YEAR, LAST_YEAR, UNKNOWN, DateContext

MOST_AHEAD: Final = timedelta(days=1)
"""A date of publication further in the future is dropped: clocks and zones are wrong by hours, not by days."""

HOUR: Final = 3600.0
DAY: Final = 86_400.0


_LONGEST_HEADLINE: Final = 110  # characters of one that is made of a text
_SENTENCE: Final = re.compile(r".{15,}?[.!?](?=\s)|.{8,}?[。！？]")
_LONGEST_CLAIM: Final = 1_000  # characters
_TAG: Final = re.compile(r"<[^<>]*>")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")


def when(written: object, now: datetime, context: DateContext = UNKNOWN) -> datetime | None:
    """The moment of a date in any of the forms of feeds; None where it cannot be read or lies in the future.

    >>> from datetime import UTC
    >>> now = datetime(2026, 11, 22, tzinfo=UTC)
    >>> when("Sun, 22 Nov 26 09:05 EST", now), when("yesterday", now), when("2030-01-01", now)
    (datetime.datetime(2026, 11, 22, 14, 5, tzinfo=datetime.timezone.utc), None, None)
    """
    found = date_of(written, context)
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return None if found is None or found > now + MOST_AHEAD else found


def version_of(*parts: object) -> str:
    """A short hash of the parts of an article, without markup, which differs once it has changed."""
    digest = hasher(12)
    for part in parts:
        words = " ".join(_TAG.sub(" ", part).split()) if isinstance(part, str) else repr(part)
        digest.update(words.encode("utf-8", "surrogatepass") + b"\x00")
    return digest.hexdigest()


def own_id(address: str, guid: str) -> str:
    """The id of an article without an address: the source's own id, which other sources may have too, with its address.

    >>> own_id("https://a.example/feed", "17").startswith("https://a.example/feed#")
    True
    """
    tail = hex_digest(guid.encode("utf-8", "surrogatepass"), 10)
    return f"{plain(without_key(address))[:400]}#{tail}"


def one_line(html: object) -> str | None:
    """HTML as one line of text; None where there is none.

    >>> one_line("R&amp;D <b>and</b> more &hellip;"), one_line("  ")
    ('R&D and more …', None)
    """
    if not isinstance(html, str):
        return None
    return plain(words_of(body_html(html, "html")) if "<" in html or "&" in html else html) or None


def without_entities(text: object) -> object:
    """A text in which HTML's entities are characters, as in the titles of feeds that are made of pages."""
    return unescape(text) if isinstance(text, str) and _ENTITY.search(text) else text


def first_words(text: str) -> str | None:
    """The beginning of a text, as the headline of one that has none: its first sentence, cut after a word.

    >>> first_words("The quay is open again. It was closed for a week."), first_words(" ")
    ('The quay is open again', None)
    """
    line = plain(text[:1_000])
    sentence = _SENTENCE.match(line)
    line = sentence[0] if sentence else line
    if len(line) <= _LONGEST_HEADLINE:
        return line.rstrip(".。") or None
    space = line.rfind(" ", 40, _LONGEST_HEADLINE)
    return f"{line[: space if space > 0 else 50].rstrip(',;:')}…"


def claimed(value: object) -> str | None:
    """A value for `Claims`; None where there is none."""
    return None if value is None else plain(str(value)[:_LONGEST_CLAIM]) or None


def objects(value: object) -> list[Mapping[str, Any]]:
    """The objects in a list of JSON, or a single object; any other values are dropped.

    >>> objects([{"a": 1}, None, "b"]), objects({"a": 1}), objects(7)
    ([{'a': 1}], [{'a': 1}], [])
    """
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, Mapping)]
