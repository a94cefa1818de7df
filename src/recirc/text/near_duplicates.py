"""Estimates whether one text contains another, for copies that were cut, given a new lead, or joined with other text.

Source: A. Broder, "On the resemblance and containment of documents", Compression and Complexity of Sequences 1997.
With S(A) the set of word 4-grams ("shingles") of A, the containment of A in B is c(A, B) = |S(A) ∩ S(B)| / |S(A)|.
Here A is the smaller text, so that the measure is symmetric.
"""

import re
from functools import lru_cache
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled

Shingles: TypeAlias = NDArray[np.uint32]

NGRAM: Final = 4
MODEL: Final = "4-grams 1"  # raise the number with any change that gives other hashes
MAX_SHINGLES: Final = 1024
"""Hashes kept per text: all of a text of about 1,000 words, a sample of a longer one."""
MIN_COMPARED: Final = 8
"""With fewer shingles to compare, containment is 0."""

# Scripts without spaces between words: each character counts as a word.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def shingles(body_text: str) -> Shingles:
    """The `MAX_SHINGLES` smallest distinct hashes of the word 4-grams of a text, ascending; uint32 (n,).

    Hashes behave like random numbers, so the smallest are a fair sample (Broder's bottom-k sketch) which selects the
    same 4-grams from two texts.
    """
    words = _WORD.findall(body_text.lower())
    if len(words) < NGRAM:
        return np.empty(0, np.uint32)
    hashes = np.fromiter(map(_word_hash, words), np.uint64, len(words))
    combined = np.zeros(len(words) - NGRAM + 1, np.uint64)
    for place in range(NGRAM):
        combined = _mix(combined + hashes[place : len(words) - NGRAM + 1 + place])
    return np.unique((combined >> np.uint64(32)).astype(np.uint32))[:MAX_SHINGLES]


def containment(a: Shingles, b: Shingles, size: int = MAX_SHINGLES) -> float:
    """Estimate of |A ∩ B| / min(|A|, |B|), from 0 to 1; 0 if fewer than `MIN_COMPARED` shingles can be compared and
    the texts are not equal.

    A sketch of fewer than `size` hashes is the whole set; a full one is the set up to its largest hash. Both are cut at
    the smaller of the two limits, which leaves complete, corresponding parts of both sets. Their containment estimates
    that of the whole sets with a standard error of sqrt(c (1 - c) / n), where n is the size of the smaller part.
    """
    # So that read-only and writable arrays use the same compiled function.
    a, b = np.require(a, np.uint32, ["C", "W"]), np.require(b, np.uint32, ["C", "W"])
    equal, least = agreement(a, b, size)
    return float(share(equal, least, len(a), len(b)))


@compiled
def agreement(a: Shingles, b: Shingles, size: int) -> tuple[int, int]:
    """Number of common hashes in the comparable parts of two sketches, and the size of the smaller part."""
    size_a, size_b = len(a), len(b)
    last = np.uint32(0xFFFFFFFF)
    if size_a == size:
        last = min(last, a[size_a - 1])
    if size_b == size:
        last = min(last, b[size_b - 1])
    while size_a > 0 and a[size_a - 1] > last:
        size_a -= 1
    while size_b > 0 and b[size_b - 1] > last:
        size_b -= 1
    i = j = equal = 0
    while i < size_a and j < size_b:
        if a[i] == b[j]:
            equal += 1
            i += 1
            j += 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return equal, min(size_a, size_b)


@compiled
def share(equal: int, least: int, size_a: int, size_b: int) -> float:
    """Containment from the result of `agreement` and the sketches' sizes; 0 if too few hashes were compared."""
    if 0 < least < MIN_COMPARED and equal == least and size_a == size_b:
        return 1.0
    if least < MIN_COMPARED:
        return 0.0
    return equal / least


@lru_cache(maxsize=65_536)
def _word_hash(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread each bit over all bits: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
