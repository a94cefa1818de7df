"""The known names with all forms in which a text may contain them.

A form may be ambiguous ("Georgia"), and a name may count for another topic: Kyiv for Ukraine, "the Bundestag" for
Germany. `linking` decides which one a text means.
"""

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
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
"""In order of precedence: of two places that share a form, the first is meant if there is no evidence for either."""

KIND_OF: Final[Mapping[str, KindOfTopic]] = {
    "places": "place",
    "people": "person",
    "organisations": "organisation",
}
"""The tables of names in a file, and the kind of topic in each."""


class FormKind(IntEnum):
    """How a form refers to its topic."""

    NAME = 0  # "Japan"
    ADJECTIVE = 1  # "Japanese"
    WITHIN = 2  # "Tokyo", of Japan
    REGION = 3  # "Ontario", of Canada; after a comma it is the region of the place before
    HINT = 4  # "yen"


class GazetteerEntry(NamedTuple):
    """A known topic. `states`: of a place, the states that a mention of it counts for."""

    kind: KindOfTopic
    name: str
    states: tuple[str, ...] = ()
    is_state: bool = False


class FormMeaning(NamedTuple):
    """A possible meaning of a form: the position of an entry; `written` is the form with its capitals."""

    written: str
    form_kind: FormKind
    entry: int


class PatternWords(NamedTuple):
    """Word lists for the patterns; see words.toml."""

    titles: frozenset[str]
    kinds: frozenset[str]
    heads: frozenset[str]
    forms: frozenset[str]
    stop: frozenset[str]
    first_names: frozenset[str]
    also_first_names: frozenset[str]
    ordinary_in_capitals: frozenset[str]
    speech_verbs: frozenset[str]


class OwnNames(NamedTuple):
    """A newsroom's own names: by kind, the names with their aliases; `never` has forms that are ignored."""

    names: Mapping[KindOfTopic, Mapping[str, tuple[str, ...]]]
    never: frozenset[str] = frozenset()


NO_OWN_NAMES: Final = OwnNames({})


class Gazetteer:
    """All known names, indexed for search; immutable. `Gazetteer(own)` includes the newsroom's own names.

    Attributes:
        own: the newsroom's own names.
        entries: all known topics; `FormMeaning.entry` is a position in this list.
        successors: by former state, the states that its cities are in now.
        exchanges: the state of each stock exchange by the suffix of its tickers ("T" in "<HMC.T>").
    """

    def __init__(self, own: OwnNames = NO_OWN_NAMES) -> None:
        self.own = own
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
            self._add_table(table)
        self._add_own_names(own)
        self.by_slug = self._slugs(own)
        self._canonical = {(entry.kind, entry.name) for entry in self.entries}
        self.automaton = self._automaton()

    def meanings(self, low: str) -> tuple[FormMeaning, ...]:
        """The possible meanings of a form in lower case."""
        return tuple(self._forms.get(low, ()))

    def forms(self) -> Iterator[FormMeaning]:
        """All forms with their possible meanings."""
        return (meaning for meanings in self._forms.values() for meaning in meanings)

    def known(self, kind: KindOfTopic, name: str) -> str | None:
        """The canonical name of a topic of this kind; None if the name is unknown or of another kind."""
        found = self.by_slug.get(slug(name))
        return found if found is not None and (kind, found) in self._canonical else None

    def _add_table(self, table: Mapping[str, Any]) -> None:
        self._add_names(table)
        self._add_places_within(table)
        for state, forms in table.get("hints", {}).items():
            for form in forms:
                self._form(form, FormKind.HINT, self._entry("place", state, is_state=True))
        for state, suffixes in table.get("exchanges", {}).items():
            self.exchanges.update(dict.fromkeys(suffixes, self._name("place", state)))
        for state, states in table.get("succeeded_by", {}).items():
            self.successors[self._name("place", state)] = tuple(self._name("place", name) for name in states)

    def _add_names(self, table: Mapping[str, Any]) -> None:
        for plural, kind in KIND_OF.items():
            for name, forms in table.get(plural, {}).items():
                entry = self._entry(kind, name, is_state=kind == "place")
                for form in (name.removesuffix(" (country)"), *forms):
                    self._form(form, FormKind.NAME, entry)
        for state, forms in table.get("adjectives", {}).items():
            for form in forms:
                entry = self._entry("place", state, is_state=True)
                self._form(form, FormKind.ADJECTIVE, entry)
                if form[-1] in "nikctbelr":  # the plural names the inhabitants: "Germans"
                    self._form(f"{form}s", FormKind.ADJECTIVE, entry)

    def _add_places_within(self, table: Mapping[str, Any]) -> None:
        for part, whole in table.get("part_of", {}).items():
            number = self._entry("place", part, is_state=True)
            self.entries[number] = self.entries[number]._replace(
                states=(self._name("place", whole),), is_state=False
            )
        for key, form_kind in (("within", FormKind.WITHIN), ("regions", FormKind.REGION)):
            for state, places in table.get(key, {}).items():
                self._entry("place", state, is_state=True)
                for place in places:
                    name, *others = place.split("|")
                    entry = self._entry(
                        "place", name, states=(*self._states(state), self._name("place", state))
                    )
                    for form in (name, *others):
                        self._form(form, form_kind, entry)

    def _add_own_names(self, own: OwnNames) -> None:
        for kind, names in own.names.items():
            for name, forms in names.items():
                entry = self._existing(kind, name)
                for form in (name, *forms):
                    low = _normalise(form)
                    kept = [
                        meaning
                        for meaning in self._forms.get(low, [])
                        if meaning.entry == entry or meaning.form_kind == FormKind.HINT
                    ]
                    self._forms[low] = kept
                    self._form(form, FormKind.NAME, entry)
        for form in own.never:
            self._forms.pop(_normalise(form), None)

    def _existing(self, kind: KindOfTopic, name: str) -> int:
        """The position of the entry with this name, which may be a city; a new entry if there is none."""
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

    def _form(self, form: str, form_kind: FormKind, entry: int) -> None:
        for written in {form, _without_accents(form)}:
            meaning = FormMeaning(written, form_kind, entry)
            known = self._forms.setdefault(_normalise(written), [])
            if meaning not in known:
                known.append(meaning)

    def _slugs(self, own: OwnNames) -> dict[str, str]:
        """Canonical names by the slug of every form that is unambiguous."""
        found: dict[str, dict[str, None]] = {}
        for meanings in self._forms.values():
            for meaning in meanings:
                if meaning.form_kind in (FormKind.NAME, FormKind.WITHIN, FormKind.REGION):
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
    # Cities of one name in two states are different topics; all other topics are identified by their names.
    return f"{name}, {states[-1]}" if kind == "place" and states else name


def _without_accents(form: str) -> str:
    """A form without accents, as many newsrooms write names."""
    if form.isascii():
        return form
    decomposed = unicodedata.normalize("NFD", form)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def _normalise(form: str) -> str:
    return lower(form.replace("’", "'"))


def lower(text: str) -> str:
    """Lower case of the same length as the text, so that positions in it are positions in the text."""
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "names" / f"{name}.toml").read_text("utf-8"))


@cache
def words() -> PatternWords:
    """The word lists of words.toml, read once."""
    lists: Mapping[str, Iterable[str]] = _read("words")["words"]
    return PatternWords(**{name: frozenset(lists[name]) for name in PatternWords._fields})
