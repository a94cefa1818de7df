"""A slate on its way from a request to what is answered."""

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol, TypeVar

from recirc.engine.encoded_shelves import EncodedSlate, Sign
from recirc.engine.filled_shelves import CommonShelves, FilledShelf
from recirc.messages import Words
from recirc.shelves.reasons import ReasonNames
from recirc.types import IntArray

ANSWERED_BYTES: Final = 4_000
"""Bytes of an `Answered` besides its shelves, about."""


Form = TypeVar("Form", covariant=True)


class AnswerTemplate(Protocol[Form]):
    """A slate, or one of its shelves, in some form but for what is of one answer: time, id, signatures of items."""

    @property
    def nbytes(self) -> int:
        """Bytes of it, about."""

    @property
    def until(self) -> float:
        """The moment (ms) from which on it may be another although the shelf is the same."""

    def at(self, now: int, serve_id: str, sign: Sign) -> Form:
        """The form as of `now` (ms)."""


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
        opened: indices of what the reader opened, and of earlier visits. What a request may show is no part of it: that
            is a mask of all articles, for a request with filters one of its own.
    """

    answer: Answer
    filled: dict[str, FilledShelf]
    shared: tuple[CommonShelves, CommonShelves]
    names: ReasonNames
    labels: Mapping[str, str]
    offset: int
    known: bool
    opened: tuple[IntArray, IntArray]


class KnownAnswer(NamedTuple):
    """The answer to a request without a reader, which may be given again; `key_bytes`: of its key."""

    found: Answered
    key_bytes: int

    @property
    def nbytes(self) -> int:
        """Bytes of it and of its key, about; the shelves are kept, and counted, by keys of their own."""
        return self.key_bytes + ANSWERED_BYTES

    def lasts(self, now: int) -> bool:
        """Whether it is the same but for trials at `now` (ms), while state, rules, model and articles are."""
        others = self.found.shared[1]
        return others.since <= now < others.until

    @property
    def on_trial(self) -> bool:
        """Whether a slot of it is one of a trial, so that the shelf is not the one that others have too."""
        found = self.found
        return any(found.filled[name] is not shelf for name, shelf in found.shared[1].filled.items())


class KnownSlate(NamedTuple):
    """The JSON of an answer without a reader but for what is of one answer, as long as no article is on trial on it;
    `shelves` are those of the answer.
    """

    shelves: CommonShelves
    template: AnswerTemplate[EncodedSlate]
    key_bytes: int

    @property
    def nbytes(self) -> int:
        """Bytes of it and of its key, about."""
        return self.key_bytes + self.template.nbytes


def shelf_texts(filled: FilledShelf, answer: Answer) -> tuple[str, str | None]:
    """The method of a shelf, and why it has fewer items than slots."""
    proposed, words = filled.proposed, answer.words
    short = words.say(proposed.when_short) if len(filled.placed) < filled.slots else None
    return words.say(proposed.method), short
