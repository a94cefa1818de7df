"""What a topic is."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

KindOfTopic: TypeAlias = Literal["person", "place", "organisation"]
KINDS: Final[tuple[KindOfTopic, ...]] = ("person", "place", "organisation")


class Topic(Struct, frozen=True, kw_only=True):
    """Somebody or something that an article is about.

    Attributes:
        name: the canonical name, the same in every article.
        count: how often the text speaks of it, under any of its names.
        salience: from 0 to 1, how sure it is that the article is about it and does not only mention it.
        within: of a city or region the state that it lies in.
        known: whether the gazetteer has it; what it has not was found by the form of its name.
    """

    kind: KindOfTopic
    name: str
    count: int
    salience: float
    within: str | None = None
    known: bool = True
