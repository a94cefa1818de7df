"""Links the names in a text to topics, one topic for all of its names, and counts the evidence for each."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias

from recirc.text.topics.evidence import LinkedNames, TopicEvidence, dateline_end
from recirc.text.topics.gazetteer import FormKind, FormMeaning, Gazetteer, GazetteerEntry, words
from recirc.text.topics.mentions import Mention, in_capitals, mentions
from recirc.text.topics.patterns import PatternMatch, find_names, surname

LEAD: Final = 300  # characters after the dateline
MIN_SHORT_NAME: Final = 4  # letters of an unknown company's name that is also counted without its legal form
DIRECT: Final = frozenset((FormKind.NAME, FormKind.ADJECTIVE))

_OFFICE: Final = re.compile(
    r"(?:'s|’s)? (?:administration|government|cabinet|White House|presidency|era|aides?|camp)\b", re.I
)
_SURNAME_AFTER: Final = re.compile(r" [A-Z][a-z]")
_FIRST_NAME_BEFORE: Final = re.compile(r"([A-Z][\w-]+) (?:[A-Z]\. )?$")
_BEFORE: Final = re.compile(r"(?:(?P<first>[A-Z][\w.-]+) (?:of|for) )?(?P<last>[A-Za-z][\w.-]*) $")
_TICKER: Final = re.compile(r"[<(\[][A-Z0-9]{1,6}\.([A-Z]{1,3})[>)\]]")

_Meanings: TypeAlias = list[tuple[FormMeaning, GazetteerEntry]]


class _Part(NamedTuple):
    """Headline or body of an article, with the names found in it."""

    text: str
    is_headline: bool
    dateline: int
    mentions: list[Mention]
    matches: list[PatternMatch]


def link(gazetteer: Gazetteer, headline: str, body: str) -> LinkedNames:
    """The topics named in headline and body, with their evidence."""
    parts = [_part(gazetteer, headline, is_headline=True), _part(gazetteer, body, is_headline=False)]
    linking = _Linking(gazetteer, parts)
    for part in parts:
        linking.places(part)
        linking.known_names(part)
    linking.unknown_names()
    linking.former_states()
    return linking.result


def _part(gazetteer: Gazetteer, text: str, *, is_headline: bool) -> _Part:
    found = mentions(gazetteer, words(), text)
    by_pattern = [] if in_capitals(text) else find_names(text, words())
    return _Part(text, is_headline, 0 if is_headline else dateline_end(text), found, by_pattern)


class _Linking:
    def __init__(self, gazetteer: Gazetteer, parts: Sequence[_Part]) -> None:
        self.gazetteer = gazetteer
        self.parts = parts
        self.result = LinkedNames(length=len(parts[1].text), has_dateline=parts[1].dateline > 0)
        self.full_names = self._full_names()
        self.unambiguous = self._unambiguous_states()

    # People named in full, who decide the meaning of bare surnames

    def _full_names(self) -> dict[str, str]:
        """Person of this text by surname in lower case; "" if two people share it."""
        people: dict[str, set[str]] = {}
        for part in self.parts:
            for mention in part.mentions:
                for meaning in mention.meanings:
                    entry = self.gazetteer.entries[meaning.entry]
                    is_name = meaning.form_kind == FormKind.NAME
                    if entry.kind == "person" and " " in meaning.written and is_name:
                        people.setdefault(surname(meaning.written).lower(), set()).add(entry.name)
            for match in part.matches:
                if match.kind == "person":
                    people.setdefault(surname(match.name).lower(), set()).add(self._person(match.name))
        return {last: next(iter(names)) if len(names) == 1 else "" for last, names in people.items()}

    def _person(self, name: str) -> str:
        return self.gazetteer.known("person", name) or name

    # Places

    def _unambiguous_states(self) -> Counter[str]:
        """Number of mentions of each state by unambiguous forms."""
        states: Counter[str] = Counter()
        for part in self.parts:
            for mention in part.mentions:
                found = {_state(entry) for _, entry in self._place_meanings(mention)}
                if len(found) == 1:
                    states[found.pop()] += 1
        return states

    def _place_meanings(self, mention: Mention) -> _Meanings:
        found = [(meaning, self.gazetteer.entries[meaning.entry]) for meaning in mention.meanings]
        return [(meaning, entry) for meaning, entry in found if entry.kind == "place"]

    def places(self, part: _Part) -> None:
        """Count the places named in a part."""
        organisations = [(match.begin, match.end) for match in part.matches if match.kind == "organisation"]
        for number, mention in enumerate(part.mentions):
            pairs = self._place_meanings(mention)
            if not pairs or self._is_person(part, mention, pairs):
                continue
            meaning, entry = self._choose(part, number, pairs)
            state = self.result.states.setdefault(_state(entry), TopicEvidence())
            within_name = _inside(mention, organisations)
            _count(state, part, mention, meaning.form_kind, within_name)
            if meaning.form_kind != FormKind.HINT and entry.states and not within_name:
                place = self.result.places.setdefault((entry.name, _state(entry)), TopicEvidence())
                _count(place, part, mention, FormKind.NAME, within_name=False)
        for ticker in _TICKER.finditer(part.text):
            name = self.gazetteer.exchanges.get(ticker.group(1))
            if name is not None:
                self.result.states.setdefault(name, TopicEvidence()).hints += 1

    def _is_person(self, part: _Part, mention: Mention, pairs: _Meanings) -> bool:
        """Whether "Jordan" is a person's name here, by a first name before it or a surname after it."""
        if part.is_headline and in_capitals(part.text):
            return False
        if all(meaning.form_kind in (FormKind.ADJECTIVE, FormKind.HINT) for meaning, _ in pairs):
            return False
        before = _FIRST_NAME_BEFORE.search(part.text, max(0, mention.begin - 24), mention.begin)
        if before is not None and before.group(1) in words().first_names:
            return True
        form = part.text[mention.begin : mention.end]
        if form.lower() in self.full_names and mention.begin >= part.dateline:
            return True
        return (
            not part.is_headline
            and form in words().also_first_names
            and _SURNAME_AFTER.match(part.text, mention.end) is not None
        )

    def _choose(self, part: _Part, number: int, pairs: _Meanings) -> tuple[FormMeaning, GazetteerEntry]:
        mention = part.mentions[number]
        following = self._states_after(part, number)
        if following and pairs[0][0].form_kind == FormKind.WITHIN:
            same = [pair for pair in pairs if _state(pair[1]) in following]
            return (
                same[0] if same else (pairs[0][0], GazetteerEntry("place", pairs[0][1].name, following[:1]))
            )
        if len(pairs) == 1:
            return pairs[0]
        comma = part.text[max(0, mention.begin - 2) : mention.begin] == ", "
        # Of equals, `max` returns the first: the order of the files decides.
        return max(
            pairs,
            key=lambda pair: (
                self.unambiguous[_state(pair[1])],
                comma and pair[0].form_kind == FormKind.REGION,
            ),
        )

    def _states_after(self, part: _Part, number: int) -> tuple[str, ...]:
        """The possible states of a region after a comma: "Paris, Texas"."""
        if number + 1 >= len(part.mentions):
            return ()
        after = part.mentions[number + 1]
        between = part.text[part.mentions[number].end : after.begin]
        pairs = self._place_meanings(after)
        is_region = any(meaning.form_kind == FormKind.REGION for meaning, _ in pairs)
        if between.rstrip(" ") != "," or not is_region:
            return ()
        return tuple(_state(entry) for _, entry in pairs)

    # Known people and organisations

    def known_names(self, part: _Part) -> None:
        """Count the known people and organisations named in a part."""
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

    def _count_person(self, part: _Part, mention: Mention, pairs: _Meanings) -> None:
        form = part.text[mention.begin : mention.end]
        full = " " in form
        names = {entry.name for _, entry in pairs}
        name = pairs[0][1].name if len(names) == 1 else ""
        if not full:
            if self._is_surname_of_another(part, mention):
                return
            other = self.full_names.get(form.lower())
            if other and other not in names:
                name = other
            elif len(names) > 1:
                name = other or ""
        if name:
            known = name in names or self.gazetteer.known("person", name) is not None
            self._count_name(self.result.people, name, part, mention, full=full, known=known)

    def _is_surname_of_another(self, part: _Part, mention: Mention) -> bool:
        """Whether the bare surname has another person's first name before it: "Doe Biden"."""
        for match in part.matches:
            if match.kind == "person" and match.begin < mention.begin and mention.end <= match.end:
                return not match.titled or " " in match.name
        return False

    # Unknown people and organisations

    def unknown_names(self) -> None:
        """Count the names found by patterns, under the canonical name if there is one."""
        for part in self.parts:
            names = [(mention.begin, mention.end) for mention in part.mentions if self._is_name(mention)]
            places = {(mention.begin, mention.end) for mention in part.mentions}
            for match in part.matches:
                if _inside(match, names):
                    continue
                if (match.begin, match.end) in places and match.name.lower() not in self.full_names:
                    continue
                mention = Mention(match.begin, match.end, ())
                if match.kind == "person":
                    name = self._person(match.name)
                    self._count_name(
                        self.result.people,
                        name,
                        part,
                        mention,
                        full=True,
                        known=name != match.name,
                        titled=match.titled,
                    )
                elif match.kind == "organisation":
                    known = self.gazetteer.known("organisation", match.name)
                    self._count_name(
                        self.result.organisations,
                        known or match.name,
                        part,
                        mention,
                        full=True,
                        known=known is not None,
                    )
                else:
                    self._count_surname(part, match, mention)
        self._count_short_names()
        self._count_headline_in_capitals()

    def _count_short_names(self) -> None:
        """Count mentions without the legal form of companies that were found with it."""
        for part in self.parts:
            taken = {match.begin for match in part.matches if match.kind == "organisation"}
            for name, evidence in self.result.organisations.items():
                if evidence.known or len(name) < MIN_SHORT_NAME or name not in part.text:
                    continue
                for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", part.text):
                    if match.start() not in taken:
                        mention = Mention(match.start(), match.end(), ())
                        self._count_name(
                            self.result.organisations, name, part, mention, full=False, known=False
                        )

    def _is_name(self, mention: Mention) -> bool:
        return any(self.gazetteer.entries[meaning.entry].kind != "place" for meaning in mention.meanings)

    def _count_surname(self, part: _Part, match: PatternMatch, mention: Mention) -> None:
        name = self.full_names.get(match.name.lower())
        if name:
            evidence = self.result.people.get(name)
            known = self.gazetteer.known("person", name) is not None if evidence is None else evidence.known
            self._count_name(
                self.result.people, name, part, mention, full=False, known=known, titled=match.titled
            )

    def _count_headline_in_capitals(self) -> None:
        """Count names of the body in a headline in capitals, where patterns do not work."""
        headline = self.parts[0].text
        if not in_capitals(headline):
            return
        taken = {mention.begin for mention in self.parts[0].mentions if self._is_name(mention)}
        for match in re.finditer(r"[^\W\d_][\w'-]+", headline):
            name = self.full_names.get(match.group().lower())
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
        evidence.titled += titled or _has_title(part.text, mention)
        evidence.offices += _OFFICE.match(part.text, mention.end) is not None
        evidence.quoted += _is_quoted(part.text, mention)

    # Former states

    def former_states(self) -> None:
        """Move a successor's evidence to the former state if the text names the former state at least as often."""
        states = self.result.states
        for former, successors in self.gazetteer.successors.items():
            if former not in states or not states[former].direct:
                continue
            for successor in successors:
                if successor in states and states[successor].direct <= states[former].direct:
                    states[former].add(states.pop(successor))
                    for (name, state), evidence in list(self.result.places.items()):
                        if state == successor:
                            self.result.places[name, former] = evidence
                            del self.result.places[name, state]


