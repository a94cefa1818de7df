"""Which section a text does not belong in, by two readings of it that must agree: its words, and their sense."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from recirc.extraction.lines import size
from recirc.provenance.sense import nearness
from recirc.provenance.topics import SPAM, strengths, topic_of_section, words_of_topic, words_only_of

LEAST_WORDS: Final = 60  # of a text; below, a few words decide too much
NEARER: Final = 0.2  # cosine by which the text must be nearer to another topic than to its section's
NEAR: Final = 0.1  # and to the one that the words speak of
LEAST: Final = 1.0  # strength of that topic in the words
FOREMOST: Final = 4  # it is one of so many that are strongest there
FAINT: Final = 0.3  # of the strongest topic, what the section's may have
NOTHING: Final = (
    0.1  # of the strongest topic, what a narrow section's may have of which the text holds nothing
)
NEAR_NOTHING: Final = 0.12  # cosine to that section's topic, at most
NEARER_THAN_NOTHING: Final = 0.05  # cosine by which it is nearer to another topic
LEAST_TELLING: Final = 2  # words of the other topic
OWN: Final = 1.3  # strength of a word that is the section's own
OWN_IN_HEADLINE: Final = 1.0
MOST_OWN: Final = 8  # words of the other topic to one of the section's own; one is allowed to narrow ones
FAR: Final = (
    0.3  # cosine to another topic above that to the section's, where the words have nothing of the section
)
FAR_MIXED: Final = 0.4  # where honest sections mix the two
FAR_WITH_A_WORD: Final = 0.25  # where the words have one of the section's
FAR_WITHOUT_WORDS: Final = 0.36  # where the words tell of no topic
NOT_NEAR: Final = 0.02  # cosine to the section's topic, at most
HARDLY: Final = 0.12  # of the strongest topic, what the section's may have
SOME_NARROW: Final = 0.45  # the same where one word is the section's, of narrow sections
SOME: Final = 0.2  # and of others
# Measured on 513 German and 251 Brazilian articles: of 529 under a section of which a topic is known, none is accused
# under its own; of 3,004 under wrong ones drawn at random from thirteen, half are.

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
        "science travel",
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
_ABROAD: Final = frozenset({"technology", "business", "science", "environment", "health", "education"})
"""What a section for other countries also holds; what these sections hold is not the world."""


class SectionMismatch(NamedTuple):
    """The topic that a text has instead of its section's.

    Attributes:
        nearer: cosine by which the text is nearer to that topic than to the section's.
        strength, claimed_strength: of both topics in the words, as `topics.strengths` gives them.
        words: of the text, that speak most for the topic.
    """

    topic: str
    nearer: float
    strength: float
    claimed_strength: float
    words: tuple[str, ...]


def mismatch(headline: str, text: str, claimed: str) -> SectionMismatch | None:
    """What a text is about, if it certainly does not belong in the section it claims to be of; else None.

    Both readings must say so: by the words, the section's topic is faint and few of them are its own; by their sense,
    the text is plainly nearer to another one, which is also among the strongest by the words. None also where the
    section may hold anything (News, Local, Opinion), and where the text is short.
    """
    own = topic_of_section(claimed)
    if own is None or size(text) < LEAST_WORDS:
        return None
    whole = f"{headline}\n{text}"
    found = strengths(whole)
    found.pop(SPAM)
    near = nearness(headline, text)
    if near is not None and own in _NARROW and (nothing := _nothing_of(own, whole, found, near)) is not None:
        return nothing
    if near is None or words_only_of(headline, own, OWN_IN_HEADLINE):
        return None
    elsewhere = _plainly_elsewhere(own, whole, found, near)
    if elsewhere is not None:
        return elsewhere
    if found[own] >= FAINT * max(found.values()):
        return None
    foremost = sorted(found, key=lambda topic: -found[topic])[:FOREMOST]
    nearest = max(near, key=lambda topic: near[topic])
    top = max(foremost, key=lambda topic: near[topic])
    if near[nearest] - near[own] < NEARER or near[top] - near[own] < NEAR:
        return None
    if found[top] < LEAST or _mixed(own, top) or _mixed(own, nearest):
        return None
    narrow = own in _NARROW
    most = words_only_of(whole, top, OWN) / MOST_OWN
    if words_only_of(whole, own, OWN) > (max(1, most) if narrow else most):
        return None
    telling = words_of_topic(whole, top)
    if len(telling) < 3 and not _mixed(own, foremost[0]):
        top, telling = foremost[0], words_of_topic(whole, foremost[0])
    # One word, however often, is the subject of many an article.
    if len(telling) < 3:
        return None
    return SectionMismatch(top, near[top] - near[own], found[top], found[own], telling)


def _plainly_elsewhere(
    own: str, text: str, found: Mapping[str, float], near: Mapping[str, float]
) -> SectionMismatch | None:
    """What a text is about whose sense is far from its section's, while its words have next to nothing of it."""
    top = max(found, key=lambda topic: found[topic])
    nearest = max(near, key=lambda topic: near[topic])
    if own in (top, nearest, "world") or near[own] > NOT_NEAR:
        return None
    mixed, far = _mixed(own, top), near[top] - near[own]
    of_own, of_top, telling = (
        words_only_of(text, own, OWN),
        words_only_of(text, top, OWN),
        words_of_topic(text, top),
    )
    most = SOME_NARROW if own in _NARROW else SOME
    if mixed:
        sure = found[top] >= 2 * LEAST and len(telling) >= 3 and far >= FAR_MIXED
    else:
        sure = found[top] >= 1.2 * LEAST and bool(telling) and far >= FAR
    if (not of_own and found[own] <= HARDLY * found[top] and sure) or (
        of_own <= 1
        and of_top >= 3
        and not mixed
        and found[own] <= most * found[top]
        and found[top] >= 2 * LEAST
        and far >= FAR_WITH_A_WORD
    ):
        return SectionMismatch(top, far, found[top], found[own], telling)
    silent = not of_own and not words_of_topic(text, own) and found[own] <= HARDLY * found[top] / 2
    if (
        not silent
        or mixed
        or _mixed(own, nearest)
        or near[nearest] - near[own] < FAR_WITHOUT_WORDS
        or near[own] > -0.05
    ):
        return None
    telling = words_of_topic(text, nearest) or telling
    return SectionMismatch(nearest, near[nearest] - near[own], found[nearest], found[own], telling)


def _nothing_of(
    own: str, text: str, found: Mapping[str, float], near: Mapping[str, float]
) -> SectionMismatch | None:
    """What a text is about that has not one word of its narrow section, and is of another topic by words and sense."""
    top = max(found, key=lambda topic: found[topic])
    nearest = max(near, key=lambda topic: near[topic])
    if (
        found[top] < LEAST
        or found[own] > NOTHING * found[top]
        or near[own] > NEAR_NOTHING
        or near[nearest] - near[own] < NEARER_THAN_NOTHING
        or _mixed(own, top)
        or _mixed(own, nearest)
        or words_only_of(text, own, OWN)
    ):
        return None
    telling = words_of_topic(text, top)
    if len(telling) < LEAST_TELLING:
        return None
    return SectionMismatch(top, max(0.0, near[top] - near[own]), found[top], found[own], telling)


def _mixed(own: str, top: str) -> bool:
    """Whether honest sections mix two topics."""
    abroad = own == "world" and top in _ABROAD
    return own == top or abroad or any({own, top} <= group for group in _NEAR)
