"""A byline that the page contradicts: by a biography, a sign-off, a dateline, or what it tells machines."""

import re

from recirc.extraction.biographies import is_role
from recirc.extraction.bylines import is_desk, is_person
from recirc.extraction.outlets import has_news_word, same
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.origin import foreign_biography
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding


class BylineCheck(FindingCheck):
    """A biography of somebody else below the article; a reporter's sign-off under another name; an agency's dateline
    under the site's own name; another person for machines than for readers.

    Guests and syndicated authors have a byline and a biography that agree; so have staff.
    """

    kind = "byline"
    order = 20

    def look(self, reading: InspectionContext) -> Finding | None:
        """Needs a byline. A foreign biography is the most reliable sign, the metadata the least."""
        byline = reading.page.byline
        if not byline:
            return None
        for sign in (self._foreign, self._dateline, self._biography, self._sign_off, self._machines):
            found = sign(reading, byline)
            if found is not None:
                evidence, confidence, why = found
                return Finding(kind=self.kind, evidence=evidence, confidence=confidence, why=why)
        return None

    def _foreign(self, reading: InspectionContext, byline: str) -> tuple[str, float, str] | None:
        strange = foreign_biography(reading) if reading.own else None
        if strange is None:
            return None
        name, outlet, line = strange
        return (
            quoted(byline, line),
            0.9,
            f"the byline is {byline}, the biography is that of {name} of {outlet}",
        )

    def _dateline(self, reading: InspectionContext, byline: str) -> tuple[str, float, str] | None:
        agency = reading.dateline
        if agency is None or not any(same(byline, name) for name in reading.own):
            return None
        if reading.is_own(agency.outlet) or reading.is_credited(agency.outlet):
            return None
        why = f"the byline claims the article for {byline}, its dateline is that of {agency.outlet}"
        return quoted(byline, agency.quote), 0.75, why

    def _biography(self, reading: InspectionContext, byline: str) -> tuple[str, float, str] | None:
        """All biographies are of journalists whom the byline does not name, and who work here."""
        shown = [
            (biography, line)
            for biography, line in reading.biographies
            if line in (reading.page.biography or "")
        ]
        if not shown or any(reading.by(biography.name) for biography, _ in shown):
            return None
        biography, line = shown[0]
        if any(word in line for part in re.split(r",|;| and ", byline) for word in part.split()[-1:]):
            return None
        if biography.outlet and not reading.is_own(biography.outlet):
            return None
        if biography.name.split()[-1] in reading.text or not (_names_person(byline) or is_desk(byline)):
            return None
        confidence = 0.75 if _names_person(byline) else 0.65
        return (
            quoted(byline, line),
            confidence,
            f"the byline is {byline}, the biography is that of {biography.name}",
        )

    def _sign_off(self, reading: InspectionContext, byline: str) -> tuple[str, float, str] | None:
        signed = reading.sign_off
        if (
            signed is None
            or signed.name is None
            or reading.by(signed.name)
            or not (_names_person(byline) or is_desk(byline))
        ):
            return None
        line = reading.page.sign_off or signed.name
        # "Reporting by A; writing by B" under B's byline is as it should be; so is a helper's credit.
        if any(
            part.split()[-1] in line for part in re.split(r",|;| and ", byline) if part.strip()
        ) or re.match(
            r"\W*(?:additional|mitarbeit|colabor|con informaci|ha collaborato|met medewerking|"
            r"współpraca|avec|при участии)",
            line,
            re.IGNORECASE,
        ):
            return None
        return quoted(byline, line), 0.65, f"the byline is {byline}, the text is signed by {signed.name}"

    def _machines(self, reading: InspectionContext, byline: str) -> tuple[str, float, str] | None:
        told = [name for name in reading.page.told_authors if is_person(name)]
        shown = reading.page.byline_text or ""
        if not told or len(told) != len(reading.page.told_authors) or not _names_person(byline):
            return None
        words = set(re.findall(r"[^\W\d_]+", shown.casefold()))
        if any(set(re.findall(r"[^\W\d_]{2,}", name.casefold())) & words for name in told):
            return None
        why = f"readers are shown {byline}, machines are told {', '.join(told)}"
        return quoted(byline, *told), 0.65, why


def _names_person(byline: str) -> bool:
    return (
        not has_news_word(byline)
        and not is_role(byline)
        and any(is_person(part) for part in re.split(r"\s*[,;]\s*|\s(?:and|und|et|y|e|en|i|и)\s", byline))
    )
