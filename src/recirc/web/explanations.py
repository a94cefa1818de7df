"""Why a shelf shows its items, in words: made from the settings and the shelf's strategy, so that it is always true."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from recirc.messages import MessageText, Words, counted, marked, message
from recirc.rank.model import ModelCard
from recirc.settings import Settings, ShelfDefinition, description
from recirc.shelves.recommendation import LEARNED
from recirc.shelves.registry import strategy
from recirc.shelves.shelf import ShelfStrategy
from recirc.types import Request, Shelf


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


class ShelfExplainer:
    """Says why shelves that were made with these settings show their items, in one language."""

    def __init__(self, settings: Settings, words: Words) -> None:
        self._settings = settings
        self._words = words
        self._orders: dict[tuple[str, bool], list[str]] = {}

    def why(self, shelf: Shelf, used: UsedSignals | int = 0) -> ShelfExplanation:
        """Why this shelf shows its items. `used` is what was used of the reader for it; a number: of articles."""
        words, made_by = self._words, strategy(shelf.kind)
        kinds = Counter((item.reason.kind, item.reason.fallback) for item in shelf.items)
        reasons = []
        for (kind, fallback), count in kinds.most_common():
            meaning = words.text(made_by.reasons[kind].meaning)
            if fallback:
                meaning = words.text("%(meaning)s; there was nothing closer to go by", meaning=meaning)
            reasons.append((count, meaning))
        signals = used if isinstance(used, UsedSignals) else UsedSignals(used)
        reader = _reader(signals if made_by.personal else UsedSignals())
        return ShelfExplanation(
            words.text(made_by.meaning), reasons, self._order(made_by, shelf), words.say(reader)
        )

    def _order(self, made_by: type[ShelfStrategy], shelf: Shelf) -> Sequence[str]:
        """What the order depends on; said once for each shelf and method, since the settings stay."""
        learned = self._words.text(LEARNED) in shelf.method
        kept = self._orders.get((shelf.kind, learned))
        if kept is None:
            order = [*made_by.order(self._settings, LEARNED if learned else "")]
            if made_by.explores and self._settings.exploring.share:
                share = self._words.percent(self._settings.exploring.share)
                trial = marked("In %(share)s of the answers one slot goes to a new article on trial.")
                order.append(MessageText(trial, {"share": share}))
            kept = self._orders[shelf.kind, learned] = [self._words.say(each) for each in order]
        return kept


def _reader(used: UsedSignals) -> MessageText:
    """What was used of the reader, in a sentence."""
    if not used:
        return message("Nothing about you was used, only the article and the moment.")
    if not used.context:
        return counted(
            "The 1 article that your browser sent with the request, for this answer alone.",
            "The %(n)s articles that your browser sent with the request, for this answer alone.",
            used.articles,
        )
    if not used.articles:
        return message("How you came, your kind of device or your region, for this answer alone.")
    return counted(
        "The 1 article that your browser sent with the request, and how you came, your kind of device or your region, "
        "for this answer alone.",
        "The %(n)s articles that your browser sent with the request, and how you came, your kind of device or your "
        "region, for this answer alone.",
        used.articles,
    )


_EXCLUDED: Final = {
    "bot": marked("declared bots"),
    "no user agent": marked("requests without a browser name"),
    "crowd": marked("too many readers behind one address"),
    "rate": marked("too many requests from one address"),
    "by hand": marked("excluded by hand"),
    "in doubt: unconfirmed": marked("in doubt: asked for no page"),
    "in doubt: alike": marked("in doubt: too much alike"),
    "in doubt: lifeless": marked("in doubt: no sign of life"),
}
"""The reasons of `store.day_counts.reason_of`, for readers."""


def excluded_by(words: Words, reason: str) -> str:
    """Why views are not counted, for readers; a reason without words for it as it is."""
    return words.text(_EXCLUDED.get(reason, reason))


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
    if isinstance(value, ShelfDefinition):
        return value.title
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, bool):
        return marked("yes") if value else marked("no")
    if isinstance(value, float):
        return f"{value:g}" if value < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
