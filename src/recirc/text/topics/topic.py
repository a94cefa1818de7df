"""The topic of an article."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

KindOfTopic: TypeAlias = Literal["person", "place", "organisation"]
KINDS: Final[tuple[KindOfTopic, ...]] = ("person", "place", "organisation")


class Topic(Struct, frozen=True, kw_only=True):
    """A person, place or organisation that an article is about.

    Attributes:
        name: the canonical name, the same in every article.
        count: number of mentions under any of its names.
        salience: probability that the article is about the topic and does not merely mention it.
        within: the state of a city or region; None for other topics.
        known: whether the topic is in the gazetteer; others are found by the pattern of their names.
    """

    kind: KindOfTopic
    name: str
    count: int
    salience: float
    within: str | None = None
    known: bool = True
