"""The names that are known: whose they are, and every form in which a text may have them.

A form may stand for several ("Georgia"), and a name may speak for another: Kyiv for Ukraine, "the Bundestag" for
Germany. Which one a text means is decided in `linking`.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from enum import IntEnum
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

import ahocorasick

from recirc.text.slugs import slug
from recirc.text.topics.topic import KindOfTopic

FILES: Final = (
    "countries", "history", "cities", "america", "hints", "organisations", "people", "people_history",
)  # fmt: skip
"""In this order: of two places that share a form, the first is meant where nothing speaks for either."""

KIND_OF: Final[Mapping[str, KindOfTopic]] = {
    "places": "place",
    "people": "person",
    "organisations": "organisation",
}
"""The tables of names that a file may have, and the kind of what stands in them."""


class FormKind(IntEnum):
    """How a form names what it names."""

    NAME = 0  # "Japan"
    ADJECTIVE = 1  # "Japanese"
    WITHIN = 2  # "Tokyo", of Japan
    REGION = 3  # "Ontario", of Canada; after a comma it says where the place before it lies
    HINT = 4  # "yen"


class GazetteerEntry(NamedTuple):
    """Somebody or something known. `states` has, of a place, the states that its mention counts for."""

    kind: KindOfTopic
    name: str
    states: tuple[str, ...] = ()
    is_state: bool = False


class FormMeaning(NamedTuple):
    """What one form may mean: an entry, by its number, and how; `written` is the form with its capitals."""

    written: str
    manner: FormKind
    entry: int


class PatternWords(NamedTuple):
    """Words that the patterns go by; see words.toml."""

    titles: frozenset[str]
    kinds: frozenset[str]
    heads: frozenset[str]
    forms: frozenset[str]
    stop: frozenset[str]
    first_names: frozenset[str]
    also_first_names: frozenset[str]
    ordinary_in_capitals: frozenset[str]
    said: frozenset[str]


class OwnNames(NamedTuple):
    """What a newsroom adds: per kind the names with their other forms, and forms that mean nothing."""

    names: Mapping[KindOfTopic, Mapping[str, tuple[str, ...]]]
    never: frozenset[str] = frozenset()


NOTHING_OWN: Final = OwnNames({})


class Gazetteer:
    """All names, ready to be looked for. It never changes; `Gazetteer(own)` is one with the newsroom's names.

    Attributes:
        entries: everything known; `FormMeaning.entry` is a place in it.
        successors: a state that is no more, and the states that its cities lie in now.
        exchanges: the end of a ticker ("T" in "<HMC.T>"), and the state of that exchange.
    """

    def __init__(self, own: OwnNames = NOTHING_OWN) -> None:
        self.entries: list[GazetteerEntry] = []
        self.successors: dict[str, tuple[str, ...]] = {}
        self.exchanges: dict[str, str] = {}
        self._number: dict[tuple[KindOfTopic, str], int] = {}
        self._forms: dict[str, list[FormMeaning]] = {}
        self._renamed = {
            (kind, slug(form)): name
            for kind, names in own.names.items()
            for name, forms in names.items()
            for form in (name, *forms)
        }
        for table in map(_read, FILES):
            self._take(table)
        self._take_own(own)
        self.by_slug = self._slugs(own)
        self._canonical = {(entry.kind, entry.name) for entry in self.entries}
        self.automaton = self._automaton()

    def meanings(self, low: str) -> tuple[FormMeaning, ...]:
        """What a form in lower case may mean."""
        return tuple(self._forms.get(low, ()))

    def known(self, kind: KindOfTopic, name: str) -> str | None:
        """The canonical name for one of a kind; None where it is not known, or is something else."""
        found = self.by_slug.get(slug(name))
        return found if found is not None and (kind, found) in self._canonical else None

    def _take(self, table: Mapping[str, Any]) -> None:
        for plural, kind in KIND_OF.items():
            for name, forms in table.get(plural, {}).items():
                entry = self._entry(kind, name, is_state=kind == "place")
                for form in (name.removesuffix(" (country)"), *forms):
                    self._form(form, FormKind.NAME, entry)
        for state, forms in table.get("adjectives", {}).items():
            for form in forms:
                entry = self._entry("place", state, is_state=True)
                self._form(form, FormKind.ADJECTIVE, entry)
                if form[-1] in "nikctbelr":
                    self._form(f"{form}s", FormKind.ADJECTIVE, entry)
        for part, whole in table.get("part_of", {}).items():
            number = self._entry("place", part, is_state=True)
            self.entries[number] = self.entries[number]._replace(
                states=(self._name("place", whole),), is_state=False
            )
        for key, manner in (("within", FormKind.WITHIN), ("regions", FormKind.REGION)):
            for state, places in table.get(key, {}).items():
                self._entry("place", state, is_state=True)
                for place in places:
                    name, *others = place.split("|")
                    entry = self._entry(
                        "place", name, states=(*self._states(state), self._name("place", state))
                    )
                    for form in (name, *others):
                        self._form(form, manner, entry)
        for state, forms in table.get("hints", {}).items():
            for form in forms:
                self._form(form, FormKind.HINT, self._entry("place", state, is_state=True))
        for state, ends in table.get("exchanges", {}).items():
            self.exchanges.update(dict.fromkeys(ends, self._name("place", state)))
        for state, states in table.get("succeeded_by", {}).items():
            self.successors[self._name("place", state)] = tuple(self._name("place", name) for name in states)

    def _take_own(self, own: OwnNames) -> None:
        for kind, names in own.names.items():
            for name, forms in names.items():
                entry = self._existing(kind, name)
                for form in (name, *forms):
                    low = _lowered(form)
                    kept = [
                        meaning
                        for meaning in self._forms.get(low, [])
                        if meaning.entry == entry or meaning.manner == FormKind.HINT
                    ]
                    self._forms[low] = kept
                    self._form(form, FormKind.NAME, entry)
        for form in own.never:
            self._forms.pop(_lowered(form), None)

    def _existing(self, kind: KindOfTopic, name: str) -> int:
        """The entry of that name, a city's among them; a new one where there is none."""
        for number, entry in enumerate(self.entries):
            if (entry.kind, entry.name) == (kind, name):
                return number
        return self._entry(kind, name)

    def _states(self, state: str) -> tuple[str, ...]:
        number = self._number.get(("place", self._name("place", state)))
        return self.entries[number].states if number is not None else ()

    def _name(self, kind: KindOfTopic, name: str) -> str:
        return self._renamed.get((kind, slug(name)), name)

    def _entry(
        self, kind: KindOfTopic, name: str, *, states: tuple[str, ...] = (), is_state: bool = False
    ) -> int:
        name = self._name(kind, name)
        number = self._number.setdefault((kind, _identity(kind, name, states)), len(self.entries))
        if number == len(self.entries):
            self.entries.append(GazetteerEntry(kind, name, states, is_state))
        return number

    def _form(self, form: str, manner: FormKind, entry: int) -> None:
        for written in {form, _plain(form)}:
            meaning = FormMeaning(written, manner, entry)
            known = self._forms.setdefault(_lowered(written), [])
            if meaning not in known:
                known.append(meaning)

    def _slugs(self, own: OwnNames) -> dict[str, str]:
        """Slug of every name and form that stands for one entry alone, and that entry's name."""
        found: dict[str, dict[str, None]] = {}
        for meanings in self._forms.values():
            for meaning in meanings:
                if meaning.manner in (FormKind.NAME, FormKind.WITHIN, FormKind.REGION):
                    found.setdefault(slug(meaning.written), {})[self.entries[meaning.entry].name] = None
        result = {form: next(iter(names)) for form, names in found.items() if len(names) == 1}
        for entry in self.entries:
            result.setdefault(slug(entry.name), entry.name)
        for names in own.names.values():
            for name, forms in names.items():
                result.update({slug(form): name for form in (name, *forms)})
        return result

    def _automaton(self) -> Any:
        automaton = ahocorasick.Automaton()
        for low, meanings in self._forms.items():
            if meanings:
                automaton.add_word(low, (len(low), tuple(meanings)))
        automaton.make_automaton()
        return automaton


def _identity(kind: KindOfTopic, name: str, states: tuple[str, ...]) -> str:
    # Cities of one name in two states are two; everything else is what its name says.
    return f"{name}, {states[-1]}" if kind == "place" and states else name


def _plain(form: str) -> str:
    """A form without accents, as many newsrooms write it."""
    if form.isascii():
        return form
    marked = unicodedata.normalize("NFD", form)
    return "".join(sign for sign in marked if not unicodedata.combining(sign))


def _lowered(form: str) -> str:
    return lowered(form.replace("’", "'"))


def lowered(text: str) -> str:
    """Lower case, sign by sign: the result has as many signs as the text, so that places in it are places there."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "names" / f"{name}.toml").read_text("utf-8"))


@cache
def words() -> PatternWords:
    """The words that patterns go by."""
    lists: Mapping[str, Iterable[str]] = _read("words")["words"]
    return PatternWords(**{name: frozenset(lists[name]) for name in PatternWords._fields})
