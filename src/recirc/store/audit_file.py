"""The file of `recirc audit`: one day's views as JSON lines, each with a running hash; see docs/counting-audit.md."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
from msgspec import Struct

from recirc.hashing import hex_digest
from recirc.types import IN_DOUBT, UNKNOWN_AGENT, Exclusion

FORMAT: Final = 1
HASH_BYTES: Final = 16
START: Final = "0" * 2 * HASH_BYTES
"""The running hash before the first line."""
_MARK: Final = b',"hash":"'

RECEIVED: Final = {
    each.name.lower().replace("_", " "): each for each in Exclusion if each and each not in IN_DOUBT
}
"""Why a view was excluded on arrival, by its name in the file."""

DOUBTS: Final = {each.name.lower(): each for each in IN_DOUBT}
"""Why a view is in doubt, which was decided by comparing readers with each other, by its name in the file."""


class AuditError(ValueError):
    """The file is not what it claims; the text says which line, and what is wrong with it."""


class HandExclusion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events that somebody excluded afterwards: who, when (ms since 1970, UTC), why, and how many of the whole log."""

    key: str
    by: str
    time: int
    reason: str
    events: int


class AuditHeader(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line.

    Attributes:
        recirc_audit: version of the format.
        since, until: beginning and end of the day in the site's time zone, ms since 1970, UTC.
        made: when the export was made, ms.
        rules: numbers of the rules by which views were decided, by name.
        history: position and hash of the store's last command.
        exclusions: by hand, those that are in force.
    """

    recirc_audit: int
    site: str
    day: str
    timezone: str
    since: int
    until: int
    made: int
    rules: dict[str, float]
    history: tuple[int, str]
    exclusions: tuple[HandExclusion, ...]


class AuditView(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One view, or one sign of life of a reader on the page of an article.

    Attributes:
        entry: its place in the log.
        time: when it happened, ms since 1970, UTC.
        article: id; empty: this entry is none of them, but moves the log's clock.
        reader: a random number for this reader of this article, in this file alone.
        sign: a sign of life: an article was read, or a slot on its page seen.
        counts: of a view: reader (a new one), view (by a reader who was counted before), repeated, in doubt, excluded;
            of a sign of life: reader (one counts by it), life (the reader's first sign), or empty.
        doubt: why a view is in doubt.
        network: a random number for the reader's network of the day, in this file alone, and at this article alone
            unless it is of many (`audit_networks`); 0: not known.
        browser: number of the browser's family and version; 255: not known.
        received: why it was excluded on arrival; empty: it was not.
        by_hand: it was excluded afterwards.
        keyed: sent with an API key, or imported.
        confirmed: the reader had asked for the page.
        doubtful: counted, although the reader asked for no page.
        context: it came before the day's first view, and the rules remember it.
    """

    entry: int
    time: int
    article: str = ""
    reader: int = 0
    sign: bool = False
    counts: str = ""
    doubt: str = ""
    network: int = 0
    browser: int = UNKNOWN_AGENT
    received: str = ""
    by_hand: bool = False
    keyed: bool = False
    confirmed: bool = False
    doubtful: bool = False
    context: bool = False


class HourCounts(Struct, frozen=True, array_like=True):
    """Counts of one article in one hour of the day, the first is 0. raw = excluded + in_doubt + repeated + views.

    `later` is the number of views in doubt that count since by a sign of life in this hour; `readers` are new ones,
    with those.
    """

    article: str
    hour: int
    raw: int = 0
    excluded: int = 0
    in_doubt: int = 0
    repeated: int = 0
    views: int = 0
    later: int = 0
    readers: int = 0


class AuditEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last line.

    Attributes:
        views: number of lines between this one and the first.
        counts: as the site has them, by article and hour.
        seal: hash of what arrived that day, in hexadecimal; the same in every export of the day (`day_views.seal`).
    """

    views: int
    counts: tuple[HourCounts, ...]
    seal: str


class ChainWriter:
    """Writes lines, each with the running hash over all lines up to it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hash = START

    def write(self, line: Struct) -> None:
        """Write one line."""
        body = msgspec.json.encode(line)
        self.hash = _next(self.hash, body)
        self._file.write(body[:-1] + _MARK + self.hash.encode() + b'"}\n')


def chained_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number (the first is 1) and JSON of each line without its hash, which was compared.

    Raises:
        AuditError: a hash does not follow from the line and the hash before it.
    """
    running = START
    for number, line in enumerate(file, 1):
        body, mark, rest = line.rstrip(b"\n").rpartition(_MARK)
        if not mark or not rest.endswith(b'"}'):
            raise AuditError(f"line {number}: it has no running hash at its end")
        body += b"}"
        running = _next(running, body)
        if rest != running.encode() + b'"}':
            raise AuditError(
                f"line {number}: its hash does not follow from the lines before it; here a line was taken out, added, "
                "changed or moved"
            )
        yield number, body


def _next(running: str, body: bytes) -> str:
    return hex_digest(running.encode() + body, HASH_BYTES)


@contextmanager
def opened(path: Path, mode: str) -> Iterator[BinaryIO]:
    """The file, compressed with gzip if its name ends in `.gz`; `mode` is "rb" or "wb"."""
    if path.suffix == ".gz":
        with gzip.open(path, mode) as packed:
            yield cast(BinaryIO, packed)
    else:
        with path.open(mode) as plain:
            yield cast(BinaryIO, plain)
