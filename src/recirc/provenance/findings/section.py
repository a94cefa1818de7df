"""A section in which the text does not belong."""

from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.provenance.sections import leaning
from recirc.types import Finding


class SectionCheck(FindingCheck):
    """The claimed section's words are all but absent, those of another are frequent and many."""

    kind = "section"
    order = 50

    def look(self, reading: InspectionContext) -> Finding | None:
        """Each step of the breadcrumb may be the section; one that fits is enough."""
        page = reading.page
        claimed = dict.fromkeys([*([page.section] if page.section else []), *page.breadcrumb])
        found = [(name, leaning(reading.headline or "", reading.text, name)) for name in claimed]
        if not found or any(lean is None for _, lean in found):
            return None
        name, lean = found[0]
        assert lean is not None
        return Finding(
            kind=self.kind,
            evidence=f"{quoted(name)} over a text with {quoted(*lean.words)}",
            confidence=round(min(0.95, 0.6 + 4 * (lean.rate - lean.claimed_rate)), 2),
            why=f"{lean.rate:.1%} of its words are of the kind of {lean.section}, {lean.claimed_rate:.1%} of {name}",
        )
