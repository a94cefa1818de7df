"""A publication date on which the text cannot have been written."""

from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.days import coming, contradictions
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding


class DateCheck(FindingCheck):
    """Words that only fit another day: "earlier this month, on May 13" under a date in April.

    A text that has been brought up to date may fit the later of its two dates.
    """

    kind = "date"
    order = 40

    def look(self, reading: InspectionContext) -> Finding | None:
        """Every contradiction makes it surer."""
        page = reading.page
        if page.published is None:
            return None
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
