"""How pages are read and judged: `python benchmarks/inspection.py [--data PATH] [--reuters PATH] [--json]`.

Invented pages in twelve languages (`invented/`) come in two sets that share neither story nor layout: rules were made
on "developing", "held" is only measured. Each set is measured as it is and after changes that must not matter: lines in
front, no classes, other boxes, HTML dumped as text. Of each, the F1 of findings (a finding is right if its page was
given a lie of its kind), honest pages accused, parts right, and how many findings of a confidence are right. A second
pair of sets, `invented/second/`, has other words, makers and scrapers: rules were made on "a", "b" is only measured.
A third set (`invented/third/`) was measured once before its misses were looked at; a fourth is written page by page;
a fifth has other subjects and layouts.
"Findings unchanged" is the share of pages that have the same kinds of finding after a change as before it.

PATH is the folder of the extraction data: `html/ID.html.gz` are real news pages, each of which is what it says it is;
any finding is taken for a false accusation and printed with its evidence, so that it can be judged. `--reuters` is a
file of newswire articles, JSON lines, gzipped or not, with `title`, `body`, `dateline` and `published`: a sample of
them is inspected as plain text pages.
"""

import argparse
import gzip
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from invented.build import pages
from invented.changes import CHANGES
from invented.fifth import pages as fifth
from invented.fourth import pages as fourth
from invented.measure import inspect_page, measure
from invented.reliability import binned, draw, error
from invented.second import pages as second
from invented.story import InventedPage
from invented.third import pages as third
from recirc.extraction.html import read_html
from recirc.extraction.page import Page
from recirc.extraction.text import read_text
from recirc.provenance.inspect import Inspection, inspect

SAMPLE: Final = 2_000
PLOTTED: Final = {
    "developing": ("developing", "second a", "third"),
    "held": ("held", "second b", "fourth", "fifth"),
}
"""Sets whose findings are drawn together: the confidences are fitted to the first only."""
err = Console(stderr=True)


class Outcome(NamedTuple):
    """What came of a set of pages; `accused` are the pages with findings."""

    pages: int
    milliseconds: float  # a page, reading included
    parts: dict[str, int]  # in how many pages each part was found
    accused: list[tuple[str, Inspection]]


