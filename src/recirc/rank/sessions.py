"""What similar visits read: VMIS-kNN over the visits that the state holds.

Kersbergen, Sprangers, Schelter: "Serenade: Low-Latency Session-Based Recommendation in e-Commerce at Scale",
SIGMOD 2022, algorithm 2, after Ludewig and Jannach's V-SkNN (2018). Notation as there: the m most recent visits of
each article are compared, and the k most similar of them count; π(s) weighs an article of the evolving visit s by its
position in it, λ damps by the position of the shared article.
"""

from typing import NamedTuple

from recirc.compiled import compiled_in_place
from recirc.rank.selection import kth_largest
from recirc.rank.visit_arrays import VisitArrays
from recirc.rank.visit_lists import VisitLists, newest_visits
from recirc.types import FloatArray, IntArray, LongArray

DAMPING = 0.1
"""λ falls by this much with each step between the newest shared article and the end of the visit."""


class SessionScratch(NamedTuple):
    """Working memory and results of `neighbour_visits`.

    Attributes, s = slots:
        similarity: float64 (s,), zero before the call; the caller sets it back to zero.
        shared: int32 (s,): steps from the end of the history to the newest shared article.
        touched: int32 (length of the history · m or more,): the slots that were found.
        keys: float64, as long: room to select the most similar ones.
    """

    similarity: FloatArray
    shared: IntArray
    touched: IntArray
    keys: FloatArray


@compiled_in_place
def neighbour_visits(
    history: IntArray, m: int, k: int, visits: VisitArrays, lists: VisitLists, scratch: SessionScratch
) -> int:
    """Find the k visits most similar to `history` (int32 (s,), distinct, oldest first); of equals, the newer.

    Their slots are written to `scratch.touched`, and their number is returned. The reader's own visit may be among
    them: all articles that it could vote for are in the history.
    """
    n = _touch(history, m, visits, lists, scratch)
    return n if n <= k else _keep_most_similar(n, k, visits.serial, scratch)


@compiled_in_place
def _touch(history: IntArray, m: int, visits: VisitArrays, lists: VisitLists, scratch: SessionScratch) -> int:
    """Add up the similarity of the m newest visits of each article; how many there are."""
    slots, length = visits.articles.shape
    similarity, touched = scratch.similarity, scratch.touched
    n = 0
    steps = len(history)
    for d in range(steps):
        pi = (steps - d) / steps
        row = newest_visits(history[steps - 1 - d], visits, lists)
        for place in range(min(m, lists.counts[row])):
            serial = lists.entries[row, place] // length
            slot = serial % slots
            # The slot may have been taken by a newer visit meanwhile; all older entries of the list are gone then too.
            if visits.serial[slot] != serial:
                break
            if similarity[slot] == 0:
                touched[n] = slot
                scratch.shared[slot] = d
                n += 1
            similarity[slot] += pi
    return n


@compiled_in_place
def _keep_most_similar(n: int, k: int, serial: LongArray, scratch: SessionScratch) -> int:
    """Keep k of the n slots in `touched`, and set the similarity of the others back to zero. Returns k."""
    similarity, touched, keys = scratch.similarity, scratch.touched, scratch.keys
    latest = serial[touched[0]]
    for i in range(n):
        latest = max(latest, serial[touched[i]])
    for i in range(n):
        keys[i] = _key(touched[i], latest, serial, similarity)
    least = kth_largest(keys, n, k)
    kept = 0
    for i in range(n):
        slot = touched[i]
        if _key(slot, latest, serial, similarity) >= least:
            touched[kept] = slot
            kept += 1
        else:
            similarity[slot] = 0
    return kept


@compiled_in_place
def _key(slot: int, latest: int, serial: LongArray, similarity: FloatArray) -> float:
    # Two similarities that differ do so by 1 / s or more; the term for age is far smaller, and distinct.
    return float(similarity[slot] - 1e-10 * (latest - serial[slot]))
