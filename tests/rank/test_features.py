"""Every feature against a plain recomputation from the log, one event at a time."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from log_story import ARTICLES, DAY, HOUR, START, Story

from recirc.rank.candidate_sources import (
    EARLIER_VISITS,
    FOLLOWED_HALF_LIFE,
    RECENT_HALF_LIFE,
    TWO_STEPS_LEAST,
)
from recirc.rank.candidates import CandidateGenerator
from recirc.rank.feature_groups import EPSILON, FOLLOWERS_PRIOR, MASS_PRIOR, NO_AGE, PRIOR
from recirc.rank.features import GROUPS, feature_catalogue
from recirc.rank.visit import Visit
from recirc.settings import LearningSettings, RecommendationSettings
from recirc.state.content import ENGLISH_WEIGHT
from recirc.state.exposure import STEPS
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import (
    NO_POSITION,
    RECORD,
    Batch,
    EntryKind,
)

RULES = RecommendationSettings()
SOONER = LearningSettings(half_lives=(600.0, 7200.0, 86_400.0), context_half_lives=(900.0, 7200.0))


LEARNINGS = [LearningSettings(), SOONER]
QUESTIONS = [
    Visit(np.array([2, 0], np.int32), np.array([5, 1, 3], np.int32), 2, 1, 4),
    Visit(np.array([1], np.int32), np.zeros(0, np.int32), 0, 2, 7),
    Visit(np.array([4, 3, 6], np.int32), np.array([0], np.int32), 3, 1, 1),
    Visit(np.zeros(0, np.int32), np.array([2], np.int32), 1, 1, 1),
]


class Plain:
    """The features of a story's articles for one visit, from its lists of events."""

    def __init__(
        self, story: Story, visit: Visit, candidates: Sequence[int], formula: dict[int, float]
    ) -> None:
        self.story, self.visit, self.candidates, self.formula = story, visit, candidates, formula
        self.history = visit.history.tolist()
        self.codes = (visit.referrer, visit.device, visit.region)
        self.newest = {
            int(record["visit"]): tuple(int(record[name]) for name in ("referrer", "device", "region"))
            for record in story.records[story.records["kind"] == EntryKind.VIEW]
        }
        self.last_time = {
            int(record["visit"]): int(record["time"])
            for record in story.records[story.records["kind"] == EntryKind.VIEW]
        }
        self.after: dict[tuple[int, int], float] = {}
        for view in story.views:
            for distance, a in enumerate(view.before[::-1][: story.learning.coreading_distance], start=1):
                weight = story.fading([view.time], story.learning.coreading_half_life) / distance
                self.after[a, view.article] = self.after.get((a, view.article), 0.0) + weight
        self.similar = dict(self._similar())
        self.followers = self._followers()

    # Popularity, transitions, context

    def arrivals(self) -> list[tuple[int, int]]:
        """Article and time of each reader's views of it, of those within 24 hours the first."""
        views = (record for record in self._once() if record["kind"] == EntryKind.VIEW)
        return [(int(record["article"]), int(record["time"])) for record in views]

    def _once(self) -> Iterator[np.void]:
        """Views and impressions that count a reader: once within 24 hours, and once a day on a shelf."""
        counted: dict[tuple[int, int], int] = {}
        shown: set[tuple[int, int, int, int]] = set()
        for record in self.story.records:
            article, reader, time = int(record["article"]), int(record["reader"]), int(record["time"])
            if record["kind"] == EntryKind.IMPRESSION:
                key = (article, reader, int(record["shelf"]), time // DAY)
                if key not in shown:
                    shown.add(key)
                    yield record
            elif record["kind"] == EntryKind.VIEW:
                last = counted.get((article, reader))
                if last is None or abs(time - last) >= DAY:
                    counted[article, reader] = time if last is None else max(last, time)
                    yield record

    def share(self, article: int, seconds: float) -> float:
        every = self.arrivals()
        own = self.story.fading([time for a, time in every if a == article], seconds)
        return own / (self.story.fading([time for _, time in every], seconds) + 1e-6)

    def usual(self, article: int) -> float:
        half_lives = self.story.learning.half_lives
        return math.log(self.share(article, half_lives[len(half_lives) // 2]) + EPSILON)

    def popularity(self, article: int) -> list[float]:
        told = [
            math.log(self.share(article, seconds) + EPSILON) for seconds in self.story.learning.half_lives
        ]
        return told + [a - b for a, b in pairwise(told)]

    def transitions(self, article: int) -> list[float]:
        fading, half_lives = self.story.fading, self.story.learning.half_lives
        came = [view for view in self.story.views if view.before]
        to = [view.time for view in came if view.article == article]
        left = [view.time for view in came if view.before[-1] == article]
        readers = [time for a, time in self.arrivals() if a == article]
        return [
            *(
                math.log(fading(to, s) / (fading([v.time for v in came], s) + 1e-6) + EPSILON)
                for s in half_lives
            ),
            *(fading(left, s) / (fading(readers, s) + 1.0) for s in half_lives),
        ]

    def context(self, article: int) -> list[float]:
        half_lives = self.story.learning.half_lives
        told = []
        for code in range(3):
            like = [view for view in self.story.views if view.context[code] == self.codes[code]]
            for seconds in self.story.learning.context_half_lives:
                nearest = min(half_lives, key=lambda other: abs(math.log(seconds / other)))
                usually = self.share(article, nearest)
                own = self.story.fading([view.time for view in like if view.article == article], seconds)
                every = self.story.fading([view.time for view in like], seconds)
                here = math.log((own + PRIOR * usually) / (every + PRIOR) + EPSILON)
                told += [here, here - math.log(usually + EPSILON)]
        return told

    # Similar visits, followers

    def _similar(self) -> list[tuple[int, tuple[float, int]]]:
        """By visit: its weight, and the place in it of the newest article in common."""
        found, steps = [], len(self.history)
        for visit, views in self.story.visits.items():
            articles = [view.article for view in views]
            places = [place for place, article in enumerate(self.history) if article in articles]
            if places:
                similarity = sum((place + 1) / steps for place in places)
                weight = similarity * (1 - 0.1 * (steps - 1 - places[-1]))
                found.append((visit, (weight, articles.index(self.history[places[-1]]))))
        return found

    def sessions(self, article: int) -> list[float]:
        one = self._evidence(article)
        most = max([self._evidence(other)[0] for other in self.candidates], default=0.0)
        slowest = self.story.learning.half_lives[-1]
        total = self.story.fading([time for _, time in self.arrivals()], slowest) + 1e-6
        idf = math.log(1 + total / (1 + self.share(article, slowest) * total))
        every = sum(weight for weight, _ in self.similar.values()) + 1e-6
        similarity = one[0]
        return [
            *one[:5], similarity / max(most, 1e-9), similarity * idf,
            math.log(similarity / every + 1e-4) - self.usual(article),
            one[2] / every, *(like / every for like in one[5:]),
        ]  # fmt: skip

    def _evidence(self, article: int) -> list[float]:
        """Similarity, visits, next, after, recent, and those of the same referrer, device, region."""
        told = [0.0] * 8
        for visit, (weight, place) in self.similar.items():
            articles = [view.article for view in self.story.visits[visit]]
            if article not in articles:
                continue
            at = articles.index(article)
            recent = weight * 2.0 ** (-(self.story.now - self.last_time[visit]) / RECENT_HALF_LIFE)
            for column, value in enumerate(
                (weight, 1.0, weight * (at == place + 1), weight * (at > place), recent)
            ):
                told[column] += value
            for code in range(3):
                told[5 + code] += weight * (self.newest[visit][code] == self.codes[code])
        return told

    def _followers(self) -> list[tuple[int, list[int]]]:
        """Visits that went on from the last article, and what they opened after it."""
        found = []
        for visit, views in self.story.visits.items():
            articles = [view.article for view in views]
            if self.history and self.history[-1] in articles[:-1]:
                found.append((visit, articles[articles.index(self.history[-1]) + 1 :]))
        return found

    def followed(self, article: int) -> list[float]:
        went = [visit for visit, after in self.followers if after[0] == article]
        n = len(self.followers)
        share = len(went) / (n + 1)
        told = [float(len(went)), share]
        for code in range(3):
            same = [visit for visit, _ in self.followers if self.newest[visit][code] == self.codes[code]]
            own = len(set(same) & set(went))
            told.append((own + FOLLOWERS_PRIOR * share) / (len(same) + FOLLOWERS_PRIOR))
        told.append(sum(2.0 ** (-(self.story.now - self.last_time[v]) / FOLLOWED_HALF_LIFE) for v in went))
        told.append(float(sum(article in after for _, after in self.followers)))
        told.append(float(sum(after[-1] == article for _, after in self.followers)))
        expected = MASS_PRIOR * math.exp(self.usual(article))
        told.append(math.log((len(went) + expected) / (n + MASS_PRIOR) + 1e-6) - self.usual(article))
        return told

    # Co-reading

    def pair(self, a: int, b: int) -> float:
        return self.after.get((a, b), 0.0) + RULES.backward * self.after.get((b, a), 0.0)

    def mass(self, a: int) -> float:
        return sum(self.pair(a, b) for b in range(ARTICLES))

    def mass_after(self, a: int) -> float:
        return sum(self.after.get((a, b), 0.0) for b in range(ARTICLES))

    def coread(self, article: int) -> float:
        backwards = enumerate(self.history[::-1])
        return sum(
            RULES.fading**d * self.pair(a, article) / self.mass(a) for d, a in backwards if self.mass(a)
        )

    def coreading(self, article: int) -> list[float]:
        told = [self.coread(article), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        told[1] = told[0] / max([self.coread(other) for other in self.candidates] + [1e-9])
        told[2] = max(
            [self.pair(a, article) / self.mass(a) for a in self.history if self.mass(a)], default=0.0
        )
        told[6] = sum(self.pair(a, article) for a in self.history)
        mass_last = after_last = 0.0
        if self.history and self.mass(self.history[-1]):
            last = self.history[-1]
            mass_last, after_last = self.mass_after(last), self.after.get((last, article), 0.0)
            told[3] = after_last / (mass_last + 1e-30)
            mass_before = (self.mass(last) - mass_last) / RULES.backward
            told[4] = self.after.get((article, last), 0.0) / mass_before if mass_before > 1e-9 else 0.0
        if len(self.history) > 1 and self.mass_after(self.history[-2]):
            told[5] = self.after.get((self.history[-2], article), 0.0) / self.mass_after(self.history[-2])
        usual, two = self.usual(article), self.two_steps(article)
        expected = MASS_PRIOR * math.exp(usual)
        told.append(math.log((after_last + expected) / (mass_last + MASS_PRIOR) + 1e-6) - usual)
        return [*told, two, math.log(two + 1e-4) - usual]

    def two_steps(self, article: int) -> float:
        if not self.history or not self.mass(self.history[-1]):
            return 0.0
        last, found = self.history[-1], 0.0
        for middle in range(ARTICLES):
            share = self.pair(last, middle) / self.mass(last)
            if share >= TWO_STEPS_LEAST:
                found += share * self.pair(middle, article) / self.mass(middle)
        return found

    # The rest

    def earlier(self, article: int) -> list[float]:
        opened = self.visit.earlier.tolist()
        shares = [self.pair(a, article) / self.mass(a) for a in opened[-EARLIER_VISITS:] if self.mass(a)]
        return [float(article in opened), sum(shares), max(shares, default=0.0)]

    def text(self, article: int) -> list[float]:
        """These texts have vectors, and no terms in common: of the likeness the vectors' share alone."""
        alike = [RULES.fading**d * likeness(a, article) for d, a in enumerate(self.history[::-1])]
        return [likeness(self.history[-1], article) if self.history else 0.0, max(alike, default=0.0)]

    def age(self, article: int) -> list[float]:
        times = [
            int(r["time"])
            for r in self.story.records
            if r["kind"] == EntryKind.VIEW and r["article"] == article
        ]
        published = START - 5 * HOUR if article < ARTICLES - 2 and article % 3 else None
        began = published if published is not None else min(times, default=None)
        return [
            (self.story.now - began) / HOUR if began is not None else NO_AGE,
            (self.story.now - max(times)) / HOUR if times else NO_AGE,
        ]

    def exposure(self, article: int) -> list[float]:
        seen: dict[tuple[int, int], list[int]] = {}
        for record in self._once():
            if record["shelf"] == 0:
                continue
            step = max(k for k, start in enumerate(STEPS) if start <= record["position"])
            for who in (-1, int(record["article"])):
                place = int(record["shelf"] - 1) * len(STEPS) + step
                seen.setdefault((who, place), [0, 0])[int(record["kind"] == EntryKind.VIEW)] += 1
        expected = clicks = 0.0
        for place in range(3 * len(STEPS)):
            shown, clicked = seen.get((-1, place), [0, 0])
            own = seen.get((article, place), [0, 0])
            expected += own[0] * (clicked / shown if shown else 0.0)
            clicks += own[1]
        return [math.log((clicks + 1) / (expected + 1)), math.log(expected + 1)]

    def of_visit(self, _: int) -> list[float]:
        last = self.history[-1] if self.history else None
        half_lives = self.story.learning.half_lives
        shares = [math.log((self.share(last, s) if last is not None else 0.0) + EPSILON) for s in half_lives]
        return [
            float(len(self.history)), float(len(self.visit.earlier)), float(self.story.now // HOUR % 24),
            *(float(code) for code in self.codes), *shares, self.age(last)[0] if last is not None else NO_AGE,
            float(len(self.followers)), sum(weight for weight, _ in self.similar.values()), float(len(self.similar)),
            self.mass_after(last) if last is not None else 0.0,
        ]  # fmt: skip

    def row(self, article: int) -> dict[str, list[float]]:
        return {
            "popularity": self.popularity(article), "transitions": self.transitions(article),
            "context": self.context(article), "sessions": self.sessions(article),
            "coreading": self.coreading(article), "followers": self.followed(article),
            "earlier": self.earlier(article), "text": self.text(article), "age": self.age(article),
            "exposure": self.exposure(article), "formula": [self.formula[article]], "visit": self.of_visit(article),
        }  # fmt: skip


def likeness(a: int, b: int) -> float:
    return cosine(a, b) / (1 + ENGLISH_WEIGHT)


def cosine(a: int, b: int) -> float:
    if max(a, b) >= ARTICLES - 2:
        return 0.0
    one, other = np.array([20, 4 * a]), np.array([20, 4 * b])
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


@pytest.mark.parametrize("learning", LEARNINGS, ids=["as it comes", "other half-lives"])
@pytest.mark.parametrize("visit", QUESTIONS, ids=["a visit", "its first", "longer", "nothing opened yet"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_feature_is_what_the_log_says(learning: LearningSettings, visit: Visit, seed: int) -> None:
    story = Story(learning, seed)
    known = feature_catalogue(learning)
    found = CandidateGenerator(RULES, learning).gather(story.state, visit, features=True)
    candidates = found.articles.tolist()
    assert set(candidates) == set(range(ARTICLES)) - set(visit.history.tolist())
    plain = Plain(
        story, visit, candidates, dict(zip(candidates, found.parts.sum(axis=1).tolist(), strict=True))
    )
    assert found.features.shape == (len(candidates), len(known.names))
    for article, features in zip(candidates, found.features, strict=True):
        expected = plain.row(article)
        assert list(expected) == list(GROUPS)
        for group, values in expected.items():
            own = known.groups == GROUPS.index(group)
            told = dict(zip(np.array(known.names)[own].tolist(), features[own].tolist(), strict=True))
            assert told == pytest.approx(dict(zip(told, values, strict=True)), rel=2e-4, abs=2e-5), article


def test_no_feature_is_a_number_that_no_tree_can_split() -> None:
    state = State(LearningSettings(), DIMENSIONS)
    records = np.zeros(2, RECORD)
    records["kind"], records["article"], records["time"] = EntryKind.VIEW, [0, 1], START
    records["id"], records["source"], records["position"] = [1, 2], -1, NO_POSITION
    state.fold(Batch(1, decided(records, 0.0), {}))
    found = CandidateGenerator(RULES, LearningSettings()).gather(
        state, Visit(np.array([0], np.int32)), features=True
    )
    assert found.articles.tolist() == [1]
    assert np.isfinite(found.features).all()
