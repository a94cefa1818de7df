"""The index finds what comparing with every text would find, whatever was set, changed and taken out before."""

import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing import any_length
from recirc.text.copies import (
    CHAIN,
    MANY_SHARED,
    MIN_AGREEMENT,
    MIN_CONTAINMENT,
    MIN_NUMBER_AGREEMENT,
    MIN_PLACES,
    MIN_SHARED,
    SKETCH,
    CopyIndex,
    distinct_ngrams,
)
from recirc.text.facts import Facts, agreement, facts
from recirc.text.near_duplicates import Shingles, containment, shingles

THRESHOLD = 0.5
NONE: Facts = np.zeros(0, np.uint64)


def made(numbers: set[int]) -> Shingles:
    """Sketches of few and often equal hashes; spread, so that several share a chain."""
    return np.array(sorted(number << 18 for number in numbers), np.uint32)


def made_facts(numbers: set[tuple[int, int]]) -> Facts:
    """Facts of few places and values; even places are of numbers."""
    return np.array(
        sorted(place << 32 | value << 1 | (place % 2 == 0) for place, value in numbers), np.uint64
    )


Known = tuple[Shingles, Facts]
sketches = st.sets(st.integers(0, 80), max_size=75).map(made)
told = st.sets(st.tuples(st.integers(0, 7), st.integers(0, 1)), max_size=10).map(made_facts)
known = st.tuples(sketches, told)


def agree(one: Facts, other: Facts, contained: float) -> bool:
    values = [{int(each) >> 32: set[int]() for each in side} for side in (one, other)]
    for side, of in zip((one, other), values, strict=True):
        for each in side:
            of[int(each) >> 32].add(int(each))
    places = values[0].keys() & values[1].keys()
    equal = {place for place in places if values[0][place] & values[1][place]}
    numbers = {place for place in places if place % 2 == 0}
    counted = (len(numbers), len(numbers & equal), len(places - numbers), len(equal - numbers))
    assert agreement(one, other) == counted
    if len(numbers & equal) < MIN_NUMBER_AGREEMENT * len(numbers) or len(equal) < MIN_AGREEMENT * len(places):
        return False
    return len(places) >= MIN_PLACES or min(len(one), len(other)) < MIN_PLACES or contained >= MIN_CONTAINMENT


def brute(texts: dict[int, Known], asked: Known) -> list[tuple[int, float]]:
    found = []
    for article, (text, values) in sorted(texts.items()):
        contained = containment(asked[0][:SKETCH], text[:SKETCH], SKETCH)
        shared = contained * min(len(asked[0]), len(text))
        enough = (
            contained >= (THRESHOLD if shared >= MANY_SHARED else MIN_CONTAINMENT) and shared >= MIN_SHARED
        )
        if enough and agree(asked[1], values, contained):
            found.append((article, contained))
    return sorted(found, key=lambda each: (-each[1], each[0]))


@given(any_length(st.tuples(st.integers(0, 9), known), 30), known)
def test_it_finds_what_comparing_with_all_finds(changes: list[tuple[int, Known]], asked: Known) -> None:
    index, texts = CopyIndex(threshold=THRESHOLD), dict[int, Known]()
    for article, text in changes:
        index.set(article, *text)
        texts[article] = text
    assert sorted(index.copies(*asked), key=lambda each: (-each[1], each[0])) == brute(texts, asked)
    loaded = CopyIndex(threshold=THRESHOLD)
    loaded.load({name: array.copy() for name, array in index.save().items()})
    assert loaded.copies(*asked) == index.copies(*asked)


FED = (
    "The Federal Reserve entered the U.S. Government securities market to arrange {} dlrs of customer repurchase "
    "agreements, a Fed spokesman said. Dealers said Federal funds were trading at {} pct when the Fed began its "
    "temporary and indirect supply of reserves to the banking system."
)


