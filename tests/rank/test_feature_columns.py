"""Each column holds what its name says: one input is changed, and the names of the changed columns are compared."""

from typing import Any

import numpy as np
import pytest

from recirc.rank import candidate_sources as sources
from recirc.rank.candidate_sources import EVIDENCE, TOTALS, CandidateTable
from recirc.rank.feature_groups import FeatureInputs
from recirc.rank.features import GROUPS, Features, QueryFeatures, compute_features, feature_catalogue
from recirc.settings import LearningSettings
from recirc.state.contexts import DEVICES, REFERRERS

LEARNING = LearningSettings(half_lives=(600.0, 7200.0, 86_400.0), context_half_lives=(900.0, 7200.0))
SPANS, CONTEXT_SPANS = ("10 min", "2 h", "1 d"), ("15 min", "2 h")
CATALOGUE = feature_catalogue(LEARNING)
CLOCK, HOUR = 1_790_000_000_000, 3_600_000
LAST, CANDIDATE, OTHER = 1, 2, 3  # articles
REFERRER, DEVICE, REGION = 2, REFERRERS + 1, REFERRERS + DEVICES + 4

Inputs = dict[str, Any]


def inputs() -> Inputs:
    """Numbers of which no two are the same, so that no change is hidden by another value."""
    rng = np.random.default_rng(3)

    def numbers(*shape: int) -> Any:
        return rng.uniform(1.0, 9.0, shape)

    evidence = numbers(2, EVIDENCE)
    evidence[1] += 10.0  # the other candidate has the most of everything
    return {
        "evidence": evidence, "totals": numbers(TOTALS), "formula": numbers(2),
        "popularity": numbers(4, 1, 3), "popularity_factors": numbers(3) / 10, "popularity_totals": 50 + numbers(1, 3),
        "transitions": numbers(4, 2, 3), "transitions_factors": numbers(3) / 10,
        "transitions_totals": 50 + numbers(2, 3),
        "contexts": numbers(4, 40, 2).astype(np.float32), "contexts_factors": numbers(2) / 10,
        "contexts_totals": 50 + numbers(40, 2), "nearest": np.array([0, 1], np.int32),
        "first": CLOCK - HOUR * np.arange(1, 5), "last": CLOCK - HOUR * np.arange(1, 5) // 2,
        "published": np.array([-1, -1, CLOCK - 7 * HOUR, -1]),
        "exposure": rng.integers(1, 99, (4, 2, 2)).astype(np.int32), "click_rates": numbers(2) / 20,
        "clock": np.array([CLOCK]), "query_last": np.array([LAST]), "lengths": np.array([3.0, 5.0]),
        "context": np.array([REFERRER, DEVICE, REGION], np.int32),
    }  # fmt: skip


def features_of(given: Inputs) -> Features:
    table = CandidateTable(
        np.zeros(4, np.int32), np.ones(4, bool), np.array([CANDIDATE, OTHER], np.int32), np.array([2]),
        np.array([2]), given["evidence"], given["totals"],
    )  # fmt: skip
    query = QueryFeatures(given["query_last"], given["lengths"], given["context"])
    read = FeatureInputs(**{name: given[name] for name in FeatureInputs._fields})
    out = np.full((1, len(CATALOGUE.names)), np.nan, np.float32)
    compute_features(np.zeros(1, np.int32), table, given["formula"], read, query, CATALOGUE.layout, out)
    row: Features = out[0]
    return row


def changed_by(name: str, place: tuple[int, ...] | int, by: float = 0.5) -> set[str]:
    given = inputs()
    before = features_of(given)
    given[name][place] += by
    assert np.isfinite(before).all(), "every column is written"
    return {CATALOGUE.names[column] for column in np.flatnonzero(features_of(given) != before)}


def group(of: str, *names: str) -> set[str]:
    return {f"{of}: {name}" for name in names}


