"""Which sitemaps of an index are read next: the newest first, those that stay the same ever more rarely."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from recirc.reading.values import DAY, version_of, when

MOST_NOTED: Final = 3_000  # sitemaps in the state
NEWEST: Final = 3  # sitemaps that come first although others were never read
FIRST_PAUSE: Final = 900.0
"""Seconds after a second reading with the same content; each further one doubles it."""

_DATE: Final = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_/.]?(0[1-9]|1[0-2])?(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?(?!\d)"
)
_NUMBER: Final = re.compile(r"(\d{1,6})(?=\D*$)")


class SitemapPart(NamedTuple):
    """A sitemap that an index names; `changed` is its `lastmod`, empty without one."""

    url: str
    changed: str


class PartNote(msgspec.Struct, array_like=True):
    """What is known of a sitemap that was read.

    Attributes:
        changed: its `lastmod` then; empty where entries of it are left to read.
        digest: the hash of its content.
        repeats: number of times in a row that it was read with the same content.
        read: when, seconds since 1970.
    """

    changed: str = ""
    digest: str = ""
    repeats: int = 0
    read: float = 0.0

    def is_due(self, part: SitemapPart, now: datetime) -> bool:
        """Whether the sitemap is read again: it has entries left, or changed, and was not in vain too lately."""
        if not self.changed and not self.digest:
            return True
        if part.changed and part.changed == self.changed:
            return False
        pause = min(FIRST_PAUSE * 2.0 ** (self.repeats - 1), DAY) if self.repeats else 0.0
        return now.timestamp() >= self.read + pause

    def after(self, part: SitemapPart, content: bytes, now: datetime, *, whole: bool) -> "PartNote":
        """The note after another reading; `whole`: no entry is left."""
        digest = version_of(content.decode("latin-1"))
        repeats = self.repeats + 1 if digest == self.digest else 0
        if not whole:
            return PartNote(read=now.timestamp())
        return PartNote(part.changed or "read", digest, repeats, now.timestamp())


def notes_of(note: str) -> dict[str, PartNote]:
    """The notes on sitemaps by their addresses, from the state of a source."""
    try:
        return msgspec.json.decode(note.encode(), type=dict[str, PartNote])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return {}


def note_of(notes: dict[str, PartNote]) -> str:
    """The notes as a text, those of the sitemaps that were read last."""
    kept = dict(list(notes.items())[-MOST_NOTED:])
    return msgspec.json.encode(kept).decode()


def due(parts: Iterable[SitemapPart], notes: dict[str, PartNote], now: datetime) -> list[SitemapPart]:
    """The sitemaps that are to be read: the `NEWEST` by `in_order`, then those that never were, then the others."""
    waiting = [part for part in parts if notes.get(part.url, PartNote()).is_due(part, now)]
    ordered = in_order(waiting, notes, now)
    return ordered[:NEWEST] + sorted(ordered[NEWEST:], key=lambda part: part.url in notes)


def in_order(parts: Sequence[SitemapPart], notes: dict[str, PartNote], now: datetime) -> list[SitemapPart]:
    """Sitemaps by their `lastmod`, the newest first; where that is missing or the same for all, by the date or else the
    number in their address; then those that were not read for longest.

    >>> names = [SitemapPart(f"https://a.example/map-2026-{month:02}.xml", "") for month in (9, 11, 10)]
    >>> [part.url[-6:-4] for part in in_order(names, {}, datetime(2026, 11, 29))]
    ['11', '10', '09']
    """
    moments = {part: when(part.changed, now) for part in parts}
    days = {moment.date() for moment in moments.values() if moment is not None}
    place = {url: number for number, url in enumerate(notes)}
    tells = len(days) > 1

    def key(part: SitemapPart) -> tuple[float, tuple[int, ...], int, int]:
        moment = moments[part]
        return (
            moment.timestamp() if moment is not None and tells else 0.0,
            _date_in(part.url),
            _number_in(part.url),
            -place.get(part.url, -1),
        )

    return sorted(parts, key=key, reverse=True)


def _date_in(url: str) -> tuple[int, ...]:
    dates = [tuple(int(part or 0) for part in found) for found in _DATE.findall(url.partition("://")[2])]
    return max(dates, default=(0, 0, 0))


def _number_in(url: str) -> int:
    found = _NUMBER.search(url.partition("://")[2].partition("?")[0])
    return int(found[1]) if found else 0
