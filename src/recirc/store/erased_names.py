"""Names that were erased: known by hashes alone, found in any text, and taken out of articles."""

import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from recirc.store.traces import ENCODINGS, encoded, find_in_file, new_base
from recirc.text.slugs import key, slug
from recirc.types import Article

OMISSION: Final = "[…]"
"""In the place of a name in a text."""
LEAST: Final = 5
"""Letters of a name: a shorter one stands in too many words."""
WINDOWS: Final = (4, 8)
"""Bytes by which a name is looked for first."""
ENDING: Final = 2
"""Letters that a name may have more in a text, such as a genitive's."""
_BETWEEN: Final = (" ", "\u00a0", "&nbsp;", "-", "_", ".", "+", "%20")
_MASK: Final = (1 << 64) - 1


class ErasedName(Struct, frozen=True, array_like=True):
    """A name that was erased, without the name.

    Attributes:
        kind: whose it was.
        key: `slugs.key` of its slug, as the features of articles have it.
        texts: whether it left the texts of articles too, beside the list of their authors or topics.
        base: of the hashes, in hexadecimal.
        forms: of each form in which it may stand: its bytes, and the hashes of its beginning and of all of it.
    """

    kind: Literal["author", "topic"]
    key: int
    texts: bool
    base: str
    forms: tuple[tuple[int, str, str], ...]


class UnsuitableNameError(ValueError):
    """A name that cannot be erased; the text says why."""


def erased_names(
    kind: Literal["author", "topic"], names: Iterable[str], *, texts: bool
) -> tuple[ErasedName, ...]:
    """What is kept of names that are erased, each in all its forms. Raises UnsuitableNameError: one is too short."""
    found = []
    for name in names:
        name = " ".join(unicodedata.normalize("NFC", name).split())
        if sum(letter.isalnum() for letter in name) < LEAST:
            raise UnsuitableNameError(f"{name!r} has fewer than {LEAST} letters, and stands in other words")
        base = new_base()
        forms = sorted(_forms(name, quoted=not texts))
        window = _window(len(form) for form in forms)
        hashes = tuple(
            (len(form), f"{_hash(form[:window], base):016x}", f"{_hash(form, base):016x}") for form in forms
        )
        found.append(ErasedName(kind, key(slug(name)), texts, base, hashes))
    return tuple(found)


def _forms(name: str, *, quoted: bool) -> set[bytes]:
    """How a name may stand in a file, as `bytes.lower` leaves it; `quoted`: also as a string of JSON, which is looked
    for where its words stand in texts that keep them.
    """
    spelled = {name, name.lower(), name.upper(), name.title(), slug(name)}
    spelled |= {unicodedata.normalize(form, each) for form in ("NFC", "NFD") for each in spelled}
    joined = {each.replace(" ", between) for each in spelled for between in _BETWEEN}
    joined |= {quote(each) for each in joined}
    marked = joined | ({f'"{each}"' for each in joined} if quoted else set())
    found = {encoded(each, encoding).lower() for each in marked for encoding in ENCODINGS}
    return found | {json.dumps(each).encode().lower() for each in joined if quoted}


def _window(lengths: Iterable[int]) -> int:
    short, long = WINDOWS
    return long if min(lengths) >= long else short


def _hash(data: bytes, base: str) -> int:
    power, value = int(base, 16), 0
    for byte in data:
        value = (value * power + byte + 1) & _MASK
    return value


