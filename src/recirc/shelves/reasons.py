"""Evidence in words: one sentence for each kind, with the numbers that it rests on."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from recirc.shelves.shelf import Evidence
from recirc.types import Reason, Window

MOST_TOPICS = 2


class ReasonNames(NamedTuple):
    """What the numbers in the evidence are called.

    Attributes:
        topics, sections: names by the hash of their slug.
        headline: of the article with an index; None: not published here.
        current: index of the article beside which the shelf stands.
    """

    topics: Mapping[int, str]
    sections: Mapping[int, str]
    headline: Callable[[int], str | None]
    current: int


def reason(evidence: Evidence, names: ReasonNames) -> Reason:
    """The sentence for a slot.

    Raises:
        KeyError: no sentence is known for this kind of evidence.
    """
    text = SENTENCES[evidence.kind](evidence, names)
    return Reason(kind=evidence.kind, text=text, numbers=evidence.numbers, fallback=evidence.fallback)


def _read_together(evidence: Evidence, names: ReasonNames) -> str:
    readers, of = int(evidence.numbers["readers"]), int(evidence.numbers["of"])
    # Readers who came back to the first on another day than they read the second can outnumber it.
    counted = f"{readers:,} of {of:,} readers" if readers <= of else f"{readers:,} readers"
    return f"{counted} of {_named(evidence.about, names)} went on to it"


def _same_topics(evidence: Evidence, names: ReasonNames) -> str:
    known = [names.topics[topic] for topic in evidence.topics if topic in names.topics]
    if not known:
        return _similar_text(evidence, names)
    more = f" and {len(known) - MOST_TOPICS} more" if len(known) > MOST_TOPICS else ""
    return f"Also about {' and '.join(known) if not more else ', '.join(known[:MOST_TOPICS])}{more}"


def _similar_text(evidence: Evidence, names: ReasonNames) -> str:
    return f"Similar in text to {_named(evidence.about, names)} ({evidence.numbers['similarity']:.2f} of 1)"


def _most_read(evidence: Evidence, names: ReasonNames) -> str:
    section = names.sections.get(evidence.section)
    within = f" in {section}" if section else ""
    readers = _readers(int(evidence.numbers["readers"]))
    return f"{ordinal(int(evidence.numbers['rank']))} most read{within} {_span(evidence.window)}: {readers}"


def _similar_visits(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"Read in {int(evidence.numbers['visits'])} visits like this one"


def _read_now(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    text = f"{_readers(int(evidence.numbers['readers']))} {_span(evidence.window)}"
    return f"For want of closer evidence: {text}" if evidence.fallback else f"Much read: {text}"


def _new_here(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    minutes, seen = int(evidence.numbers["minutes"]), int(evidence.numbers["seen"])
    shown = f"seen {seen:,} times" if seen > 1 else "seen once" if seen else "not seen"
    return f"New here, being tried: published {_ago(minutes)}, {shown} beside other articles so far"


def _went_on(evidence: Evidence, names: ReasonNames) -> str:
    last = _named(evidence.about, names)
    return f"{_of_last(evidence)} that went on from {last} went there"


def _come_to(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"{_of_last(evidence)} that opened it came from another article"


def _same_way(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"Much read by readers who come the same way: {_of_last(evidence)}"


def _same_device(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"Much read on the same kind of device: {_of_last(evidence)}"


def _same_region(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"Much read in the same region: {_of_last(evidence)}"


def _read_before(evidence: Evidence, names: ReasonNames) -> str:
    readers, of = int(evidence.numbers["readers"]), int(evidence.numbers["of"])
    counted = f"{readers:,} of {of:,} readers" if readers <= of else f"{readers:,} readers"
    return (
        f"{counted} of {_named(evidence.about, names)}, which you opened on an earlier visit, went on to it"
    )


def _opened_when_shown(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    times, of = int(evidence.numbers["times"]), int(evidence.numbers["of"])
    return f"Opened {times:,} of the {of:,} times that it was seen beside another article"


def _young(evidence: Evidence, names: ReasonNames) -> str:  # noqa: ARG001  # one signature for all sentences
    known = "published" if evidence.numbers["published"] else "first opened"
    return f"New: {known} {_ago(int(evidence.numbers['minutes']))}"


def _of_last(evidence: Evidence) -> str:
    visits, of = int(evidence.numbers["visits"]), int(evidence.numbers["of"])
    return f"{visits:,} of the last {of:,} visits"


SENTENCES: dict[str, Callable[[Evidence, ReasonNames], str]] = {
    "read together": _read_together,
    "same topics": _same_topics,
    "similar text": _similar_text,
    "most read": _most_read,
    "similar visits": _similar_visits,
    "read now": _read_now,
    "went on": _went_on,
    "come to": _come_to,
    "same way": _same_way,
    "same device": _same_device,
    "same region": _same_region,
    "read before": _read_before,
    "opened when shown": _opened_when_shown,
    "new here": _new_here,
    "young": _young,
}


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
