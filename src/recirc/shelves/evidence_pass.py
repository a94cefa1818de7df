"""Which evidence a recommended article has, in compiled loops: the same as `EvidenceBuilder` says, as numbers."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.rank import formula
from recirc.rank.features import GROUPS
from recirc.rank.openings import CAME_FROM_ANOTHER, SAME_REFERRER, VISITS, count_openings
from recirc.rank.visit_arrays import VisitArrays
from recirc.shelves.evidence_numbers import (
    EARLIER_READERS,
    EVER,
    NONE,
    PUBLISHED,
    START,
    TIMES_CLICKED,
    TIMES_SHOWN,
    TODAY,
    VISIT_READERS,
    EvidenceArrays,
    EvidenceQuery,
)
from recirc.shelves.likeness import LEAST_TERMS, WITH_TOPIC, has_common_topic, named_in_common
from recirc.state.calibration import around
from recirc.state.topic_counts import TopicCounts
from recirc.types import FloatArray, IntArray, LongArray

MINUTE: Final = 60_000
DAY_MINUTES: Final = 24 * 60

# Kinds of evidence.
SIMILAR_VISITS, READ_TOGETHER, WENT_ON, SIMILAR_TEXT, READ_BEFORE, COME_TO = range(6)
SAME_CONTEXT, READ_TODAY, READ_EVER, YOUNG, OPENED_WHEN_SHOWN = range(6, 11)

# What is found for an item.
KIND, FIRST, SECOND, ABOUT, ARTICLE, PLACE = range(6)
COLUMNS: Final = 6

_POPULARITY, _TRANSITIONS, _CONTEXT, _SESSIONS, _COREADING, _FOLLOWERS, _EARLIER, _TEXT, _AGE, _EXPOSURE, _FORMULA = (
    GROUPS.index(name)
    for name in (
        "popularity", "transitions", "context", "sessions", "coreading", "followers", "earlier", "text", "age",
        "exposure", "formula",
    )
)  # fmt: skip

OPENINGS: Final = 4096
"""Number of articles, each with a reader's codes, whose openings are kept; a power of two."""


class TextArrays(NamedTuple):
    """What texts have in common.

    Attributes, n = articles:
        neighbours, similarities: int32 and float32 (n, K), of `Content`.
        topics: int64 (n, T), topic_counts: of `Catalogue`.
        terms: uint32 (n, MAX_TERMS), counts: int16 (n,), languages: int16 (n,), of `TermIndex`.
        least: float32 (CODES,): closeness from which texts of a language are related.
    """

    neighbours: IntArray
    similarities: NDArray[np.float32]
    topics: LongArray
    topic_counts: TopicCounts
    terms: NDArray[np.uint32]
    counts: NDArray[np.int16]
    languages: NDArray[np.int16]
    least: NDArray[np.float32]


class OpeningsCache(NamedTuple):
    """Openings of articles that were counted in this state.

    Attributes:
        keys: int64 (OPENINGS,), of article and codes, -1: none.
        counts: int64 (OPENINGS, 5), see `openings`.
    """

    keys: LongArray
    counts: LongArray

    @classmethod
    def empty(cls) -> "OpeningsCache":
        """One that knows nothing."""
        return cls(np.full(OPENINGS, -1, np.int64), np.zeros((OPENINGS, 5), np.int64))


class ReasonArrays(NamedTuple):
    """All of a state that evidence comes from.

    Attributes:
        visits, numbers, texts, openings: see there.
        views: float64 (BUCKETS,): views by context, at the longest half-life.
        all_views: their sum over the referrers.
        usual_arrivals: share of all views that came from another article.
        story: int32 (n_articles,).
    """

    visits: VisitArrays
    numbers: EvidenceArrays
    texts: TextArrays
    openings: OpeningsCache
    views: FloatArray
    all_views: float
    usual_arrivals: float
    story: IntArray


