"""The origin of an article, where it is not the outlet of the page."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from recirc.extraction.outlets import is_agency, is_known, names_agency, same
from recirc.provenance.reading import ArchiveCopy, InspectionContext

MOST_DOUBT_BESIDE_OURS: Final = 0.81  # of the other outlet, where the text says "our reporter"
LEAST_VOICE: Final = 0.6  # least combined probability of the signs of an own voice
_INITIALS: Final = re.compile(r"(?<!\w)[^\W\d_]{2,3}/[^\W\d_]{2,3}(?!\w)")
LEAST_CONTAINMENT: Final = 0.5  # of a near-copy; an article that quotes a paragraph of another has less


class Origin(NamedTuple):
    """Where an article comes from.

    Attributes:
        author: None: not known.
        known: the original in the archive.
        quotes: the page's own words as evidence, or the original's headline.
    """

    outlet: str | None
    author: str | None
    known: ArchiveCopy | None
    quotes: tuple[str, ...]
    confidence: float
    why: str


def origin_of(reading: InspectionContext, *, injected: bool) -> Origin | None:
    """The origin of a copied article, by the most reliable evidence; None: no evidence, or the page credits it.

    Args:
        reading: the page.
        injected: whether a machine put the site's name into its text; then a phrase such as "told the Tide" is
            evidence as well, and so is an agency's line under it.
    """
    known = original_of(reading)
    if known is not None:
        when = f", {known.published:%Y-%m-%d}" if known.published else ""
        return Origin(
            known.outlet,
            None,
            known,
            (f"{known.headline} ({known.outlet}{when})",),
            min(0.99, 0.5 + known.containment / 2),
            f"{known.containment:.0%} of the shorter text stand in the other one, which was there first",
        )
    strange = foreign_biography(reading)
    if strange is not None:
        name, outlet, line = strange
        spoken = [speech.quote for speech in reading.speeches if speech.outlet == outlet]
        return Origin(
            outlet,
            name,
            None,
            (*spoken[:2], line),
            0.95 if spoken else 0.75,
            f"the article is by {name} of {outlet}, by its own words; nothing here names or links the original",
        )
    spoken_for = own_voice(reading, injected=injected)
    if spoken_for is not None:
        return spoken_for
    told = [*([reading.dateline] if reading.dateline else []), *reading.speeches]
    told = [each for each in told if not reading.is_own(each.outlet) and not reading.is_credited(each.outlet)]
    if not injected or not told:
        return None
    return Origin(
        told[0].outlet,
        None,
        None,
        (told[0].quote,),
        0.8,
        f"the text was written for {told[0].outlet}, by its own words, and a machine put another name into it",
    )


def own_voice(reading: InspectionContext, *, injected: bool) -> Origin | None:
    """The outlet that speaks in the first person in a text, or signs it off. The weights of the signs are combined as
    independent probabilities.

    "Our reporter" counts for the other outlet that the text names as acting. A sign-off counts if a byline claims
    the text for somebody else: an agency's line under a text without a byline is its credit. An agency's name alone
    never suffices, for honest papers name agencies so under their own bylines; with its reporter's name it does, be the
    agency in the sign-off or in the dateline, and where a machine put a name into the text.
    """
    if not reading.own:
        return None
    doubts: dict[str, float] = {}
    quotes: dict[str, list[str]] = {}

    def add(outlet: str, quote: str, weight: float) -> None:
        known = next((name for name in doubts if same(name, outlet)), outlet)
        doubts[known] = doubts.get(known, 1.0) * (1 - weight)
        quotes.setdefault(known, []).append(quote)

    for voice in reading.voices:
        if voice.outlet and not reading.is_own(voice.outlet) and not reading.is_credited(voice.outlet):
            add(voice.outlet, voice.quote, voice.weight)
    for speech in reading.speeches:
        if not reading.is_credited(speech.outlet):
            add(speech.outlet, speech.quote, 0.2)
    ours = [voice for voice in reading.voices if voice.outlet is None]
    for outlet, quote, weight in _signed(reading, injected=injected):
        add(outlet, quote, weight)
    if not doubts:
        return None
    outlet = min(doubts, key=lambda name: doubts[name])
    if ours:
        quotes[outlet].append(ours[0].quote)
    # "Our reporter" may be the page's own where nothing but a name that may be no outlet's speaks for another.
    doubt = (
        doubts[outlet]
        * (0.35 if ours and doubts[outlet] <= MOST_DOUBT_BESIDE_OURS else 1.0)
        * (0.6 if reading.has_desk else 1.0)
    )
    if 1 - doubt < LEAST_VOICE:
        return None
    return Origin(
        outlet,
        reading.sign_off.name if reading.sign_off and reading.sign_off.outlet == outlet else None,
        None,
        tuple(dict.fromkeys(quotes[outlet]))[:3],
        min(0.92, 1 - doubt),
        f"the text speaks as {outlet}'s own, and nothing here names or links the original",
    )


def _signed(reading: InspectionContext, *, injected: bool) -> Iterator[tuple[str, str, float]]:
    """Outlet, words and weight of the sign-off and of the dateline, where they are another outlet's.

    A sign-off with the initials of an agency's editors was taken along with the text, unless the agency is one that
    papers credit so every day.
    """
    signed = reading.sign_off
    outlet = signed.outlet if signed else None
    if signed and outlet and reading.page.byline and _is_strange(reading, outlet):
        quote = reading.page.sign_off or f"({outlet})"
        weight = 0.6
        if is_agency(outlet) and not injected and not signed.name:
            everyday = not names_agency(outlet) or is_known(outlet)
            weight = 0.4 if _INITIALS.search(quote) and not everyday else 0.3
        yield outlet, quote, weight
    line = reading.dateline
    if line is not None and _is_strange(reading, line.outlet):
        yield line.outlet, line.quote, 0.3
        if signed and signed.name and not reading.by(signed.name):
            yield line.outlet, reading.page.sign_off or signed.name, 0.4


def _is_strange(reading: InspectionContext, outlet: str) -> bool:
    return not reading.is_own(outlet) and not reading.is_credited(outlet)


def foreign_biography(reading: InspectionContext) -> tuple[str, str, str] | None:
    """Name, outlet and words of a biography of somebody who is neither in the byline nor of an outlet of the page."""
    if not reading.own or any(reading.by(biography.name) for biography, _ in reading.biographies):
        return None
    for biography, line in reading.biographies:
        if (
            biography.outlet
            and not reading.is_own(biography.outlet)
            and not reading.is_credited(biography.outlet)
        ):
            return biography.name, biography.outlet, line
    return None


def original_of(reading: InspectionContext) -> ArchiveCopy | None:
    """The article of the archive that the page copies; None: there is none, or the page credits it.

    Of several equally similar ones the earliest. If it is unknown which of two was first, neither is a copy.
    """
    page = reading.page
    for known in sorted(reading.copies, key=_likely):
        if known.containment < LEAST_CONTAINMENT or known.outlet is None or reading.is_own(known.outlet):
            continue
        if reading.is_credited(known.outlet) or (known.url and known.url in (page.canonical_url, page.url)):
            continue
        if known.url and known.url in reading.links:
            continue
        if not was_first(known.published, known.first_seen, page.published, reading.seen):
            continue
        if not reading.own:
            continue
        return known
    return None


def was_first(
    published: datetime | None,
    first_seen: datetime | None,
    other_published: datetime | None,
    other_first_seen: datetime | None,
) -> bool:
    """Whether an article was published before another one, as far as can be known: by the dates of both, unless the
    times at which they were first seen contradict these; if a date is missing, by those times.

    A date is a claim, and a copier may claim any; an article that was seen first cannot be a copy of a later one.

    >>> from datetime import UTC
    >>> eight, nine = datetime(2026, 5, 31, 8, tzinfo=UTC), datetime(2026, 5, 31, 9, tzinfo=UTC)
    >>> was_first(eight, None, nine, None), was_first(eight, nine, nine, eight), was_first(None, eight, None, nine)
    (True, False, True)
    """
    claimed, observed = _before(published, other_published), _before(first_seen, other_first_seen)
    if published is None or other_published is None:
        return observed
    return claimed and not _before(other_first_seen, first_seen)


def _before(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and _aware(one) < _aware(other)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _likely(known: ArchiveCopy) -> tuple[float, datetime]:
    when = known.published or known.first_seen
    return -round(known.containment, 1), _aware(when) if when else datetime.max.replace(tzinfo=UTC)
