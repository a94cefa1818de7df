"""Topics and surroundings in common, against the plainest way to work them out."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsroom import Newsroom, article, names
from recirc.shelves.kinship import SHARPNESS, Similarities, expected_topics, kinship
from recirc.state.calibration import closeness
from recirc.state.topic_counts import TELLING, TopicCounts, topic_weight
from recirc.types import FloatArray, IntArray, LongArray

Graph = tuple[IntArray, Similarities, LongArray]
WIDTH, MOST = 4, 3


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Articles, their neighbours with cosines falling along the row, and their topics."""
    choices = draw(st.randoms(use_true_random=False))
    count = draw(st.integers(1, 7))
    neighbours: IntArray = np.full((count, WIDTH), -1, np.int32)
    topics: LongArray = np.zeros((count, MOST), np.int64)
    similarities: Similarities = np.full((count, WIDTH), -1, np.float32)
    for a in range(count):
        others = choices.sample(
            [b for b in range(count) if b != a], choices.randint(0, min(WIDTH, count - 1))
        )
        neighbours[a, : len(others)] = others
        similarities[a, : len(others)] = sorted((choices.uniform(0.05, 1) for _ in others), reverse=True)
        mine = choices.sample(range(11, 16), choices.randint(0, MOST))
        topics[a, : len(mine)] = mine
    return neighbours, similarities, topics


def plain_topics(a: int, graph: Graph) -> dict[int, float]:
    neighbours, similarities, topics = graph
    near = [
        (int(b), float(s) ** SHARPNESS) for b, s in zip(neighbours[a], similarities[a], strict=True) if b >= 0
    ]
    whole = sum(weight for _, weight in near)
    share: dict[int, float] = {}
    for b, weight in near:
        for topic in {*topics[b].tolist()} - {0}:
            share[topic] = share.get(topic, 0.0) + weight / whole
    return share | dict.fromkeys({*topics[a].tolist()} - {0}, 1.0)


def plain_row(a: int, graph: Graph) -> FloatArray:
    row = np.zeros(len(graph[0]))
    for b, similarity in zip(graph[0][a], graph[1][a], strict=True):
        if b >= 0:
            row[b] = similarity
    row[a] = 1
    return row


@st.composite
def frequencies(draw: st.DrawFn) -> TopicCounts:
    """How many of 200 articles have each of the topics that `graphs` draws."""
    counts = draw(st.lists(st.integers(1, 200), min_size=5, max_size=5))
    return TopicCounts.holding(np.arange(11, 16), np.array(counts), 200)


@settings(max_examples=150, deadline=None)
@given(graphs(), frequencies())
def test_kinship_is_the_overlap_of_topics_by_their_weight(graph: Graph, counts: TopicCounts) -> None:
    weight = {topic: topic_weight(topic, counts) for topic in range(11, 16)}
    for a in range(len(graph[0])):
        expected = plain_topics(a, graph)
        known, share = expected_topics(a, *graph)
        assert dict(zip(known.tolist(), share.tolist(), strict=True)) == pytest.approx(expected)
        others = np.array([b for b in range(len(graph[0])) if b != a], np.int32)
        for b, found in zip(others.tolist(), kinship(a, others, *graph, counts), strict=True):
            theirs = {*graph[2][b].tolist()} - {0}
            common = sum(weight[topic] * expected.get(topic, 0.0) for topic in theirs)
            every = sum(weight[topic] * share for topic, share in expected.items())
            every += sum(weight[topic] for topic in theirs) - common
            most = max((weight[topic] for topic in theirs if topic in expected), default=0.0)
            wanted = min(most / TELLING, 1.0) * common / every if every > 0 else 0.0
            assert found == pytest.approx(wanted, rel=1e-5, abs=1e-6)
            assert 0 <= found <= 1 + 1e-6


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_closeness_is_likeness_and_neighbours_in_common(graph: Graph) -> None:
    for a in range(len(graph[0])):
        others = np.array([b for b in range(len(graph[0])) if b != a], np.int32)
        likeness = np.linspace(0.0, 1.0, len(others), dtype=np.float32)
        for b, alike, found in zip(
            others.tolist(), likeness.tolist(), closeness(a, others, likeness, *graph[:2]), strict=True
        ):
            ours, other = plain_row(a, graph), plain_row(b, graph)
            wanted = alike + float(ours @ other / np.sqrt((ours @ ours) * (other @ other)))
            assert found == pytest.approx(wanted if alike else 0.0, rel=1e-5, abs=1e-6)


def test_own_topics_are_sure_and_nothing_is_expected_of_an_article_alone() -> None:
    alone = np.full((1, WIDTH), -1, np.int32), np.full((1, WIDTH), -1, np.float32)
    known, share = expected_topics(0, *alone, np.array([[11, 12, 0]], np.int32))
    assert (known.tolist(), share.tolist()) == ([11, 12], [1.0, 1.0])
    assert len(expected_topics(0, *alone, np.zeros((1, MOST), np.int32))[0]) == 0


def twins(room: Newsroom, *, own: tuple[str, ...]) -> list[str]:
    """What stands beside an article between two that are equally alike in text, of which one has its topics."""
    choices = random.Random(3)
    words = [f"wo{ten}r{one}d" for ten in "abcdefghi" for one in "abcdefghij"]
    shared, left, right = words[:50], words[50:70], words[70:]

    def body(more: list[str]) -> str:
        text = shared + more
        choices.shuffle(text)
        return f"<p>{' '.join(text)}</p>"

    room.publish(
        article("left", body=body(left), headline="One", topics=("Harbour", "Fuel")),
        article("right", body=body(right), headline="One", topics=("Chess",)),
        *(
            article(
                f"more-{n}", body=body(left[:10] + right[:10]), headline="One", topics=("Harbour", "Fuel")
            )
            for n in range(3)
        ),
        article("asked", body=body(left[:5] + right[:15]), headline="One", topics=own),
    )
    return names(room.ask("asked").shelves["related"])


def test_topics_order_what_texts_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The text is nearer to `right`; its own topics bring `left` before it, and so do those of its surroundings."""
    orders = {}
    for case, own, weight in (("own", ("Harbour", "Fuel"), 0.5), ("none", (), 0.5), ("text", (), 0.0)):
        room = Newsroom(
            tmp_path_factory.mktemp(case),
            topic_weight=weight,
            ranking_slots=1,
            min_readers=1_000,
            related_precision=0.0,
        )
        try:
            orders[case] = twins(room, own=own)
        finally:
            room.engine.close()
    assert orders["text"].index("right") < orders["text"].index("left")
    assert orders["own"].index("left") < orders["own"].index("right")
    assert orders["none"].index("left") < orders["none"].index("right")


def test_topics_alone_bring_nothing_in(tmp_path_factory: pytest.TempPathFactory) -> None:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    try:
        room.publish(
            article("a", "ferry", topics=("Harbour",)),
            article("b", body="", headline="", topics=("Harbour",)),
        )
        assert names(room.ask("a").shelves["related"]) == []
    finally:
        room.engine.close()
