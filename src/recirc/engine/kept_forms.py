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
"""Number of forms of one shelf of one version that are kept: without a trial, and with the last articles on trial."""
FORM_BYTES: Final = 64_000_000
"""Of all forms together: those of some 2,000 articles' pages, where none of their shelves has an article on trial."""
KEY_BYTES: Final = 1_000
"""Of the key of a shelf's forms, about."""
SHOWN_BYTES: Final = 16
"""Of a digest of what a form shows."""

_ENCODER: Final = msgspec.msgpack.Encoder(enc_hook=repr)


class FormPlace(NamedTuple):
    """Where the forms of one shelf are kept: in an edition, by a key, and the number of the version of the answer."""

    edition: VersionValues
    key: Hashable
    version: int


class _KeptForm(NamedTuple):
    """A form, a digest of what it shows, the version that used it last, and the moment (ms) that it was made for."""

    shown: bytes
    version: int
    since: int
    form: AnswerTemplate[Any]


class _LastForms(NamedTuple):
    """The forms of one shelf, the one that was used last first."""

    forms: tuple[_KeptForm, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of them and of their key, about."""
        return KEY_BYTES + sum(each.form.nbytes for each in self.forms)


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
        place: FormPlace, shelf: FilledShelf, answer: Answer, make: Callable[[], AnswerTemplate[Value]]
    ) -> AnswerTemplate[Value]:
        """The template of a shelf in a form, as `make` makes it, kept while the shelf shows the same and its time is
        not over; of one version the last MOST_TRIALS, as articles on trial come and go.
        """
        kept: _LastForms | None = place.edition.used(place.key)
        known = kept.forms if kept is not None else ()
        shown, now = _shown(shelf, answer), answer.now
        found = next(
            (each for each in known if each.shown == shown and each.since <= now < each.form.until), None
        )
        if found is not None and found is known[0] and found.version == place.version:
            return found.form
        first = found or _KeptForm(shown, place.version, now, make())
        first, others = first._replace(version=place.version), [each for each in known if each.shown != shown]
        kept_too = [each for each in others if each.version == place.version][: MOST_TRIALS - 1]
        if not kept_too and shelf.strategy.explores:
            kept_too = others[:1]  # the last one of the version before may be that without a trial
        place.edition[place.key] = _LastForms((first, *kept_too))
        return first.form


def _shown(shelf: FilledShelf, answer: Answer) -> bytes:
    """A digest of what a shelf shows, in the words of its answer: its items without their scores, and its texts."""
    items = [(each.article, each.evidence, each.propensity, each.rule) for each in shelf.placed]
    all_of_it = (items, shelf_texts(shelf, answer))
    try:
        return digest(_ENCODER.encode(all_of_it), SHOWN_BYTES)
    except OverflowError:  # an integer of more than 64 bits, from a shelf that is not ours
        return digest(repr(all_of_it).encode(), SHOWN_BYTES)
