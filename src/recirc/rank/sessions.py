"""What similar visits read: VMIS-kNN over the visits that the state holds.

Kersbergen, Sprangers, Schelter: "Serenade: Low-Latency Session-Based Recommendation in e-Commerce at Scale",
SIGMOD 2022, algorithm 2, after Ludewig and Jannach's V-SkNN (2018). Notation as there: m recent visits of
each article are looked at, the k most similar speak, π(s) weighs an article of the evolving visit s by its
place in it, λ damps by where the shared article stood.
"""

import numpy as np

from recirc.compiled import compiled
from recirc.types import FloatArray, IntArray, LongArray

DAMPING = 0.1
"""λ loses so much for each step between the newest shared article and the end of the visit."""


@compiled
def neighbour_visits(
    history: IntArray,
    m: int,
    k: int,
    serial: LongArray,
    articles: IntArray,
    earlier: LongArray,
    newest: LongArray,
    similarity: FloatArray,
    shared: IntArray,
    touched: IntArray,
) -> int:
    """Find the k visits most similar to `history` (int32 (s,), distinct, oldest first); of equals, the newer.

    Slots of the visits come in `touched` (int32, room for s · m), with `similarity` (float64) and `shared`
    (int32: steps from the end of the history to the newest shared article), both by slot. `similarity` is
    zero before the call; the caller zeroes it again. The reader's own visit may be among them: all it could
    speak for is in the history. Returns how many there are.
    """
    slots, length = articles.shape
    n = 0
    steps = len(history)
    for d in range(steps):
        pi = (steps - d) / steps
        entry = newest[history[steps - 1 - d]] if history[steps - 1 - d] < len(newest) else -1
        for _ in range(m):
            if entry < 0:
                break
            slot = (entry // length) % slots
            if serial[slot] != entry // length:
                break
            if similarity[slot] == 0:
                touched[n] = slot
                shared[slot] = d
                n += 1
            similarity[slot] += pi
            entry = earlier[slot, entry % length]
    if n <= k:
        return n
    # Similarities that differ do so by 1 / s or more; what is added for age is far less, and never the same twice.
    latest = serial[touched[:n]].max()
    keys = np.empty(n)
    for i in range(n):
        keys[i] = similarity[touched[i]] - 1e-10 * (latest - serial[touched[i]])
    least = np.partition(keys, n - k)[n - k]
    kept = 0
    for i in range(n):
        slot = touched[i]
        if keys[i] >= least:
            touched[kept] = slot
            kept += 1
        else:
            similarity[slot] = 0
    return kept
