"""How far a phrase is from its article in the direction of advertisers' phrases, by the sense of its words."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.text import language_vectors

READ: Final = 6_000  # characters of an article

PHRASES: Final = (
    "online casino bonus without deposit",
    "cheap loan without credit check",
    "fast credit instant approval",
    "lose weight diet pills",
    "sports betting free bonus",
    "buy followers instantly",
    "cheap designer watches free shipping",
    "viagra without prescription",
    "essay writing service online",
    "earn money from home",
    "hair loss cure",
    "special offer discount order now",
    "free spins slots jackpot",
    "cheap sneakers outlet free delivery",
)
"""What advertisers put into other people's texts; one table of vectors serves for all languages."""


def surplus(phrase: str, text: str) -> float:
    """How much nearer a phrase is to what advertisers write than its article is: a difference of cosines, -2 to 2.

    surplus = max over PHRASES p of cos(phrase, p) - cos(text, p)

    >>> surplus("casino con bono de bienvenida gratis", "Dos barcos salieron del puerto a pesar de la niebla.") > 0.4
    True
    >>> surplus("salieron del puerto", "Dos barcos salieron del puerto a pesar de la niebla.") < 0.3
    True
    """
    one, whole = _unit(language_vectors.sense("", phrase)), _unit(language_vectors.sense("", text[:READ]))
    if one is None or whole is None:
        return 0.0
    return float((_directions() @ one - _directions() @ whole).max())


@cache
def _directions() -> NDArray[np.float64]:
    found = (_unit(language_vectors.sense("", phrase)) for phrase in PHRASES)
    return np.array([each for each in found if each is not None])


def _unit(vector: NDArray[np.float64] | None) -> NDArray[np.float64] | None:
    if vector is None:
        return None
    length = float(np.linalg.norm(vector))
    return vector / length if length else None