SAME = ("same referrer", "same device", "same region")
EVIDENCE_COLUMNS = {
    sources.SESSIONS: group("sessions", "similarity", "of the most", "with idf", "against popularity"),
    sources.VOTES: group("sessions", "visits"),
    sources.NEXT: group("sessions", "next", "next of all"),
    sources.AFTER: group("sessions", "after"),
    sources.RECENT: group("sessions", "recent"),
    **{sources.SAME_CONTEXT + c: group("sessions", name) for c, name in enumerate(SAME)},
    sources.COREAD: group("coreading", "shares", "shares of the most"),
    sources.COREAD_MOST: group("coreading", "largest share"),
    sources.AFTER_LAST: group("coreading", "after the last"),
    sources.BEFORE_LAST: group("coreading", "before the last"),
    sources.AFTER_PREVIOUS: group("coreading", "after the one before"),
    sources.COREAD_MASS: group("coreading", "mass"),
    sources.AFTER_MASS: group("coreading", "after the last against popularity"),
    sources.FOLLOWED: group(
        "followers", "next", "next of all", "against popularity", *(f"next of {name}" for name in SAME)
    ),
    **{
        sources.FOLLOWED_SAME_CONTEXT + c: group("followers", f"next of {name}")
        for c, name in enumerate(SAME)
    },
    sources.FOLLOWED_RECENT: group("followers", "recent"),
    sources.FOLLOWED_LATER: group("followers", "later"),
    sources.FOLLOWED_END: group("followers", "at the end"),
    sources.TWO_STEPS: group("coreading", "two steps", "two steps against popularity"),
    sources.EARLIER: group("earlier", "shares"),
    sources.EARLIER_MOST: group("earlier", "largest share"),
    sources.SEEN: group("earlier", "seen"),
    sources.TEXT_LAST: group("text", "last"),
    sources.TEXT: group("text", "visit"),
}
TOTALS_COLUMNS = {
    sources.SIMILARITY: group("sessions", "against popularity", "next of all", *SAME)
    | group("visit", "similarity"),
    sources.SIMILAR: group("visit", "similar visits"),
    sources.MASS_LAST: group("coreading", "after the last against popularity") | group("visit", "mass after"),
    sources.FOLLOWERS: group(
        "followers", "next of all", "against popularity", *(f"next of {name}" for name in SAME)
    )
    | group("visit", "followers"),
    **{
        sources.FOLLOWERS_SAME_CONTEXT + c: group("followers", f"next of {name}")
        for c, name in enumerate(SAME)
    },
    sources.FOLLOWERS_RECENT: set(),  # the formula's alone
}
AGE = "since the first view or publication"
OTHER_COLUMNS: list[tuple[str, tuple[int, ...] | int, float, set[str]]] = [
    ("formula", 0, 1, group("formula", "sum of the parts")),
    ("published", CANDIDATE, HOUR, group("age", AGE)),
    ("published", LAST, CLOCK - HOUR, group("visit", "last article's age")),
    ("first", LAST, HOUR, group("visit", "last article's age")),
    ("last", CANDIDATE, HOUR, group("age", "since the last view")),
    ("exposure", (CANDIDATE, 1, 0), 30, group("exposure", "clicks against expected", "expected")),
    ("exposure", (CANDIDATE, 1, 1), 30, group("exposure", "clicks against expected")),
    ("lengths", 0, 1, group("visit", "articles")),
    ("lengths", 1, 1, group("visit", "earlier articles")),
    ("transitions", (CANDIDATE, 0, 0), 1, group("transitions", "arrivals 10 min")),
    ("transitions", (CANDIDATE, 0, 2), 1, group("transitions", "arrivals 1 d")),
    ("transitions", (CANDIDATE, 1, 1), 1, group("transitions", "departures a reader 2 h")),
    ("transitions_totals", (0, 1), 9, group("transitions", "arrivals 2 h")),
    *(
        ("popularity", (LAST, 0, h), 1, group("visit", f"last article's popularity {span}"))
        for h, span in enumerate(SPANS)
    ),
    *(
        ("contexts", (CANDIDATE, column, s), 1, group("context", f"{kind} {span}", f"{kind} against all {span}"))
        for kind, column in (("referrer", REFERRER), ("device", DEVICE), ("region", REGION))
        for s, span in enumerate(CONTEXT_SPANS)
    ),
    *(
        ("context", c, 1, group("visit", kind) | group("context", *(
            f"{kind} {told}{span}" for told in ("", "against all ") for span in CONTEXT_SPANS)))
        for c, kind in enumerate(("referrer", "device", "region"))
    ),
    # The longest half-life is in no context's, but in the rarity of an article.
    ("popularity", (CANDIDATE, 0, 2), 1,
        group("popularity", "popularity 1 d", "trend 2 h to 1 d") | group("transitions", "departures a reader 1 d")
        | group("sessions", "with idf")),
    ("popularity", (CANDIDATE, 0, 0), 1,
        group("popularity", "popularity 10 min", "trend 10 min to 2 h")
        | group("transitions", "departures a reader 10 min")
        | group("context", *(f"{kind} {told}15 min" for kind in ("referrer", "device", "region")
                             for told in ("", "against all ")))),
    ("popularity", (CANDIDATE, 0, 1), 1,
        group("popularity", "popularity 2 h", "trend 10 min to 2 h", "trend 2 h to 1 d")
        | group("transitions", "departures a reader 2 h")
        | group("context", *(f"{kind} {told}2 h" for kind in ("referrer", "device", "region")
                             for told in ("", "against all ")))
        | group("sessions", "against popularity") | group("followers", "against popularity")
        | group("coreading", "after the last against popularity", "two steps against popularity")),
]  # fmt: skip


