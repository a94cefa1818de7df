"""A number beside a reaction that nothing on the page supports."""

import re
from typing import Final

from recirc.extraction.labels import is_of_reading
from recirc.extraction.page import PageCount
from recirc.provenance.check import FindingCheck, quoted
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding

LEAST: Final = 100  # below that a number may well be of this page's own readers
_PERIOD: Final = re.compile(r"\b(?:today|so far|since|this (?:hour|day|week)|in \w+|of \d)", re.IGNORECASE)
LEAST_PRAISE: Final = 1_000
LEAST_BESIDE: Final = 10_000  # where nothing but section, day or lists is doubted
_PRAISE: Final = re.compile(
    r"happy|useful|lov(?:e|ed|ing)|great|good|amaz|awesome|helpful|inspir|enjoy|delight|satisf|"
    r"wonderful|prima|super|toll|gut\b|klasse|begeister|"
    r"gefällt|conquis|ador|génial|ravis|encantad|buen|genial|ótim|amaram|amei|bravo|bell|entusias|"
    r"mooi|leuk|geweldig|świetn|poleca|"
    r"восторг|отлично|круто|нрав|رائع|أحب|أعجب|棒|赞|喜欢|感動|最高|素晴|いいね",
    re.IGNORECASE,
)
_PEOPLE: Final = re.compile(
    r"readers?|people|persons?|users?|visitors?|lesern?|lecteurs?|lectores|personas|leitores|pessoas|"
    r"lettori|persone|lezers|mensen|"
    r"czytelników|osób|читател|человек|قارئ|شخص|读者|人|!|！",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(
    r"comments?|repl(?:y|ies)|shares?|retweets?|facebook|twitter|views?|reads?", re.IGNORECASE
)


class CountCheck(FindingCheck):
    """Honest pages show big numbers too, and none can be checked from outside. Three cases speak for themselves.

    1. More readers reacted than read, by the page's own numbers.
    2. A round praise in place of a button's name, "84,211 happy readers", in thousands.
    3. The text is not the page's own (copied, injected or under an invented byline), so whoever read it elsewhere did
       not react here; and the number names neither readers nor a time. Where other faults of the page were found, only
       for tens of thousands.
    """

    kind = "count"
    order = 70

    def look(self, reading: InspectionContext) -> Finding | None:
        """The third needs an earlier finding, and is no surer than it."""
        counts = reading.page.counts
        readers = [count for count in counts if is_of_reading(count.of) and not _PRAISE.search(count.of)]
        reacted = [
            count
            for count in counts
            if count not in readers and (_PRAISE.search(count.of) or not _OTHERS.search(count.of))
        ]
        more = self._more_than_readers(reacted, readers)
        if more is not None:
            return more
        doubts = [finding for finding in reading.found if finding.kind in ("copied", "injected", "byline")]
        bare = [count for count in reacted if count.number >= LEAST and not _PERIOD.search(count.of)]
        praise = [
            count
            for count in reacted
            if count.number >= LEAST_PRAISE
            and _PRAISE.search(count.of)
            and _PEOPLE.search(count.of)
            and not _PERIOD.search(count.of)
        ]
        if praise and not readers and not doubts:
            return Finding(
                kind=self.kind,
                evidence=quoted(*(f"{count.of} ({count.number})" for count in praise[:3])),
                confidence=0.65,
                why=(
                    "a number of pleased readers that no button of the page can have counted, without a "
                    "time or readers in all"
                ),
            )
        if not doubts and not readers:
            return self._beside_other_faults(reading, bare)
        if not doubts or readers or not bare:
            return None
        surest = max(finding.confidence for finding in doubts)
        return Finding(
            kind=self.kind,
            evidence=quoted(*(f"{count.of} ({count.number})" for count in bare[:3])),
            confidence=round(0.75 * surest, 2),
            why=(
                "the text is not this page's own, and the number names no readers and no time in which "
                "they reacted"
            ),
        )

    def _beside_other_faults(self, reading: InspectionContext, bare: list[PageCount]) -> Finding | None:
        """Tens of thousands of reactions on a page whose section, day or lists are not those of its text."""
        large = [count for count in bare if count.number >= LEAST_BESIDE]
        faults = [finding for finding in reading.found if finding.kind in ("date", "section", "links")]
        if not large or not faults:
            return None
        return Finding(
            kind=self.kind,
            evidence=quoted(*(f"{count.of} ({count.number})" for count in large[:3])),
            confidence=0.55,
            why="the page is wrong in other things, and the number names no readers and no time in which they reacted",
        )

    def _more_than_readers(self, reacted: list[PageCount], readers: list[PageCount]) -> Finding | None:
        for count in reacted:
            read = next((each for each in readers if count.number > each.number), None)
            if read is not None:
                return Finding(
                    kind=self.kind,
                    evidence=quoted(f"{count.of} ({count.number})", f"{read.of} ({read.number})"),
                    confidence=0.9,
                    why="more readers reacted than opened the page, by its own numbers",
                )
        return None