class ReasonInputs(NamedTuple):
    """What evidence depends on besides the state.

    Attributes:
        evidence: the visit, see there.
        codes: int32 (6,), codes of referrer, device and region, and their columns of `Contexts`.
        least: of readers, visits or clicks; least_today: of readers today.
        now: ms.
    """

    evidence: EvidenceQuery
    codes: IntArray
    least: int
    least_today: int
    now: int


class Candidate(NamedTuple):
    """One candidate and room for what is found.

    Attributes:
        evidence: float64 (EVIDENCE,), its row of the table; followers: of all candidates.
        parts: float64 (len(PARTS),), of the formula.
        numbers: int64 (NUMBERS,).
        item: int64 (COLUMNS,), gets KIND, FIRST, SECOND and ABOUT; its ARTICLE is given.
        likeness: float64 (1,), gets that of SIMILAR_TEXT.
        until: int64 (1,), ms: before, what was found so far is the same.
    """

    evidence: FloatArray
    followers: float
    parts: FloatArray
    numbers: LongArray
    item: LongArray
    likeness: FloatArray
    until: LongArray


@compiled_in_place
def find_evidence(group: int, each: Candidate, query: ReasonInputs, arrays: ReasonArrays) -> bool:
    """Evidence for what a group of features adds; whether there is any."""
    least = query.least
    if group == _SESSIONS:
        return _found(each, SIMILAR_VISITS, each.evidence[sources.VOTES], 0, NONE, least)
    if group == _FOLLOWERS:
        return _went_on(each, query)
    if group == _COREADING:
        return _coread(each, READ_TOGETHER, VISIT_READERS)
    if group == _EARLIER:
        return _coread(each, READ_BEFORE, EARLIER_READERS)
    if group == _TEXT:
        return _similar_text(each, query.evidence.opened, arrays.texts)
    if group == _POPULARITY:
        return _found(each, READ_TODAY, each.numbers[TODAY], 0, NONE, query.least_today)
    if group in (_TRANSITIONS, _CONTEXT):
        return _by_openings(group, each, query, arrays)
    if group == _AGE:
        return _young(each, query.now)
    if group == _EXPOSURE:
        shown, clicked = each.numbers[TIMES_SHOWN], each.numbers[TIMES_CLICKED]
        # Readers may open an item before it was in view long enough for an impression.
        return clicked <= shown and _found(each, OPENED_WHEN_SHOWN, clicked, shown, NONE, least)
    return group == _FORMULA and formula_evidence(each, query, arrays)


@compiled_in_place
def formula_evidence(each: Candidate, query: ReasonInputs, arrays: ReasonArrays) -> bool:
    """Evidence for the strongest part of the default formula that has any; whether there is."""
    tried = 0
    for _ in range(len(each.parts)):
        best = -1
        for part in range(len(each.parts)):
            if not tried >> part & 1 and (best < 0 or each.parts[part] > each.parts[best]):
                best = part
        if each.parts[best] <= 0:
            return False
        tried |= 1 << best
        if best == formula.SESSIONS:
            if _found(each, SIMILAR_VISITS, each.evidence[sources.VOTES], 0, NONE, query.least):
                return True
        elif best == formula.COREADING:
            if _coread(each, READ_TOGETHER, VISIT_READERS) or _went_on(each, query):
                return True
        elif best == formula.TEXT:
            if _similar_text(each, query.evidence.opened, arrays.texts):
                return True
        else:
            if not _found(each, READ_TODAY, each.numbers[TODAY], 0, NONE, query.least_today):
                each.item[KIND], each.item[FIRST] = READ_EVER, each.numbers[EVER]
            return True
    return False


@compiled_in_place
def _went_on(each: Candidate, query: ReasonInputs) -> bool:
    """Write down how many visits went on to it from the last article."""
    about = query.evidence.opened[-1] if len(query.evidence.opened) else NONE
    followed, followers = each.evidence[sources.FOLLOWED], each.followers
    return _found(each, WENT_ON, followed, followers, about, query.least)


