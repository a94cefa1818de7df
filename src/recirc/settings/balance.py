"""The settings of re-ranking: targets for what shelves show, and diversity. Both are off."""

from typing import Annotated, Literal

from msgspec import Struct

from recirc.settings.description import described


class DiversitySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How much the articles of one shelf may resemble each other; Ranking, a count of readers, stays as it is."""

    weight: Annotated[
        float,
        described(
            "How much an article's likeness to those before it counts against its score (maximal marginal relevance); "
            "0: not at all.",
            ge=0,
            lt=1,
        ),
    ] = 0.0
    text: Annotated[float, described("Weight of similar texts in the likeness.", ge=0)] = 1.0
    topic: Annotated[float, described("Weight of topics in common.", ge=0)] = 1.0
    section: Annotated[float, described("Weight of the same section.", ge=0)] = 0.5


class BalanceTarget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A share of what shelves show that is for certain articles."""

    by: Annotated[
        Literal["section", "topic", "author", "outlet", "new articles", "new authors"],
        described("What the articles have in common."),
    ]
    value: Annotated[
        str,
        described(
            "Which section, topic, author or outlet; of new articles the hours, of new authors the days "
            "since the first."
        ),
    ]
    share: Annotated[float, described("Share of the slots.", gt=0, lt=1)]
    most: Annotated[bool, described("The share is the most, not the least.")] = False
    shelves: Annotated[tuple[str, ...], described("Names of the shelves. Default: all but Ranking.")] = ()


class BalanceSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Targets for what shelves show; editors set others at the desk."""

    weight: Annotated[
        float,
        described(
            "How much a target counts against the scores: near 1 it is met wherever there is evidence for enough "
            "articles, lower it gives way.",
            gt=0,
            lt=1,
        ),
    ] = 0.99
    list: Annotated[tuple[BalanceTarget, ...], described("The targets.")] = ()
