"""Whose an article is, where that is somebody else than the page that has it."""

from typing import Final, NamedTuple

from recirc.provenance.reading import Known, Reading

LEAST_CONTAINMENT: Final = 0.5  # of a near-copy; an article that quotes a paragraph of another has less


class Origin(NamedTuple):
    """Where an article comes from.

    Attributes:
        author: None where nothing says who wrote it.
        known: the original in the archive.
        quotes: the page's own words that say so, or the original's headline.
    """

    outlet: str | None
    author: str | None
    known: Known | None
    quotes: tuple[str, ...]
    confidence: float
    why: str


def origin_of(reading: Reading, *, injected: bool) -> Origin | None:
    """Who an article was copied from, by the surest evidence; None where nothing or the page itself says so.

    Args:
        reading: the page.
        injected: whether a machine put the site's name into its text; then what the text says of whom people spoke
            to is evidence as well.
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


def foreign_biography(reading: Reading) -> tuple[str, str, str] | None:
    """Name, outlet and words of a biography that is of nobody in the byline, and of no outlet of the page."""
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


def original_of(reading: Reading) -> Known | None:
    """The article of the archive that the page is a copy of; None where there is none, or the page says so itself."""
    page = reading.page
    for known in reading.copies:
        if known.containment < LEAST_CONTAINMENT or known.outlet is None or reading.is_own(known.outlet):
            continue
        if reading.is_credited(known.outlet) or (known.url and known.url in (page.canonical_url, page.url)):
            continue
        if known.url and known.url in reading.links:
            continue
        if page.published and known.published and page.published <= known.published:
            continue
        if not reading.own:
            continue
        return known
    return None