class NameScanner:
    """Finds an erased name in bytes, in capitals or not."""

    def __init__(self, name: ErasedName) -> None:
        self.name = name
        self._base = name.base
        self._window = _window(length for length, _, _ in name.forms)
        self._forms: dict[int, list[tuple[int, int]]] = {}
        for length, begins, whole in name.forms:
            self._forms.setdefault(int(begins, 16), []).append((length, int(whole, 16)))
        for forms in self._forms.values():
            forms.sort(reverse=True)
        self._begins = np.array(sorted(self._forms), np.uint64)

    def find(self, data: bytes) -> list[tuple[int, int]]:
        """Where forms of the name begin and end, from left to right, none within another."""
        if len(data) < self._window:
            return []
        low = data.lower()
        hashes = _rolling(np.frombuffer(low, np.uint8), self._base, self._window)
        found: list[tuple[int, int]] = []
        for place in np.flatnonzero(np.isin(hashes, self._begins)).tolist():
            if found and place < found[-1][1]:
                continue
            for length, whole in self._forms[int(hashes[place])]:
                part = low[place : place + length]
                if len(part) == length and _hash(part, self._base) == whole:
                    found.append((place, place + length))
                    break
        return found

    def find_in_file(self, path: Path) -> Iterator[tuple[int, str]]:
        """Where forms of the name stand in a file, and which. Raises OSError."""
        longest = max(length for length, _, _ in self.name.forms)

        yield from find_in_file(path, self.find_forms, longest)

    def forms_in(self, data: bytes) -> set[str]:
        """Hashes of the forms of the name that stand in data."""
        return {form for _, form in self.find_forms(data)}

    def find_forms(self, data: bytes) -> list[tuple[int, str]]:
        """Where forms of the name begin, and the hash of each."""
        low = data.lower()
        return [(start, f"{_hash(low[start:stop], self._base):016x}") for start, stop in self.find(data)]

    def without(self, text: str, instead: str = OMISSION) -> str | None:
        """A text with something else in the place of the name; None: it does not have it, as words of its own."""
        data = text.encode("utf-8", "surrogatepass")
        parts, end = list[str](), 0
        for start, stop in self.find(data):
            before = data[end:start].decode("utf-8", "surrogatepass")
            if (before or text[:0])[-1:].isalnum():
                continue
            rest = data[stop:].decode("utf-8", "surrogatepass")
            more = next((place for place, letter in enumerate(rest) if not letter.isalnum()), len(rest))
            if more > ENDING:
                continue
            parts += [before, instead]
            end = stop + len(rest[:more].encode("utf-8", "surrogatepass"))
        return "".join(parts) + data[end:].decode("utf-8", "surrogatepass") if parts else None

    def is_it(self, label: str) -> bool:
        """Whether a whole label is the name."""
        return key(slug(label)) == self.name.key


@lru_cache(maxsize=256)
def scanner_of(name: ErasedName) -> NameScanner:
    """The scanner of a name."""
    return NameScanner(name)


def _rolling(data: NDArray[np.uint8], base: str, width: int) -> NDArray[np.uint64]:
    """Hashes of all passages of `width` bytes, a power of two, by where they begin."""
    hashes, power, done = data.astype(np.uint64) + np.uint64(1), int(base, 16), 1
    while done < width:
        hashes = hashes[:-done] * np.uint64(power) + hashes[done:]
        power, done = power * power & _MASK, done * 2
    return hashes


def stored_names(connection: sqlite3.Connection) -> tuple[ErasedName, ...]:
    """All names that were erased from a store, by the list of its erasures."""
    found = connection.execute("SELECT what FROM erasures WHERE what LIKE '%\"names\":[[%' ORDER BY number")
    return tuple(name for (what,) in found for name in _names_in(what))


class _What(Struct, frozen=True):
    names: tuple[ErasedName, ...] = ()


@lru_cache(maxsize=256)
def _names_in(what: str) -> tuple[ErasedName, ...]:
    return msgspec.json.decode(what, type=_What).names


def holds(names: Sequence[ErasedName], document: bytes) -> bool:
    """Whether an article's JSON has one of the names where it must not have it."""
    return any(without_name(document, each) is not None for each in names if scanner_of(each).find(document))


def cleaned(article: Article, names: Sequence[ErasedName]) -> Article:
    """An article without erased names."""
    if not names:
        return article
    document = msgspec.json.encode(article)
    changed = document
    for each in names:
        changed = without_name(changed, each) or changed
    return article if changed is document else msgspec.json.decode(changed, type=Article)


def without_name(document: bytes, name: ErasedName) -> bytes | None:
    """An article's JSON without a name; None: it does not have it."""
    scanner = scanner_of(name)
    if not scanner.find(document):
        return None
    kept = msgspec.json.decode(document)
    if not isinstance(kept, dict):
        return None
    changed = dict(kept)
    if name.kind == "author" and isinstance(kept.get("authors"), list):
        changed["authors"] = [each for each in kept["authors"] if not _is_author(each, scanner)]
    if name.kind == "topic" and isinstance(kept.get("topics"), list):
        changed["topics"] = [each for each in kept["topics"] if not scanner.is_it(str(each))]
    if name.texts:
        changed = {
            field: value if field == "id" else _without(value, scanner) for field, value in changed.items()
        }
    if changed == kept:
        return None
    try:
        return msgspec.json.encode(msgspec.convert(changed, Article))
    except msgspec.ValidationError:  # written by another version
        return msgspec.json.encode(changed)


def _is_author(author: Any, scanner: NameScanner) -> bool:
    said = str(author.get("name", "")) if isinstance(author, Mapping) else str(author)
    return scanner.is_it(said) or (scanner.name.texts and scanner.without(said) is not None)


def _without(value: Any, scanner: NameScanner) -> Any:
    if isinstance(value, str):
        is_address = value.startswith(("http://", "https://"))
        changed = scanner.without(value, "-" if is_address else OMISSION)
        return value if changed is None else changed
    if isinstance(value, list):
        return [_without(each, scanner) for each in value]
    if isinstance(value, dict):
        return {field: _without(each, scanner) for field, each in value.items()}
    return value
