"""Finds the topics of a text: the people, places and organisations that it is about, under canonical names.

text ─▶ mentions (known names), patterns (unknown names) ─▶ linking (one topic per name) ─▶ salience (is it about it?)
"""

import re
from typing import Final

from recirc.text.language import language
from recirc.text.slugs import slug
from recirc.text.topics import elsewhere
from recirc.text.topics.evidence import LinkedNames
from recirc.text.topics.gazetteer import Gazetteer, words
from recirc.text.topics.linking import link
from recirc.text.topics.own_names import OwnNamesError, read_own_names
from recirc.text.topics.salience import TopicCandidate, candidates, salience, thresholds
from recirc.text.topics.topic import KINDS, KindOfTopic, Topic

__all__ = ["KINDS", "Gazetteer", "KindOfTopic", "OwnNamesError", "Topic", "Topics", "read_own_names"]

ENGLISH: Final = "en"
"""The language covered by the gazetteer; `elsewhere` finds topics in others."""

BODY_CHARACTERS: Final = 20_000  # that are read
MAX_TOPICS: Final = 20  # per article
MAX_UNKNOWN: Final = 5  # of these, topics that are not in the gazetteer
OFFICE_HOLDER: Final = 0.1
"""Least salience of a known person named in full and with a title. Below the optimum of F1, as news portals tag such
people even for one mention; see docs/decisions/2026-11-22-topics.md."""

MIN_CITY_MENTIONS: Final = 2  # of a city that is not in the headline, to be a topic

_SPACES: Final = re.compile(r"\s+")


class Topics:
    """Finds topics, as a pure function of text and gazetteer.

    Args:
        gazetteer: the known names; `Gazetteer(read_own_names(path))` includes the newsroom's own.
        default_language: for texts that are too short to identify their language.
    """

    def __init__(self, gazetteer: Gazetteer, default_language: str = "en") -> None:
        self.gazetteer = gazetteer
        self.default_language = default_language

    def find(self, headline: str, body_text: str, language_of: str | None = None) -> tuple[Topic, ...]:
        """The topics of an article, most salient first, at most `MAX_TOPICS`.

        Args:
            headline: plain text.
            body_text: the body as plain text.
            language_of: the article's declared language ("en", "en-GB"); None: identified from the text.
        """
        body = body_text[:BODY_CHARACTERS]
        code = language_of or language(f"{headline}\n{body}") or self.default_language
        short = code.partition("-")[0].lower()
        if short != ENGLISH:
            return elsewhere.find(self.gazetteer, headline, body, short)[:MAX_TOPICS]
        linked = link(self.gazetteer, headline, body)
        found = [_topic(candidate) for candidate in candidates(linked) if _is_topic(candidate)]
        states = {topic.name: topic.salience for topic in found if topic.kind == "place"}
        found += _cities(linked, states)
        found.sort(key=lambda topic: (-topic.salience, -topic.count, topic.kind, topic.name))
        return tuple(_limit_unknown(found))[:MAX_TOPICS]

    def canonical(self, name: str) -> str:
        """The canonical name for any form of a topic's name; an unknown name is only trimmed.

        >>> topics = Topics(Gazetteer())
        >>> [topics.canonical(name) for name in ("biden", "President Biden", "UK", "west-germany", " Harbour  works ")]
        ['Joe Biden', 'Joe Biden', 'United Kingdom', 'West Germany', 'Harbour works']
        """
        written = _SPACES.sub(" ", name).strip()
        known = self.gazetteer.by_slug.get(slug(written))
        if known is None:
            known = self.gazetteer.by_slug.get(slug(_without_title(written)))
        return written if known is None else known


def _without_title(name: str) -> str:
    parts = name.split()
    while len(parts) > 1 and parts[0] in words().titles:
        parts = parts[1:]
    return " ".join(parts)


def _topic(candidate: TopicCandidate) -> Topic:
    return Topic(
        kind=candidate.kind,
        name=candidate.name,
        count=candidate.evidence.count,
        salience=round(salience(candidate), 4),
        known=candidate.evidence.known,
    )


def _is_topic(candidate: TopicCandidate) -> bool:
    evidence = candidate.evidence
    if not evidence.known and not (evidence.headline or (evidence.lead and evidence.count > 1)):
        return False
    least = thresholds()[candidate.kind]
    if candidate.kind == "person" and evidence.known and evidence.titled and evidence.full:
        least = min(least, OFFICE_HOLDER)
    return salience(candidate) >= least


def _cities(linked: LinkedNames, states: dict[str, float]) -> list[Topic]:
    """The cities and regions that a text is about, with a salience below that of their states (given by name)."""
    found = []
    for (name, state), evidence in linked.places.items():
        named = evidence.headline + evidence.names
        if state in states and (evidence.headline or named >= MIN_CITY_MENTIONS):
            share = evidence.count / (evidence.count + 1)
            found.append(
                Topic(
                    kind="place",
                    name=name,
                    count=evidence.count,
                    salience=round(states[state] * share, 4),
                    within=state,
                )
            )
    return found


def _limit_unknown(found: list[Topic]) -> list[Topic]:
    remaining = MAX_UNKNOWN
    kept = []
    for topic in found:
        remaining -= not topic.known
        if topic.known or remaining >= 0:
            kept.append(topic)
    return kept
