"""How well invented pages are read and judged: parts right, findings right, and how sure the findings are."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from invented.build import KINDS_OF
from invented.fifth.pages import LIES as FIFTH_LIES
from invented.second.pages import LIES as SECOND_LIES
from invented.story import InventedPage
from invented.third.pages import LIES as THIRD_LIES
from recirc.extraction.html import read_html
from recirc.extraction.page import Page
from recirc.extraction.text import read_text
from recirc.provenance.inspect import Inspection, inspect

_WANTED: Final = KINDS_OF | SECOND_LIES | THIRD_LIES | FIFTH_LIES


class JudgedFinding(NamedTuple):
    """The confidence of a finding, whether it is right, and its kind."""

    confidence: float
    right: bool
    kind: str


class Miss(NamedTuple):
    """A part or a finding that came out wrong."""

    page: str
    what: str
    wanted: str
    got: str


@lru_cache(maxsize=1_024)
def inspect_page(page: InventedPage) -> Inspection:
    """The page, read and inspected as `recirc inspect` does it."""
    return inspect(read_page(page))


def read_page(page: InventedPage) -> Page:
    """The page, read."""
    return read_html(page.content) if page.form == "html" else read_text(page.content)


def measure(pages: Iterable[InventedPage]) -> tuple[dict[str, Any], list[Miss]]:
    """The figures of a set of pages, and what came out wrong."""
    right: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    found: dict[str, Counter[str]] = defaultdict(Counter)
    lies: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    bins: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    confidences: list[JudgedFinding] = []
    misses: list[Miss] = []
    honest = accused = 0
    for page in pages:
        seen = inspect_page(page)
        for part, (wanted, got) in _parts(page, seen).items():
            if wanted is not None:
                right[part, page.form][0] += got == wanted
                right[part, page.form][1] += 1
                if got != wanted:
                    misses.append(Miss(page.name, part, wanted, str(got)))
        kinds = {finding.kind for finding in seen.findings}
        honest += not page.kinds
        accused += not page.kinds and bool(kinds)
        kinds -= page.allowed - page.kinds
        for kind in kinds | page.kinds:
            found[kind]["both" if kind in kinds & page.kinds else "said" if kind in kinds else "missed"] += 1
        for finding in seen.findings:
            if finding.kind in page.allowed - page.kinds:
                continue
            confidences.append(JudgedFinding(finding.confidence, finding.kind in page.kinds, finding.kind))
            bins[min(4, int(finding.confidence * 5))][0] += finding.kind in page.kinds
            bins[min(4, int(finding.confidence * 5))][1] += 1
            if finding.kind not in page.kinds:
                misses.append(Miss(page.name, f"+{finding.kind}", "", f"{finding.evidence} ({finding.why})"))
        misses += [Miss(page.name, f"-{kind}", kind, "") for kind in sorted(page.kinds - kinds)]
        for lie in page.lies:
            lies[lie][1] += 1
            lies[lie][0] += _WANTED[lie] & page.kinds <= kinds
    return {
        "parts": {f"{part} {form}": f"{good}/{all_}" for (part, form), (good, all_) in sorted(right.items())},
        "findings": {kind: _scores(counts) for kind, counts in sorted(found.items())},
        "all": _scores(sum(found.values(), Counter())),
        "honest": honest,
        "honest_accused": accused,
        "lies": {lie: f"{good}/{all_}" for lie, (good, all_) in sorted(lies.items())},
        "confidences": confidences,
        "reliability": {f"{place / 5:.1f}": f"{good}/{all_}" for place, (good, all_) in sorted(bins.items())},
    }, misses  # fmt: skip


def _parts(page: InventedPage, seen: Inspection) -> dict[str, tuple[str | None, str | None]]:
    read = seen.page
    body = read.text
    end = "".join(body.split())
    ends = next((each for each in page.ends if end.endswith("".join(each.split()))), None)
    return {
        "headline": (page.headline, seen.headline),
        "byline": (page.byline, read.byline),
        "section": (page.section and page.section.casefold(), read.section and read.section.casefold()),
        "published": (page.published, read.published.date().isoformat() if read.published else None),
        "outlet": (page.outlet, read.outlet),
        "begins": (page.begins, body[: len(page.begins)]),
        "ends": (page.ends[0] if page.ends else None, page.ends[0] if ends and page.ends else body[-40:]),
    }


def _scores(counts: Counter[str]) -> dict[str, float]:
    both, said, missed = counts["both"], counts["said"], counts["missed"]
    precision = both / (both + said) if both + said else 1.0
    recall = both / (both + missed) if both + missed else 1.0
    score = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "f1": round(score, 3),
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "wanted": both + missed,
    }
