"""Near-copies are found, and different articles are not taken for copies."""

import gzip
import json
import random
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.text.near_duplicates import MAX_SHINGLES, MIN_COMPARED, Shingles, containment, shingles

REUTERS = Path(__file__).parents[3] / "shared/data/reuters/articles.jsonl.gz"
STORY = 0.35  # as settings.Learning.story_containment


def text_of(seed: int, words: int) -> str:
    """A text of made-up words, as common as words are (Zipf)."""
    generator = np.random.default_rng(seed)
    return " ".join(f"w{rank}" for rank in generator.zipf(1.3, words).clip(max=20_000))


ONE, OTHER = text_of(1, 400).split(), text_of(2, 400).split()
COPIES = {
    "cut to half": ONE[:200],
    "cut to the lead": ONE[:60],
    "the lead cut off": ONE[100:],
    "a changed lead": [*OTHER[:60], *ONE[60:]],
    "words injected": [
        word for at, one in enumerate(ONE) for word in ((one, "Algosensey") if at % 12 == 5 else (one,))
    ],
    "a brand before and after": ["Algosensey", *ONE, "Capitatum"],
    "other case and signs": [word.upper() + "," for word in ONE],
    "glued before another": [*ONE, *OTHER],
    "glued behind another": [*OTHER, *ONE],
    "half glued to another": [*ONE[:200], *OTHER[:200]],
}


@pytest.mark.parametrize("words", COPIES.values(), ids=COPIES.keys())
def test_near_copies_are_found(words: list[str]) -> None:
    assert containment(shingles(" ".join(ONE)), shingles(" ".join(words))) > STORY


def test_other_texts_are_not() -> None:
    assert containment(shingles(" ".join(ONE)), shingles(" ".join(OTHER))) < 0.05


@pytest.mark.parametrize(
    ("a_words", "b_words"), [(3000, 6000), (6000, 12_000), (400, 5000), (1500, 1500), (20_000, 900)]
)
@pytest.mark.parametrize("shared", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_sketches_of_any_sizes_estimate_the_exact_share(a_words: int, b_words: int, shared: float) -> None:
    """Against the exact containment of whole sets, within four standard errors of the sample."""
    least = min(a_words, b_words)
    common = [f"c{at}" for at in range(round(least * shared))]
    a = [*common, *(f"a{at}" for at in range(a_words - len(common)))]
    b = [*common, *(f"b{at}" for at in range(b_words - len(common)))]
    exact = max(len(common) - 3, 0) / (least - 3)
    sample = MAX_SHINGLES * least / max(a_words, b_words, MAX_SHINGLES)
    allowed = 4 * np.sqrt(exact * (1 - exact) / sample) + 1e-9
    assert abs(containment(shingles(" ".join(a)), shingles(" ".join(b))) - exact) <= allowed


def test_short_texts_hold_nothing_but_themselves() -> None:
    short = shingles(" ".join(ONE[: MIN_COMPARED + 2]))
    assert len(short) == MIN_COMPARED - 1
    assert containment(short, short) == 1
    assert containment(short, shingles(" ".join(ONE[: MIN_COMPARED + 1]))) == 0
    assert containment(short, shingles(" ".join(ONE))) == 0
    assert len(shingles("")) == len(shingles("one two three")) == 0


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    text = "国会は二十二日、来年度の予算案を賛成多数で可決した。首相は記者団に対し、成果を強調した。"
    assert containment(shingles(text), shingles(text[:22])) == 1
    assert len(shingles(text)) > 30


texts = (
    st.lists(st.sampled_from("abcdefgh"), max_size=60).map(" ".join)
    | st.text(max_size=200)
    | st.text(st.characters(codec=None))
)


@given(texts, texts)
def test_a_share_lies_between_nothing_and_all(first: str, second: str) -> None:
    a, b = shingles(first), shingles(second)
    assert 0 <= containment(a, b) == containment(b, a) <= 1
    assert containment(a, a) == (1 if len(a) else 0)
    assert a.dtype == np.uint32
    assert (np.diff(a.astype(np.int64)) > 0).all()


def test_shingles_never_change() -> None:
    """They lie in the log."""
    assert shingles("the cat sat on the mat").tolist() == [524100142, 2103575352, 3665982390]


@pytest.mark.no_cover  # the tracer takes as much time again
def test_a_pair_takes_microseconds() -> None:
    a, b = shingles(text_of(3, 5000)), shingles(text_of(4, 5000))
    assert len(a) == len(b) == MAX_SHINGLES
    rounds = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(200):
            containment(a, b)
        rounds.append((time.perf_counter() - begun) / 200)
    assert min(rounds) < 50e-6


@cache
def reuters() -> list[str]:
    with gzip.open(REUTERS, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [row["body"] for row in rows]


@pytest.mark.data
@pytest.mark.skipif(not REUTERS.exists(), reason="the Reuters articles are not here")
def test_distinct_articles_are_not_merged() -> None:
    """Of random pairs of real articles, fewer than 1 in 1,000 would share a story."""
    draw = random.Random(7)
    sketches: list[Shingles] = [shingles(body) for body in draw.sample(reuters(), 2000)]
    pairs = [draw.sample(range(len(sketches)), 2) for _ in range(40_000)]
    merged = sum(containment(sketches[one], sketches[other]) >= STORY for one, other in pairs)
    assert merged < len(pairs) / 1000


@pytest.mark.data
@pytest.mark.skipif(not REUTERS.exists(), reason="the Reuters articles are not here")
def test_copies_of_real_articles_are_found() -> None:
    draw = random.Random(8)
    bodies = [body.split() for body in draw.sample(reuters(), 1200) if len(body.split()) >= 60][:400]
    found = 0
    for at, body in enumerate(bodies):
        other = bodies[at - 1]
        half = len(body) // 2
        copies = [
            body[:half],
            [*other[:15], *body[15:]],
            [*body, *other],
            [*body[:half], *other[: len(other) // 2]],
        ]
        original = shingles(" ".join(body))
        found += sum(containment(original, shingles(" ".join(copy))) >= STORY for copy in copies)
    assert found / (4 * len(bodies)) > 0.97