def test_the_same_form_filled_in_anew_is_no_copy() -> None:
    one, again, other = (
        FED.format("two billion", "6-1/4"),
        FED.format("two billion", "6-1/4"),
        FED.format("2.5", "6-3/8"),
    )
    index = CopyIndex(threshold=THRESHOLD)
    index.set(0, shingles(one), facts(one))
    assert containment(shingles(one), shingles(other)) > 0.6
    assert index.copies(shingles(other), facts(other)) == []
    assert index.copies(shingles(again), facts(again)) == [(0, 1.0)]
    for copy in (
        f"{again} Algosensey",
        again.replace("market", "market Algosensey"),
        again[: len(again) // 2],
    ):
        assert index.copies(shingles(copy), facts(copy)), copy


def test_places_of_numbers_look_one_word_far_and_those_of_names_two() -> None:
    seen = facts("sales of 3,100 tonnes to the Ministry of Trade")
    assert len(seen) == 3
    assert agreement(seen, facts("it told of 3,100 tonnes")) == (1, 1, 0, 0)
    assert agreement(seen, facts("it told of 4 tonnes")) == (1, 0, 0, 0)
    assert agreement(seen, facts("went to the Bureau of Mines in May")) == (0, 0, 1, 0)
    assert agreement(seen, facts("1 2 3")) == (0, 0, 0, 0)


def test_facts_never_change() -> None:
    """They lie in the log."""
    assert [hex(fact) for fact in facts("May 31 at the Tide").tolist()] == [
        "0x5589604f57598d91",
        "0xd89c083d7223e7f0",
        "0xf8e782daf1c6802e",
    ]


def test_long_texts_are_found_as_short_ones_are() -> None:
    draw = random.Random(3)
    words = [f"word{number}" for number in range(9_000)]
    texts = {article: draw.sample(words, draw.choice((50, 300, 2_000))) for article in range(60)}
    index = CopyIndex(threshold=THRESHOLD)
    for article, text in texts.items():
        index.set(article, shingles(" ".join(text)), NONE)
    for article, text in texts.items():
        most = len(text) // 2
        assert index.copies(shingles(" ".join(text)), NONE)[0] == (article, 1.0)
        assert article in dict(index.copies(shingles(" ".join(text[:most])), NONE))
    assert index.copies(shingles(" ".join(draw.sample(words, 500))), NONE) == []


def test_the_more_alike_come_first_and_of_them_those_of_equal_length() -> None:
    words = [f"word{number}" for number in range(100)]
    index = CopyIndex(threshold=THRESHOLD)
    for article, text in enumerate((words[:40], words[50:], words)):
        index.set(article, shingles(" ".join(text)), NONE)
    asked = shingles(" ".join(words))
    assert [article for article, _ in index.copies(asked, NONE)] == [2, 1, 0]
    assert [round(97 * copy.resemblance) for copy in index.find(asked, NONE)] == [37, 47, 97]


def test_of_a_phrase_in_very_many_texts_only_so_many_are_looked_at() -> None:
    index = CopyIndex(threshold=THRESHOLD)
    text = shingles(" ".join(f"word{number}" for number in range(60)))
    for article in range(3 * CHAIN):
        index.set(article, text, NONE)
    assert [article for article, _ in index.copies(text, NONE)] == list(range(2 * CHAIN, 3 * CHAIN))


def test_the_extent_of_a_long_text_is_known_within_a_fifth() -> None:
    for words in (100, 1_000, 5_000):
        text = shingles(" ".join(f"word{number}" for number in range(words)))
        assert abs(distinct_ngrams(text[:SKETCH]) / (words - 3) - 1) < 0.2


@pytest.mark.no_cover  # the tracer takes as much time again
def test_a_text_is_found_in_a_moment() -> None:
    draw = random.Random(6)
    index = CopyIndex(threshold=THRESHOLD)
    for article in range(3_000):
        hashes = draw.sample(range(1 << 32), 300)
        index.set(article, np.array(sorted(hashes), np.uint32), NONE)
    taken = []
    for article in range(50):
        begun = time.process_time()
        assert index.copies(*index.of(article))[0][0] == article
        taken.append(time.process_time() - begun)
    assert sorted(taken)[25] < 0.005