def html_pages(folder: Path) -> Iterator[tuple[str, Page]]:
    """The real pages, read."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    for path in sorted((folder / "html").glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        yield name[:8], read_html(gzip.decompress(path.read_bytes()), url=truth.get(name, {}).get("url"))


def wire_pages(path: Path, sample: int, seed: int) -> Iterator[tuple[str, Page]]:
    """Newswire articles as a reader would copy them: headline, agency, date, text."""
    stored = path.read_bytes()
    lines = (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    for line in random.Random(seed).sample(lines, min(sample, len(lines))):
        row = json.loads(line)
        text = f"{row['title']}\nReuters\n{row['published']}\n{row['dateline']} {row['body']}"
        yield row["id"], read_text(text)


def judged(pages: Iterable[tuple[str, Page]]) -> Outcome:
    """Inspect pages."""
    accused: list[tuple[str, Inspection]] = []
    parts: Counter[str] = Counter()
    count = 0
    begin = time.perf_counter()
    for name, page in pages:
        count += 1
        found = inspect(page)
        for part in ("headline", "brand", "outlet", "breadcrumb", "section", "byline", "authors", "published", "text",
                     "topics", "biography", "counts", "links"):  # fmt: skip
            parts[part] += bool(getattr(page, part))
        if found.findings:
            accused.append((name, found))
    return Outcome(count, 1000 * (time.perf_counter() - begin) / max(count, 1), dict(parts), accused)


def summary(outcome: Outcome) -> dict[str, Any]:
    """The figures of a set of pages."""
    kinds = Counter(finding.kind for _, found in outcome.accused for finding in found.findings)
    return {
        "pages": outcome.pages,
        "accused": len(outcome.accused),
        "by_kind": dict(kinds),
        "parts_found": outcome.parts,
        "ms_a_page": round(outcome.milliseconds, 2),
        "findings": [
            {"page": name, "kind": each.kind, "evidence": each.evidence, "confidence": each.confidence}
            for name, found in outcome.accused
            for each in found.findings
        ],
    }


def invented_sets(console: Console) -> dict[str, Any]:
    """The figures of the invented pages: each set as it is, and after each change that must not matter."""
    figures: dict[str, Any] = {}
    table = Table(
        "invented", "pages", "F1", "precision", "recall", "honest accused", "parts right, html", "text",
        "findings unchanged"
    )  # fmt: skip
    every = {split: list(pages(split)) for split in ("developing", "held")}
    every |= {f"second {portion}": list(second.pages(portion)) for portion in ("a", "b")}
    every |= {"third": list(third.pages()), "fourth": list(fourth.pages()), "fifth": list(fifth.pages())}
    for split, plain in every.items():
        sets = {split: plain}
        changed = {
            f"{split}, {change.__name__.replace('_', ' ')}": pairs(plain, change) for change in CHANGES
        }
        sets |= {name: [after for _, after in both] for name, both in changed.items() if both}
        for name, each in sets.items():
            found, _ = measure(track(each, name, console=err))
            figures[name] = found | {"pages": len(each), "unchanged": unchanged(changed.get(name, ()))}
            parts = [parts_right(found["parts"], form) for form in ("html", "text")]
            accused = f"{found['honest_accused']} of {found['honest']}"
            scores = [f"{found['all'][score]:.3f}" for score in ("f1", "precision", "recall")]
            same = figures[name]["unchanged"]
            table.add_row(
                name, str(len(each)), *scores, accused, *parts, "" if same is None else f"{same:.1%}"
            )
    console.print(table)
    for split in every:
        console.print(split, {kind: each["f1"] for kind, each in figures[split]["findings"].items()})
        console.print("  lies found", figures[split]["lies"])
        console.print("  right findings by confidence", figures[split]["reliability"])
    return figures


def pairs(
    pages: Iterable[InventedPage], change: Callable[[InventedPage], InventedPage | None]
) -> list[tuple[InventedPage, InventedPage]]:
    """The pages that a change applies to, before and after it."""
    return [(page, after) for page in pages if (after := change(page)) is not None]


def unchanged(both: Sequence[tuple[InventedPage, InventedPage]]) -> float | None:
    """The share of pages that have the same kinds of finding before and after a change; None without any."""
    same = [kinds_of(before) == kinds_of(after) for before, after in both]
    return sum(same) / len(same) if same else None


def kinds_of(page: InventedPage) -> frozenset[str]:
    """The kinds of finding of a page."""
    return frozenset(finding.kind for finding in inspect_page(page).findings)


def parts_right(parts: dict[str, str], form: str) -> str:
    """How many of the parts asked for are right on pages of one form, as a percentage."""
    counts = [tuple(map(int, value.split("/"))) for name, value in parts.items() if name.endswith(form)]
    return f"{sum(good for good, _ in counts) / sum(of for _, of in counts):.1%}" if counts else "–"


def main() -> None:
    """Inspect the pages and print how many were accused."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--reuters", type=Path)
    parser.add_argument("--sample", type=int, default=SAMPLE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="an SVG file: how many findings of a confidence are right")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    console = Console(width=150, stderr=given.json)
    invented = invented_sets(console)
    for name, splits in PLOTTED.items():
        said = [finding for split in splits for finding in invented[split]["confidences"]]
        console.print(f"{name}: calibration error {error(said):.3f}", binned(said))
    if given.plot:
        given.plot.write_text(
            draw({
                name: [finding for split in splits for finding in invented[split]["confidences"]]
                for name, splits in PLOTTED.items()
            }),
            "utf-8",
        )  # fmt: skip
    sets: dict[str, list[tuple[str, Page]]] = {}
    if given.data:
        sets["real pages"] = list(track(html_pages(given.data), "reading", total=102, console=err))
    if given.reuters:
        sets["newswire"] = list(wire_pages(given.reuters, given.sample, given.seed))
    figures = {name: summary(judged(track(read, name, console=err))) for name, read in sets.items()}
    if given.json:
        print(json.dumps({"invented": invented, **figures}, ensure_ascii=False))
        return
    table = Table("pages", "number", "accused", "by kind", "ms a page")
    for name, each in figures.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in each["by_kind"].items())
        table.add_row(name, str(each["pages"]), str(each["accused"]), kinds or "–", str(each["ms_a_page"]))
    console.print(table)
    for name, each in figures.items():
        console.print(f"{name}: parts found", each["parts_found"])
        for finding in each["findings"]:
            console.print(finding, markup=False)


if __name__ == "__main__":
    main()
