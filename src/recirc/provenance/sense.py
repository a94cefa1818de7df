"""What a text is about, by the sense of all its words: how near it is to the phrases of each topic.

The second reading beside `topics`: that one counts some thousand words that speak for a topic, this one adds up the
vectors of every word of fourteen languages and English. The table of `text.language_vectors` comes from an encoder that
puts the same meaning in one place in all of them, so that English phrases serve for each.
"""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.provenance.topics import READ, SPAM, phrases
from recirc.text import language_vectors

LANGUAGES: Final = language_vectors.LANGUAGES | {"en"}


class _Topics(NamedTuple):
    """Attributes:
    names: of the topics.
    directions: float64 (n_topics, SENSE), of length 1, less what all topics have in common.
    """

    names: tuple[str, ...]
    directions: NDArray[np.float64]


@cache
def _topics() -> _Topics:
    names = tuple(name for name in phrases() if name != SPAM)
    found = [[_direction("", each) for each in phrases()[name]] for name in names]
    means = np.array([np.mean([each for each in some if each is not None], axis=0) for some in found])
    return _Topics(names, np.array([_unit(each) for each in means - means.mean(axis=0)]))


def nearness(headline: str, text: str) -> dict[str, float] | None:
    """The cosine of a text to each topic, less what all topics have in common; None where no word is known.

    >>> found = nearness("", "Die Stürmerin schoss zwei Tore, und der Trainer lobte die Mannschaft nach dem Spiel.")
    >>> max(found, key=found.get)
    'sport'
    """
    direction = _direction(headline, text[:READ])
    if direction is None:
        return None
    names, directions = _topics()
    return dict(zip(names, (directions @ direction).tolist(), strict=True))


def _direction(headline: str, text: str) -> NDArray[np.float64] | None:
    found = language_vectors.sense(headline, text)
    return None if found is None else _unit(found)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
