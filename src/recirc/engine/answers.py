"""A slate on its way from a request to what is answered."""

from collections.abc import Mapping
from typing import NamedTuple

from recirc.engine.active_rules import ShelfRules
from recirc.engine.encoded_shelves import SlateTemplate
from recirc.engine.filled_shelves import CommonShelves, FilledShelf
from recirc.messages import Words
from recirc.shelves.reasons import ReasonNames


class Answer(NamedTuple):
    """What all items of an answer share: its id, the article beside which it is shown, its time in ms, its words."""

    serve_id: str
    source: str | None
    now: int
    words: Words


class Answered(NamedTuple):
    """Shelves with their items, before their articles are looked up.

    Attributes:
        filled: by name.
        shared: those of them that other requests have too.
        labels: of articles, by id.
        offset: of the log entry that they are based on.
        known: whether the article of the request is.
        ruled: the rules of each shelf that is asked for.
    """

    answer: Answer
    filled: dict[str, FilledShelf]
    shared: tuple[CommonShelves, CommonShelves]
    names: ReasonNames
    labels: Mapping[str, str]
    offset: int
    known: bool
    ruled: dict[str, ShelfRules]


class KnownSlate(NamedTuple):
    """A slate without a reader as it was answered, and its JSON but for what is of one answer, as long as no article is
    on trial on it.
    """

    found: Answered
    template: SlateTemplate

    def lasts(self, now: int) -> bool:
        """Whether it is the same at `now` (ms), while state, rules, model and articles are."""
        others = self.found.shared[1]
        return others.since <= now < others.until


def shelf_texts(filled: FilledShelf, answer: Answer) -> tuple[str, str | None]:
    """The method of a shelf, and why it has fewer items than slots."""
    proposed, words = filled.proposed, answer.words
    short = words.say(proposed.when_short) if len(filled.placed) < filled.slots else None
    return words.say(proposed.method), short
