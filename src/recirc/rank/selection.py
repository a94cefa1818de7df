"""The best of many, in compiled loops that make no arrays."""

from recirc.compiled import compiled_in_place
from recirc.types import FloatArray, IntArray


@compiled_in_place
def kth_largest(values: FloatArray, n: int, k: int) -> float:
    """The k-th largest, from 1, of the first n of `values`, float64, which change places (Hoare's FIND, 1961).

    >>> import numpy as np
    >>> [kth_largest(np.array([3.0, 1.0, 4.0, 1.0, 5.0]), 5, k) for k in (1, 2, 4)]
    [5.0, 4.0, 1.0]
    """
    low, high, wanted = 0, n - 1, k - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] > pivot:
                i += 1
            while values[j] < pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return float(values[wanted])


@compiled_in_place
def best_rows(scores: FloatArray, n: int, most: int, room: FloatArray, rows: IntArray) -> int:
    """Write the places of the `most` largest of n scores into `rows` (int32), ascending; of equals the first. Returns
    how many they are.

    Args:
        room: float64 (n or more,), which is written over.

    >>> import numpy as np
    >>> rows = np.zeros(3, np.int32)
    >>> best_rows(np.array([1.0, 2.0, 1.0, 1.0, 3.0]), 5, 3, np.zeros(5), rows), rows.tolist()
    (3, [0, 1, 4])
    """
    if n <= most:
        for row in range(n):
            rows[row] = row
        return n
    for row in range(n):
        room[row] = scores[row]
    edge = kth_largest(room, n, most)
    equals = most
    for row in range(n):
        if scores[row] > edge:
            equals -= 1
    kept = 0
    for row in range(n):
        if scores[row] > edge or (scores[row] == edge and equals > 0):
            if scores[row] == edge:
                equals -= 1
            rows[kept] = row
            kept += 1
    return kept


@compiled_in_place
def insert_by_score(
    place: int, scores: FloatArray, articles: IntArray, order: IntArray, held: int, most: int
) -> int:
    """Put a place into an order by score, of equals by article; at most `most` places are held. Returns how many.

    Args:
        scores: float64; articles: int32, by place.
        order: int32 (most or more,): the `held` places so far, best first.
    """
    score, article = scores[place], articles[place]
    at = held
    while at > 0:
        other = order[at - 1]
        if scores[other] > score or (scores[other] == score and articles[other] < article):
            break
        at -= 1
    if at >= most:
        return held
    held = min(held + 1, most)
    for k in range(held - 1, at, -1):
        order[k] = order[k - 1]
    order[at] = place
    return held
