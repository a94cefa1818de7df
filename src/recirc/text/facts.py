"""The numbers and names of a text with their contexts, to tell near-copies from forms filled in anew.

Earnings, dividends, money markets and weather are reported in the same words day by day, and such reports share most of
their 4-grams; only their numbers and names differ. So each number and each capitalised word is a value at a place. The
place is the hash of the adjacent words (one on each side of a number, two of a name), in which other numbers and names
are replaced by a marker. Two texts agree in a common place if they share a value there.
"""

import re
from functools import lru_cache
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled

Facts: TypeAlias = NDArray[np.uint64]

MODEL: Final = "facts 1"  # raise the number with any change that gives other hashes
MAX_FACTS: Final = 64
"""Facts per text: those with the smallest hashes of places, so that two texts keep the same places."""

_TOKEN: Final = re.compile(r"\d[\d.,/\-]*|[^\W_]+")
_SPELLED: Final = frozenset(
    ("nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
)
_NUMBER, _NAME = "#", "@"
_PADDING: Final = 2


def facts(body_text: str) -> Facts:
    """Up to `MAX_FACTS` numbers and names of a text, uint64 (n,), ascending.

    The upper 32 bits are the hash of the place, the lower ones the hash of the value, the last bit is 1 for a number.
    """
    kinds, values = _tokens(body_text)
    around = [""] * _PADDING + kinds + [""] * _PADDING
    found = set()
    for at, value in enumerate(values, _PADDING):
        if value:
            reach = 1 if around[at] == _NUMBER else 2
            place = " ".join(around[at - reach : at + reach + 1])
            found.add(_hash(place) << 32 | _hash(value) & ~1 | (around[at] == _NUMBER))
    return np.array(sorted(found)[:MAX_FACTS], np.uint64)


def _tokens(text: str) -> tuple[list[str], list[str]]:
    """Each token or its marker, and the values of numbers and names (else ""); consecutive numbers are one."""
    kinds: list[str] = []
    values: list[str] = []
    for word in _TOKEN.findall(text):
        lower = word.lower().rstrip(".,/-")
        if word[0].isdigit() or lower in _SPELLED:
            if kinds and kinds[-1] == _NUMBER:
                values[-1] += f" {lower}"
                continue
            kinds.append(_NUMBER)
            values.append(lower)
        elif word[0].isupper():
            kinds.append(_NAME)
            values.append(lower)
        else:
            kinds.append(lower)
            values.append("")
    return kinds, values


@lru_cache(maxsize=65_536)
def _hash(text: str) -> int:
    """A 32-bit hash: CRC-32, then the finaliser of MurmurHash3 so that every bit depends on every character."""
    mixed = crc32(text.encode("utf-8", "surrogatepass"))
    mixed = (mixed ^ (mixed >> 16)) * 0x85EBCA6B & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 13)) * 0xC2B2AE35 & 0xFFFFFFFF
    return mixed ^ (mixed >> 16)


@compiled
def agreement(a: Facts, b: Facts) -> tuple[int, int, int, int]:
    """Common places of numbers, those with a common value, and the same two counts for names. Both arrays ascend."""
    numbers = equal_numbers = names = equal_names = i = j = 0
    while i < len(a) and j < len(b):
        place, other = a[i] >> np.uint64(32), b[j] >> np.uint64(32)
        if place < other:
            i += 1
        elif other < place:
            j += 1
        else:
            equal, number = False, a[i] & np.uint64(1)
            while (
                i < len(a)
                and j < len(b)
                and a[i] >> np.uint64(32) == place
                and b[j] >> np.uint64(32) == place
            ):
                if a[i] == b[j]:
                    equal = True
                    i += 1
                    j += 1
                elif a[i] < b[j]:
                    i += 1
                else:
                    j += 1
            while i < len(a) and a[i] >> np.uint64(32) == place:
                i += 1
            while j < len(b) and b[j] >> np.uint64(32) == place:
                j += 1
            if number:
                numbers += 1
                equal_numbers += equal
            else:
                names += 1
                equal_names += equal
    return numbers, equal_numbers, names, equal_names
