"""Lists that say they belong to the article, and have nothing to do with it."""

import re
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.extraction.labels import is_relating
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.text.vector import vector
from recirc.types import Finding

LEAST_ITEMS: Final = 4
LEAST_WORDS: Final = 100  # of the article: less says too little to be related to anything
COSINE: Final = 0.25  # an item that is nearer than that is related
_WORD: Final = re.compile(r"[^\W_][\w’'-]*")
_SAYS_NOTHING_WORDS: Final = (
    "a about after all am an and are as at be been before but by can could did do does for from get "
    "had has have he her here his how i if in into is it its it's just know like made make may me "
    "more most my need new no not of off on one or our out over say says she she's so some than that "
    "that's the their them there these they this those to up us want wanted was we were what when "
    "where which who why will with would you your"
)
_SAYS_NOTHING: Final = frozenset(_SAYS_NOTHING_WORDS.split())
_NO_NAMES_WORDS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december this that these those with what when where which "
    "while their there they from your after before about have will would could should says said more "
    "most over into than then them some other"
)
_NO_NAMES: Final = frozenset(_NO_NAMES_WORDS.split())


class LinkListCheck(FindingCheck):
    """Only a list that claims relation (Related, Read more, …) can be wrong in this; what is popular need not fit.

    An item is related if its vector is near the article's, or if it shares a name or a subject with it. If none of
    several is, the list was not made for this article; a list without any reason that is as foreign is then evidence
    as well.
    """

    kind = "links"
    order = 60

    def look(self, reading: InspectionContext) -> Finding | None:
        """A list of `LEAST_ITEMS` or more, none of them related."""
        if len(reading.text.split()) < LEAST_WORDS:
            return None
        article = vector(reading.headline or "", reading.text).astype(np.float64)
        names = _subjects(reading)
        foreign = [
            each
            for each in reading.page.links
            if len(each.items) >= LEAST_ITEMS
            and not any(_related(item, article, names) for item in each.items)
        ]
        claiming = [each for each in foreign if each.title and is_relating(each.title)]
        if not claiming:
            return None
        others = [each.title for each in foreign if each not in claiming and each.title]
        count = len(claiming[0].items)
        also = f"; nor has any under {' or '.join(others)}, where no reason is given" if others else ""
        return Finding(
            kind=self.kind,
            evidence=f"{claiming[0].title}: {quoted(*claiming[0].items[:3])}",
            confidence=round(min(0.95, 0.6 + 0.04 * count), 2),
            why=f"none of the {count} has a name or a subject in common with the article{also}",
        )


def _subjects(reading: InspectionContext) -> frozenset[str]:
    """Words that the article is about: names within its sentences, its topics, and the long words of its headline."""
    text = reading.text
    words = _WORD.findall(text)
    lower = {word for word in words if word.islower()}
    names = {word.casefold() for word in words if word[0].isupper() and word.casefold() not in lower}
    topics = {word.casefold() for topic in reading.page.topics for word in _WORD.findall(topic)}
    headline = {word.casefold() for word in _WORD.findall(reading.headline or "") if len(word) >= 6}
    found = {_stem(word) for word in names | topics | headline if len(word) >= 4}
    return frozenset(found - _NO_NAMES)


def _related(item: str, article: NDArray[np.float64], names: Iterable[str]) -> bool:
    words = {_stem(word.casefold()) for word in _WORD.findall(item)}
    if words & set(names):
        return True
    says = [word for word in _WORD.findall(item) if word.casefold().replace("’", "'") not in _SAYS_NOTHING]
    other = vector(" ".join(says), "").astype(np.float64)
    length = float(np.linalg.norm(article) * np.linalg.norm(other))
    return bool(length) and float(article @ other) / length >= COSINE


def _stem(word: str) -> str:
    for ending in ("'s", "’s", "'", "’"):
        word = word.removesuffix(ending)
    return word.removesuffix("s") if len(word) > 4 else word
