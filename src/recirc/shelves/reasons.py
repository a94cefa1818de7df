"""Evidence in words: one sentence for each kind, with the numbers that it rests on."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from recirc.shelves.shelf import Evidence
from recirc.types import Reason, Window

MOST_TOPICS = 2


class Names(NamedTuple):
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


def reason(evidence: Evidence, names: Names) -> Reason:
    """The sentence for a slot.

    Raises:
        KeyError: no sentence is known for this kind of evidence.
    """
    text = SENTENCES[evidence.kind](evidence, names)
    return Reason(kind=evidence.kind, text=text, numbers=evidence.numbers, fallback=evidence.fallback)


def _read_together(evidence: Evidence, names: Names) -> str:
    readers, of = int(evidence.numbers["readers"]), int(evidence.numbers["of"])
    # Readers who came back to the first on another day than they read the second can outnumber it.
    counted = f"{readers:,} of {of:,} readers" if readers <= of else f"{readers:,} readers"
    return f"{counted} of {_named(evidence.about, names)} went on to it"


def _same_topics(evidence: Evidence, names: Names) -> str:
    known = [names.topics[topic] for topic in evidence.topics if topic in names.topics]
    if not known:
        return _similar_text(evidence, names)
    more = f" and {len(known) - MOST_TOPICS} more" if len(known) > MOST_TOPICS else ""
    return f"Also about {' and '.join(known) if not more else ', '.join(known[:MOST_TOPICS])}{more}"


def _similar_text(evidence: Evidence, names: Names) -> str:
    return f"Similar in text to {_named(evidence.about, names)} ({evidence.numbers['similarity']:.2f} of 1)"


def _most_read(evidence: Evidence, names: Names) -> str:
    section = names.sections.get(evidence.section)
    within = f" in {section}" if section else ""
    readers = _readers(int(evidence.numbers["readers"]))
    return f"{ordinal(int(evidence.numbers['rank']))} most read{within} {_span(evidence.window)}: {readers}"


def _similar_visits(evidence: Evidence, names: Names) -> str:  # noqa: ARG001  # one signature for all sentences
    return f"Read in {int(evidence.numbers['visits'])} visits like this one"


def _read_now(evidence: Evidence, names: Names) -> str:  # noqa: ARG001  # one signature for all sentences
    text = f"{_readers(int(evidence.numbers['readers']))} {_span(evidence.window)}"
    return f"For want of closer evidence: {text}" if evidence.fallback else f"Much read: {text}"


SENTENCES: dict[str, Callable[[Evidence, Names], str]] = {
    "read together": _read_together,
    "same topics": _same_topics,
    "similar text": _similar_text,
    "most read": _most_read,
    "similar visits": _similar_visits,
    "read now": _read_now,
}


def _named(article: int, names: Names) -> str:
    if article == names.current:
        return "this article"
    headline = names.headline(article)
    return f"“{headline}”" if headline else "an article that you read"


def _readers(n: int) -> str:
    return "1 reader" if n == 1 else f"{n:,} readers"


def _span(window: Window | None) -> str:
    return "so far" if window in (None, Window.EVER) else f"in the last {window.value}"


def ordinal(n: int) -> str:
    """
    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 21, 112)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '112th']
    """
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
