"""What there is to read in the simulation, and how much it draws readers at any moment."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from recirc.demo.paper import PaperArticle
from recirc.text.clean import words_of
from recirc.types import BoolArray, FloatArray, IntArray, LongArray

HOUR = 3_600_000
FRESH_HOURS = 14.0
"""An article draws half as many readers after so many hours, all else being equal."""

HOT_HOURS = 4.0
"""Half-life of the excitement about news."""

OLD = 0.03
"""What an old article still draws of what it drew when it was new."""

COPY = 0.4
"""What a wire version draws of what its article would."""


class World(NamedTuple):
    """The articles as the simulation sees them; n articles, t topics.

    Attributes:
        ids: their ids.
        published: int64 (n,), ms since 1970, UTC.
        section, story: int32 (n,), from 0; story is -1 for an article that is part of none.
        topics: bool (n, t).
        words: float64 (n,), words of the body.
        appeal: float64 (n,), how many would read it for its own sake, about 1.
        heat: float64 (n,), how many times its appeal is added on the moment it is published.
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
        """How much each article draws a reader who has no preferences, float64 (m, n), at m moments (ms)

        appeal · (freshness + heat · 2^(-age / HOT_HOURS)), and 0 before it is published.
        """
        age = (time[:, None] - self.published) / HOUR
        held = np.maximum(age, 0.0)
        fresh = OLD + (1 - OLD) * 0.5 ** (held / FRESH_HOURS)
        hot = self.heat * 0.5 ** (held / HOT_HOURS)
        return np.asarray(np.where(age >= 0, self.appeal * (fresh + hot), 0.0))


def world_of(pieces: Sequence[PaperArticle], rng: Generator) -> World:
    """The world of a paper.

    Which of its news excites people is drawn from `rng`: some parts of running stories, and a few others.
    """
    articles = [piece.article for piece in pieces]
    topics = sorted({topic for article in articles for topic in article.topics})
    holds = np.array([[topic in article.topics for topic in topics] for article in articles])
    section = _numbered([article.section for article in articles])
    story = _numbered([piece.story for piece in pieces])
    copy = np.array([piece.copy_of is not None for piece in pieces])
    n = len(pieces)
    running = story >= 0
    excites = rng.random(n) < np.where(running, 0.45, 0.12)
    heat = np.where(excites, 1.0 + rng.pareto(1.6, n) * 1.5, 0.0)
    return World(
        ids=tuple(article.id for article in articles),
        published=np.array([round(a.published.timestamp() * 1000) if a.published else 0 for a in articles]),
        section=section,
        story=story,
        topics=holds,
        words=np.array([float(len(words_of(article.body).split())) for article in articles]),
        appeal=rng.lognormal(0.0, 0.45, n) * np.where(running, 1.3, 1.0) * np.where(copy, COPY, 1.0),
        heat=np.minimum(heat, 6.0),
        likeness=_likeness(section, story, holds),
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
