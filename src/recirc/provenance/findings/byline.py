"""A byline that the biography below the article, or the agency in its dateline, contradicts."""

from recirc.extraction.outlets import same
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.origin import foreign_biography
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding


class BylineCheck(FindingCheck):
    """A biography of somebody else, who works elsewhere, below an article by somebody who does not.

    Guests and syndicated authors have a byline and a biography that agree; staff have a biography that names the
    site's own outlet. A dateline of an agency contradicts a byline only where that names the site itself.
    """

    kind = "byline"
    order = 20

    def look(self, reading: InspectionContext) -> Finding | None:
        """Needs a byline, and where the page's own outlet is unknown there is nobody to contradict it."""
        byline = reading.page.byline
        if not byline or not reading.own:
            return None
        strange = foreign_biography(reading)
        if strange is not None:
            name, outlet, line = strange
            return Finding(
                kind=self.kind,
                evidence=quoted(byline, line),
                confidence=0.9,
                why=f"the byline is {byline}, the biography is that of {name} of {outlet}",
            )
        agency = reading.dateline
        if (
            agency is not None
            and any(same(byline, name) for name in reading.own)
            and not reading.is_own(agency.outlet)
            and not reading.is_credited(agency.outlet)
        ):
            return Finding(
                kind=self.kind,
                evidence=quoted(byline, agency.quote),
                confidence=0.75,
                why=f"the byline claims the article for {byline}, its dateline is that of {agency.outlet}",
            )
        return None
