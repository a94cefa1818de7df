"""Reasons of Ranking in words: a rank, the window, and what was counted."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from recirc.messages import MessageText, counted, marked, message
from recirc.shelves.ranking_measures import MINUTE, SPANS, period
from recirc.types import Window

Numbers: TypeAlias = Mapping[str, float]
RankingSentence: TypeAlias = Callable[[Numbers, Window | None, str | None], MessageText]
"""From the numbers of the evidence, the window and the name of the section that it is limited to."""

MOST_READ: Final = {
    Window.HOUR: marked("Most read in the last hour: %(readers)s"),
    Window.DAY: marked("Most read in the last day: %(readers)s"),
    Window.WEEK: marked("Most read in the last week: %(readers)s"),
    Window.EVER: marked("Most read so far: %(readers)s"),
}
MOST_READ_IN: Final = {
    Window.HOUR: marked("Most read in %(section)s in the last hour: %(readers)s"),
    Window.DAY: marked("Most read in %(section)s in the last day: %(readers)s"),
    Window.WEEK: marked("Most read in %(section)s in the last week: %(readers)s"),
    Window.EVER: marked("Most read in %(section)s so far: %(readers)s"),
}


def most_read(
    numbers: Numbers, window: Window | None, section: str | None, *, leads: bool = False
) -> MessageText:
    """By distinct readers. Only the first, and the one that `leads` because the first is not shown, says in which
    window: title and ranks tell it of the others.
    """
    readers = readers_in_words(int(numbers["readers"]))
    if "minutes" in numbers:
        return _ranked(numbers, section, readers)
    window, rank = window or Window.EVER, int(numbers["rank"])
    if rank > 1 and leads:
        return _ranked({**numbers, "minutes": SPANS[window] // MINUTE}, section, readers)
    if rank > 1:
        return readers
    if section is None:
        return MessageText(MOST_READ[window], {"readers": readers})
    return MessageText(MOST_READ_IN[window], {"section": section, "readers": readers})


def rising(numbers: Numbers, _: Window | None, section: str | None) -> MessageText:
    """By readers beside what is usual."""
    readers = readers_in_words(int(numbers["readers"]))
    usual = message("%(readers)s; usual are %(usual)s", readers=readers, usual=float(numbers["usual"]))
    return _ranked(numbers, section, usual)


def most_shared(numbers: Numbers, _: Window | None, section: str | None) -> MessageText:
    """By shares."""
    return _ranked(numbers, section, counted("1 share", "%(n)s shares", int(numbers["shares"])))


def most_reacted(numbers: Numbers, _: Window | None, section: str | None) -> MessageText:
    """By reactions."""
    given = counted("1 reaction", "%(n)s reactions", int(numbers["reactions"]))
    return _ranked(numbers, section, given)


def longest_read(numbers: Numbers, _: Window | None, section: str | None) -> MessageText:
    """By engaged time."""
    seconds = counted("1 second a reader", "%(n)s seconds a reader", int(numbers["seconds"]))
    return _ranked(numbers, section, seconds)


def read_there(numbers: Numbers, _window: Window | None, _section: str | None) -> MessageText:
    """By views from a region, or that came in one way."""
    return counted(
        "Number %(rank)s there: %(some)s of its last 1 visit",
        "Number %(rank)s there: %(some)s of its last %(n)s visits",
        int(numbers["of"]),
        rank=int(numbers["rank"]),
        some=int(numbers["views"]),
    )


def _ranked(numbers: Numbers, section: str | None, amount: MessageText) -> MessageText:
    rank, when = int(numbers["rank"]), period(int(numbers["minutes"]))
    if section is None:
        return message("Number %(rank)s, %(period)s: %(amount)s", rank=rank, period=when, amount=amount)
    return message(
        "Number %(rank)s in %(section)s, %(period)s: %(amount)s",
        rank=rank,
        section=section,
        period=when,
        amount=amount,
    )


def readers_in_words(n: int) -> MessageText:
    """A number of readers."""
    return counted("1 reader", "%(n)s readers", n)
