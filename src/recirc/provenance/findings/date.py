"""A publication date on which the text cannot have been written."""

from datetime import timedelta
from typing import Final

from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.days import coming, contradictions
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding

LEAST_APART: Final = timedelta(days=60)  # of the two dates; less may be a change that nobody told machines of


class DateCheck(FindingCheck):
    """Words that only fit another day: "earlier this month, on May 13" under a date in April.

    A text that was updated may fit the later of its two dates.
    """

    kind = "date"
    order = 40

    def look(self, reading: InspectionContext) -> Finding | None:
        """Every contradiction makes it surer."""
        page = reading.page
        if page.published is None:
            return None
        apart = self._apart(reading)
        if apart is not None:
            return apart
        found = list(contradictions(reading.text, page.published.date()))
        if found and page.updated is not None:
            later = {each.quote for each in contradictions(reading.text, page.updated.date())}
            found = [each for each in found if each.quote in later]
        if not found:
            return None
        unsure = 1.0
        for each in found:
            unsure *= 1 - each.confidence
        quotes = list(dict.fromkeys(each.quote for each in found))[:3]
        ahead = coming(reading.text)
        given = page.date_text or page.published.isoformat()
        return Finding(
            kind=self.kind,
            evidence=f"{quoted(*quotes, *([ahead] if ahead else []))}; dated {quoted(given)}",
            confidence=round(min(0.98, 1 - unsure), 2),
            why=f"the page says {page.published:%B} {page.published.day}, {page.published.year}, but {found[0].why}",
        )

    def _apart(self, reading: InspectionContext) -> Finding | None:
        """The visible day of publication differs from that in the metadata, and is not that of a change."""
        page = reading.page
        told, shown = page.told_published, page.shown_published
        if told is None or shown is None or shown.date() - told.date() < LEAST_APART:
            return None
        if page.updated is not None and abs(page.updated.date() - shown.date()) <= timedelta(days=2):
            return None
        return Finding(
            kind=self.kind,
            evidence=quoted(f"{shown:%Y-%m-%d}", f"{told:%Y-%m-%d}"),
            confidence=0.8,
            why=f"readers are shown {shown:%Y-%m-%d}, machines are told {told:%Y-%m-%d}",
        )
