"""The probability that an article is about a topic it names: one logistic regression per kind of topic.

    P(about) = 1 / (1 + exp(-w · x))

`w` is fitted by `benchmarks/topics.py --fit` to the editors' labels of the older 12,000 of 14,000 articles of
Reuters-21578, half of them read without their dateline, and stored in salience.toml. One function a kind makes `x`.
"""

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from recirc.text.topics.evidence import NOT_IN_BODY, LinkedNames, TopicEvidence
from recirc.text.topics.topic import KINDS, KindOfTopic

NAMES: Final[Mapping[KindOfTopic, tuple[str, ...]]] = {
    "place": (
        "constant", "headline", "headline weak", "dateline", "lead", "lead weak", "names", "adjectives", "cities",
        "hints", "in names", "share", "only one", "others", "no dateline", "early", "others in headline",
        "dateline share", "dateline, other in headline", "dateline only", "hints only", "hint share", "headline share",
        "first named",
    ),
    "person": (
        "constant", "headline", "lead", "count", "share", "titled", "full", "offices", "quoted", "early", "others",
        "only offices", "once",
    ),
    "organisation": ("constant", "headline", "lead", "count", "share", "early", "others", "once"),
}  # fmt: skip
"""Names of the elements of `TopicCandidate.features`, which are also the keys of salience.toml."""


class TopicCandidate(NamedTuple):
    """A topic named in a text, with its evidence and the features for the regression."""

    kind: KindOfTopic
    name: str
    evidence: TopicEvidence
    features: tuple[float, ...]


def candidates(linked: LinkedNames) -> list[TopicCandidate]:
    """Every state, person and organisation named in a text, with its features."""
    found = [
        TopicCandidate("place", name, evidence, _place(name, evidence, linked))
        for name, evidence in linked.states.items()
    ]
    found += [
        TopicCandidate("person", name, evidence, _person(evidence, linked))
        for name, evidence in linked.people.items()
    ]
    found += [
        TopicCandidate("organisation", name, evidence, _organisation(evidence, linked))
        for name, evidence in linked.organisations.items()
    ]
    return found


def salience(candidate: TopicCandidate) -> float:
    """The probability that the article is about the candidate."""
    weights = _weights()[candidate.kind]
    total = math.fsum(weight * value for weight, value in zip(weights, candidate.features, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def evidence_weight(evidence: TopicEvidence) -> float:
    """Total weight of the evidence for a state."""
    return (
        2 * evidence.headline + evidence.names + evidence.adjectives + 0.7 * evidence.cities + evidence.headline_weak
        + 0.3 * evidence.hints + 0.3 * evidence.in_names + evidence.dateline
    )  # fmt: skip


def _early(evidence: TopicEvidence) -> float:
    return 0.0 if evidence.first == NOT_IN_BODY else math.exp(-evidence.first / 500)


def _place(name: str, evidence: TopicEvidence, linked: LinkedNames) -> tuple[float, ...]:
    others = [other for key, other in linked.states.items() if key != name]
    total = evidence_weight(evidence) + sum(map(evidence_weight, others))
    hints = evidence.hints + sum(other.hints for other in others)
    headline = evidence.headline + sum(other.headline for other in others)
    share = evidence_weight(evidence) / total if total else 0.0
    directly_named = sum(1 for other in others if other.names + other.adjectives + other.headline)
    elsewhere = min(1, sum(other.headline for other in others))
    dateline = min(1, evidence.dateline)
    body = evidence.names + evidence.adjectives + evidence.cities + evidence.headline
    return (
        1.0,
        min(1, evidence.headline),
        min(1, evidence.headline_weak),
        dateline,
        min(1, evidence.lead),
        min(1, evidence.lead_weak),
        math.log1p(evidence.names),
        math.log1p(evidence.adjectives),
        math.log1p(evidence.cities),
        math.log1p(evidence.hints),
        math.log1p(evidence.in_names),
        share,
        float(not others),
        math.log1p(directly_named),
        float(not linked.has_dateline),
        _early(evidence),
        elsewhere,
        dateline * share,
        dateline * elsewhere,
        float(dateline and not body),
        float(not body and not dateline),
        evidence.hints / hints if hints else 0.0,
        evidence.headline / headline if headline else 0.0,
        float(bool(body) and all(evidence.first <= other.first for other in others)),
    )


def _person(evidence: TopicEvidence, linked: LinkedNames) -> tuple[float, ...]:
    total = sum(other.count for other in linked.people.values())
    return (
        1.0,
        min(1, evidence.headline),
        min(1, evidence.lead),
        math.log1p(evidence.count),
        evidence.count / total if total else 0.0,
        min(1, evidence.titled),
        min(1, evidence.full),
        min(1, evidence.offices),
        min(1, evidence.quoted),
        _early(evidence),
        math.log1p(len(linked.people) - 1),
        float(evidence.offices > 0 and evidence.offices == evidence.count),
        float(evidence.count == 1),
    )


def _organisation(evidence: TopicEvidence, linked: LinkedNames) -> tuple[float, ...]:
    total = sum(other.count for other in linked.organisations.values())
    return (
        1.0,
        min(1, evidence.headline),
        min(1, evidence.lead),
        math.log1p(evidence.count),
        evidence.count / total if total else 0.0,
        _early(evidence),
        math.log1p(len(linked.organisations) - 1),
        float(evidence.count == 1),
    )


@cache
def _weights() -> dict[KindOfTopic, tuple[float, ...]]:
    stored = tomllib.loads((resources.files(__package__) / "salience.toml").read_text("utf-8"))
    return {kind: tuple(stored[kind][name] for name in NAMES[kind]) for kind in KINDS}


@cache
def thresholds() -> dict[KindOfTopic, float]:
    """Least salience of a topic, by kind."""
    stored = tomllib.loads((resources.files(__package__) / "salience.toml").read_text("utf-8"))
    return {kind: float(stored["thresholds"][kind]) for kind in KINDS}
