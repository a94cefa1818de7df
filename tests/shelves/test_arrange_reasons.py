"""Who gets a slot, and what the reason says."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.shelves.arrange import arrange
from recirc.shelves.reasons import REASONS, Evidence, ReasonNames, reason
from recirc.shelves.shelf import Proposal
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
WORDS = {5: "Hob Head", 7: "lifeboat"}
NAMES = ReasonNames(
    TOPICS,
    SECTIONS,
    lambda index: HEADLINES[index],
    current=0,
    phrases=lambda _about, _of, terms: [WORDS[term] for term in terms if term in WORDS],
)

GOLDEN = [
    (
        Evidence("read together", {"readers": 31, "of": 240}, 0),
        "31 of 240 readers went on to this",
    ),
    (
        Evidence("read together", {"readers": 3, "of": 3}, 1),
        "3 of 3 readers of “Ferry halted” went on to this",
    ),
    (
        Evidence("read together", {"readers": 4, "of": 3}, 2),
        "4 readers of an article that you read went on to this",
    ),
    (Evidence("same topics", {"deviations": 9.1}, 0, (11,)), "Also about Harbour"),
    (Evidence("same topics", {"deviations": 9.1}, 0, (11, 12)), "Also about Harbour and Fuel"),
    (Evidence("same topics", {"deviations": 9.1}, 0, (11, 12, 13)), "Also about Harbour, Fuel and 1 more"),
    (Evidence("same topics", {"deviations": 9.1}, 0, (99,)), "Has a subject in common with this article"),
    (
        Evidence("similar text", {"deviations": 9.1}, 0, terms=(5, 7, 9), of=3),
        "Both mention Hob Head and “lifeboat”",
    ),
    (Evidence("similar text", {"deviations": 9.1}, 0, terms=(5,), of=3), "Both mention Hob Head"),
    (
        Evidence("similar text", {"deviations": 9.1}, 1, terms=(7,), of=3),
        "Like “Ferry halted”, it mentions “lifeboat”",
    ),
    (Evidence("similar text", {}, 1, terms=(8,), of=3), "Has words in common with “Ferry halted”"),
    (
        Evidence("most read", {"rank": 4, "readers": 17}, section=21, window=Window.HOUR),
        "17 readers",
    ),
    (
        Evidence("most read", {"rank": 1, "readers": 1}, window=Window.EVER, fallback=True),
        "Most read so far: 1 reader",
    ),
    (
        Evidence("most read", {"rank": 2, "readers": 17}, window=Window.HOUR, leads=True),
        "Number 2, last hour: 17 readers",
    ),
    (
        Evidence("rising", {"rank": 2, "readers": 17, "usual": 4.5, "minutes": 60}),
        "Number 2, last hour: 17 readers; usual are 4.5",
    ),
    (
        Evidence("most shared", {"rank": 2, "shares": 4, "readers": 9, "minutes": 0}),
        "Number 2, so far: 4 shares",
    ),
    (
        Evidence("most reacted to", {"rank": 1, "reactions": 4, "readers": 9, "minutes": 1440}),
        "Number 1, last day: 4 reactions",
    ),
    (
        Evidence("longest read", {"rank": 2, "seconds": 80, "readers": 9, "minutes": 60}),
        "Number 2, last hour: 80 seconds a reader",
    ),
    (
        Evidence("read there", {"rank": 2, "views": 7, "of": 10}),
        "Number 2 there: 7 of its last 10 visits",
    ),
    (Evidence("similar visits", {"visits": 12}), "Read in 12 visits like this one"),
    (Evidence("read now", {"readers": 9}, window=Window.DAY), "Popular now: 9 readers in the last day"),
    (Evidence("young", {"minutes": 40, "published": 1}), "New: published 40 minutes ago"),
    (Evidence("young", {"minutes": 1, "published": 0}), "New: first opened 1 minute ago"),
    (
        Evidence("read now", {"readers": 9}, window=Window.EVER, fallback=True),
        "Read by 9 readers so far",
    ),
    (
        Evidence("went on", {"visits": 31, "of": 240}, 0),
        "Opened next in 31 of the last 240 visits that went on from this article",
    ),
    (
        Evidence("went on", {"visits": 2, "of": 9}, 1),
        "Opened next in 2 of the last 9 visits that went on from “Ferry halted”",
    ),
    (
        Evidence("come to", {"visits": 150, "of": 200}),
        "150 of its last 200 visits came from another article",
    ),
    (
        Evidence("same way", {"visits": 40, "of": 200}),
        "Popular with readers who come the same way: 40 of its last 200 visits",
    ),
    (
        Evidence("same device", {"visits": 40, "of": 1_000}),
        "Popular on the same kind of device: 40 of its last 1,000 visits",
    ),
    (Evidence("same region", {"visits": 3, "of": 5}), "Popular in the same region: 3 of its last 5 visits"),
    (
        Evidence("read before", {"readers": 31, "of": 240}, 1),
        "31 of 240 readers of “Ferry halted”, which you read earlier, went on to this",
    ),
    (
        Evidence("opened when shown", {"times": 12, "of": 240}),
        "Opened 12 of the 240 times that it was shown",
    ),
    (
        Evidence("new here", {"minutes": 40, "seen": 12}),
        "New, on trial: published 40 minutes ago, shown 12 times so far",
    ),
    (Evidence("editors' choice", {}), "Chosen by the editors"),
]


@pytest.mark.parametrize(("evidence", "text"), GOLDEN)
def test_the_sentence_says_what_the_evidence_says(evidence: Evidence, text: str) -> None:
    told = reason(evidence, REASONS, NAMES)
    assert told.text == text
    assert (told.kind, told.numbers, told.fallback) == (evidence.kind, evidence.numbers, evidence.fallback)
    said = {float(number) for number in re.findall(r"\d+\.?\d*", told.text.replace(",", ""))}
    allowed = {float(number) for number in evidence.numbers.values()} | {1.0}
    assert said <= allowed, "a number that is not in the evidence"


@pytest.mark.parametrize("kind", [kind for kind, each in REASONS.items() if each.few])
def test_few_readers_are_not_stated(kind: str) -> None:
    numbers = {"readers": 2.0} if kind in ("most read", "read now", "read together", "read before") else {}
    evidence = Evidence(
        kind, numbers or {"times" if kind == "opened when shown" else "visits": 2.0, "of": 4.0}, 0
    )
    told = reason(evidence, REASONS, NAMES._replace(least=3))
    assert told.fallback
    assert not re.search(r"\d|[Mm]ost read", told.text)


def test_reasons_that_rest_on_no_readers_are_as_they_were() -> None:
    evidence = Evidence("similar text", {"similarity": 0.71}, 1)
    assert (
        reason(evidence, REASONS, NAMES._replace(least=50)).text == "Has words in common with “Ferry halted”"
    )


def test_every_kind_of_evidence_has_a_golden_sentence() -> None:
    assert {evidence.kind for evidence, _ in GOLDEN} == set(REASONS)


def test_evidence_without_a_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        reason(Evidence("a hunch", {}), REASONS, NAMES)
