"""Follow-ups: the same event within three days, never a copy, never without a date."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from lines_of import record, state_of

from recirc.demo.paper import pieces
from recirc.state.follow_ups import (
    AGREED,
    FEATURES,
    LEAST,
    NEARBY,
    WEIGHTS,
    WITHIN,
    follow_ups,
    pair_features,
    scores,
)
from recirc.state.state import State
from recirc.text.article_features import extract_features
from recirc.text.slugs import key, slug
from recirc.types import Article, EntryKind

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


def test_copies_and_what_is_old_undated_or_in_another_language_are_none() -> None:
    three_days = WITHIN / 3_600_000
    told = article(BODY, 0, *TOPICS)
    assert follow_ups(published(told, article(LATER, three_days, *TOPICS)), 0).tolist() == [1]
    for other in (
        article(BODY + " So it is.", 1, *TOPICS),
        article(LATER, three_days + 1, *TOPICS),
        article(LATER, None, *TOPICS),
        msgspec.structs.replace(article(LATER, 1, *TOPICS), language="de"),
    ):
        state = published(told, other)
        assert follow_ups(state, 0).tolist() == follow_ups(state, 1).tolist() == []


def test_opinion_stands_apart() -> None:
    told = article(BODY, 0, *TOPICS)
    opinion = msgspec.structs.replace(article(LATER, 1, *TOPICS), section="Opinion")
    state = published(told, opinion)
    assert follow_ups(state, 0).tolist() == [1]
    apart = {key(slug("Opinion"))}
    assert follow_ups(state, 0, apart).tolist() == follow_ups(state, 1, apart).tolist() == []


def test_they_are_those_that_the_formula_names() -> None:
    paper = [piece.article for piece in pieces(NOON)]
    state = folded(*paper)
    times = [article.published.timestamp() * 1000 for article in paper if article.published]
    index = state.content.index
    terms = [{int(term) for term in index.of(at).hashes if term & 1} for at in range(len(paper))]
    df = Counter(term for some in terms for term in some)
    topic_df = Counter(topic for article in paper for topic in article.topics)

    def rarity(count: int) -> float:
        return math.log(len(paper) / count) / math.log(len(paper))

    for at in range(0, len(paper), 7):
        near = [
            other
            for other in range(len(paper))
            if abs(times[at] - times[other]) <= WITHIN and other not in state.stories.members(at)
        ]
        now = Counter(term for other in (at, *near) for term in terms[other])
        vectors = state.content.vectors.astype(np.float64)
        likeness = np.sqrt(index.likeness(at).astype(np.float64))
        usual = sorted((likeness[other] for other in near), reverse=True)[min(NEARBY, len(near) - 1)]
        rows = []
        for other in near:
            cosine = vectors[at] @ vectors[other]
            cosine /= np.linalg.norm(vectors[at]) * np.linalg.norm(vectors[other])
            alike = likeness[other]
            burst = sum(
                rarity(df[term])
                * max(0, math.log((1 + now[term]) / (1 + df[term] * (1 + len(near)) / len(paper))))
                for term in terms[at] & terms[other]
            )
            common = set(paper[at].topics) & set(paper[other].topics)
            topics = math.sqrt(sum(rarity(topic_df[topic]) for topic in common))
            both = min(cosine * alike, AGREED)
            rows.append([cosine, alike, both, alike - usual, topics, burst, min(burst, 1)])
        among = np.array(near, np.int32)
        found = pair_features(state, at, among)
        assert found.shape == (len(near), len(FEATURES))
        np.testing.assert_allclose(found, np.array(rows), atol=1e-4)
        score = WEIGHTS[0] + found @ np.array(WEIGHTS[1:])
        np.testing.assert_allclose(score, scores(found))
        wanted = sorted(
            (times[other], other) for other, each in zip(near, score, strict=True) if each >= LEAST
        )
        assert follow_ups(state, at).tolist() == [other for _, other in wanted]
