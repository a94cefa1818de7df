"""Why a shelf shows what it shows, in words: made from the settings in force, so that it cannot say what is not so."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec import Struct

from recirc.rank.model import ModelCard
from recirc.settings import Settings, description
from recirc.types import Request, Shelf, ShelfKind

KINDS: Mapping[str, str] = {
    "read together": "readers of one article went on to the other",
    "same topics": "they are about the same people, places or things",
    "similar text": "their texts are alike",
    "most read": "it has the most distinct readers in the time that it names",
    "similar visits": "visits that opened the same articles opened it too",
    "read now": "it is much read at the moment",
    "went on": "visits that ended one article opened it next",
    "come to": "readers come to it from other articles more than usually",
    "same way": "readers who come by the same way read it",
    "same device": "readers on the same kind of device read it",
    "same region": "readers in the same region read it",
    "read before": "it goes with what you opened on an earlier visit",
    "opened when shown": "where it stood on a shelf, readers opened it",
    "new here": "it is new, and is given a place to find out whether readers want it",
    "young": "it is new",
}
"""What each kind of reason means, `shelves.reasons.SENTENCES` being the sentences with the numbers."""

_MEANT = {
    ShelfKind.RELATED: "What else there is on this article’s subject.",
    ShelfKind.RANKING: "What is read most, by distinct readers: one list for all who ask at the same moment.",
    ShelfKind.RECOMMENDATION: "What may be wanted next.",
}


class ShelfExplanation(NamedTuple):
    """Why a shelf is as it is.

    Attributes:
        meant: what the shelf is for.
        reasons: how many of its items have a reason of a kind, and what that kind means; the most frequent first.
        parameters: what the order goes by, a sentence each.
        reader: what of the reader was used.
    """

    meant: str
    reasons: Sequence[tuple[int, str]]
    parameters: Sequence[str]
    reader: str


class UsedSignals(NamedTuple):
    """What of the reader a question to the engine had; false where it had nothing.

    Attributes:
        articles: how many different ones the reader opened, in this visit and earlier ones.
        context: whether it told how the reader came, the kind of device or the region.
    """

    articles: int = 0
    context: bool = False

    def __bool__(self) -> bool:
        """Whether there was anything."""
        return self.articles > 0 or self.context


def used_of(wanted: Request) -> UsedSignals:
    """What of the reader this question has."""
    context = (wanted.referrer, wanted.device, wanted.region)
    return UsedSignals(len({*wanted.history, *wanted.earlier}), any(code is not None for code in context))


def why(shelf: Shelf, settings: Settings, used: UsedSignals | int = 0) -> ShelfExplanation:
    """Why this shelf, made with these settings, is as it is.

    `used` is what of the reader was used for it; a number: so many articles.
    """
    kinds = Counter(item.reason.kind for item in shelf.items)
    reasons = [(count, KINDS[kind]) for kind, count in kinds.most_common()]
    told = used if isinstance(used, UsedSignals) else UsedSignals(used)
    reader = _reader(told if shelf.kind is ShelfKind.RECOMMENDATION else UsedSignals())
    return ShelfExplanation(_MEANT[shelf.kind], reasons, parameters(shelf, settings), reader)


def _reader(used: UsedSignals) -> str:
    if not used:
        return "Nothing about you was used, only the article and the moment."
    parts = []
    if used.articles:
        opened = "1 article" if used.articles == 1 else f"{used.articles} articles"
        parts.append(f"the {opened} that your browser sent with the question")
    if used.context:
        parts.append("how you came, your kind of device or your region")
    text = ", and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}, for this answer alone."


def parameters(shelf: Shelf, settings: Settings) -> list[str]:
    """What the order of a shelf goes by, in sentences, the weightiest first."""
    shelves, formula = settings.shelves, settings.recommending
    if shelf.kind is ShelfKind.RELATED:
        return [
            f"Alike in text: counted from a similarity of {shelves.min_similarity:g} of 1.",
            f"Read together: weight {shelves.coreading_weight:g} against 1 for the text, from "
            f"{_readers(shelves.min_coreaders)} of both.",
            f"Topics in common: weight {shelves.topic_weight:g}; they order what the other two found.",
        ]
    if shelf.kind is ShelfKind.RANKING:
        return [
            f"The number of distinct readers alone, from {_readers(shelves.min_readers)}; each counts once a day for "
            "an article.",
            "Declared bots and crowds behind one address are not counted.",
        ]
    if shelf.method.startswith("learned model"):
        told = [
            f"A learned model orders the {formula.rerank_candidates} best candidates of a formula by what made "
            f"readers of the last {settings.training.window_hours:g} hours open articles."
        ]
    else:
        weights = {
            "visits like this one": formula.sessions,
            "what is read after the articles of this visit": formula.coreading,
            "what is read now": formula.popularity,
            "what is alike in text": formula.text,
        }
        told = [
            f"{words[:1].upper()}{words[1:]}: weight {weight:g}."
            for words, weight in sorted(weights.items(), key=lambda part: -part[1])
        ]
    if settings.exploring.share:
        told.append(
            f"In {percent(settings.exploring.share)} of the answers one place is given to a new article on trial."
        )
    return told


class ActiveSetting(NamedTuple):
    """A setting in force: its name, what it is, its value."""

    name: str
    meaning: str
    value: str


class HowItWorks(NamedTuple):
    """What `/how-it-works` tells of the settings, by the name of their table, and of the model in force."""

    tables: Mapping[str, Sequence[ActiveSetting]]
    card: ModelCard | None


TOLD = ("shelves", "recommending", "exploring", "training", "learning", "intake")
"""The tables of settings that say how shelves are made and readers are counted."""


def explained(settings: Settings, card: ModelCard | None) -> HowItWorks:
    """The settings in force, and the card of the model that serves, None: the formula does."""
    return HowItWorks({name: _parameters(getattr(settings, name)) for name in TOLD}, card)


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


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count} readers"
