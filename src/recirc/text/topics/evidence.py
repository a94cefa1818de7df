"""What speaks for a topic in one text, counted."""

import re
from dataclasses import dataclass, field
from typing import Final

FAR: Final = 1_000_000

# "LONDON, March 2 -", "KYIV, Ukraine (AP) —", "WASHINGTON —", "Detroit, March 26 -"
_CITY: Final = r"[A-Z][A-Za-z.'’/ -]{2,40}?"
_STATE: Final = r"(?:, ?[A-Z][A-Za-z. ]{1,25}?)?"
_DAY: Final = r",? ?(?:[A-Z][A-Za-z]{2,8})\.? \d{1,2}(?:, \d{4})?"
_AGENCY: Final = r" ?\([A-Z][A-Za-z. /]{1,24}\)"
_DASH: Final = r"\s*(?:-{1,2}|–|—)\s"
_DATELINE: Final = re.compile(
    rf"\s*(?:{_CITY}{_STATE}(?:{_DAY}|{_AGENCY}|{_DAY}{_AGENCY}){_DASH}|[A-Z][A-Z.'’/ -]{{2,40}}{_STATE}{_DASH})"
)


@dataclass(slots=True)
class TopicEvidence:
    """Of one topic: how often it is named and where.

    Attributes:
        headline: times in the headline by name or adjective, or for a person or organisation in any way.
        headline_weak: times in the headline by a city, a region or what hints at it.
        lead: times in the first sentences.
        first: place of its first mention in the body, in characters; `FAR` without one.
        in_names: times within an organisation's name ("American Express").
        offices: times before "administration" and the like.
    """

    headline: int = 0
    headline_weak: int = 0
    dateline: int = 0
    lead: int = 0
    lead_weak: int = 0
    names: int = 0
    adjectives: int = 0
    cities: int = 0
    hints: int = 0
    in_names: int = 0
    first: int = FAR
    titled: int = 0
    full: int = 0
    offices: int = 0
    said: int = 0
    known: bool = True

    @property
    def count(self) -> int:
        """How often the text speaks of it."""
        return self.headline + self.headline_weak + self.dateline + self.names + self.adjectives + self.cities


def dateline_end(text: str) -> int:
    """Where the words after the dateline begin; 0 where there is none."""
    match = _DATELINE.match(text[:160])
    return match.end() if match else 0


@dataclass(slots=True)
class LinkedNames:
    """What a text names. A place that is no state counts for its state and has evidence of its own as well."""

    states: dict[str, TopicEvidence] = field(default_factory=dict)
    places: dict[tuple[str, str], TopicEvidence] = field(default_factory=dict)  # of name and state
    people: dict[str, TopicEvidence] = field(default_factory=dict)
    organisations: dict[str, TopicEvidence] = field(default_factory=dict)
    length: int = 0
    has_dateline: bool = False
