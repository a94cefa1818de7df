"""How much of the article, and how little else: `python benchmarks/extraction.py --data PATH [--json]`.

PATH is a folder with `ground-truth.json`, which gives each page's id its `articleBody` and `url`, and with the pages
as `html/ID.html.gz`. The measure is that of Zyte's article-extraction-benchmark (its `evaluate.py`): words are runs
of `\\w`, as they are written; a text is the bag of its 4-grams of words (of all its words where it has fewer than
four). Of a page, tp is the size of the bags' intersection, fp what only the prediction has and fn what only the
truth has; precision tp / (tp + fp) and recall tp / (tp + fn) are averaged over the pages with equal weight, each
over the pages where it is defined, and F1 is the harmonic mean of the two averages.

The rule of Recirc was developed on one half of the pages (an even CRC-32 of the id); the other half is held out.
Dates and authors have no truth here. `found` is on how many pages there is one; `told`, on how many JSON-LD or meta
tags name it; `seen`, on how many it is found with all that taken away; `both` and `same`, how often there are two to
compare and how often these are the same day or first author.
"""

import argparse
import gzip
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

from lxml.html import HtmlElement
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from recirc.extraction.body import READINGS, articles_body
from recirc.extraction.elements import line
from recirc.extraction.html import read_html, read_tree
from recirc.extraction.metadata import told_dates
from recirc.extraction.naming import shown_titles
from recirc.extraction.page import Page
from recirc.extraction.structured import structured
from recirc.extraction.tree import tree_of
from recirc.extraction.writers import told_authors
from recirc.text.charset import decoded
from recirc.text.dates import moment_of
from recirc.text.slugs import slug

GRAM: Final = 4
WORD: Final = re.compile(r"\w+")
COLUMNS: Final = ("f1", "precision", "recall", "f1 developed", "f1 held out", "ms/page", "ms/page most")
FOUND: Final = ("published", "authors", "headline", "brand", "section", "topics", "canonical_url", "language")
WHAT: Final = ("told", "seen", "both", "same")


class Counts(NamedTuple):
    """4-grams of a page: in both texts, only in the prediction, only in the truth."""

    both: int
    extra: int
    missed: int


class Case(NamedTuple):
    """A page with the truth about it."""

    id: str
    url: str | None
    html: bytes
    truth: str

    @property
    def held_out(self) -> bool:
        """Whether the rule was developed without this page."""
        return crc32(self.id.encode()) % 2 == 1


def read_cases(folder: Path) -> list[Case]:
    """Read the pages and what is true of them."""
    truth = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    pages = folder / "html"
    return [
        Case(
            name,
            said.get("url"),
            gzip.decompress((pages / f"{name}.html.gz").read_bytes()),
            said["articleBody"],
        )
        for name, said in truth.items()
    ]


def grams(text: str) -> Counter[tuple[str, ...]]:
    """The bag of 4-grams of a text.

    >>> sorted(grams("one two three four five").values()), list(grams("one two"))
    ([1, 1], [('one', 'two')])
    """
    words = WORD.findall(text)
    places = range(max(1, len(words) - GRAM + 1)) if words else ()
    return Counter(tuple(words[place : place + GRAM]) for place in places)


def compare(truth: str, found: str) -> Counts:
    """Count the 4-grams that two texts have in common."""
    wanted, got = grams(truth), grams(found)
    both = (wanted & got).total()
    return Counts(both, got.total() - both, wanted.total() - both)


def scores(counts: Sequence[Counts]) -> tuple[float, float, float]:
    """F1, precision and recall over pages.

    >>> scores([Counts(9, 1, 0), Counts(5, 0, 5)])
    (0.8382..., 0.95, 0.75)
    """
    precision = statistics.fmean([c.both / (c.both + c.extra) for c in counts if c.both + c.extra] or [0.0])
    recall = statistics.fmean([c.both / (c.both + c.missed) for c in counts if c.both + c.missed] or [0.0])
    return 2 * precision * recall / ((precision + recall) or 1.0), precision, recall


def policies() -> dict[str, Callable[[Case], str]]:
    """What is compared: from a page to the text of its body."""

    def reading(name: str) -> Callable[[Case], str]:
        def text(case: Case) -> str:
            tree = tree_of(decoded(case.html))
            return "" if tree is None else "\n".join(block.text for block in READINGS[name](tree))

        return text

    def told(case: Case) -> str:
        tree = tree_of(decoded(case.html))
        return "" if tree is None else "\n".join(block.text for block in articles_body(structured(tree)))

    return {
        **{name: reading(name) for name in READINGS},
        "JSON-LD": told,
        "recirc": lambda case: read_html(case.html, url=case.url).text,
    }


