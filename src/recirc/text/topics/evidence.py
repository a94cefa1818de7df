"""Counts of the evidence for each topic in one text."""

import re
from dataclasses import dataclass, field
from typing import Final

NOT_IN_BODY: Final = 1_000_000

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
    """Number and positions of the mentions of one topic.

    Attributes:
        headline: mentions in the headline by name or adjective; of a person or organisation, all mentions there.
        headline_weak: mentions in the headline by a city, a region or a hint.
        lead: mentions in the first sentences.
        first: position of the first mention in the body, in characters; `NOT_IN_BODY` without one.
        in_names: mentions within an organisation's name ("American Express").
        offices: mentions before "administration" and the like.
        quoted: mentions beside a verb such as "said".
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
    first: int = NOT_IN_BODY
    titled: int = 0
    full: int = 0
    offices: int = 0
    quoted: int = 0
    known: bool = True

    @property
    def direct(self) -> int:
        """Number of mentions by name or adjective, outside the dateline."""
        return self.headline + self.names + self.adjectives

    def add(self, other: "TopicEvidence") -> None:
        """Add the mentions of another topic, which are taken for mentions of this one."""
        for name in TopicEvidence.__dataclass_fields__:
            if name == "first":
                self.first = min(self.first, other.first)
            elif name != "known":
                setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def count(self) -> int:
        """Number of mentions, without hints and parts of other names."""
        return self.headline + self.headline_weak + self.dateline + self.names + self.adjectives + self.cities


def dateline_end(text: str) -> int:
    """Position after the dateline; 0 without a dateline."""
    match = _DATELINE.match(text[:160])
    return match.end() if match else 0


@dataclass(slots=True)
class LinkedNames:
    """The topics named in a text. A place within a state counts for the state and also has evidence of its own."""

    states: dict[str, TopicEvidence] = field(default_factory=dict)
    places: dict[tuple[str, str], TopicEvidence] = field(default_factory=dict)  # by name and state
    people: dict[str, TopicEvidence] = field(default_factory=dict)
    organisations: dict[str, TopicEvidence] = field(default_factory=dict)
    length: int = 0
    has_dateline: bool = False
