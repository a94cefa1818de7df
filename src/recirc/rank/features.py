"""The features of a candidate: one compiled pass over the state's arrays, the same for training and for serving.

Every feature is a share, a ratio or an age, never a raw count alone, so that a model learned on one day serves the
next. All are as of the state's clock. A small share s enters as log(s + ε).

The columns come in blocks. `feature_catalogue` lists the blocks with their names and computes where each begins
(`FeatureLayout`); `compute_features` writes each block at its place.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.compiled import compiled, compiled_in_place
from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import CandidateTable
from recirc.rank.feature_groups import (
    EPSILON,
    HOUR,
    NO_AGE,
    PRIOR,
    AgeFeatures,
    CoreadingFeatures,
    EarlierFeatures,
    EvidenceTotals,
    ExposureFeatures,
    FeatureInputs,
    FollowerFeatures,
    SessionFeatures,
    TextFeatures,
    VisitFeatures,
    age,
    age_features,
    coreading_features,
    earlier_features,
    evidence_totals,
    exposure_features,
    follower_features,
    session_features,
    text_features,
)
from recirc.settings import LearningSettings
from recirc.state.contexts import DEVICES, REFERRERS
from recirc.state.transitions import ARRIVALS, DEPARTURES
from recirc.types import FloatArray, IntArray, LongArray

Features = NDArray[np.float32]

GROUPS = (
    "popularity",
    "transitions",
    "context",
    "sessions",
    "coreading",
    "followers",
    "earlier",
    "text",
    "age",
    "exposure",
    "formula",
    "visit",
)
"""The subjects of features. `formula` sums up sessions, coreading and popularity; `visit` is the last, and the same for
all candidates of a query.
"""

CONTEXTS = ("referrer", "device", "region")


class FeatureLayout(NamedTuple):
    """The first column of each block."""

    popularity: int  # one column for each half-life
    trend: int  # one for each pair of successive half-lives
    arrivals: int  # one for each half-life
    departures: int
    context: int  # CONTEXTS by half-lives of contexts, two columns each
    sessions: int
    coreading: int
    followers: int
    earlier: int
    text: int
    age: int
    exposure: int
    formula: int
    visit: int
    last_popularity: int  # one for each half-life
    last_age: int
    totals: int


class FeatureCatalogue(NamedTuple):
    """Names and groups of the features, in the order of their columns.

    Attributes:
        names: (F,).
        groups: int32 (F,), indices into GROUPS.
        layout: where each block begins.
    """

    names: tuple[str, ...]
    groups: IntArray
    layout: FeatureLayout


class _Block(NamedTuple):
    """Adjacent columns: the field of FeatureLayout, one of GROUPS, and the columns' names within the group."""

    field: str
    group: str
    names: Sequence[str]


def feature_catalogue(learning: LearningSettings) -> FeatureCatalogue:
    """The features under these settings, which name the half-lives."""
    blocks = _blocks([_span(s) for s in learning.half_lives], [_span(s) for s in learning.context_half_lives])
    names, groups, starts = list[str](), list[int](), dict[str, int]()
    for block in blocks:
        starts[block.field] = len(names)
        names += [f"{block.group}: {name}" for name in block.names]
        groups += [GROUPS.index(block.group)] * len(block.names)
    return FeatureCatalogue(tuple(names), np.array(groups, np.int32), FeatureLayout(**starts))


def _blocks(spans: Sequence[str], context_spans: Sequence[str]) -> list[_Block]:
    """All columns in their order; `spans` and `context_spans` name the half-lives."""
    context = [
        name
        for kind in CONTEXTS
        for span in context_spans
        for name in (f"{kind} {span}", f"{kind} against all {span}")
    ]
    return [
        _Block("popularity", "popularity", [f"popularity {span}" for span in spans]),
        _Block("trend", "popularity", [f"trend {a} to {b}" for a, b in pairwise(spans)]),
        _Block("arrivals", "transitions", [f"arrivals {span}" for span in spans]),
        _Block("departures", "transitions", [f"departures a reader {span}" for span in spans]),
        _Block("context", "context", context),
        _Block("sessions", "sessions", _names(SessionFeatures)),
        _Block("coreading", "coreading", _names(CoreadingFeatures)),
        _Block("followers", "followers", _names(FollowerFeatures)),
        _Block("earlier", "earlier", _names(EarlierFeatures)),
        _Block("text", "text", _names(TextFeatures)),
        _Block("age", "age", _names(AgeFeatures)),
        _Block("exposure", "exposure", _names(ExposureFeatures)),
        _Block("formula", "formula", ["sum of the parts"]),
        _Block("visit", "visit", _names(VisitFeatures)),
        _Block("last_popularity", "visit", [f"last article's popularity {span}" for span in spans]),
        _Block("last_age", "visit", ["last article's age"]),
        _Block("totals", "visit", _names(EvidenceTotals)),
    ]


