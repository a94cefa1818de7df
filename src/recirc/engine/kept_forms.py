"""Shelves in other forms than objects and JSON, kept from one version to the next as long as they show the same."""

from collections.abc import Callable, Hashable
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from recirc.engine.answers import Answer, AnswerTemplate, shelf_texts
from recirc.engine.article_cache import ArticleCache
from recirc.engine.filled_shelves import FilledShelf
from recirc.engine.shared_shelves import SharedValues, VersionValues, edition_of
from recirc.hashing import digest
from recirc.state.state import State

Value = TypeVar("Value")

MOST_TRIALS: Final = 4
"""Number of forms of one shelf that are kept: without a trial, and with the last articles on trial."""
FORM_BYTES: Final = 64_000_000
"""Of all forms together: those of some 2,000 articles' pages."""
KEY_BYTES: Final = 1_000
"""Of the key of a shelf's forms, about."""
SHOWN_BYTES: Final = 16
"""Of a digest of what a form shows."""

_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=float)


class _LastForms(NamedTuple):
    """The last forms of one shelf, the newest first, and digests of what they show."""

    forms: tuple[tuple[bytes, AnswerTemplate[Any]], ...]

    @property
    def nbytes(self) -> int:
        """Bytes of them and of their key, about."""
        return KEY_BYTES + sum(form.nbytes for _, form in self.forms)


class KeptForms:
    """Shelves by what they show. Reads change the numbers of some shelves; all others stay as they are.

    What articles are called, the sections, rules and model is not compared: with any of these all forms go.
    """

    def __init__(self, articles: ArticleCache) -> None:
        self._articles = articles
        self._editions = SharedValues(FORM_BYTES)

    def edition(self, state: State, *objects: object) -> VersionValues:
        """Where forms are kept, see `edition_of`."""
        return edition_of(self._editions, state, self._articles, *objects)

    @staticmethod
    def form(
        edition: VersionValues,
        key: Hashable,
        shelf: FilledShelf,
        answer: Answer,
        make: Callable[[], AnswerTemplate[Value]],
    ) -> AnswerTemplate[Value]:
        """The template of a shelf in a form, as `make` makes it: kept until its time is over, of each key the last
        MOST_TRIALS that showed something else, as articles on trial come and go.
        """
        shown = _shown(shelf, answer)
        kept: _LastForms | None = edition.used(key)
        known = kept.forms if kept is not None else ()
        for other, form in known:
            if other == shown and answer.now < form.until:
                return form
        made = make()
        others = [each for each in known if each[0] != shown][: MOST_TRIALS - 1]
        edition[key] = _LastForms(((shown, made), *others))
        return made


def _shown(shelf: FilledShelf, answer: Answer) -> bytes:
    """A digest of what a shelf shows, in the words of its answer: its items without their scores, and its texts."""
    items = [(each.article, each.evidence, each.propensity, each.rule) for each in shelf.placed]
    return digest(_ENCODER.encode((items, shelf_texts(shelf, answer))), SHOWN_BYTES)
