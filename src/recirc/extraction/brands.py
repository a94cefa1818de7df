"""The names that a site puts around its headlines: `Tide | Whale swims on - The Wrenmouth Tide`."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_BAR: Final = re.compile(r"\s*(?:\||¦|::)\s*")
_DASH: Final = re.compile(r"\s+[-–—·•»]\s*|\s*[–—]\s+")
MOST_WORDS: Final = 5  # of a brand


class TitleParts(NamedTuple):
    """A title taken apart; what is not there is empty."""

    before: str
    headline: str
    after: str


def around(title: str, headline: str | None = None) -> TitleParts:
    """What stands before and after the headline in a title.

    Args:
        title: as it stands.
        headline: if it is known from elsewhere on the page; then a dash divides as well, else only a bar does.

    >>> around("Algosensey|Biden allows limited strikes -Capitatum", "Biden allows limited strikes")
    TitleParts(before='Algosensey', headline='Biden allows limited strikes', after='Capitatum')
    >>> around("Biden allows limited strikes | News | The Tide")
    TitleParts(before='', headline='Biden allows limited strikes', after='News | The Tide')
    """
    if headline:
        place = title.casefold().find(headline.casefold())
        if place >= 0 and len(title.casefold()) == len(title):
            before, after = title[:place], title[place + len(headline) :]
            return TitleParts(_bare(before), headline, _bare(after))
    pieces = [piece for piece in _BAR.split(title) if piece.strip()]
    if len(pieces) < 2:
        return TitleParts("", title.strip(), "")
    longest = max(range(len(pieces)), key=lambda place: len(pieces[place].split()))
    if len(pieces[longest].split()) < 4:
        return TitleParts("", title.strip(), "")
    front, back = pieces[:longest], pieces[longest + 1 :]
    if any(len(piece.split()) > MOST_WORDS for piece in (*front, *back)):
        return TitleParts("", title.strip(), "")
    return TitleParts(" | ".join(front), pieces[longest].strip(), " | ".join(back))


def unframed(headline: str, names: Iterable[str]) -> TitleParts:
    """A headline without the site's name that stands at one of its ends with a sign or in brackets.

    >>> unframed("[Vexora] A ferry stays", ["Vexora"])
    TitleParts(before='[Vexora]', headline='A ferry stays', after='')
    >>> unframed("A ferry stays @ Vexora", ["Vexora"])
    TitleParts(before='', headline='A ferry stays', after='@ Vexora')
    >>> unframed("Vexora closes its ferry", ["Vexora"]).headline
    'Vexora closes its ferry'
    """
    for name in sorted(set(names), key=len, reverse=True):
        if len(re.sub(r"\W", "", name)) < 3 or name.casefold() not in headline.casefold():
            continue
        whose = re.escape(name)
        boxed = rf"[\[【(（]\s*{whose}\s*[\]】)）]"
        front = re.match(
            rf"(?:{boxed}|{whose}(?:\s*[|¦_]|\s*::|\s+[-–—·•»:]+(?=\s)|\s*[-–—]{{1,2}}(?=\s)|\s?:(?=\s)))\s*",
            headline,
            re.IGNORECASE,
        )
        if front is not None and len(headline) - front.end() >= 4:
            return TitleParts(front[0].strip(), headline[front.end() :].strip(), "")
        back = re.search(rf"\s*(?:{boxed}|(?:\s@|[|¦_]|::|\s[-–—·•])\s*{whose})$", headline, re.IGNORECASE)
        if back is not None and back.start() >= 4:
            return TitleParts("", headline[: back.start()].strip(), back[0].strip())
    return TitleParts("", headline, "")


def names_in(affix: str) -> list[str]:
    """The names in what stands beside a headline.

    >>> names_in("News | The Tide"), names_in("")
    (['News', 'The Tide'], [])
    """
    parts = [part.strip() for piece in _BAR.split(affix) for part in _DASH.split(f" {piece} ")]
    return [part for part in parts if part and len(part.split()) <= MOST_WORDS]


def _bare(affix: str) -> str:
    return affix.strip().strip("|¦:-–—·•»").strip()
