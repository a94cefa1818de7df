"""Stories: near-copies share one, whatever is glued together, and the order of changes does not matter."""

import importlib.util
import random
import sys
from itertools import permutations
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import record, state_of

from drawing import any_length
from recirc.state.state import State
from recirc.state.stories import LINKS
from recirc.text.article_features import extract_features
from recirc.types import Article, ArticleFeatures, EntryKind

WORDS = [f"word{number}" for number in range(4_000)]


def said(words: list[str]) -> ArticleFeatures:
    return extract_features(Article(id="a", headline="Ferry halted", body=f"<p>{' '.join(words)}</p>"))


def log_of(*changes: tuple[int, ArticleFeatures | None]) -> State:
    """Publications in this order; None withdraws."""
    records = [
        record(article, 0, time, EntryKind.PUBLISH if told else EntryKind.WITHDRAW)
        for time, (article, told) in enumerate(changes)
    ]
    return state_of(
        records, None, {place: told for place, (_, told) in enumerate(changes) if told is not None}
    )


draw = random.Random(11)
ONE, TWO, THREE = (draw.sample(WORDS, 120) for _ in range(3))
TEXTS = {
    "one": said(ONE),
    "one, begun anew": said([*THREE[:20], *ONE[20:]]),
    "two": said(TWO),
    "two, cut": said(TWO[:70]),
    "glued": said([*ONE, *TWO]),
}


@pytest.mark.parametrize("order", list(permutations(TEXTS)), ids=lambda order: " - ".join(order))
def test_a_glued_text_never_joins_what_it_is_glued_from(order: tuple[str, ...]) -> None:
    state = log_of(*((place, TEXTS[name]) for place, name in enumerate(order)))
    place = {name: order.index(name) for name in TEXTS}
    story = state.stories.all()
    assert story[place["one"]] == story[place["one, begun anew"]]
    assert story[place["two"]] == story[place["two, cut"]]
    assert story[place["one"]] != story[place["two"]]
    assert story[place["glued"]] in (story[place["one"]], story[place["two"]])
    assert state.stories.members(place["glued"]).tolist() == [0, 1, 2, 3, 4]
    whole = {"one", "one, begun anew", "glued"}
    assert set(state.stories.members(place["one"]).tolist()) == {place[name] for name in whole}
    assert set(state.stories.members(place["two"]).tolist()) == {
        place[name] for name in TEXTS.keys() - whole | {"glued"}
    }


def test_it_joins_what_makes_up_more_of_it() -> None:
    longer, shorter = said(ONE), said(TWO[:60])
    glued = said([*TWO[:60], *ONE])
    assert log_of((0, shorter), (1, longer), (2, glued)).stories.all().tolist() == [0, 1, 1]
    assert log_of((0, longer), (1, shorter), (2, glued)).stories.all().tolist() == [0, 1, 0]


def test_many_copies_are_one_story() -> None:
    """More than links are kept of each."""
    many = 5 * LINKS
    copies = [said([*THREE[n : n + 20], *ONE[20:]]) for n in range(many)]
    stories = log_of(*enumerate(copies)).stories
    assert stories.all().tolist() == [0] * many
    assert stories.members(many // 2).tolist() == list(range(many))


def test_an_article_leaves_its_story_with_its_text() -> None:
    one, two = said(ONE), said(TWO)
    assert log_of((0, one), (1, one), (1, two)).stories.all().tolist() == [0, 1]
    assert log_of((0, one), (1, one), (0, None), (2, one)).stories.all().tolist() == [0, 1, 1]
    assert log_of((0, one), (1, one), (0, None), (0, one)).stories.all().tolist() == [0, 0]


texts = st.integers(0, len(TEXTS)).map(lambda at: [*TEXTS.values(), None][at])


@settings(max_examples=100, deadline=None)
@given(any_length(st.tuples(st.integers(0, 7), texts), 30))
def test_stories_follow_from_the_texts_that_stand(changes: list[tuple[int, ArticleFeatures | None]]) -> None:
    """Whatever stood before, and in whichever order they came."""
    last = dict(changes)
    ours = log_of(*changes).stories
    anew = log_of(*sorted(last.items(), key=lambda each: each[0])).stories
    assert np.array_equal(ours.all(), anew.all())
    assert np.array_equal(ours.links[: ours.size], anew.links[: anew.size])
    assert np.array_equal(ours.likeness[: ours.size], anew.likeness[: anew.size])


def benchmark() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "stories.py"
    spec = importlib.util.spec_from_file_location("stories_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
def test_quality_on_real_articles(data: Path) -> None:
    """The benchmark on the first 4,000 articles, 300 of them copied; the floors are the targets."""
    measure = benchmark()
    items = measure.read_items(data / "reuters" / "articles.jsonl.gz")[:4_000]
    results, _ = measure.measure(items, 300, seed=2)
    for order in ("recirc", "recirc shuffled"):
        assert results[order]["f1"] >= 0.95
        assert results[order]["members f1"] >= 0.95
        assert results[order]["false merges per 1,000, with copies"] <= 1
    assert results["recirc"]["false merges per 1,000, only these"] <= 1
