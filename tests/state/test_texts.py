"""Content, stories, catalogue and exposure: what the state knows of articles themselves."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lines_of import MIDNIGHT, record, state_of

from drawing import any_length
from recirc.settings import LearningSettings
from recirc.state.audience import READERS
from recirc.state.catalogue import AUTHORS, LIVE, TOPICS, UNPUBLISHED, WITHDRAWN
from recirc.state.content import Content
from recirc.state.exposure import CLICKED, POSITIONS, SHOWN
from recirc.state.state import State
from recirc.text.article_features import extract_features
from recirc.text.slugs import key
from recirc.text.vector import DIMENSIONS
from recirc.types import Article, ArticleFeatures, Author, EntryKind, RecordArray

WIDTH = 4


def vector(*values: int) -> bytes:
    made = np.zeros(DIMENSIONS, np.int8)
    made[: len(values)] = values
    return made.tobytes()


def said(numbers: bytes = vector(), shingles: tuple[int, ...] = (), **more: object) -> ArticleFeatures:
    fields: dict[str, object] = {"section": 1, "topics": (), "authors": (), "published": 0} | more
    fields |= {
        "language": "en",
        "model": "test",
        "vector": numbers,
        "shingles": np.array(shingles, np.uint32).tobytes(),
    }
    return ArticleFeatures(**fields)  # type: ignore[arg-type]  # fields by name


def log_of(*changes: tuple[int, ArticleFeatures | None]) -> State:
    """Publications in this order; None withdraws."""
    records = [
        record(article, 0, time, EntryKind.PUBLISH if told else EntryKind.WITHDRAW)
        for time, (article, told) in enumerate(changes)
    ]
    told = {place: each for place, (_, each) in enumerate(changes) if each is not None}
    return state_of(records, LearningSettings(text_neighbours=WIDTH), told)


def brute(content: Content, article: int) -> list[int]:
    """The nearest others by cosine, the lower index first among equals."""
    vectors = content.vectors[: content.size].astype(np.int64)
    norms = np.sqrt((vectors**2).sum(axis=1))
    found = []
    for other in range(content.size):
        if other != article and norms[other] > 0 and norms[article] > 0:
            product = int(vectors[article] @ vectors[other])
            cosine = np.float32(product / (np.float32(norms[article]) * np.float32(norms[other])))
            if cosine > 0:
                found.append((-cosine, other))
    return [other for _, other in sorted(found)][:WIDTH]


small_vectors = st.builds(vector, *[st.integers(-3, 3)] * 3)


@settings(max_examples=80, deadline=None)
@given(any_length(small_vectors, 14), st.randoms(use_true_random=False))
def test_neighbours_are_the_nearest_whatever_the_order(vectors: list[bytes], choices: random.Random) -> None:
    changes = [(article, said(numbers)) for article, numbers in enumerate(vectors)]
    choices.shuffle(changes)
    content = log_of(*changes).content
    for article in range(content.size):
        row = content.neighbours[article]
        assert row[row >= 0].tolist() == brute(content, article)
        assert (content.similarities[article][row < 0] == -1).all()
        assert (np.diff(content.similarities[article]) <= 0).all()


def test_a_withdrawn_article_leaves_all_lists_and_a_changed_one_moves() -> None:
    near, far = vector(10, 1), vector(1, 10)
    first = [(0, said(vector(10, 0))), (1, said(near)), (2, said(far))]
    assert log_of(*first).content.neighbours[0, :3].tolist() == [1, 2, -1]
    withdrawn = log_of(*first, (1, None)).content
    assert withdrawn.neighbours[0, :2].tolist() == [2, -1]
    assert withdrawn.neighbours[1, 0] == -1
    moved = log_of(*first, (1, said(vector(0, 3)))).content
    assert moved.neighbours[0, :2].tolist() == [2, -1]
    assert moved.neighbours[2, :2].tolist() == [1, 0]
    back = log_of(*first, (1, None), (1, said(near))).content
    assert back.neighbours[0, :3].tolist() == [1, 2, -1]


def test_articles_without_text_have_no_neighbours() -> None:
    content = log_of((0, said()), (1, said(vector(1))), (2, said())).content
    assert (content.neighbours[:3] == -1).all()


WORDS = [f"word{number}" for number in range(4_000)]


def article(words: list[str], headline: str = "Ferry halted") -> ArticleFeatures:
    return extract_features(Article(id="a", headline=headline, body=f"<p>{' '.join(words)}</p>"))


def test_near_copies_share_a_story_and_others_do_not() -> None:
    choices = random.Random(4)
    one, other = (choices.sample(WORDS, 300) for _ in range(2))
    copy, cut = ["today", *one[10:]], one[:150]
    state = log_of((3, article(one)), (1, article(copy)), (2, article(other)), (5, article(cut)))
    assert state.stories.all().tolist() == [0, 1, 2, 1, 4, 1]
    assert [state.stories.of(index) for index in (3, 1, 5)] == [1, 1, 1]


@pytest.mark.parametrize("words", [200, 400, 900, 2_000])
def test_a_cut_copy_of_a_long_text_is_recognised(words: int) -> None:
    """Also of texts with more shingles than are kept: both samples are compared as far as both reach."""
    choices = random.Random(words)
    text = choices.sample(WORDS, words)
    state = log_of((0, article(text)), (1, article(text[: words // 4])))
    assert state.stories.all().tolist() == [0, 0]


def test_the_catalogue_finds_live_articles_newest_first() -> None:
    told = [
        (0, said(section=1, topics=(7, 8), authors=(5,), published=300)),
        (1, said(section=2, topics=(8,), authors=(5, 6), published=200)),
        (2, said(section=1, published=-1)),
        (3, said(section=1, topics=(8,), published=400)),
        (4, said(section=1, topics=(8,), published=300)),
    ]
    catalogue = log_of(*told, (3, None)).catalogue
    assert catalogue.newest().tolist() == [4, 0, 1, 2]
    assert catalogue.newest(section=1).tolist() == [4, 0, 2]
    assert catalogue.newest(topic=8).tolist() == [4, 0, 1]
    assert catalogue.newest(author=5).tolist() == [0, 1]
    assert catalogue.newest(section=2, author=6, topic=8).tolist() == [1]
    assert catalogue.newest(section=99).tolist() == []
    assert catalogue.status[:4].tolist() == [LIVE, LIVE, LIVE, WITHDRAWN]
    assert catalogue.changed[:4].tolist() == [MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + 2, MIDNIGHT + 5]


def test_an_update_replaces_what_the_catalogue_knew() -> None:
    many = tuple(range(100, 120))
    before = said(section=1, topics=many, authors=many, published=5)
    catalogue = log_of((0, before)).catalogue
    assert catalogue.topics[0].tolist() == list(many[:TOPICS])
    assert catalogue.authors[0].tolist() == list(many[:AUTHORS])
    changed = log_of((0, before), (0, said(section=2, topics=(9,)))).catalogue
    assert changed.topics[0].tolist() == [9, *[0] * (TOPICS - 1)]
    assert changed.authors[0].tolist() == [0] * AUTHORS
    assert (changed.section[0], changed.published[0]) == (2, 0)


def test_sections_and_names_become_the_keys_of_their_slugs() -> None:
    told = extract_features(
        Article(
            id="a", headline="H", section="world-news", topics=("São Paulo",), authors=(Author(name="A. B"),)
        )
    )
    catalogue = log_of((0, told)).catalogue
    assert catalogue.newest(
        section=key("world-news"), topic=key("sao-paulo"), author=key("a-b")
    ).tolist() == [0]


def test_an_article_that_only_events_name_is_unpublished() -> None:
    state = state_of([record(2, 1, 0)])
    assert state.catalogue.status[:3].tolist() == [UNPUBLISHED] * 3
    assert state.catalogue.newest().tolist() == []
    assert state.audience.totals[:3, READERS].tolist() == [0, 0, 1]


def shown(kind: EntryKind, shelf: int, position: int, article: int = 0, **more: int) -> RecordArray:
    return record(article, more.pop("reader", 1), 0, kind, shelf=shelf, position=position, **more)


def test_impressions_and_clicks_are_counted_by_shelf_place_and_article() -> None:
    related, ranking = 1, 200
    log = [
        shown(EntryKind.IMPRESSION, related, 0),
        shown(EntryKind.IMPRESSION, related, 0),  # a reader sees it once a day
        shown(EntryKind.IMPRESSION, related, 0, reader=2),
        shown(EntryKind.IMPRESSION, ranking, 3, article=1),
        shown(EntryKind.IMPRESSION, ranking, 200),
        shown(EntryKind.VIEW, related, 0),
        shown(EntryKind.VIEW, related, 0, excluded=1),
        shown(EntryKind.READ, related, 0),
        record(0, 1, 0),
        record(0, 1, 0, shelf=1),  # a view from a shelf that did not say which place
    ]
    exposure = state_of(log).exposure
    slots = exposure.slots
    assert exposure.numbers.tolist() == [related, ranking]
    assert exposure.shelf(related)[0].tolist() == [2, 1]
    assert exposure.shelf(ranking)[3].tolist() == [1, 0]
    assert exposure.shelf(ranking)[POSITIONS - 1].tolist() == [1, 0]
    assert slots[..., SHOWN].sum() == 4
    assert slots[..., CLICKED].sum() == 1
    assert not exposure.shelf(7).any()
    assert exposure.articles[:2].sum(axis=1).tolist() == [[3, 1], [1, 0]]
    assert exposure.articles[1, exposure.place(ranking, 3)].tolist() == [1, 0]
    assert exposure.rates()[exposure.place(related, 0)] == 0.5
    assert exposure.place(7, 0) == -1
