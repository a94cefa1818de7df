"""Which section a text does not belong in, by what its words are about."""

from statistics import median
from typing import Final, NamedTuple

from recirc.extraction.lines import size
from recirc.provenance.topics import SPAM, strengths, topic_of_section, words_of_topic

LEAST_WORDS: Final = 60  # of a text; below, a few words decide too much
LEAST: Final = 1.5  # strength of the topic that a text has instead
LEAST_BROAD: Final = 2.5  # of a section that holds much: features of our own sample newspaper reach 2.46
ABSENT: Final = 0.3  # strength of a topic that is not there
FAINT: Final = 0.12  # of the strongest topic: a topic that weak is a word or two
STRONGER: Final = 4  # topics that must be stronger than the claimed one
MOST_NARROW: Final = (
    0.3  # strength of a narrow section's topic above the median, as a share of the strongest one's
)
MOST_BROAD: Final = 0.1  # likewise of a section that holds much, such as Business
# Measured on 1,407 German, Brazilian and English articles under their own sections: 1.9% are accused, most of them in
# sections wider than their name; of 703 under wrong ones, 74% are.

_NARROW: Final = frozenset(
    [
        "fashion",
        "food",
        "motoring",
        "travel",
        "property",
        "horoscope",
        "gaming",
        "garden",
        "religion",
        "sport",
        "health",
    ]
)
_NEAR: Final = tuple(
    frozenset(group.split())
    for group in (
        "politics world crime religion education",
        "politics business",
        "science environment education health technology garden",
        "entertainment arts fashion gaming",
        "food travel garden",
        "motoring technology business travel",
        "sport gaming motoring",
        "property garden business",
        "fashion horoscope health",
        "science arts",
        "science technology gaming",
        "technology business gaming",
        "technology gaming entertainment",
        "environment travel politics",
        "health food sport",
        "arts travel religion education",
        "crime property",
    )
)
"""Topics that honest sections mix."""


class SectionMismatch(NamedTuple):
    """The topic that a text has instead of its section's.

    Attributes:
        strength, claimed_strength: of that topic and of the section's, as `topics.strengths` gives them.
        words: of the text, that speak most for the topic.
    """

    topic: str
    strength: float
    claimed_strength: float
    words: tuple[str, ...]


def mismatch(headline: str, text: str, claimed: str) -> SectionMismatch | None:
    """What a text is about, if it certainly does not belong in the section it claims to be of; else None.

    None also where the section may hold anything (News, Local, Opinion), and where the text is short.
    """
    own = topic_of_section(claimed)
    if own is None or size(text) < LEAST_WORDS:
        return None
    whole = f"{headline}\n{text}"
    found = strengths(whole)
    found.pop(SPAM)
    top = max(found, key=lambda topic: found[topic])
    most = MOST_NARROW if own in _NARROW else MOST_BROAD
    usual = median(found.values())
    least = LEAST if own in _NARROW else LEAST_BROAD
    if found[top] < least or found[own] - usual > most * (found[top] - usual):
        return None
    if (
        found[own] > max(ABSENT, FAINT * found[top])
        and sum(other > found[own] for other in found.values()) < STRONGER
    ):
        return None
    if any({own, top} <= group for group in _NEAR) or (own, top) == ("world", "business"):
        return None
    telling = words_of_topic(whole, top)
    # One word, however often, is the subject of many an article.
    return SectionMismatch(top, found[top], found[own], telling) if len(telling) >= 3 else None
