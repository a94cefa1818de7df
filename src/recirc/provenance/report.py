"""An inspection as people read it, and as programs do."""

from collections.abc import Iterator
from typing import Any

from recirc.provenance.inspect import Inspection
from recirc.text.word_count import word_count

SHOWN = 300  # characters of a part


def as_json(inspection: Inspection) -> dict[str, Any]:
    """The object that `recirc inspect --json` prints: the true parts where they can be known, else None.

    `body` is plain text, one line a paragraph; `published` is RFC 3339.
    """
    published = inspection.published
    return {
        "headline": inspection.headline,
        "outlet": inspection.outlet,
        "byline": inspection.byline,
        "published": published.isoformat().replace("+00:00", "Z") if published else None,
        "section": inspection.section,
        "topics": list(inspection.topics),
        "body": inspection.text or None,
        "biography": inspection.biography,
        "findings": [
            {
                "kind": finding.kind,
                "evidence": finding.evidence,
                "confidence": finding.confidence,
                "why": finding.why,
            }
            for finding in inspection.findings
        ],
    }


def as_text(inspection: Inspection) -> str:
    """The parts of the page, the findings with their evidence, and the parts without what is wrong."""
    return "\n".join(_lines(inspection))


def _lines(inspection: Inspection) -> Iterator[str]:
    page = inspection.page
    parts = {
        "brand": page.brand,
        "breadcrumb": " > ".join(page.breadcrumb),
        "headline": page.headline,
        "byline": page.byline,
        "date": page.date_text or (page.published.isoformat() if page.published else None),
        "section": page.section,
        "body": f"{word_count(page.text):,} words" if page.text else None,
        "topics": ", ".join(page.topics),
        "biography": page.biography,
        "reactions": ", ".join(f"{count.of} ({count.number:,})" for count in page.counts),
        "lists": ", ".join(f"{links.title or 'untitled'} ({len(links.items)})" for links in page.links),
    }
    yield "On the page"
    for name, value in parts.items():
        yield f"  {name:<11}{_cut(value) if value else '–'}"
    yield ""
    if not inspection.findings:
        yield "Nothing found"
    else:
        yield f"Findings ({len(inspection.findings)})"
    for finding in inspection.findings:
        yield f"  {finding.kind:<11}{finding.confidence:.0%}  {finding.why}"
        yield f"             {_cut(finding.evidence, 2 * SHOWN)}"
    yield ""
    yield "As far as can be known"
    published = inspection.published
    true = {
        "headline": inspection.headline,
        "outlet": inspection.outlet,
        "byline": inspection.byline,
        "published": published.isoformat() if published else None,
        "section": inspection.section,
    }
    for name, known in true.items():
        yield f"  {name:<11}{_cut(known) if known else 'not known'}"


def _cut(text: str, most: int = SHOWN) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
