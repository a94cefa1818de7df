"""Traces of a text: hashes of its passages, by which every byte of a file is searched without keeping the text.

The hash of a passage is a polynomial of its bytes modulo 2⁶⁴ (Karp and Rabin 1987), so that the hashes of all passages
of a file follow from a few vector operations. Its base is random and odd, and another one for each erasure.
"""

import gzip
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recirc.text.clean import words_of
from recirc.text.search_words import search_tokens

LONG, SHORT = 32, 16
"""Bytes of a passage, and of one of a text that is shorter than that."""

PART: Final = 1 << 20
"""Bytes that are hashed at a time."""

ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "json", "json-ascii")
"""How a text may stand in a file."""

_Value = TypeVar("_Value")
_FILTER_BITS: Final = 20
_MASK: Final = (1 << 64) - 1


class Traces(Struct, frozen=True):
    """Hashes of passages in hexadecimal. A text of which 63 bytes in a row stand somewhere has a passage there.

    Attributes:
        base: of the polynomial, in hexadecimal.
        long, short: of passages of LONG and of SHORT bytes.
    """

    base: str
    long: tuple[str, ...]
    short: tuple[str, ...]

    def without(self, found: "Traces") -> "Traces":
        """These traces except those that were found."""
        gone = set(found.long) | set(found.short)
        return Traces(
            self.base,
            tuple(each for each in self.long if each not in gone),
            tuple(each for each in self.short if each not in gone),
        )

    def __len__(self) -> int:
        return len(self.long) + len(self.short)


def new_base() -> str:
    """A random odd number of 64 bits, in hexadecimal."""
    return f"{secrets.randbits(64) | 1:016x}"


def texts_of(document: bytes) -> list[str]:
    """The texts of an article, as it is kept and as it is indexed; a damaged document is a text as it is."""
    try:
        kept: Any = msgspec.json.decode(document)
        body = str(kept.get("body") or "")
        found = [str(kept.get("headline") or ""), str(kept.get("summary") or ""), body, words_of(body)]
        found += [" ".join(token.forms[0] for token in search_tokens(text)) for text in found if text != body]
        for listed in (*kept.get("updates", ()), *kept.get("pictures", ())):
            found += [str(listed[name]) for name in ("note", "alt", "caption") if listed.get(name)]
    except (msgspec.MsgspecError, AttributeError, TypeError):
        return [document.decode("utf-8", "replace")]
    return list(dict.fromkeys(filter(None, found)))


def encoded(text: str, encoding: str) -> bytes:
    """The text as it stands in a file, in one of ENCODINGS."""
    if encoding.startswith("json"):
        return json.dumps(text, ensure_ascii=encoding == "json-ascii")[1:-1].encode("utf-8", "replace")
    return text.encode(encoding, "replace")


def traces_of(texts: Iterable[str], base: str) -> Traces:
    """Traces of all texts of SHORT bytes or more, in every encoding."""
    long: set[str] = set()
    short: set[str] = set()
    for text in texts:
        for each in {encoded(text, encoding) for encoding in ENCODINGS}:
            data = np.frombuffer(each, np.uint8)
            if len(data) >= LONG:
                _, hashes = _rolling(data, base)
                long.update(f"{value:016x}" for value in [*hashes[::LONG].tolist(), int(hashes[-1])])
            elif len(data) >= SHORT:
                hashes, _ = _rolling(data, base)
                short.update(f"{value:016x}" for value in hashes[:: SHORT // 2].tolist())
    return Traces(base, tuple(sorted(long)), tuple(sorted(short)))


class Scanner:
    """Searches bytes for traces."""

    def __init__(self, traces: Traces) -> None:
        self._base = traces.base
        self._targets = [
            np.array(sorted(int(each, 16) for each in given), np.uint64)
            for given in (traces.short, traces.long)
        ]
        self._filters = []
        for targets in self._targets:
            table = np.zeros(1 << _FILTER_BITS, bool)
            table[(targets >> np.uint64(64 - _FILTER_BITS)).astype(np.int64)] = True
            self._filters.append(table)

    def find(self, data: bytes) -> list[tuple[int, str]]:
        """Place and hash of every passage in `data` that is looked for."""
        found: list[tuple[int, str]] = []
        if len(data) < SHORT:
            return found
        rolled = _rolling(np.frombuffer(data, np.uint8), self._base)
        for hashes, targets, table in zip(rolled, self._targets, self._filters, strict=True):
            if len(targets) and len(hashes):
                places = np.flatnonzero(table[(hashes >> np.uint64(64 - _FILTER_BITS)).astype(np.int64)])
                places = places[np.isin(hashes[places], targets)]
                found += [(int(place), f"{int(hashes[place]):016x}") for place in places]
        return sorted(found)

    def find_in_file(self, path: Path) -> Iterator[tuple[int, str]]:
        """As `find`, in a whole file, and in what it holds compressed by gzip (whose places count from its beginning).

        Raises OSError.
        """
        yield from find_in_file(path, self.find, LONG)


def find_in_file(
    path: Path, find: Callable[[bytes], Iterable[tuple[int, _Value]]], longest: int
) -> Iterator[tuple[int, _Value]]:
    """What `find` finds in a file, each with its place, and in what it holds compressed by gzip (places count from its
    beginning). `longest`: bytes of the longest thing that it finds.

    Raises OSError.
    """
    with path.open("rb") as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield from _find_in(file, find, longest)
    if is_compressed:
        with suppress(EOFError, gzip.BadGzipFile), gzip.open(path) as unpacked:
            yield from _find_in(unpacked, find, longest)


def _find_in(
    file: Any, find: Callable[[bytes], Iterable[tuple[int, _Value]]], longest: int
) -> Iterator[tuple[int, _Value]]:
    kept, start = b"", 0
    while part := file.read(PART):
        data = kept + part
        for place, value in find(data):
            yield start + place, value
        kept = data[-(longest - 1) :]
        start += len(data) - len(kept)


def traces_of_bytes(passages: NDArray[np.uint8], base: str) -> Traces:
    """Traces of passages of LONG bytes each, uint8 (n, LONG)."""
    values: set[int] = set()
    for start in range(0, len(passages), 4_096):
        part = passages[start : start + 4_096]
        _, hashes = _rolling(np.ascontiguousarray(part).reshape(-1), base)
        values.update(hashes[::LONG].tolist())
    return Traces(base, tuple(sorted(f"{value:016x}" for value in values)), ())


def found_among(traces: Traces, documents: Iterable[tuple[str, bytes]]) -> tuple[Traces, list[str]]:
    """Those traces that stand in other articles too, given by id and document, and the ids of these."""
    scanner = Scanner(traces)
    values: set[str] = set()
    names: dict[str, None] = {}
    for name, document in documents:
        texts = "\n".join(texts_of(document)).encode("utf-8", "replace")
        hits = {value for data in (texts, document) for _, value in scanner.find(data)}
        if hits:
            values |= hits
            names[name] = None
    long, short = (tuple(each for each in given if each in values) for given in (traces.long, traces.short))
    return Traces(traces.base, long, short), list(names)


def _rolling(data: NDArray[np.uint8], base: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Hashes of all passages of SHORT and of LONG bytes, by where they begin."""
    hashes = data.astype(np.uint64) + np.uint64(1)
    power, width = int(base, 16), 1
    short = hashes[:0]
    while width < LONG:
        if width == SHORT:
            short = hashes
        if len(hashes) <= width:
            return short if width >= SHORT else hashes[:0], hashes[:0]
        hashes = hashes[:-width] * np.uint64(power) + hashes[width:]
        power, width = power * power & _MASK, width * 2
    return short, hashes
