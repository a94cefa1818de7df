"""A site's name within headline or body, where an author would not have written it."""

from typing import Final

from recirc.extraction.outlets import key_of, same
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding

_GENRES_WORDS: Final = (
    "opinion analysis exclusive live video watch photos pictures review reviews editorial comment "
    "commentary perspective feature features column columns news sport sports breaking updated update "
    "interview podcast newsletter letters explainer politics business world local culture obituary "
    "factcheck quiz recipe briefing"
)
_GENRES: Final = frozenset(_GENRES_WORDS.split())


class InjectionCheck(FindingCheck):
    """Two signs: the brand glued to a word of the text; two different names before and after the headline.

    A name after the headline is what honest titles have, and a genre or a section before it too. Two names that are
    neither, of which one stands before the headline and nowhere in the article, were put there by a machine.
    """

    kind = "injected"
    order = 10

    def look(self, reading: InspectionContext) -> Finding | None:
        """A brand in the body is certain; two brands around a headline are nearly so."""
        framed = self._framed(reading)
        if reading.glued:
            return Finding(
                kind=self.kind,
                evidence=quoted(
                    *(token for token, _ in reading.glued[:5]),
                    *([reading.page.title or ""] if framed else []),
                ),
                confidence=0.98 if framed else 0.95,
                why="the site's name stands in the text, glued to a word that the article uses by itself"
                + ("; another name of it stands around the headline" if framed else ""),
            )
        if framed:
            return Finding(
                kind=self.kind,
                evidence=quoted(reading.page.title or ""),
                confidence=0.8,
                why=f"the headline stands between two names of the site that differ, {framed[0]} and {framed[1]}",
            )
        return None

    def _framed(self, reading: InspectionContext) -> tuple[str, str] | None:
        before, after = reading.affixes
        words = set(reading.text.casefold().replace("\n", " ").split())
        named = {
            key_of(name)
            for name in (*reading.page.breadcrumb, *reading.page.topics, reading.page.section or "")
        }
        for name in before:
            parts = name.casefold().split()
            if (
                len(parts) > 3
                or any(part in words or part in _GENRES for part in parts)
                or key_of(name) in named
            ):
                continue
            if not name[:1].isupper() or any(sign.isdigit() for sign in name):
                continue
            for other in after:
                if other[:1].isupper() and not same(name, other) and key_of(other) not in named:
                    return name, other
        return None