@compiled_in_place
def _found(each: Candidate, kind: int, first: float, second: float, about: int, least: int) -> bool:
    """Write evidence down, if its first number is not below the least."""
    if first < least:
        return False
    item = each.item
    item[KIND], item[FIRST], item[SECOND], item[ABOUT] = kind, int(first), int(second), about
    return True


@compiled_in_place
def _coread(each: Candidate, kind: int, column: int) -> bool:
    readers, of, about = each.numbers[column], each.numbers[column + 1], each.numbers[column + 2]
    return about != NONE and _found(each, kind, readers, of, about, 0)


@compiled_in_place
def _young(each: Candidate, now: int) -> bool:
    minutes = (now - each.numbers[START]) // MINUTE
    if minutes >= DAY_MINUTES:
        return False
    each.until[0] = min(each.until[0], each.numbers[START] + max(minutes + 1, 0) * MINUTE)
    return minutes >= 0 and _found(each, YOUNG, minutes, each.numbers[PUBLISHED], NONE, 0)


@compiled_in_place
def _by_openings(group: int, each: Candidate, query: ReasonInputs, arrays: ReasonArrays) -> bool:
    """Evidence from how readers came to the article: from others, or the same way as this one."""
    opened = arrays.openings.counts[_openings(each.item[ARTICLE], query.codes, arrays)]
    of, least = opened[VISITS], query.least
    if group == _TRANSITIONS:
        visits = opened[CAME_FROM_ANOTHER]
        usual = arrays.usual_arrivals * of
        return visits > usual and _found(each, COME_TO, visits, of, NONE, least)
    most, found = 1.0, False  # 1: as often as in all views
    for code in range(3):
        visits = opened[SAME_REFERRER + code]
        if query.codes[code] == 0 or visits < least:
            continue
        ratio = visits / of * arrays.all_views / max(arrays.views[query.codes[3 + code]], 1e-30)
        if ratio > most:
            most = ratio
            found = _found(each, SAME_CONTEXT, visits, of, code, least)
    return found


@compiled_in_place
def _openings(article: int, codes: IntArray, arrays: ReasonArrays) -> int:
    """The row of the cache that has the openings of an article."""
    keys, counts = arrays.openings.keys, arrays.openings.counts
    key = (article << 32) | (np.int64(codes[2]) << 16) | (codes[0] << 8) | codes[1]
    at = (article * 31 + codes[2] * 7 + codes[0] * 3 + codes[1]) & (OPENINGS - 1)
    if keys[at] != key:
        for column in range(counts.shape[1]):
            counts[at, column] = 0
        if article < len(arrays.visits.newest):
            count_openings(article, codes, arrays.visits, counts[at])
        keys[at] = key
    return int(at)


@compiled_in_place
def _similar_text(each: Candidate, opened: IntArray, texts: TextArrays) -> bool:
    """The newest opened article that the text is related to, if there is anything in common that can be named."""
    article, width = each.item[ARTICLE], texts.neighbours.shape[1]
    for d in range(len(opened) - 1, -1, -1):
        before = opened[d]
        for k in range(width):
            if texts.neighbours[before, k] == article:
                likeness = texts.similarities[before, k]
                if likeness > 0 and _is_named(before, article, likeness, texts):
                    each.likeness[0] = likeness
                    return _found(each, SIMILAR_TEXT, 0, 0, before, 0)
                break
    return False


@compiled_in_place
def _is_named(before: int, article: int, likeness: float, texts: TextArrays) -> bool:
    """Whether the text of one article is related to another's, and what they share can be named."""
    close = np.float32(likeness + around(before, article, texts.neighbours, texts.similarities))
    least = texts.least[texts.languages[before]]
    topical = has_common_topic(before, article, texts.topics, texts.topic_counts)
    if topical:
        least = least * np.float32(WITH_TOPIC)
    named = named_in_common(before, article, texts.terms, texts.counts)
    return close >= least and named >= (1 if topical else LEAST_TERMS)
