"""Lighthouse, with its mobile preset: scores, what the article page costs, and what our shelves cost another site."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from tools import BROWSER, Gate, Target, at_least, at_most, chromium, node

LOOKED_AT: Final = ("front", "section", "article")
"""The pages, in each language."""
GUEST: Final = "embed: static"
"""The page of another site: a shelf in its first screen and one below, behind a strict policy."""
PERFORMANCE: Final = 98
TOLERANCE: Final = 2
"""Where machines are shared, the performance score may be so much lower."""

PAGE_KB: Final = 60
"""Of an article's page without its pictures."""
WITH_PICTURES_KB: Final = 350
"""Of a page with the pictures that a phone fetches before it is scrolled."""
SCORES: Final = {
    "performance": "performance", "accessibility": "accessibility", "best-practices": "best practices", "seo": "SEO",
}  # fmt: skip


def with_lighthouse(targets: Sequence[Target], runs: int) -> Iterator[Gate]:
    """The gates of Lighthouse; of `runs` runs the median counts."""
    least = PERFORMANCE - (TOLERANCE if os.environ.get("CI") else 0)
    for target in targets:
        page, url = target.page, target.url
        if page == GUEST and target.without:
            yield from _guest(target, runs)
        kind = page.partition(" in ")[0]
        if kind not in LOOKED_AT:
            continue
        reports = [_report(url) for _ in range(runs)]
        for category, what in SCORES.items():
            # Rounded as Lighthouse shows it.
            score = round(100 * median(_score(report, category) for report in reports))
            wrong = () if score == 100 else tuple(_wrong(reports[0], category))
            yield at_least(page, what, score, least if category == "performance" else 100, wrong)
        shift = max(_figure(report, "cumulative-layout-shift") for report in reports)
        yield at_most(page, "layout shift", round(shift, 4), 0)
        blocking = [_blocking(report) for report in reports]
        yield at_most(
            page, "requests that block rendering", max(map(len, blocking)), 1, max(blocking, key=len)
        )
        if kind == "article":
            words = max(_bytes(report, pictures=False) for report in reports)
            yield at_most(page, "KB over the wire without pictures", round(words / 1000, 1), PAGE_KB)
        whole = max(_bytes(report, pictures=True) for report in reports)
        yield at_most(page, "KB over the wire", round(whole / 1000, 1), WITH_PICTURES_KB)


def _guest(target: Target, runs: int) -> Iterator[Gate]:
    """The page of another site with our shelves, against the same page without them, in turns."""
    pairs = [(_report(target.url), _report(target.without)) for _ in range(runs)]
    for category, what in SCORES.items():
        with_ours, bare = (
            round(100 * median(_score(pair[place], category) for pair in pairs)) for place in (0, 1)
        )
        shared = TOLERANCE if category == "performance" and os.environ.get("CI") else 0
        wrong = tuple(_wrong(pairs[0][0], category))
        yield at_least(target.page, f"{what} ({bare} without shelves)", with_ours, bare - shared, wrong)
    shift = max(_figure(ours, "cumulative-layout-shift") for ours, _ in pairs)
    yield at_most(target.page, "layout shift", round(shift, 4), 0)


def _report(url: str) -> dict[str, Any]:
    flags = " ".join(("--headless=new", *BROWSER))
    told = node(
        "lighthouse/cli/index.js", url, "--quiet", "--output=json", "--no-enable-error-reporting",
        "--only-categories=" + ",".join(SCORES), f"--chrome-flags={flags}",
        environment=os.environ | {"CHROME_PATH": chromium()},
    )  # fmt: skip
    report: dict[str, Any] = json.loads(told)
    return report


def _score(report: Mapping[str, Any], category: str) -> float:
    return float(report["categories"][category]["score"] or 0)


def _figure(report: Mapping[str, Any], audit: str) -> float:
    return float(report["audits"][audit]["numericValue"])


def _wrong(report: Mapping[str, Any], category: str) -> Iterator[str]:
    for part in report["categories"][category]["auditRefs"]:
        audit = report["audits"][part["id"]]
        if part["weight"] and (audit["score"] or 0) < 1:
            yield f"{part['id']}: {audit['title']} {audit.get('displayValue', '')}".rstrip()


def _blocking(report: Mapping[str, Any]) -> list[str]:
    details = report["audits"]["render-blocking-insight"].get("details") or {}
    return [str(item["url"]) for item in details.get("items", ())]


def _bytes(report: Mapping[str, Any], *, pictures: bool) -> int:
    """All that came over the wire, with headers, compressed; with or without pictures."""
    items = report["audits"]["network-requests"]["details"]["items"]
    return sum(int(item["transferSize"]) for item in items if pictures or item.get("resourceType") != "Image")
