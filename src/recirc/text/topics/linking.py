"""From the names in one text to what they stand for: one topic under all of its names, with the evidence for each."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from recirc.text.topics.evidence import LinkedNames, TopicEvidence, dateline_end
from recirc.text.topics.gazetteer import FormKind, FormMeaning, Gazetteer, GazetteerEntry, words
from recirc.text.topics.mentions import Mention, in_capitals, mentions
from recirc.text.topics.patterns import PatternMatch, seen, surname

LEAD: Final = 300  # characters after the dateline
SHORTEST: Final = 4  # letters of an unknown company's name that is looked for without its legal form
NAMED: Final = frozenset((FormKind.NAME, FormKind.ADJECTIVE))

_OFFICE: Final = re.compile(
    r"(?:'s|’s)? (?:administration|government|cabinet|White House|presidency|era|aides?|camp)\b", re.I
)
_SURNAME_AFTER: Final = re.compile(r" [A-Z][a-z]")
_FIRST_NAME_BEFORE: Final = re.compile(r"([A-Z][\w-]+) (?:[A-Z]\. )?$")
_BEFORE: Final = re.compile(r"(?:(?P<first>[A-Z][\w.-]+) (?:of|for) )?(?P<last>[A-Za-z][\w.-]*) $")
_TICKER: Final = re.compile(r"[<(\[][A-Z0-9]{1,6}\.([A-Z]{1,3})[>)\]]")


class _Part(NamedTuple):
    """One of the two parts of an article, and what was found in it."""

    text: str
    is_headline: bool
    dateline: int
    mentions: list[Mention]
    seen: list[PatternMatch]


def link(gazetteer: Gazetteer, headline: str, body: str) -> LinkedNames:
    """What the two parts of an article name."""
    parts = [_part(gazetteer, headline, is_headline=True), _part(gazetteer, body, is_headline=False)]
    linking = _Linking(gazetteer, parts)
    for part in parts:
        linking.places(part)
        linking.others(part)
    linking.patterns()
    linking.succession()
    return linking.result


def _part(gazetteer: Gazetteer, text: str, *, is_headline: bool) -> _Part:
    found = mentions(gazetteer, words(), text)
    by_form = [] if in_capitals(text) else seen(text, words())
    return _Part(text, is_headline, 0 if is_headline else dateline_end(text), found, by_form)


class _Linking:
    def __init__(self, gazetteer: Gazetteer, parts: Sequence[_Part]) -> None:
        self.gazetteer = gazetteer
        self.parts = parts
        self.result = LinkedNames(length=len(parts[1].text), has_dateline=parts[1].dateline > 0)
        self.full = self._full_names()
        self.sure = self._sure_states()

    # People whom the text names in full decide whom their bare surnames mean.

    def _full_names(self) -> dict[str, str]:
        """Surname in lower case to the person of this text who has it; "" where two have."""
        people: dict[str, set[str]] = {}
        for part in self.parts:
            for mention in part.mentions:
                for meaning in mention.meanings:
                    entry = self.gazetteer.entries[meaning.entry]
                    if entry.kind == "person" and " " in meaning.written and meaning.manner == FormKind.NAME:
                        people.setdefault(surname(meaning.written).lower(), set()).add(entry.name)
            for one in part.seen:
                if one.kind == "person":
                    people.setdefault(surname(one.name).lower(), set()).add(self._person(one.name))
        return {last: next(iter(names)) if len(names) == 1 else "" for last, names in people.items()}

    def _person(self, name: str) -> str:
        return self.gazetteer.known("person", name) or name

    # Places

    def _sure_states(self) -> Counter[str]:
        """How often each state is meant by forms that mean nothing else."""
        states: Counter[str] = Counter()
        for part in self.parts:
            for mention in part.mentions:
                found = {_state(entry) for _, entry in self._place_meanings(mention)}
                if len(found) == 1:
                    states[found.pop()] += 1
        return states

    def _place_meanings(self, mention: Mention) -> list[tuple[FormMeaning, GazetteerEntry]]:
        found = [(meaning, self.gazetteer.entries[meaning.entry]) for meaning in mention.meanings]
        return [(meaning, entry) for meaning, entry in found if entry.kind == "place"]

    def places(self, part: _Part) -> None:
        """Count the places of a part of the text."""
        covered = [(one.begin, one.end) for one in part.seen if one.kind == "organisation"]
        for number, mention in enumerate(part.mentions):
            meant = self._place_meanings(mention)
            if not meant or self._is_person(part, mention, meant):
                continue
            meaning, entry = self._choose(part, number, meant)
            state = self.result.states.setdefault(_state(entry), TopicEvidence())
            within_name = _covered(mention, covered)
            _count(state, part, mention, meaning.manner, within_name)
            if meaning.manner != FormKind.HINT and entry.states and not within_name:
                place = self.result.places.setdefault((entry.name, _state(entry)), TopicEvidence())
                _count(place, part, mention, FormKind.NAME, within_name=False)
        for ticker in _TICKER.finditer(part.text):
            name = self.gazetteer.exchanges.get(ticker.group(1))
            if name is not None:
                self.result.states.setdefault(name, TopicEvidence()).hints += 1

    def _is_person(
        self, part: _Part, mention: Mention, meant: list[tuple[FormMeaning, GazetteerEntry]]
    ) -> bool:
        """Whether "Jordan" is a person's name here: a first name stands before it, or a surname behind."""
        if part.is_headline and in_capitals(part.text):
            return False
        if all(meaning.manner in (FormKind.ADJECTIVE, FormKind.HINT) for meaning, _ in meant):
            return False
        before = _FIRST_NAME_BEFORE.search(part.text, max(0, mention.begin - 24), mention.begin)
        if before is not None and before.group(1) in words().first_names:
            return True
        shown = part.text[mention.begin : mention.end]
        if shown.lower() in self.full and mention.begin >= part.dateline:
            return True
        return (
            not part.is_headline
            and shown in words().also_first_names
            and _SURNAME_AFTER.match(part.text, mention.end) is not None
        )

    def _choose(
        self, part: _Part, number: int, meant: list[tuple[FormMeaning, GazetteerEntry]]
    ) -> tuple[FormMeaning, GazetteerEntry]:
        mention = part.mentions[number]
        following = self._states_after(part, number)
        if following and meant[0][0].manner == FormKind.WITHIN:
            same = [pair for pair in meant if _state(pair[1]) in following]
            return (
                same[0] if same else (meant[0][0], GazetteerEntry("place", meant[0][1].name, following[:1]))
            )
        if len(meant) == 1:
            return meant[0]
        comma = part.text[max(0, mention.begin - 2) : mention.begin] == ", "
        # `max` keeps the first of equals: the order of the files.
        return max(
            meant, key=lambda pair: (self.sure[_state(pair[1])], comma and pair[0].manner == FormKind.REGION)
        )

    def _states_after(self, part: _Part, number: int) -> tuple[str, ...]:
        """The states that what follows after a comma may mean, if it may be a region: "Paris, Texas"."""
        if number + 1 >= len(part.mentions):
            return ()
        after = part.mentions[number + 1]
        between = part.text[part.mentions[number].end : after.begin]
        meant = self._place_meanings(after)
        if between.rstrip(" ") != "," or not any(meaning.manner == FormKind.REGION for meaning, _ in meant):
            return ()
        return tuple(_state(entry) for _, entry in meant)

    # People and organisations that are known

    def others(self, part: _Part) -> None:
        """Count the known people and organisations of a part of the text."""
        for mention in part.mentions:
            for kind in ("person", "organisation"):
                pairs = [
                    (meaning, self.gazetteer.entries[meaning.entry])
                    for meaning in mention.meanings
                    if self.gazetteer.entries[meaning.entry].kind == kind
                ]
                if not pairs:
                    continue
                if kind == "organisation":
                    self._count_name(self.result.organisations, pairs[0][1].name, part, mention, full=True)
                else:
                    self._count_person(part, mention, pairs)

    def _count_person(
        self, part: _Part, mention: Mention, pairs: list[tuple[FormMeaning, GazetteerEntry]]
    ) -> None:
        shown = part.text[mention.begin : mention.end]
        full = " " in shown
        names = {entry.name for _, entry in pairs}
        name = pairs[0][1].name if len(names) == 1 else ""
        if not full:
            if self._is_surname_of_another(part, mention):
                return
            other = self.full.get(shown.lower())
            if other and other not in names:
                name = other
            elif len(names) > 1:
                name = other or ""
        if name:
            known = name in names or self.gazetteer.known("person", name) is not None
            self._count_name(self.result.people, name, part, mention, full=full, known=known)

    def _is_surname_of_another(self, part: _Part, mention: Mention) -> bool:
        """Whether a first name that is not this person's stands before the bare surname: "Doe Biden"."""
        for one in part.seen:
            if one.kind == "person" and one.begin < mention.begin and mention.end <= one.end:
                return not one.titled or " " in one.name
        return False

    # People and organisations found by the form of their names

    def patterns(self) -> None:
        """Count what was found by its form, under the name that is known if there is one."""
        for part in self.parts:
            names = [(mention.begin, mention.end) for mention in part.mentions if self._is_name(mention)]
            places = {(mention.begin, mention.end) for mention in part.mentions}
            for one in part.seen:
                if _within(one, names):
                    continue
                if (one.begin, one.end) in places and one.name.lower() not in self.full:
                    continue
                mention = Mention(one.begin, one.end, ())
                if one.kind == "person":
                    name = self._person(one.name)
                    self._count_name(
                        self.result.people,
                        name,
                        part,
                        mention,
                        full=True,
                        known=name != one.name,
                        titled=one.titled,
                    )
                elif one.kind == "organisation":
                    known = self.gazetteer.known("organisation", one.name)
                    self._count_name(
                        self.result.organisations,
                        known or one.name,
                        part,
                        mention,
                        full=True,
                        known=known is not None,
                    )
                else:
                    self._surname(part, one, mention)
        self._short_names()
        self._capital_headline()

    def _short_names(self) -> None:
        """Count a company that was found with its legal form where it stands without it too."""
        for part in self.parts:
            taken = {one.begin for one in part.seen if one.kind == "organisation"}
            for name, evidence in self.result.organisations.items():
                if evidence.known or len(name) < SHORTEST or name not in part.text:
                    continue
                for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", part.text):
                    if match.start() not in taken:
                        mention = Mention(match.start(), match.end(), ())
                        self._count_name(
                            self.result.organisations, name, part, mention, full=False, known=False
                        )

    def _is_name(self, mention: Mention) -> bool:
        return any(self.gazetteer.entries[meaning.entry].kind != "place" for meaning in mention.meanings)

    def _surname(self, part: _Part, one: PatternMatch, mention: Mention) -> None:
        name = self.full.get(one.name.lower())
        if name:
            evidence = self.result.people.get(name)
            known = self.gazetteer.known("person", name) is not None if evidence is None else evidence.known
            self._count_name(
                self.result.people, name, part, mention, full=False, known=known, titled=one.titled
            )

    def _capital_headline(self) -> None:
        """In a headline in capitals, the names are those that the body has."""
        headline = self.parts[0].text
        if not in_capitals(headline):
            return
        taken = {mention.begin for mention in self.parts[0].mentions if self._is_name(mention)}
        for match in re.finditer(r"[^\W\d_][\w'-]+", headline):
            name = self.full.get(match.group().lower())
            if name and match.start() not in taken and name in self.result.people:
                self.result.people[name].headline += 1
        upper = f" {headline.upper()} "
        for name, evidence in self.result.organisations.items():
            if not evidence.known and f" {name.upper()} " in upper:
                evidence.headline += 1

    def _count_name(
        self,
        found: dict[str, TopicEvidence],
        name: str,
        part: _Part,
        mention: Mention,
        *,
        full: bool,
        known: bool = True,
        titled: bool = False,
    ) -> None:
        evidence = found.setdefault(name, TopicEvidence(known=known))
        _count(evidence, part, mention, FormKind.NAME, within_name=False)
        evidence.full += full
        evidence.titled += titled or _titled(part.text, mention)
        evidence.offices += _OFFICE.match(part.text, mention.end) is not None
        evidence.said += _said(part.text, mention)

    # States that are no more

    def succession(self) -> None:
        """Give an old state what is said of its successors' cities, where the text speaks more of the old one."""
        states = self.result.states
        for old, heirs in self.gazetteer.successors.items():
            if old not in states or not states[old].names + states[old].adjectives + states[old].headline:
                continue
            for heir in heirs:
                if heir in states and _named(states[heir]) <= _named(states[old]):
                    _add(states[old], states.pop(heir))
                    for (name, state), evidence in list(self.result.places.items()):
                        if state == heir:
                            self.result.places[name, old] = evidence
                            del self.result.places[name, state]