def _names(group: type[NamedTuple]) -> list[str]:
    return [field.replace("_", " ") for field in group._fields]


def _span(seconds: float) -> str:
    """
    >>> _span(90.0), _span(5400.0), _span(86400.0)
    ('1.5 min', '1.5 h', '1 d')
    """
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


class QueryFeatures(NamedTuple):
    """What is known of the visit that candidates are ranked for.

    Attributes:
        last: int64 (1,): index of the visit's last article; -1: none, or not known to the state.
        lengths: float64 (2,): number of articles of the visit, and of earlier visits.
        context: int32 (3,): columns of `Contexts`.
    """

    last: LongArray
    lengths: FloatArray
    context: IntArray


@compiled
def compute_features(
    rows: IntArray,
    table: CandidateTable,
    formula: FloatArray,
    inputs: FeatureInputs,
    query: QueryFeatures,
    layout: FeatureLayout,
    out: Features,
) -> None:
    """Compute the features of some candidates.

    Args:
        rows: int32 (m,): rows of the table.
        formula: float64 (rows of the table,): score of the default formula.
        out: float32 (m, F); every element is written.
    """
    half_lives = len(inputs.popularity_factors)
    visit = np.empty(out.shape[1] - layout.visit, np.float32)
    room = FeatureRoom(formula, np.empty(half_lives), np.empty(half_lives), visit)
    fill_features(rows, table, room, inputs, query, layout, out)


class FeatureRoom(NamedTuple):
    """What the rows share.

    Attributes:
        formula: float64 (rows of the table,): scores of the default formula.
        readers, shares: float64 (H,), room for decayed readers, and an article's shares of them.
        visit: float32 (F - layout.visit,), room for the group `visit`.
    """

    formula: FloatArray
    readers: FloatArray
    shares: FloatArray
    visit: Features


@compiled_in_place
def fill_features(
    rows: IntArray,
    table: CandidateTable,
    room: FeatureRoom,
    inputs: FeatureInputs,
    query: QueryFeatures,
    layout: FeatureLayout,
    out: Features,
) -> None:
    """As `compute_features`, in the room that it is given."""
    for h in range(len(room.readers)):
        # The epsilon keeps an empty log from a division by zero.
        room.readers[h] = inputs.popularity_totals[0, h] * inputs.popularity_factors[h] + 1e-6
    _fill_visit(table, inputs, query, layout, room.readers, room.visit)
    _fill_rows(rows, table, room, inputs, query, layout, out)


