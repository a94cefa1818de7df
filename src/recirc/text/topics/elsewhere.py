"""Finds topics in languages other than English: places by CLDR, people and organisations by how they are written.

The rules prefer few topics that are right. A place has the name that CLDR gives it in the article's language. A person
is a known first name with capitalised words after it; a capital by itself says nothing in German, where all nouns have
one. An organisation is an acronym or a company that is known everywhere. In writing without capitals only places and
the newsroom's own names are found.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from recirc.text.topics.gazetteer import FormKind, Gazetteer, OwnNames, words
from recirc.text.topics.topic import KindOfTopic, Topic

LEAD: Final = 400  # characters of the body
MOST_WORDS: Final = 3  # of a person's name after the first name
MIN_NAME: Final = (
    4  # letters of a place that is found by its stem, or by a part of a run of writing without spaces
)
MIN_KNOWN: Final = 5  # letters of a known name of one word
TWICE: Final = 2
THREE: Final = 3
OFTEN: Final = 4

INFLECTED: Final = frozenset(("pl", "uk", "ru", "cs"))
"""Languages in which endings replace the last letter of a place's name."""
ENDING: Final = 3  # letters that such an ending may have
GENITIVE: Final = {"de": ("s",), "nl": ("s",), "sv": ("s",), "da": ("s",)}
PREFIXES: Final = {
    "ar": re.compile(r"^(?:وال|بال|فال|كال|لل|ال|و|ف|ب|ل|ك)"),
    "he": re.compile(r"^(?:וה|שה|מה|ב|ל|מ|ה|ו|כ|ש)"),
}
SIGNS: Final = frozenset(("ja", "zh", "th"))
"""Languages that do not part their words."""
ALL_ZONES: Final = "ja"
"""A language in which CLDR writes the city of every zone: none of them is written as in the zone's own name."""
UNIONS: Final = {"EU": "EU", "UN": "UN"}
"""Territories of CLDR that are organisations."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*\.?|[.,;:!?()\"„“”«»–—\n]|\d+")
_ACRONYM: Final = re.compile(r"(?<![\w.-])[A-ZÄÖÜÀ-ÝĄĆĘŁŃÓŚŹŻА-ЯІЇЄҐ]{2,6}(?![\w.$]|-[a-z])")
_DATELINE: Final = re.compile(
    r"\s*[A-ZÀ-ÞŁŚŻА-ЯІЇЄҐ][^\W\d_]+(?:[/ -][^\W\d_]+){0,4}(?: \([^)]{2,20}\))? [–—-]+ "
)
_PARTICLES: Final = frozenset(
    (
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "di",
        "van",
        "von",
        "le",
        "la",
        "du",
        "des",
        "el",
        "al",
        "bin",
    )
)
_SAINTS: Final = frozenset(("São", "Santo", "Santa", "San", "Sankt", "Saint", "Sainte", "St.", "St", "Sint"))
_AFTER_VAN: Final = frozenset(("der", "den", "ter", "ten", "dem"))
_BEFORE_PLACE: Final = frozenset(("de", "do", "da", "dos", "das", "del", "di", "du", "des", "of", "van"))
_BEFORE: Final = re.compile(r"[^\W\d_]+|[^\w\s]")


class NamedThing(NamedTuple):
    """A name in a text with the numbers of its mentions: in the headline, in the lead, and in all."""

    kind: KindOfTopic
    name: str
    known: bool
    headline: int
    lead: int
    mentions: int


def find(gazetteer: Gazetteer, headline: str, body: str, language: str) -> tuple[Topic, ...]:
    """The topics of a text in a language other than English (two letters), the most salient first."""
    text = _Text(headline, body, language)
    found = [
        *_own(gazetteer.own, text),
        *_places(text),
        *_people(gazetteer, text),
        *_organisations(gazetteer, text),
    ]
    topics: dict[str, Topic] = {}
    for thing in found:
        if thing.name not in gazetteer.own.never and (salience := _salience(thing)) > 0:
            topics.setdefault(
                thing.name,
                Topic(
                    kind=thing.kind,
                    name=thing.name,
                    count=thing.mentions,
                    salience=round(salience, 4),
                    known=thing.known,
                ),
            )
    return tuple(sorted(topics.values(), key=lambda topic: (-topic.salience, -topic.count, topic.name)))


def _salience(thing: NamedThing) -> float:
    """0: the text mentions it, and is not about it; else more for the headline, the lead and many mentions."""
    often = thing.mentions >= OFTEN
    if thing.kind == "organisation" and not thing.known and thing.mentions < THREE:
        return 0.0  # an acronym may be anything
    if not (thing.headline or (thing.lead and thing.mentions >= THREE) or often):
        return 0.0
    return (bool(thing.headline) + 0.5 * bool(thing.lead) + thing.mentions / (thing.mentions + 2)) / 2.5


class _Text:
    """Headline and body, with the words of both."""

    def __init__(self, headline: str, body: str, language: str) -> None:
        if (dateline := _DATELINE.match(body)) is not None:
            body = body[dateline.end() :]  # where it was written is not what it is about
        self.headline, self.body, self.language = headline, body, language
        self.words = Counter(_words(headline)) + Counter(_words(body))
        self.tokens = [[*_tokens(headline)], [*_tokens(body)]]

    def counted(
        self, kind: KindOfTopic, name: str, forms: Iterable[str], *, known: bool, alone: bool = False
    ) -> NamedThing:
        """A name with the mentions of all its forms, none within another word; `alone`: nor within another name."""
        several = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        pattern = re.compile(rf"(?<!\w)(?:{several})(?!\w)")
        places = [
            [
                found.start()
                for found in pattern.finditer(part)
                if not (alone and _within_name(part, found.start()))
            ]
            for part in (self.headline, self.body)
        ]
        lead = sum(place < LEAD for place in places[1])
        return NamedThing(kind, name, known, len(places[0]), lead, len(places[0]) + len(places[1]))


def _within_name(text: str, begin: int) -> bool:
    """Whether a capitalised word before makes what begins there a part of its name: "Copa do Brasil", "Team Brasil"."""
    before = _BEFORE.findall(text[max(0, begin - 40) : begin])
    if not before:
        return False
    if before[-1] in _BEFORE_PLACE:
        return len(before) > 1 and before[-2][0].isupper()
    # The first word of a sentence has a capital anyway.
    return before[-1][0].isupper() and len(before) > 1 and before[-2][0].isalpha()


def _words(text: str) -> Iterator[str]:
    return (token for token in _tokens(text) if token[0].isalpha())


def _tokens(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text):
        token = found[0]
        # A full stop ends a sentence, or belongs to an initial: "J. R. Smith".
        if token.endswith(".") and len(token) > TWICE:
            yield from (token[:-1], ".")
        else:
            yield token


def _own(own: OwnNames, text: _Text) -> Iterator[NamedThing]:
    for kind, names in own.names.items():
        for name, forms in names.items():
            yield text.counted(kind, name, (name, *forms), known=True)


# Places


@cache
def places(language: str) -> Mapping[str, tuple[KindOfTopic, str]]:
    """Forms of the territories and the cities of time zones that CLDR names in a language, with what they name."""
    from babel import Locale, UnknownLocaleError

    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return {}
    aliases = _table()["aliases"].get(language, {})
    found: dict[str, tuple[KindOfTopic, str]] = {}
    for zone in map(str, Locale.parse(ALL_ZONES).time_zones):
        if zone.startswith("Etc/"):
            continue
        # CLDR leaves out what is written as in the zone's own name.
        city = locale.time_zones.get(zone, {}).get("city") or zone.rpartition("/")[2].replace("_", " ")
        if len(city) >= (TWICE if language in SIGNS else MIN_NAME) and not any(map(str.isdigit, city)):
            found[city] = ("place", city)
    for code, name in locale.territories.items():
        if code.isalpha() and code not in ("EZ", "QO", "ZZ", "XA", "XB"):
            kind: KindOfTopic = "organisation" if code in UNIONS else "place"
            plain = re.sub(r"\s*[(（].*", "", name)
            for form in (name, plain, *aliases.get(code, ())):
                found[form] = (kind, plain)
    return found


def _places(text: _Text) -> Iterator[NamedThing]:
    forms = places(text.language)
    if text.language in SIGNS:
        yield from _among_signs(forms, text)
        return
    written: dict[tuple[KindOfTopic, str], set[str]] = {}
    whole = f"{text.headline}\n{text.body}"
    for form, named in forms.items():
        if not form.isalpha() and form in whole:
            written.setdefault(named, set()).add(form)
    for word in text.words:
        if (place := _form_of(word, text.language)) is not None:
            written.setdefault(forms[place], set()).add(word)
    for (kind, name), several in written.items():
        # In German a noun may stand before a place.
        alone = text.language != "de" and kind == "place"
        yield text.counted(kind, name, several, known=True, alone=alone)


def _form_of(word: str, language: str) -> str | None:
    """The form of a place that a word is, perhaps with an ending or with what is written before it."""
    forms = places(language)
    if word in forms:
        return word
    if (before := PREFIXES.get(language)) is not None:
        bare = before.sub("", word)
        return next(
            (each for each in (bare, f"ال{bare}") if len(bare) >= MIN_NAME - 1 and each in forms), None
        )
    for ending in GENITIVE.get(language, ()):
        if word.endswith(ending) and (bare := word.removesuffix(ending)) in forms and len(bare) >= MIN_NAME:
            return bare
    if "'" in word or "’" in word:
        bare = re.split("['’]", word)[0]
        return bare if bare in forms else None
    if language not in INFLECTED or not word[0].isupper():
        return None
    stems = _stems(language)
    return next(
        (stems[word[:end]] for end in range(len(word), len(word) - ENDING - 1, -1) if word[:end] in stems),
        None,
    )


@cache
def _stems(language: str) -> Mapping[str, str]:
    """The forms of one word, by what is left of them without the last letter."""
    return {form[:-1]: form for form in places(language) if len(form) > MIN_NAME and form.isalpha()}


def _among_signs(forms: Mapping[str, tuple[KindOfTopic, str]], text: _Text) -> Iterator[NamedThing]:
    pattern = _pattern_of_signs(text.language)
    counts: dict[tuple[KindOfTopic, str], list[int]] = {}
    for place, part in enumerate((text.headline, text.body[:LEAD], text.body)):
        for form in pattern.findall(part):
            counts.setdefault(forms[form], [0, 0, 0])[place] += 1
    for (kind, name), (head, lead, body) in counts.items():
        yield NamedThing(kind, name, True, head, lead, head + body)


@cache
def _pattern_of_signs(language: str) -> re.Pattern[str]:
    forms = sorted((form for form in places(language) if len(form) >= TWICE), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, forms)) or r"(?!)")


# People


def _people(gazetteer: Gazetteer, text: _Text) -> Iterator[NamedThing]:
    surnames: dict[str, set[str]] = {}
    found = {name for tokens in text.tokens for name in _full_names(tokens)}
    for name in found:
        # In German a noun may follow: of "Anna Kern" and "Anna Kerns Vorschlag" the shorter one is the name.
        if not any(other != name and name.startswith(other) for other in found):
            surnames.setdefault(name.split()[-1], set()).add(name)
    for surname, names in surnames.items():
        if len(names) > 1 and not _same_person(names):
            for name in names:  # a bare surname may be either's
                yield text.counted("person", name, [name], known=False)
            continue
        name = min(names, key=lambda each: (len(each.split()), each))
        if text.language in GENITIVE and name.endswith("s") and surname[:-1] in text.words:
            name, surname = name[:-1], surname[:-1]
        known = gazetteer.known("person", name)
        forms = {*names, surname, *(f"{surname}{ending}" for ending in GENITIVE.get(text.language, ()))}
        yield text.counted("person", known or name, forms, known=known is not None)


def _same_person(names: set[str]) -> bool:
    return len({name.split()[0] for name in names}) == 1


def _full_names(tokens: list[str]) -> Iterator[str]:
    """A known first name and the capitalised words after it, with particles between them."""
    first_names, no_people = _first_names(), _organisation_words()
    place = 0
    while place < len(tokens):
        end = place + 1
        if tokens[place] in first_names and (not place or tokens[place - 1] not in _SAINTS):
            last = place
            while end < len(tokens) and end - place <= MOST_WORDS + TWICE:
                if _is_capitalised(tokens[end]) and tokens[end] not in no_people:
                    last = end
                elif tokens[end] not in _PARTICLES and not (
                    tokens[end] in _AFTER_VAN and tokens[end - 1].lower() in ("van", "von")
                ):
                    break
                end += 1
            # The words after a name in German may be nouns: of three or more words only those of first names are kept.
            if last > place and not any(word in no_people for word in tokens[place : last + 1]):
                yield " ".join(tokens[place : last + 1])
            end = last + 1
        place = end


def _is_capitalised(token: str) -> bool:
    return token[0].isupper() and (len(token) > 1 and not token.isupper())


@cache
def _first_names() -> frozenset[str]:
    return words().first_names | frozenset(_table()["words"]["first_names"])


# Organisations


def _organisations(gazetteer: Gazetteer, text: _Text) -> Iterator[NamedThing]:
    whole = f"{text.headline}\n{text.body}"
    forms = places(text.language)
    counts = Counter(_ACRONYM.findall(whole))
    for acronym in counts:
        if acronym in _no_organisations() or acronym in forms or acronym.isdigit():
            continue
        yield text.counted("organisation", acronym, [acronym], known=False)
    for form, name in _known_organisations(gazetteer).items():
        if form in whole and form not in counts:
            yield text.counted("organisation", name, [form], known=True)


@lru_cache(maxsize=4)
def _known_organisations(gazetteer: Gazetteer) -> Mapping[str, str]:
    """Names of companies and other organisations that are the same in all languages, by their forms."""
    ordinary = words().ordinary_in_capitals
    found = {}
    for form in gazetteer.forms():
        entry = gazetteer.entries[form.entry]
        if entry.kind == "organisation" and form.form_kind == FormKind.NAME:
            written = form.written
            if (
                written == entry.name
                and written not in ordinary
                and len(written) >= MIN_KNOWN
                and written[0].isupper()
            ):
                found[written] = entry.name
    return found


@cache
def _no_organisations() -> frozenset[str]:
    return frozenset(_table()["words"]["no_organisations"])


@cache
def _organisation_words() -> frozenset[str]:
    return frozenset(_table()["words"]["organisations"])


@cache
def _table() -> dict[str, Any]:
    stored = resources.files(__package__) / "names" / "elsewhere.toml"
    return tomllib.loads(stored.read_text("utf-8"))