def test_the_evidence_of_each_source_reaches_its_columns_and_no_others() -> None:
    assert set(EVIDENCE_COLUMNS) == set(range(EVIDENCE))
    assert set(TOTALS_COLUMNS) == set(range(TOTALS))
    for column, expected in EVIDENCE_COLUMNS.items():
        assert changed_by("evidence", (0, column)) == expected
    for column, expected in TOTALS_COLUMNS.items():
        assert changed_by("totals", column) == expected


@pytest.mark.parametrize(
    ("name", "place", "by", "expected"), OTHER_COLUMNS, ids=[f"{row[0]} {row[1]}" for row in OTHER_COLUMNS]
)
def test_each_array_of_the_state_reaches_its_columns_and_no_others(
    name: str, place: tuple[int, ...] | int, by: float, expected: set[str]
) -> None:
    assert changed_by(name, place, by) == expected


def test_the_hour_of_the_day_is_that_of_the_clock() -> None:
    given = inputs()
    column = CATALOGUE.names.index("visit: hour of day")
    for hours in range(30):
        given["clock"][0] = CLOCK + hours * HOUR
        assert features_of(given)[column] == (CLOCK // HOUR + hours) % 24


def test_the_table_covers_every_column() -> None:
    covered = set().union(
        *EVIDENCE_COLUMNS.values(), *TOTALS_COLUMNS.values(), *(row[3] for row in OTHER_COLUMNS)
    )
    assert set(CATALOGUE.names) - covered == {"visit: hour of day"}  # see the test above


@pytest.mark.parametrize("learning", [LearningSettings(), LEARNING], ids=["default", "other half-lives"])
def test_names_are_distinct_and_grouped(learning: LearningSettings) -> None:
    known = feature_catalogue(learning)
    assert len(set(known.names)) == len(known.names) == len(known.groups)
    assert [name.partition(":")[0] for name in known.names] == [GROUPS[group] for group in known.groups]
    assert (np.diff(known.groups) >= 0).all()
    assert list(known.layout) == sorted(known.layout)
    for block, start in known.layout._asdict().items():
        assert 0 <= start < len(known.names), block
