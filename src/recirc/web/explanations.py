"""Why a shelf shows its items, in words: made from the settings and the shelf's strategy, so that it is always true."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc.rank.model import ModelCard
from recirc.settings import Settings, description
from recirc.shelves.registry import strategy
from recirc.types import Request, Shelf

FALLBACK = "; there was nothing closer to go by"


class ShelfExplanation(NamedTuple):
    """Why a shelf shows its items.

    Attributes:
        meaning: what the shelf is for.
        reasons: number of its items with a kind of reason, and what that kind means; the most frequent first.
        order: what the order depends on, a sentence each.
        reader: what was used of the reader.
    """

    meaning: str
    reasons: Sequence[tuple[int, str]]
    order: Sequence[str]
    reader: str


class UsedSignals(NamedTuple):
    """What a request said of the reader; false if nothing.

    Attributes:
        articles: number of different articles that the reader opened, in this visit and earlier ones.
        context: whether it said how the reader came, the kind of device or the region.
    """

    articles: int = 0
    context: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return self.articles > 0 or self.context


def used_of(wanted: Request) -> UsedSignals:
    """What a request says of the reader."""
    context = (wanted.referrer, wanted.device, wanted.region)
    return UsedSignals(len({*wanted.history, *wanted.earlier}), any(code is not None for code in context))


def why(shelf: Shelf, settings: Settings, used: UsedSignals | int = 0) -> ShelfExplanation:
    """Why this shelf, made with these settings, shows its items.

    `used` is what was used of the reader for it; a number: of articles.
    """
    made_by = strategy(shelf.kind)
    kinds = Counter((item.reason.kind, item.reason.fallback) for item in shelf.items)
    reasons = [
        (count, made_by.reasons[kind].meaning + (FALLBACK if fallback else ""))
        for (kind, fallback), count in kinds.most_common()
    ]
    signals = used if isinstance(used, UsedSignals) else UsedSignals(used)
    order = list(made_by.order(settings, shelf.method))
    if made_by.explores and settings.exploring.share:
        order.append(
            f"In {percent(settings.exploring.share)} of the answers one slot goes to a new article on trial."
        )
    return ShelfExplanation(
        made_by.meaning, reasons, order, _reader(signals if made_by.personal else UsedSignals())
    )


def _reader(used: UsedSignals) -> str:
    if not used:
        return "Nothing about you was used, only the article and the moment."
    parts = []
    if used.articles:
        opened = "1 article" if used.articles == 1 else f"{used.articles} articles"
        parts.append(f"the {opened} that your browser sent with the request")
    if used.context:
        parts.append("how you came, your kind of device or your region")
    text = ", and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}, for this answer alone."


class ActiveSetting(NamedTuple):
    """A setting: its name, its meaning, its value."""

    name: str
    meaning: str
    value: str


class HowItWorks(NamedTuple):
    """The settings that `/how-it-works` shows, by the name of their table, and the card of the active model."""

    tables: Mapping[str, Sequence[ActiveSetting]]
    card: ModelCard | None


SHOWN = ("shelves", "recommending", "exploring", "training", "learning", "intake")
"""The tables of settings that decide how shelves are filled and readers are counted."""


def how_it_works(settings: Settings, card: ModelCard | None) -> HowItWorks:
    """The settings, and the card of the active model, None: the default formula."""
    return HowItWorks({name: _parameters(getattr(settings, name)) for name in SHOWN}, card)


def _parameters(part: Struct) -> list[ActiveSetting]:
    return [
        ActiveSetting(field.name, description(field.type), _value(getattr(part, field.name)))
        for field in msgspec.structs.fields(type(part))
    ]


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if value < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(share: float) -> str:
    """
    >>> percent(0.1), percent(0.125)
    ('10 %', '12.5 %')
    """
    return f"{100 * share:g} %"
