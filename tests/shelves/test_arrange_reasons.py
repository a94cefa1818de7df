"""Who gets a slot, and what the reason says."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.shelves.arrange import arrange
from recirc.shelves.reasons import SENTENCES, ReasonNames, ordinal, reason
from recirc.shelves.shelf import Evidence, Proposal
from recirc.types import Window

WHY = Evidence("read now", {"readers": 1})


@given(
    st.integers(0, 6),
    st.lists(st.tuples(st.integers(0, 19), st.booleans()), max_size=25),
    st.lists(st.integers(0, 7), min_size=20, max_size=20),
    st.sets(st.integers(0, 7)),
)
def test_the_best_with_evidence_get_the_slots_and_no_story_two(
    slots: int, offered: list[tuple[int, bool]], story: list[int], taken: set[int]
) -> None:
    proposals = [
        Proposal(article, float(-place), lambda known=known: WHY if known else None)  # type: ignore[misc]  # a lambda's default has no type
        for place, (article, known) in enumerate(offered)
    ]
    before = set(taken)
    placed = arrange(slots, proposals, np.array(story, np.int32), taken)
    assert taken == before
    assert len(placed) <= slots
    told = [story[item.article] for item in placed]
    assert len(set(told)) == len(told)
    assert not set(told) & taken
    assert [item.score for item in placed] == sorted((item.score for item in placed), reverse=True)
    assert {(item.article, item.score) for item in placed} <= {(p.article, p.score) for p in proposals}
    if len(placed) < slots:  # nothing that could have had a slot was left out
        eligible = {story[article] for article, known in offered if known} - taken
        assert set(told) == eligible


TOPICS = {11: "Harbour", 12: "Fuel", 13: "Islands"}
SECTIONS = {21: "World news"}
HEADLINES = {1: "Ferry halted", 2: None}
NAMES = ReasonNames(TOPICS, SECTIONS, lambda index: HEADLINES[index], current=0)

GOLDEN = [
    (
        Evidence("read together", {"readers": 31, "of": 240}, 0),
        "31 of 240 readers of this article went on to it",
    ),
    (Evidence("read together", {"readers": 3, "of": 3}, 1), "3 of 3 readers of “Ferry halted” went on to it"),
    (
        Evidence("read together", {"readers": 4, "of": 3}, 2),
        "4 readers of an article that you read went on to it",
    ),
    (Evidence("same topics", {"similarity": 0.5}, 0, (11,)), "Also about Harbour"),
    (Evidence("same topics", {"similarity": 0.5}, 0, (11, 12)), "Also about Harbour and Fuel"),
    (Evidence("same topics", {"similarity": 0.5}, 0, (11, 12, 13)), "Also about Harbour, Fuel and 1 more"),
    (Evidence("same topics", {"similarity": 0.5}, 0, (99,)), "Similar in text to this article (0.50 of 1)"),
    (Evidence("similar text", {"similarity": 0.71}, 1), "Similar in text to “Ferry halted” (0.71 of 1)"),
    (
        Evidence("most read", {"rank": 4, "readers": 17}, section=21, window=Window.HOUR),
        "4th most read in World news in the last hour: 17 readers",
    ),
    (
        Evidence("most read", {"rank": 1, "readers": 1}, window=Window.EVER, fallback=True),
        "1st most read so far: 1 reader",
    ),
    (Evidence("similar visits", {"visits": 12}), "Read in 12 visits like this one"),
    (Evidence("read now", {"readers": 9}, window=Window.DAY), "Much read: 9 readers in the last day"),
    (Evidence("young", {"minutes": 40, "published": 1}), "New: published 40 minutes ago"),
    (Evidence("young", {"minutes": 1, "published": 0}), "New: first opened 1 minute ago"),
    (
        Evidence("read now", {"readers": 9}, window=Window.EVER, fallback=True),
        "For want of closer evidence: 9 readers so far",
    ),
    (
        Evidence("went on", {"visits": 31, "of": 240}, 0),
        "31 of the last 240 visits that went on from this article went there",
    ),
    (
        Evidence("went on", {"visits": 2, "of": 9}, 1),
        "2 of the last 9 visits that went on from “Ferry halted” went there",
    ),
    (
        Evidence("come to", {"visits": 150, "of": 200}),
        "150 of the last 200 visits that opened it came from another article",
    ),
    (
        Evidence("same way", {"visits": 40, "of": 200}),
        "Much read by readers who come the same way: 40 of the last 200 visits",
    ),
    (
        Evidence("same device", {"visits": 40, "of": 1_000}),
        "Much read on the same kind of device: 40 of the last 1,000 visits",
    ),
    (Evidence("same region", {"visits": 3, "of": 5}), "Much read in the same region: 3 of the last 5 visits"),
    (
        Evidence("read before", {"readers": 31, "of": 240}, 1),
        "31 of 240 readers of “Ferry halted”, which you opened on an earlier visit, went on to it",
    ),
    (
        Evidence("opened when shown", {"times": 12, "of": 240}),
        "Opened 12 of the 240 times that it was seen beside another article",
    ),
    (
        Evidence("new here", {"minutes": 40, "seen": 12}),
        "New here, being tried: published 40 minutes ago, seen 12 times beside other articles so far",
    ),
]


@pytest.mark.parametrize(("evidence", "text"), GOLDEN)
def test_the_sentence_says_what_the_evidence_says(evidence: Evidence, text: str) -> None:
    told = reason(evidence, NAMES)
    assert told.text == text
    assert (told.kind, told.numbers, told.fallback) == (evidence.kind, evidence.numbers, evidence.fallback)
    said = {float(number) for number in re.findall(r"\d+\.?\d*", told.text.replace(",", ""))}
    allowed = {float(number) for number in evidence.numbers.values()} | {1.0}
    assert said <= allowed, "a number that is not in the evidence"


def test_every_kind_of_evidence_has_a_golden_sentence() -> None:
    assert {evidence.kind for evidence, _ in GOLDEN} == set(SENTENCES)


def test_evidence_without_a_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        reason(Evidence("a hunch", {}), NAMES)


@given(st.integers(1, 10_000))
def test_ordinals_end_as_they_are_spoken(n: int) -> None:
    teen = n % 100 in (11, 12, 13)
    ending = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    assert ordinal(n) == f"{n}{ending}"
