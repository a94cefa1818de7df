"""The articles of the simulation, and how much they attract readers at any moment."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from recirc.clock import to_ms
from recirc.demo.paper import PaperArticle
from recirc.text.clean import words_of
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

HOUR = 3_600_000
FRESH_HOURS = 14.0
"""Half-life of freshness: after this time an article attracts half as many readers, all else being equal."""

HOT_HOURS = 4.0
"""Half-life of the excitement about news."""

OLD = 0.03
"""Share of its first attraction that an old article keeps."""

COPY = 0.4
"""Attraction of a wire version, relative to the article itself."""


class World(NamedTuple):
    """The articles of the simulation: n articles, t topics.

    Attributes:
        ids: their ids.
        published: int64 (n,), ms since 1970, UTC.
        section, story: int32 (n,), from 0; story is -1 for an article that belongs to no story.
        topics: bool (n, t).
        words: float64 (n,), words of the body.
        appeal: float64 (n,), attraction without news value, about 1.
        heat: float64 (n,), multiple of its appeal that is added at the moment of publication.
        likeness: float64 (n, n), 0 to 1: how well two articles go together, by story, topics and section.
    """

    ids: tuple[str, ...]
    published: LongArray
    section: IntArray
    story: IntArray
    topics: BoolArray
    words: FloatArray
    appeal: FloatArray
    heat: FloatArray
    likeness: FloatArray

    def pull(self, time: LongArray) -> FloatArray:
        """How much each article attracts a reader without preferences, float64 (m, n), at m moments (ms):

        appeal · (freshness + heat · 2^(-age / HOT_HOURS)), and 0 before it is published.
        """
        age = (time[:, None] - self.published) / HOUR
        since = np.maximum(age, 0.0)
        fresh = OLD + (1 - OLD) * 0.5 ** (since / FRESH_HOURS)
        hot = self.heat * 0.5 ** (since / HOT_HOURS)
        return np.asarray(np.where(age >= 0, self.appeal * (fresh + hot), 0.0))


def world_of(pieces: Sequence[PaperArticle], rng: Generator) -> World:
    """The world of a paper.

    `rng` decides which articles are hot: some parts of running stories, and a few others.
    """
    articles = [piece.article for piece in pieces]
    topics = sorted({topic for article in articles for topic in article.topics})
    has_topic = np.array([[topic in article.topics for topic in topics] for article in articles])
    section = _numbered([article.section for article in articles])
    story = _numbered([piece.story for piece in pieces])
    copy = np.array([piece.copy_of is not None for piece in pieces])
    n = len(pieces)
    running = story >= 0
    hot = rng.random(n) < np.where(running, 0.45, 0.12)
    heat = np.where(hot, 1.0 + rng.pareto(1.6, n) * 1.5, 0.0)
    return World(
        ids=tuple(article.id for article in articles),
        published=np.array([to_ms(a.published) if a.published else 0 for a in articles]),
        section=section,
        story=story,
        topics=has_topic,
        words=np.array([float(len(words_of(article.body).split())) for article in articles]),
        appeal=rng.lognormal(0.0, 0.45, n) * np.where(running, 1.3, 1.0) * np.where(copy, COPY, 1.0),
        heat=np.minimum(heat, 6.0),
        likeness=_likeness(section, story, has_topic),
    )


def _numbered(names: Sequence[str | None]) -> IntArray:
    places = {
        name: place for place, name in enumerate(dict.fromkeys(name for name in names if name is not None))
    }
    return np.array([-1 if name is None else places[name] for name in names], np.int32)


def _likeness(section: IntArray, story: IntArray, topics: BoolArray) -> FloatArray:
    """0.5 for the same running story, up to 0.35 for common topics, 0.15 for the section; 0 with itself."""
    together = topics.astype(float) @ topics.T.astype(float)
    sizes = topics.sum(axis=1)
    common = together / np.maximum(1.0, np.minimum(sizes[:, None], sizes[None, :]))
    same_story = (story[:, None] == story) & (story >= 0)
    likeness = 0.5 * same_story + 0.35 * common + 0.15 * (section[:, None] == section)
    np.fill_diagonal(likeness, 0.0)
    return np.asarray(likeness)
