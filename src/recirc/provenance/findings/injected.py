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
    """Four signs, each of which makes the finding surer: the site's name glued to words of the text; two different
    names around the headline; the site's name before the headline that readers are shown; an advertiser's phrase.

    A name after the headline is what honest titles have, and a genre or a section before it too. Two names that are
    neither, one of which is before the headline and nowhere in the article, were put there by a machine.
    """

    kind = "injected"
    order = 10

    def look(self, reading: InspectionContext) -> Finding | None:
        """The signs' doubts multiply."""
        framed = self._framed(reading)
        quotes: list[str] = []
        reasons: list[str] = []
        doubt = 1.0
        if reading.glued:
            quotes += [token for token, _ in reading.glued[:5]]
            reasons.append(
                "the site's name stands in the text, glued to words that the article uses by themselves"
            )
            doubt *= 0.05
        if framed:
            quotes.append(reading.page.title or "")
            reasons.append(
                f"the headline stands between two names of the site that differ, {framed[0]} and {framed[1]}"
            )
            doubt *= 0.2
        if reading.prefix and not framed and key_of(reading.prefix) not in _GENRES:
            quotes.append(reading.page.shown_headline or reading.page.headline or "")
            reasons.append("the site's name stands at the headline that readers are shown")
            doubt *= 0.25
        if reading.advert:
            quotes.append(reading.advert)
            reasons.append("a phrase of advertisers stands in a sentence that has no place for it")
            doubt *= 0.3
        if not quotes:
            return None
        return Finding(
            kind=self.kind,
            evidence=quoted(*quotes),
            confidence=round(min(0.98, 1 - doubt), 2),
            why="; ".join(reasons),
        )

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
