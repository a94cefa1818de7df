"""The topics of a text: the people, places and organisations that it is about, each under one name everywhere.

text ─▶ mentions (known forms), patterns (names by their form) ─▶ linking (one topic each) ─▶ salience (is it about it?)
"""

import re
from typing import Final

from recirc.text.language import language
from recirc.text.slugs import slug
from recirc.text.topics.evidence import LinkedNames
from recirc.text.topics.gazetteer import Gazetteer, words
from recirc.text.topics.linking import link
from recirc.text.topics.own import OwnNamesError, read_own
from recirc.text.topics.salience import TopicCandidate, candidates, salience, thresholds
from recirc.text.topics.topic import KINDS, KindOfTopic, Topic

__all__ = ["KINDS", "Gazetteer", "KindOfTopic", "OwnNamesError", "Topic", "Topics", "read_own"]

SERVED: Final = frozenset({"en"})
"""Languages whose names are known. In any other, nothing is found rather than a little by chance."""

READ: Final = 20_000  # characters of the body
MOST: Final = 20  # topics of an article
MOST_UNKNOWN: Final = 5  # of these, found by the form of their names alone
OFFICE_HOLDER: Final = 0.1
"""Least salience of a known person whom the text names in full and with a title. Lower than F1 would have it, as news
portals name such people as topics even where they are mentioned once; see docs/decisions/2026-11-22-topics.md."""

CITY_MENTIONS: Final = 2  # a city in neither headline nor lead is a topic from so many on

_SPACES: Final = re.compile(r"\s+")


class Topics:
    """Finds topics. What it finds depends on the text and the gazetteer alone.

    Args:
        gazetteer: the names that are known; `Gazetteer(read_own(path))` has the newsroom's own.
        assumed: the language of a text that is too short to tell.
    """

    def __init__(self, gazetteer: Gazetteer, assumed: str = "en") -> None:
        self.gazetteer = gazetteer
        self.assumed = assumed

    def find(self, headline: str, words: str, language_of: str | None = None) -> tuple[Topic, ...]:
        """The topics of an article, the surest first, at most `MOST`.

        Args:
            headline: plain text.
            words: the body as plain text.
            language_of: the language that the article says it has ("en", "en-GB"); None: as the text tells.
        """
        body = words[:READ]
        spoken = language_of or language(f"{headline}\n{body}") or self.assumed
        if spoken.partition("-")[0].lower() not in SERVED:
            return ()
        linked = link(self.gazetteer, headline, body)
        found = [_topic(candidate) for candidate in candidates(linked) if _is_topic(candidate)]
        sure = {topic.name: topic.salience for topic in found if topic.kind == "place"}
        found += _cities(linked, sure)
        found.sort(key=lambda topic: (-topic.salience, -topic.count, topic.kind, topic.name))
        return tuple(_few_unknown(found))[:MOST]

    def canonical(self, name: str) -> str:
        """The one name of a topic that somebody wrote in one of its forms; other names as they are, trimmed.

        >>> topics = Topics(Gazetteer())
        >>> [topics.canonical(name) for name in ("biden", "President Biden", "UK", "west-germany", " Harbour  works ")]
        ['Joe Biden', 'Joe Biden', 'United Kingdom', 'West Germany', 'Harbour works']
        """
        written = _SPACES.sub(" ", name).strip()
        known = self.gazetteer.by_slug.get(slug(written))
        if known is None:
            known = self.gazetteer.by_slug.get(slug(_untitled(written)))
        return written if known is None else known


def _untitled(name: str) -> str:
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


def _cities(linked: LinkedNames, sure: dict[str, float]) -> list[Topic]:
    """The cities and regions that a text is about, beside their states: no surer than these are."""
    found = []
    for (name, state), evidence in linked.places.items():
        named = evidence.headline + evidence.names
        if state in sure and (evidence.headline or named >= CITY_MENTIONS):
            share = evidence.count / (evidence.count + 1)
            found.append(
                Topic(
                    kind="place",
                    name=name,
                    count=evidence.count,
                    salience=round(sure[state] * share, 4),
                    within=state,
                )
            )
    return found


def _few_unknown(found: list[Topic]) -> list[Topic]:
    left = MOST_UNKNOWN
    kept = []
    for topic in found:
        left -= not topic.known
        if topic.known or left >= 0:
            kept.append(topic)
    return kept
