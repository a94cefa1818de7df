"""Follow-ups: the same event within three days, never a copy, never without a date or a topic."""

from datetime import UTC, datetime, timedelta

import numpy as np
from lines_of import record, state_of
from numpy.typing import NDArray

from recirc.demo.paper import pieces
from recirc.state.follow_ups import LEAST, TOPIC_WEIGHT, WITHIN, follow_ups
from recirc.state.state import State
from recirc.text.article_features import extract_features
from recirc.types import Article, EntryKind


def cosines_of(state: State, article: int) -> NDArray[np.float64]:
    vectors = state.content.vectors[: state.size].astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    cosines: NDArray[np.float64] = vectors @ vectors[article] / (lengths * lengths[article])
    return cosines


NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)
BODY = (
    "The harbour board said that the night ferry will stop at the end of the month because fuel has become dear and "
    "too few passengers sail after ten in the evening."
)
LATER = (
    "Islanders who work late told the harbour board yesterday that without the night ferry and its passengers no one "
    "could run the evening shift at the hospital."
)
OTHER = "The chess club of the library found its youngest champion in a girl of nine, who gave up a rook."


def published(*articles: Article) -> State:
    """These, and after them others of other topics: what all have in common says nothing."""
    articles = (*articles, *(article(OTHER, hours, f"Topic {hours}") for hours in range(20)))
    return folded(*articles)


def folded(*articles: Article) -> State:
    records = [record(place, 0, place, EntryKind.PUBLISH) for place in range(len(articles))]
    return state_of(
        records, None, {place: extract_features(article) for place, article in enumerate(articles)}
    )


def article(body: str, hours: float | None, *topics: str) -> Article:
    when = None if hours is None else NOON + timedelta(hours=hours)
    headline = "Night ferry" if "ferry" in body else "Chess"
    return Article(id="a", headline=headline, body=f"<p>{body}</p>", topics=topics, published=when)


TOPICS = ("Night ferry", "Harbour board", "Isle of Skarholm")


def test_they_come_by_time_and_from_both_sides() -> None:
    state = published(
        article(LATER, 5, *TOPICS),
        article(BODY, 0, *TOPICS),
        article(OTHER, 1, "Chess"),
        article(OTHER, 2, *TOPICS[:1]),
    )
    assert follow_ups(state, 0).tolist() == [1]
    assert follow_ups(state, 1).tolist() == [0]
    assert follow_ups(state, 2).tolist() == []
    assert follow_ups(state, 99).tolist() == []


def test_copies_and_what_is_old_undated_or_without_a_topic_are_none() -> None:
    three_days = WITHIN / 3_600_000
    told = article(BODY, 0, *TOPICS)
    assert follow_ups(published(told, article(LATER, three_days, *TOPICS)), 0).tolist() == [1]
    for other in (
        article(BODY + " So it is.", 1, *TOPICS),
        article(LATER, three_days + 1, *TOPICS),
        article(LATER, None, *TOPICS),
        article(LATER, 1),
    ):
        state = published(told, other)
        assert follow_ups(state, 0).tolist() == follow_ups(state, 1).tolist() == []


def test_they_are_those_that_the_formula_names() -> None:
    paper = [piece.article for piece in pieces(NOON)]
    state = folded(*paper)
    times = [article.published.timestamp() * 1000 for article in paper if article.published]
    df = {topic: sum(topic in each.topics for each in paper) for article in paper for topic in article.topics}
    for at in range(0, len(paper), 7):
        cosines = cosines_of(state, at)
        wanted = []
        for other in range(len(paper)):
            common = set(paper[at].topics) & set(paper[other].topics)
            shared = sum(np.log(len(paper) / df[topic]) / np.log(len(paper)) for topic in common)
            near = abs(times[at] - times[other]) <= WITHIN and other not in state.stories.members(at)
            if near and common and cosines[other] + TOPIC_WEIGHT * shared >= LEAST:
                wanted.append((times[other], other))
        assert follow_ups(state, at).tolist() == [other for _, other in sorted(wanted)]