def _state(entry: GazetteerEntry) -> str:
    return entry.states[0] if entry.states else entry.name


def _inside(name: Mention | PatternMatch, spans: Iterable[tuple[int, int]]) -> bool:
    return any(begin <= name.begin and name.end <= end for begin, end in spans)


def _has_title(text: str, mention: Mention) -> bool:
    """Whether a name has a title before it: "President Doe", "Secretary of State Jane Doe"."""
    match = _BEFORE.search(text, max(0, mention.begin - 40), mention.begin)
    if match is None:
        return False
    titles = words().titles
    return match.group("last") in titles or (match.group("first") or "") in titles


def _is_quoted(text: str, mention: Mention) -> bool:
    after = text[mention.end : mention.end + 14].split()
    if after and after[0].strip(",.") in words().speech_verbs:
        return True
    before = text[max(0, mention.begin - 10) : mention.begin].split()
    return bool(before) and before[-1] in words().speech_verbs


def _count(
    evidence: TopicEvidence, part: _Part, mention: Mention, form_kind: FormKind, within_name: bool
) -> None:
    weak = within_name or form_kind not in DIRECT
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
    elif form_kind == FormKind.NAME:
        evidence.names += 1
    elif form_kind == FormKind.ADJECTIVE:
        evidence.adjectives += 1
    elif form_kind == FormKind.HINT:
        evidence.hints += 1
    else:
        evidence.cities += 1
    if mention.begin < part.dateline + LEAD:
        if weak:
            evidence.lead_weak += 1
        else:
            evidence.lead += 1
    evidence.first = min(evidence.first, mention.begin - part.dateline)
