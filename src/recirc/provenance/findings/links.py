"""Lists that say they belong to the article, and have nothing to do with it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from recirc.extraction.lines import size
from recirc.extraction.page import LinkList
from recirc.extraction.relating import is_relating
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.provenance.topics import SPAM, strengths
from recirc.text.language import language
from recirc.text.vector import vector
from recirc.types import Finding

LEAST_ITEMS: Final = 3
LEAST_WORDS: Final = 60  # of the article: less says too little to be related to anything
TOPICAL: Final = 0.5  # share of items on the article's topics with which a list may be meant for it
SHARED: Final = 0.3  # share of items with a long word of the article with which a list may be meant for it
MOST_SOFT: Final = 0.25  # share of the items of a list of the day's news that are of other kinds
HARD_NEWS: Final = frozenset(
    ["world", "politics", "business", "crime", "environment", "science", "health", "education", "technology"]
)
"""Topics among which lists made by machines drift: the day's news beside other news is no lie, gossip is one."""
COSINE: Final = 0.25  # an item that is nearer than that is related
READ: Final = 20_000  # characters
LEAST_PAIRS: Final = 2  # of signs that a title shares with the headline
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LONG: Final = re.compile(r"[^\W\d_]{5,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff]{2,}")
_KATAKANA: Final = re.compile(r"[\u30a0-\u30ff]{3,}")
_COMMON: Final = frozenset(
    word[:6]
    for word in [
        "about",
        "after",
        "before",
        "which",
        "where",
        "their",
        "there",
        "these",
        "those",
        "would",
        "could",
        "should",
        "other",
        "first",
        "third",
        "people",
        "thing",
        "every",
        "years",
        "nicht",
        "einen",
        "einem",
        "einer",
        "eines",
        "wurde",
        "werden",
        "haben",
        "gegen",
        "durch",
        "welche",
        "welches",
        "jahre",
        "dont",
        "cette",
        "comme",
        "leurs",
        "entre",
        "après",
        "avant",
        "années",
        "troisi",
        "desde",
        "donde",
        "sobre",
        "entre",
        "hasta",
        "todos",
        "quien",
        "tercer",
        "cuando",
        "quando",
        "todos",
        "sobre",
        "falam",
        "terceir",
        "depois",
        "antes",
        "quale",
        "della",
        "delle",
        "degli",
        "tutti",
        "parlan",
        "terzo",
        "dopo",
        "prima",
        "welke",
        "worden",
        "iedere",
        "hebben",
        "derde",
        "która",
        "które",
        "jakie",
        "wszysc",
        "trzeci",
        "какой",
        "которы",
        "треть",
        "говоря",
    ]
)
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
        lists = [each for each in reading.page.links if len(each.items) >= LEAST_ITEMS]
        if not any(is_relating(each.title or "") for each in lists) or size(reading.text) < LEAST_WORDS:
            return None
        article, names = vector(reading.headline or "", reading.text, "en").astype(float), _subjects(reading)
        whole = f"{reading.headline or ''}\n{reading.text}"
        stems, about = _telling_stems(whole), _topics(whole)
        english = whole.isascii() or language(whole) == "en"
        titled = _stems("\n".join((reading.headline or "", *reading.page.topics)))

        def is_foreign(items: Sequence[str]) -> bool:
            if english:
                return not any(_related(item, article, names) for item in items)
            if any(_is_titled(_stems(item) & titled) for item in items):
                return False
            # One long word of a text may be in any title, and one word may make a title seem to be of any topic.
            shared = sum(bool(_stems(item) & stems) for item in items)
            topical = sum(bool(_topics(item) & about) for item in items)
            return shared < SHARED * len(items) and topical < TOPICAL * len(items)

        foreign = [
            each
            for each in lists
            if is_foreign(each.items)
            and not (about & HARD_NEWS and _is_the_days_news(each.items))
            and not _is_explained(each.notes, names, titled)
        ]
        claiming = [
            each
            for each in foreign
            if each.title
            and is_relating(each.title)
            and (
                len(each.items) > LEAST_ITEMS
                or _is_elsewhere(each.items, about)
                or sum(_is_elsewhere([item], about) for item in each.items) >= 2
                or (not english and not any(_stems(item) & stems for item in each.items))
            )
        ]
        if not claiming:
            return None
        return _told_of(claiming[0], [each for each in foreign if each not in claiming])


