"""A page inspected: its parts, what is wrong with them, and what is left as true."""

import re
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from recirc.extraction.page import Page
from recirc.provenance.calibration import calibrated
from recirc.provenance.check import checks
from recirc.provenance.origin import Origin, origin_of
from recirc.provenance.reading import Copies, InspectionContext, reading_of
from recirc.text.near_duplicates import shingles
from recirc.types import Finding

_BY: Final = re.compile(r"^by:?\s+", re.IGNORECASE)


class Inspection(Struct, frozen=True, kw_only=True):
    """What a page says, what was found, and the true parts where they can be known; None where not.

    Attributes:
        page: as it came, word for word.
        outlet: whose article it is: of a copy, the original's; None where nobody says.
        byline: None where it is contradicted and nothing names the author.
        body: safe HTML without what was injected; `text` is its words, one line a paragraph.
        origin: where a copy comes from.
        credit: the outlet that the page itself, honestly, names as the origin.
    """

    page: Page
    headline: str | None
    outlet: str | None
    byline: str | None
    published: datetime | None
    section: str | None
    topics: tuple[str, ...]
    body: str
    text: str
    biography: str | None
    findings: tuple[Finding, ...]
    glued: tuple[tuple[str, str], ...] = ()  # the injected words, and the text without them
    origin: Origin | None = None
    credit: str | None = None

    def has(self, kind: str) -> bool:
        """Whether there is a finding of a kind."""
        return any(finding.kind == kind for finding in self.findings)


def inspect(page: Page, *, copies: Copies | None = None, seen: datetime | None = None) -> Inspection:
    """The page, inspected: a pure function of it and of the near-copies from `copies`.

    Args:
        page: from `extraction.text.read_text` or `extraction.html.read_html`.
        copies: finds near-copies in an archive; None: there is no archive, and only the page's own words are evidence.
        seen: when a source first listed it; None: not known. This and the dates distinguish the original from the
            copy.

    >>> from recirc.extraction.text import read_text
    >>> found = inspect(read_text("A whale swims on\\nAnn Roe\\nThe whale swam on past the old pier at noon."))
    >>> found.headline, found.byline, found.findings
    ('A whale swims on', 'Ann Roe', ())
    """
    return _true_parts(examined(page, copies=copies, seen=seen))


def examined(page: Page, *, copies: Copies | None = None, seen: datetime | None = None) -> InspectionContext:
    """A page with what every check found; the confidence of a finding is the strength of its signs, as its check adds
    them up."""
    known = tuple(copies(shingles(page.text))) if copies is not None and page.text else ()
    reading = reading_of(page, known, seen)
    for check in checks():
        found = check.look(reading)
        if found is not None:
            reading = replace(reading, found=(*reading.found, found))
    return reading


def _true_parts(reading: InspectionContext) -> Inspection:
    page = reading.page
    findings = tuple(
        replace(found, confidence=calibrated(found.kind, found.confidence)) for found in reading.found
    )
    wrong = {finding.kind for finding in findings}
    origin = origin_of(reading, injected="injected" in wrong) if "copied" in wrong else None
    credit = next((outlet for outlet in reading.credits if not reading.is_own(outlet)), None)
    byline = _BY.sub("", page.byline) if page.byline else None
    if origin is not None or "byline" in wrong:
        byline = origin.author if origin is not None else None
    return Inspection(
        page=page,
        headline=reading.headline,
        outlet=origin.outlet if origin is not None else credit or page.outlet or page.brand,
        byline=byline,
        published=None if "date" in wrong else page.published,
        section=None if "section" in wrong else page.section,
        topics=page.topics,
        body=reading.body,
        text=reading.text,
        biography=page.biography,
        findings=tuple(sorted(findings, key=lambda finding: -finding.confidence)),
        glued=reading.glued,
        origin=origin,
        credit=credit,
    )
