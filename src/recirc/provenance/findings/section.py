"""A section in which the text does not belong."""

from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.provenance.sections import mismatch
from recirc.types import Finding


class SectionCheck(FindingCheck):
    """The claimed section's topic is all but absent from the text, and another one is strong in it, by its words and
    by their sense."""

    kind = "section"
    order = 50

    def look(self, reading: InspectionContext) -> Finding | None:
        """Each step of the breadcrumb may be the section; one that fits is enough."""
        page = reading.page
        claimed = dict.fromkeys([*([page.section] if page.section else []), *page.breadcrumb])
        found = [(name, mismatch(reading.headline or "", reading.text, name)) for name in claimed]
        if not found or any(wrong is None for _, wrong in found):
            return None
        name, wrong = found[0]
        assert wrong is not None
        return Finding(
            kind=self.kind,
            evidence=f"{quoted(name)} over a text with {quoted(*wrong.words)}",
            confidence=round(min(0.95, 0.6 + 0.5 * wrong.nearer), 2),
            why=f"the text is about {wrong.topic}, and hardly a word of it is of the kind of {name}",
        )