def _told_of(first: LinkList, others: Sequence[LinkList]) -> Finding:
    """The finding about the first list that claims relation, with the others that are as foreign."""
    count = len(first.items)
    titles = [each.title for each in others if each.title]
    also = f"; nor has any under {' or '.join(titles)}, where no reason is given" if titles else ""
    return Finding(
        kind=LinkListCheck.kind,
        evidence=f"{first.title}: {quoted(*first.items[:3])}",
        confidence=round(min(0.95, 0.6 + 0.04 * count), 2),
        why=f"none of the {count} has a name or a subject in common with the article{also}",
    )


def _is_explained(notes: Sequence[str], names: frozenset[str], titled: frozenset[str]) -> bool:
    """Whether what stands beside the links of a list names what the article is about."""
    words = {_stem(word.casefold()) for note in notes for word in _WORD.findall(note)}
    return bool(words & names) or any(_stems(note) & titled for note in notes)


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
    other = vector(" ".join(says), "", "en").astype(np.float64)
    length = float(np.linalg.norm(article) * np.linalg.norm(other))
    return bool(length) and float(article @ other) / length >= COSINE


def _is_the_days_news(items: Sequence[str]) -> bool:
    """Whether a list is of hard news, as machines make it: hardly an item is plainly of another kind."""
    subjects = [subject for item in items if (subject := _subject_of(item))]
    hard = sum(subject in HARD_NEWS for subject in subjects)
    soft = len(subjects) - hard
    return 3 * hard >= len(items) if not soft else 2 * hard >= len(items) and soft <= MOST_SOFT * len(items)


@lru_cache(maxsize=1024)
def _subject_of(item: str) -> str | None:
    """The strongest topic of an item; None where none is plain."""
    found = strengths(item)
    found.pop(SPAM)
    top = max(found, key=lambda topic: found[topic])
    return top if found[top] >= 1.0 else None


def _is_elsewhere(items: Iterable[str], about: frozenset[str]) -> bool:
    """Whether items together are plainly about something else: three of them may be foreign by chance."""
    found = strengths("\n".join(items))
    found.pop(SPAM)
    top = max(found, key=lambda topic: found[topic])
    return found[top] >= 1.0 and top not in about


def _stems(text: str) -> frozenset[str]:
    """The beginnings of a text's long words; of writing without spaces, its pairs of signs."""
    found = {
        word[:6] for word in (_bare(each) for each in _LONG.findall(text[:READ].casefold())) if len(word) >= 5
    }
    pairs = {run[place : place + 2] for run in _HAN.findall(text[:READ]) for place in range(len(run) - 1)}
    pairs |= set(_KATAKANA.findall(text[:READ]))
    return frozenset((found - _COMMON) | pairs)


def _telling_stems(text: str) -> frozenset[str]:
    """The stems that a title may share with a text because of what it is about: of words of five or six letters only
    those that the text has twice."""
    counts = Counter(
        word[:6] for word in (_bare(each) for each in _LONG.findall(text[:READ].casefold())) if len(word) >= 5
    )
    long = {
        word[:6] for word in (_bare(each) for each in _LONG.findall(text[:READ].casefold())) if len(word) >= 7
    }
    return frozenset(stem for stem in _stems(text) if _CJK.search(stem) or stem in long or counts[stem] > 1)


def _is_titled(shared: frozenset[str]) -> bool:
    """Whether what an item shares with the headline is a word of it: of writing without spaces, one pair of signs may
    be part of another word."""
    pairs = [stem for stem in shared if _CJK.search(stem) and len(stem) == 2]
    return len(pairs) < len(shared) or len(pairs) >= LEAST_PAIRS


def _bare(word: str) -> str:
    for prefix in ("وال", "بال", "لل", "ال", "و"):
        if word.startswith(prefix) and len(word) - len(prefix) >= 4:
            return word.removeprefix(prefix)
    return word


def _topics(text: str) -> frozenset[str]:
    """The topics that are plainly in a text."""
    found = strengths(text)
    found.pop(SPAM)
    top = max(found.values())
    return frozenset(name for name, strength in found.items() if strength >= max(1.0, 0.6 * top))


def _stem(word: str) -> str:
    for ending in ("'s", "’s", "'", "’"):
        word = word.removesuffix(ending)
    return word.removesuffix("s") if len(word) > 4 else word
