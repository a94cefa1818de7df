"""Whether one text holds another: a copy that was cut, begun anew, mixed with words or glued to another.

Source: A. Broder, "On the resemblance and containment of documents", Compression and Complexity of
Sequences 1997. With S(A) the set of word 4-grams ("shingles") of A, the containment of A in B is c(A, B) =
|S(A) ∩ S(B)| / |S(A)|. Here it is taken of the smaller text, so that the order does not matter.
"""

import re
from functools import lru_cache
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled

Shingles: TypeAlias = NDArray[np.uint32]

WORDS: Final = 4
MODEL: Final = "4-grams 1"  # raise the number with any change that gives other hashes
MOST: Final = 1024
"""Hashes kept of a text; a text of some 1,000 words is known whole, a longer one by a sample."""
FEWEST: Final = 8
"""Below so many shingles to compare, two texts are not said to hold one another."""

# Scripts that put no space between words: each character counts as one.
_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
)
_WORD: Final = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def shingles(body_text: str) -> Shingles:
    """The `MOST` smallest distinct hashes of the word 4-grams of a text, rising; uint32 (n,).

    Hashes are as good as random, so the smallest ones are a fair sample of all (Broder's bottom-k sketch),
    and of two texts the same ones are sampled.
    """
    words = _WORD.findall(body_text.lower())
    if len(words) < WORDS:
        return np.empty(0, np.uint32)
    hashes = np.fromiter(map(_word_hash, words), np.uint64, len(words))
    mixed = np.zeros(len(words) - WORDS + 1, np.uint64)
    for place in range(WORDS):
        mixed = _mixed(mixed + hashes[place : len(words) - WORDS + 1 + place])
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))[:MOST]


def containment(a: Shingles, b: Shingles, most: int = MOST) -> float:
    """Estimate of |A ∩ B| / min(|A|, |B|), from 0 to 1; 0 where fewer than `FEWEST` shingles can be compared,
    but for two equal texts.

    A sketch of fewer than `most` hashes is the whole set; a full one is the part of the set up to its
    largest hash. So both are cut at the smaller of the two thresholds: what is left are complete and equal
    parts of both sets, in which the share is that of the whole, with a standard error of sqrt(c (1 - c) /
    n), n being the smaller part's size.
    """
    # One compiled form for what may be written and what may not.
    a, b = np.require(a, np.uint32, ["C", "W"]), np.require(b, np.uint32, ["C", "W"])
    equal, least = agreement(a, b, most)
    return float(share(equal, least, len(a), len(b)))


@compiled
def agreement(a: Shingles, b: Shingles, most: int) -> tuple[int, int]:
    """Of the parts in which two sketches can be compared: hashes that both have, and the smaller one's size."""
    of_a, of_b = len(a), len(b)
    last = np.uint32(0xFFFFFFFF)
    if of_a == most:
        last = min(last, a[of_a - 1])
    if of_b == most:
        last = min(last, b[of_b - 1])
    while of_a > 0 and a[of_a - 1] > last:
        of_a -= 1
    while of_b > 0 and b[of_b - 1] > last:
        of_b -= 1
    i = j = equal = 0
    while i < of_a and j < of_b:
        if a[i] == b[j]:
            equal += 1
            i += 1
            j += 1
        elif a[i] < b[j]:
            i += 1
        else:
            j += 1
    return equal, min(of_a, of_b)


@compiled
def share(equal: int, least: int, of_a: int, of_b: int) -> float:
    """The containment that `agreement` says, of sketches of these sizes; 0 where it says too little."""
    if 0 < least < FEWEST and equal == least and of_a == of_b:
        return 1.0
    if least < FEWEST:
        return 0.0
    return equal / least


@lru_cache(maxsize=65_536)
def _word_hash(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread each bit over all bits: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