@compiled_in_place
def _fill_rows(
    rows: IntArray,
    table: CandidateTable,
    room: FeatureRoom,
    inputs: FeatureInputs,
    query: QueryFeatures,
    layout: FeatureLayout,
    out: Features,
) -> None:
    readers, shares, half_lives = room.readers, room.shares, len(room.readers)
    most_similar, most_coread = 1e-9, 1e-9
    for row in range(table.size[0]):
        most_similar = max(most_similar, table.evidence[row, sources.SESSIONS])
        most_coread = max(most_coread, table.evidence[row, sources.COREAD])
    for place in range(len(rows)):
        article, evidence, row = table.articles[rows[place]], table.evidence[rows[place]], out[place]
        _fill_popularity(article, inputs, layout, readers, shares, row)
        # Popularity at the middle half-life approximates how much the article is read anyway.
        usual = row[layout.popularity + half_lives // 2]
        _fill_passage(article, inputs, layout, row)
        _fill_context(article, inputs, query, layout, shares, row)
        idf = np.log(1.0 + readers[-1] / (1.0 + shares[-1] * readers[-1]))
        _put(row, layout.sessions, session_features(evidence, table.totals, usual, idf, most_similar))
        _put(row, layout.coreading, coreading_features(evidence, table.totals, usual, most_coread))
        _put(row, layout.followers, follower_features(evidence, table.totals, usual))
        _put(row, layout.earlier, earlier_features(evidence))
        _put(row, layout.text, text_features(evidence))
        _put(row, layout.age, age_features(article, inputs))
        _put(row, layout.exposure, exposure_features(article, inputs))
        row[layout.formula] = room.formula[rows[place]]
        for at in range(len(room.visit)):
            row[layout.visit + at] = room.visit[at]


@compiled_in_place
def _put(row: Features, start: int, values: tuple[float, ...]) -> None:
    for i in range(len(values)):
        row[start + i] = values[i]


@compiled_in_place
def _fill_popularity(
    article: int,
    inputs: FeatureInputs,
    layout: FeatureLayout,
    readers: FloatArray,
    shares: FloatArray,
    row: Features,
) -> None:
    """Popularity and trends of an article, and its `shares` (float64 (H,)) of all `readers` (float64 (H,))."""
    for h in range(len(shares)):
        shares[h] = inputs.popularity[article, 0, h] * inputs.popularity_factors[h] / readers[h]
        row[layout.popularity + h] = np.log(shares[h] + EPSILON)
    for h in range(len(shares) - 1):
        row[layout.trend + h] = row[layout.popularity + h] - row[layout.popularity + h + 1]


@compiled_in_place
def _fill_passage(article: int, inputs: FeatureInputs, layout: FeatureLayout, row: Features) -> None:
    """Arrivals from other articles as a share of all arrivals, and departures to other articles per reader."""
    for h in range(len(inputs.transitions_factors)):
        factor = inputs.transitions_factors[h]
        total = inputs.transitions_totals[ARRIVALS, h] * factor + 1e-6
        row[layout.arrivals + h] = np.log(inputs.transitions[article, ARRIVALS, h] * factor / total + EPSILON)
        readers = inputs.popularity[article, 0, h] * inputs.popularity_factors[h] + 1.0
        row[layout.departures + h] = inputs.transitions[article, DEPARTURES, h] * factor / readers


@compiled_in_place
def _fill_context(
    article: int,
    inputs: FeatureInputs,
    query: QueryFeatures,
    layout: FeatureLayout,
    shares: FloatArray,
    row: Features,
) -> None:
    """The article's share of the views in each of the visit's contexts, and that against its share of all views."""
    at = layout.context
    for c in range(len(query.context)):
        column = query.context[c]
        for s in range(len(inputs.contexts_factors)):
            nearest = inputs.nearest[s]
            views = inputs.contexts[article, column, s] * inputs.contexts_factors[s]
            every = inputs.contexts_totals[column, s] * inputs.contexts_factors[s]
            row[at] = np.log((views + PRIOR * shares[nearest]) / (every + PRIOR) + EPSILON)
            row[at + 1] = row[at] - row[layout.popularity + nearest]
            at += 2


@compiled_in_place
def _fill_visit(
    table: CandidateTable,
    inputs: FeatureInputs,
    query: QueryFeatures,
    layout: FeatureLayout,
    readers: FloatArray,
    visit: Features,
) -> None:
    """The group `visit`, which is the same for all candidates; `visit`: float32 (F - layout.visit,)."""
    own = VisitFeatures(
        articles=query.lengths[0],
        earlier_articles=query.lengths[1],
        hour_of_day=float((inputs.clock[0] // int(HOUR)) % 24),
        referrer=float(query.context[0]),
        device=float(query.context[1] - REFERRERS),
        region=float(query.context[2] - REFERRERS - DEVICES),
    )
    _put(visit, 0, own)
    last = query.last[0]
    for h in range(len(readers)):
        share = 0.0
        if last >= 0:
            share = inputs.popularity[last, 0, h] * inputs.popularity_factors[h] / readers[h]
        visit[layout.last_popularity - layout.visit + h] = np.log(share + EPSILON)
    visit[layout.last_age - layout.visit] = age(last, inputs) if last >= 0 else NO_AGE
    _put(visit, layout.totals - layout.visit, evidence_totals(table.totals))