def _state(entry: GazetteerEntry) -> str:
    return entry.states[0] if entry.states else entry.name


def _named(evidence: TopicEvidence) -> int:
    return evidence.headline + evidence.names + evidence.adjectives


def _add(to: TopicEvidence, other: TopicEvidence) -> None:
    for name in TopicEvidence.__dataclass_fields__:
        if name == "first":
            to.first = min(to.first, other.first)
        elif name != "known":
            setattr(to, name, getattr(to, name) + getattr(other, name))


def _covered(mention: Mention, spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin <= mention.begin and mention.end <= end for begin, end in spans)


def _within(one: PatternMatch, spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin <= one.begin and one.end <= end for begin, end in spans)


def _titled(text: str, mention: Mention) -> bool:
    """Whether a title stands before a name: "President Doe", "Secretary of State Jane Doe"."""
    match = _BEFORE.search(text, max(0, mention.begin - 40), mention.begin)
    if match is None:
        return False
    titles = words().titles
    return match.group("last") in titles or (match.group("first") or "") in titles


def _said(text: str, mention: Mention) -> bool:
    after = text[mention.end : mention.end + 14].split()
    if after and after[0].strip(",.") in words().said:
        return True
    before = text[max(0, mention.begin - 10) : mention.begin].split()
    return bool(before) and before[-1] in words().said


def _count(
    evidence: TopicEvidence, part: _Part, mention: Mention, manner: FormKind, within_name: bool
) -> None:
    weak = within_name or manner not in NAMED
    if part.is_headline:
        if weak:
            evidence.headline_weak += 1
        else:
            evidence.headline += 1
        return
    if mention.end <= part.dateline:
        evidence.dateline += 1
        return
    if within_name:
        evidence.in_names += 1
    elif manner == FormKind.NAME:
        evidence.names += 1
    elif manner == FormKind.ADJECTIVE:
        evidence.adjectives += 1
    elif manner == FormKind.HINT:
        evidence.hints += 1
    else:
        evidence.cities += 1
    if mention.begin < part.dateline + LEAD:
        if weak:
            evidence.lead_weak += 1
        else:
            evidence.lead += 1
    evidence.first = min(evidence.first, mention.begin - part.dateline)
