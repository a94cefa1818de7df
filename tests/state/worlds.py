"""Small random newspapers for the tests of the state: a log of anything that may happen, cut in any way."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import (
    NO_POSITION,
    RECORD,
    UNDONE,
    Arrays,
    Article,
    ArticleFeatures,
    Batch,
    EntryKind,
)

DAYS = 20_717
START = DAYS * 86_400_000 - 20 * 60_000  # ms: twenty minutes before midnight (UTC), in September 2026
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
ARTICLES = 10

SMALL = LearningSettings(
    half_lives=(600.0, 86_400.0),
    neighbours=4,
    coreading_distance=3,
    visit_length=3,
    visits=16,
    text_neighbours=4,
)
"""Capacities so small that lists are full and visits are recycled in a log of eighty entries."""

ROOMY = LearningSettings(
    half_lives=(600.0, 86_400.0),
    neighbours=64,
    coreading_distance=3,
    visit_length=3,
    visits=4096,
    text_neighbours=32,
)
"""Capacities that no such log fills."""

_LEAD = "The harbour board said on Monday that the night ferry will stop at the end of the month because"
_FERRY = (
    f"{_LEAD} fuel has become dear and too few passengers sail after ten in the evening on weekdays, while "
    "islanders who work late shifts at the hospital told the board that no bus will bring them home in time"
)
_CHESS = (
    "Two schools met for the chess final in the library hall where the youngest player of the tournament gave "
    "up a rook early, found a perpetual check twenty moves later and earned the only standing applause of the day"
)
_FLOOD = (
    "Rain that fell without a break for two nights filled the lower meadows, closed the road to the mill and "
    "brought volunteers with sandbags to the old bridge, where the water stood a hand below the parapet at noon"
)
_FORUM = (
    "Parents asked the council for a safer crossing near the new kindergarten after a month in which drivers "
    "ignored the zebra stripes, and the mayor promised a trial with lights and a lower limit before the winter"
)
BODIES = (
    _FERRY,
    _FERRY.replace(_LEAD, "After long talks the operator confirmed the closure of its late sailing since"),
    f"{_FERRY}. {_CHESS}",
    _CHESS,
    _FLOOD,
    _FLOOD.removesuffix(" and brought volunteers with sandbags to the old bridge"),
    _FORUM,
    "",
)
"""Texts; some are near-copies of others, one joins two, one is empty."""


def _said(number: int, body: str) -> ArticleFeatures:
    return extract_features(
        Article(
            id=f"text-{number}",
            headline=body[:40],
            body=f"<p>{body}</p>",
            section=("town", "sport", "region")[number % 3],
            topics=("harbour", "chess", "weather")[: number % 4],
        )
    )


TEXTS = tuple(_said(number, body) for number, body in enumerate(BODIES))


class Line(NamedTuple):
    """What is drawn for one entry; see `batch_of`."""

    kind: EntryKind
    article: int
    reader: int
    visit: int
    gap: int
    late: int
    excluded: int
    shelf: int
    position: int
    text: int
    reaction: int = 0
    seconds: float = 0.0


GAPS = (0, 1, 5 * SECOND, 2 * MINUTE, 30 * MINUTE - 1, 30 * MINUTE, 3 * HOUR, 20 * HOUR, 3 * DAY)
KINDS = (*[EntryKind.VIEW] * 8, *[EntryKind.PUBLISH] * 3, *EntryKind)

lines = st.builds(
    Line,
    kind=st.sampled_from(KINDS),
    article=st.integers(0, ARTICLES - 1),
    reader=st.integers(0, 4),
    visit=st.integers(0, 3),
    gap=st.sampled_from(GAPS),
    late=st.sampled_from((0, 0, 0, SECOND, HOUR)),
    excluded=st.sampled_from((0, 0, 0, 0, 1)),
    shelf=st.integers(0, 3),
    position=st.sampled_from((0, 1, 7, 200, NO_POSITION)),
    text=st.integers(0, len(TEXTS) - 1),
    reaction=st.sampled_from((0, 0, UNDONE, 1, 1 + UNDONE)),
    seconds=st.sampled_from((0.0, 12.4, 90_000.0, -3.0, np.nan)),
)

logs = any_length(lines, 80)


def batch_of(drawn: Sequence[Line]) -> Batch:
    """A log of these lines. A reader may be in several visits, and a visit may have several readers."""
    records = np.zeros(len(drawn), RECORD)
    features: dict[int, ArticleFeatures] = {}
    now = START
    for place, line in enumerate(drawn):
        now += line.gap
        record = records[place]
        record["kind"], record["article"], record["source"] = line.kind, line.article, -1
        record["position"], record["name"] = NO_POSITION, 255
        if line.kind >= EntryKind.PUBLISH:
            record["time"] = now
            if line.kind is EntryKind.PUBLISH:
                features[place] = TEXTS[line.text]
            continue
        record["id"], record["time"] = 9_000 + place, now - line.late
        record["reader"] = 1_000 + line.reader if line.reader else 0
        record["visit"] = 2_000 + line.visit if line.visit else 0
        record["excluded"], record["shelf"], record["position"] = line.excluded, line.shelf, line.position
        record["value"] = line.seconds if line.kind is EntryKind.READ else 0.0
        record["name"] = line.reaction if line.kind is EntryKind.REACTION else 255
    return Batch(1, decided(records, SMALL.repeat_seconds), features)


def folded(learning: LearningSettings, *batches: Batch) -> State:
    state = State(learning, DIMENSIONS)
    for batch in batches:
        state.fold(batch)
    return state


def differences(one: Arrays, other: Arrays) -> Iterable[str]:
    """Names of the arrays that are not the same to the last bit."""
    for name in sorted(one.keys() | other.keys()):
        if name not in one or name not in other or bits(one[name]) != bits(other[name]):
            yield name


def bits(array: NDArray[Any]) -> tuple[object, ...]:
    return array.dtype, array.shape, array.tobytes()


def assert_same(one: State, other: State) -> None:
    """Both would be saved as the same bytes."""
    assert list(differences(one.save(), other.save())) == []
