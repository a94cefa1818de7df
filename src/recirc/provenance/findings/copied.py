"""An article that is somebody else's: a near-copy of one in the archive, or by its own words another outlet's."""

from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.origin import origin_of
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding


class CopyCheck(FindingCheck):
    """Four kinds of evidence, most reliable first; none where the page names or links its origin.

    1. A near-copy in the archive, of another outlet and published earlier.
    2. A biography of another outlet's journalist who is not in the byline; surer where people in the text speak to
       that outlet. Speaking to it alone is no evidence: honest papers quote what somebody told another.
    3. The text's own voice, and a sign-off under it: "our reporter", "obtained by The Tide", "(Tarn Wire)". Weak signs
       add up as independent doubts.
    4. On a page into whose text a machine put its name: a text in which people speak to another outlet, or whose
       dateline is another's.
    """

    kind = "copied"
    order = 30

    def look(self, reading: InspectionContext) -> Finding | None:
        """The most reliable of the four."""
        origin = origin_of(reading, injected=any(finding.kind == "injected" for finding in reading.found))
        if origin is None:
            return None
        return Finding(
            kind=self.kind,
            evidence=quoted(*origin.quotes),
            confidence=round(origin.confidence, 2),
            why=origin.why,
        )