def measure(cases: Sequence[Case], advance: Callable[[], None]) -> dict[str, dict[str, float]]:
    """For each policy F1, precision and recall, F1 of both halves, and milliseconds a page."""
    results = {}
    for name, policy in policies().items():
        counts, seconds = [], []
        for case in cases:
            started = time.perf_counter()
            text = policy(case)
            seconds.append(time.perf_counter() - started)
            counts.append(compare(case.truth, text))
            advance()
        halves = {
            half: [c for c, case in zip(counts, cases, strict=True) if case.held_out is out]
            for half, out in (("developed", False), ("held out", True))
        }
        f1, precision, recall = scores(counts)
        results[name] = {
            "f1": round(f1, 4),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            **{f"f1 {half}": round(scores(part)[0], 4) for half, part in halves.items()},
            "ms/page": round(statistics.fmean(seconds) * 1000, 1),
            "ms/page most": round(max(seconds) * 1000, 1),
        }
    return results


def measure_metadata(cases: Sequence[Case], advance: Callable[[], None]) -> dict[str, float]:
    """How many pages give what, and how often the visible page agrees with what machines are told."""
    tally: Counter[str] = Counter()
    for case in cases:
        whole = read_html(case.html, url=case.url)
        tally.update(f"{name} found" for name in FOUND if getattr(whole, name))
        tree = tree_of(decoded(case.html))
        if tree is not None:
            tally.update(_agreement(tree, whole))
        advance()
    names = [f"{name} found" for name in FOUND] + [
        f"{name} {what}" for name in ("day", "author") for what in WHAT
    ]
    return {name: float(tally[name]) for name in names}


def _agreement(tree: HtmlElement, whole: Page) -> Iterator[str]:
    """What of day and first author machines are told, what readers see of it, and whether it is the same.

    For what readers see, JSON-LD, meta tags and the address are taken away.
    """
    titles, title = shown_titles(tree)
    said = structured(tree, [title or "", *(line(h1, 1_000) for h1 in titles)])
    moments = (moment_of(text) for text in told_dates(said) if text)
    day = next((moment.date() for moment in moments if moment), None)
    writers = told_authors(said, (whole.brand, whole.outlet), whole.url)
    for element in [*tree.iter("meta"), *tree.iter("script"), *tree.iter("link")]:
        element.drop_tree()
    seen = read_tree(tree, None)
    pairs = (
        ("day", day, seen.published and seen.published.date()),
        ("author", writers and slug(writers[0].name), seen.authors and slug(seen.authors[0].name)),
    )
    for name, told, visible in pairs:
        if told:
            yield f"{name} told"
        if visible:
            yield f"{name} seen"
        if told and visible:
            yield f"{name} both"
            if told == visible:
                yield f"{name} same"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how well the article is found on real pages.")
    parser.add_argument(
        "--data", type=Path, required=True, help="for instance ../shared/data/pages/extraction"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    cases = read_cases(options.data)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("pages", total=len(cases) * (len(policies()) + 1))
        results = measure(cases, lambda: progress.advance(task))
        results["recirc"] |= measure_metadata(cases, lambda: progress.advance(task))
    if options.json:
        head = {"benchmark": "extraction", "protocol": None, "data": {"rows": len(cases), "windows": None}}
        seconds = round(time.perf_counter() - started, 1)
        print(json.dumps({**head, "policies": results, "seconds": seconds}))
        return
    show(results, cases)


def show(results: Mapping[str, Mapping[str, float]], cases: Sequence[Case]) -> None:
    """Print the tables for people."""
    held_out = sum(case.held_out for case in cases)
    table = Table("policy", title=f"Body, {len(cases)} pages ({held_out} held out)")
    for column in COLUMNS:
        table.add_column(column, justify="right")
    for name, result in results.items():
        table.add_row(
            name, *(f"{result[c]:.1f}" if c.startswith("ms") else f"{result[c]:.4f}" for c in COLUMNS)
        )
    parts = Table("of recirc", title="What else is found")
    parts.add_column("pages", justify="right")
    for name, value in results["recirc"].items():
        if name not in COLUMNS:
            parts.add_row(name, f"{value:.0f}")
    console = Console(width=120)
    console.print(table)
    console.print(parts)


if __name__ == "__main__":
    main()
