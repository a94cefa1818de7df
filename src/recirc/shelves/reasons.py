"""Evidence in words: one sentence for each kind, with the numbers that it is based on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from recirc.types import Reason, Window

MOST_TOPICS = 2

EDITORS_CHOICE: Final = "editors' choice"
"""The kind of reason of what stands where it does because editors put it there."""

COUNTED: Final = ("readers", "visits", "times")
"""Names of the numbers that reasons of reading rest on."""


class Evidence(NamedTuple):
    """Why an article is proposed, in numbers.

    Attributes:
        kind: a key of the shelf's `reasons`.
        numbers: the numbers in the sentence, and others behind it.
        about: index of the article that the evidence refers to, -1: none.
        topics: hashes of topics in common.
        section, window: of a ranking; 0 and None: none.
        fallback: there was no evidence of the kind that the shelf is for; this is the next best.
        terms: hashes of terms in common of the texts of `about` and of `of`, the rarest first.
        of: index of the article that the evidence is for, -1: not needed.
    """

    kind: str
    numbers: dict[str, float]
    about: int = -1
    topics: tuple[int, ...] = ()
    section: int = 0
    window: Window | None = None
    fallback: bool = False
    terms: tuple[int, ...] = ()
    of: int = -1


class ReasonNames(NamedTuple):
    """The names of what the evidence refers to.

    Attributes:
        topics, sections: names by the hash of their slug.
        headline: of the article with an index; None: not published here.
        current: index of the article beside which the shelf is shown.
        phrases: what the texts of two articles (indices) have in common of these terms, as it is written.
        least: readers, visits or clicks on which a reason rests at least; fewer are not stated.
    """

    topics: Mapping[int, str]
    sections: Mapping[int, str]
    headline: Callable[[int], str | None]
    current: int
    phrases: Callable[[int, int, Sequence[int]], Sequence[str]] = lambda _about, _of, _terms: ()
    least: int = 1


class ReasonKind(NamedTuple):
    """One kind of reason.

    Attributes:
        sentence: for an item.
        meaning: what such a reason means, as half a sentence.
        few: the sentence where it rests on too few readers to state them; empty: it does not rest on readers.
    """

    sentence: Callable[[Evidence, ReasonNames], str]
    meaning: str
    few: str = ""


def reason(evidence: Evidence, kinds: Mapping[str, ReasonKind], names: ReasonNames) -> Reason:
    """The reason of an item; what rests on fewer readers than are stated is a fallback, and says so.

    Raises:
        KeyError: the evidence is not of these kinds.
    """
    kind = kinds[evidence.kind]
    on = next((evidence.numbers[name] for name in COUNTED if name in evidence.numbers), names.least)
    few = bool(kind.few) and 0 < on < names.least
    text = kind.few if few else kind.sentence(evidence, names)
    return Reason(kind=evidence.kind, text=text, numbers=evidence.numbers, fallback=evidence.fallback or few)


def _read_together(evidence: Evidence, names: ReasonNames) -> str:
    return f"{_of_readers(evidence)}{_whose(evidence, names)} went on to this"


def _read_before(evidence: Evidence, names: ReasonNames) -> str:
    return (
        f"{_of_readers(evidence)} of {_named(evidence.about, names)}, which you read earlier, went on to this"
    )


def _same_topics(evidence: Evidence, names: ReasonNames) -> str:
    known = [names.topics[topic] for topic in evidence.topics if topic in names.topics]
    if not known:
        return _similar_text(evidence, names)
    more = f" and {len(known) - MOST_TOPICS} more" if len(known) > MOST_TOPICS else ""
    return f"Also about {' and '.join(known) if not more else ', '.join(known[:MOST_TOPICS])}{more}"


def _similar_text(evidence: Evidence, names: ReasonNames) -> str:
    phrases = [_quoted(phrase) for phrase in names.phrases(evidence.about, evidence.of, evidence.terms)]
    if not phrases:
        what = "a subject" if evidence.topics else "words"
        return f"Has {what} in common with {_named(evidence.about, names)}"
    mentioned = " and ".join(phrases[:MOST_TOPICS])
    if evidence.about == names.current:
        return f"Both mention {mentioned}"
    return f"Like {_named(evidence.about, names)}, it mentions {mentioned}"


def _quoted(phrase: str) -> str:
    """A name as it is, any other word between quotation marks."""
    return f"“{phrase}”" if phrase[:1].islower() and "“" not in phrase else phrase


def _most_read(evidence: Evidence, names: ReasonNames) -> str:
    section = names.sections.get(evidence.section)
    within = f" in {section}" if section else ""
    rank, readers = int(evidence.numbers["rank"]), _readers(int(evidence.numbers["readers"]))
    first = "Most read" if rank == 1 else f"{ordinal(rank)} most read"
    return f"{first}{within} {_span(evidence.window)}: {readers}"


def _similar_visits(evidence: Evidence, _: ReasonNames) -> str:
    return f"Read in {int(evidence.numbers['visits']):,} visits like this one"


def _read_now(evidence: Evidence, _: ReasonNames) -> str:
    readers = _readers(int(evidence.numbers["readers"]))
    if evidence.window in (None, Window.EVER):
        return f"Read by {readers} so far"
    return f"Popular now: {readers} {_span(evidence.window)}"


def _new_here(evidence: Evidence, _: ReasonNames) -> str:
    seen = int(evidence.numbers["seen"])
    shown = (
        f"shown {seen:,} times so far" if seen > 1 else "shown once so far" if seen else "not shown before"
    )
    return f"New, on trial: published {_ago(int(evidence.numbers['minutes']))}, {shown}"


def _went_on(evidence: Evidence, names: ReasonNames) -> str:
    visits, of = int(evidence.numbers["visits"]), int(evidence.numbers["of"])
    return f"Opened next in {visits:,} of the last {of:,} visits that went on from {_named(evidence.about, names)}"


def _come_to(evidence: Evidence, _: ReasonNames) -> str:
    return f"{_of_last(evidence)} came from another article"


def _same_way(evidence: Evidence, _: ReasonNames) -> str:
    return f"Popular with readers who come the same way: {_of_last(evidence)}"


def _same_device(evidence: Evidence, _: ReasonNames) -> str:
    return f"Popular on the same kind of device: {_of_last(evidence)}"


def _same_region(evidence: Evidence, _: ReasonNames) -> str:
    return f"Popular in the same region: {_of_last(evidence)}"


def _opened_when_shown(evidence: Evidence, _: ReasonNames) -> str:
    times, of = int(evidence.numbers["times"]), int(evidence.numbers["of"])
    return f"Opened {times:,} of the {of:,} times that it was shown"


def _young(evidence: Evidence, _: ReasonNames) -> str:
    known = "published" if evidence.numbers["published"] else "first opened"
    return f"New: {known} {_ago(int(evidence.numbers['minutes']))}"


def _editors_choice(_: Evidence, __: ReasonNames) -> str:
    return "Chosen by the editors"


_SO_FAR: Final = "Popular so far"
_SOME: Final = "Some readers went on to this"

REASONS: Final[Mapping[str, ReasonKind]] = {
    "read together": ReasonKind(_read_together, "readers of one article went on to the other", _SOME),
    "same topics": ReasonKind(_same_topics, "they are about the same people, places or things"),
    "similar text": ReasonKind(
        _similar_text, "their texts have names or rare words in common, more than others do"
    ),
    "most read": ReasonKind(_most_read, "it has the most distinct readers in the time given", _SO_FAR),
    "similar visits": ReasonKind(
        _similar_visits, "visits that opened the same articles opened it too", _SOME
    ),
    "read now": ReasonKind(_read_now, "many people read it", _SO_FAR),
    "went on": ReasonKind(_went_on, "visits to this article opened it next", _SOME),
    "come to": ReasonKind(_come_to, "readers come to it from other articles more often than usual", _SOME),
    "same way": ReasonKind(_same_way, "readers who come the same way read it", _SO_FAR),
    "same device": ReasonKind(_same_device, "readers on the same kind of device read it", _SO_FAR),
    "same region": ReasonKind(_same_region, "readers in the same region read it", _SO_FAR),
    "read before": ReasonKind(
        _read_before, "readers of an article that you read earlier went on to it", _SOME
    ),
    "opened when shown": ReasonKind(_opened_when_shown, "readers opened it when a shelf showed it", _SO_FAR),
    "new here": ReasonKind(_new_here, "it is new, and gets a slot to find out whether readers want it"),
    "young": ReasonKind(_young, "it is new"),
    EDITORS_CHOICE: ReasonKind(_editors_choice, "editors put it there"),
}
"""Every kind of reason of the shelves in this package; each shelf says which of them are its own."""


def reasons_of(*kinds: str) -> dict[str, ReasonKind]:
    """Some of REASONS.

    Raises:
        ValueError: there is no such kind; the text names those that there are.
    """
    if unknown := [kind for kind in kinds if kind not in REASONS]:
        raise ValueError(
            f"there is no kind of reason {unknown[0]!r}; there are {', '.join(map(repr, REASONS))}; a shelf adds its "
            "own with a ReasonKind"
        )
    return {kind: REASONS[kind] for kind in kinds}


def _of_readers(evidence: Evidence) -> str:
    readers, of = int(evidence.numbers["readers"]), int(evidence.numbers["of"])
    # Readers who came back to the first on another day than they read the second can outnumber it.
    return f"{readers:,} of {_readers(of)}" if readers <= of else _readers(readers)


def _of_last(evidence: Evidence) -> str:
    visits, of = int(evidence.numbers["visits"]), int(evidence.numbers["of"])
    return f"{visits:,} of its last {of:,} visits"


def _whose(evidence: Evidence, names: ReasonNames) -> str:
    """Beside the article that the evidence refers to, a reader knows whose readers are meant."""
    return "" if evidence.about == names.current else f" of {_named(evidence.about, names)}"


def _named(article: int, names: ReasonNames) -> str:
    if article == names.current:
        return "this article"
    headline = names.headline(article)
    return f"“{headline}”" if headline else "an article that you read"


def _readers(n: int) -> str:
    return "1 reader" if n == 1 else f"{n:,} readers"


def _ago(minutes: int) -> str:
    """
    >>> [_ago(minutes) for minutes in (0, 1, 40, 60, 150, 2880)]
    ['just now', '1 minute ago', '40 minutes ago', '1 hour ago', '2 hours ago', '2 days ago']
    """
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size * (2 if unit == "day" else 1):
            n = minutes // size
            return f"{n} {unit}{'s' if n > 1 else ''} ago"
    return "just now"


def _span(window: Window | None) -> str:
    return "so far" if window in (None, Window.EVER) else f"in the last {window.value}"


def ordinal(n: int) -> str:
    """
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '112th']
    """
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
