"""How fast pages are made: `python benchmarks/pages.py [--data PATH] [--only NAME ...] [--json]`.

PATH is a file of articles, one JSON object a line, gzipped or not; without it, some are made of invented words. Their
readers are invented either way: two days of visits up to now, some articles read much more than others. The
requests are for articles as often as they are read, any article, the front page, and the pages of sections,
compressed as browsers ask.
Measured are

- `compute`: the whole answer to one request in this process, from the request's headers to the last byte of the body:
  routing, shelves, template and compression, but no network;
- `serve`: pages a second as fast as it goes, by `recirc serve` with so many workers on the machine that makes the load,
  first while nothing is read, then while views come in, which change the shelves; beside it the bare route, which is
  what the same server and machine could do at most.

Needs `wrk` (Debian: apt-get install wrk) for `serve`.
"""

import argparse
import asyncio
import gc
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from starlette.applications import Starlette

from recirc.engine import Engine
from recirc.engine.observations import with_ids
from recirc.engine.warm import warm_up
from recirc.importers.article_files import ArticleFile
from recirc.ingest.bulk_import import import_articles
from recirc.reading.rejections import Rejection
from recirc.server.app import create_app
from recirc.settings import Settings
from recirc.types import NO_POSITION, RECORD, Article, Author, EntryKind, Exclusion
from recirc.web.links import article_path, section_path
from recirc.web.reader_hasher import ReaderHasher
from serve_load import LoadError, Posting, saturation
from serve_log import EventLog, keep
from serve_server import HELLO, Server, settings_for
from showing import show

ARTICLES: Final = 14_000
VIEWS: Final = 200_000
DAYS: Final = 2
STEEPNESS: Final = 0.9
"""The article of rank r is read r^-STEEPNESS as often as the first, about as in the Globo click log."""

REQUESTS: Final = 2_000
EVENTS: Final = 100  # a second, while views come in
WARMING: Final = 3.0  # seconds of load before anything is measured
GZIP: Final = "Accept-Encoding: gzip"

Figures = dict[str, float]


class Bench(NamedTuple):
    """What the measurements share.

    Attributes:
        database: a store with the articles and their readers.
        articles: ids.
        pages: paths to ask for, by kind of page.
    """

    database: Path
    articles: list[str]
    pages: dict[str, list[str]]
    workers: int
    seconds: float


def made(count: int, rng: np.random.Generator) -> Iterator[Article]:
    """Articles of invented words, in nine sections, some 300 words each."""
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
    words = np.array(["".join(rng.choice(syllables, int(rng.integers(1, 5)))) for _ in range(20_000)])
    rank = 1 / np.arange(1, len(words) + 1)
    now = datetime.now(UTC)
    for number in range(count):
        drawn = rng.choice(words, 310, p=rank / rank.sum()).tolist()
        paragraphs = [" ".join(drawn[start : start + 60]) for start in range(10, 310, 60)]
        yield Article(
            id=f"made-{number}",
            headline=" ".join(drawn[:8]).capitalize(),
            summary=" ".join(drawn[8:20]),
            body="".join(f"<p>{text}.</p>" for text in paragraphs),
            section=f"section-{number % 9}",
            topics=tuple({drawn[0], drawn[1]}),
            authors=(Author(name=f"Author {number % 200}"),),
            published=now - timedelta(minutes=count - number),
            language="en",
        )


def readers(names: Sequence[str], rng: np.random.Generator) -> EventLog:
    """Visits of the last days: what is read together lies close to each other in `names`."""
    popular = rng.permutation(len(names))
    weight = 1.0 / np.arange(1, len(names) + 1) ** STEEPNESS
    first = popular[rng.choice(len(names), VIEWS // 2, p=weight / weight.sum())]
    second = (first + rng.integers(1, 20, len(first))) % len(names)
    records = np.zeros(VIEWS, RECORD)
    records["kind"], records["position"], records["source"] = EntryKind.VIEW, NO_POSITION, -1
    records["excluded"] = Exclusion.NONE
    records["article"] = np.stack((first, second), axis=1).reshape(-1)
    now = time.time_ns() // 1_000_000
    opened = now - (DAYS * 86_400_000 * rng.random(len(first))).astype(np.int64)
    records["time"] = np.stack((opened - 60_000, opened), axis=1).reshape(-1)
    records["reader"] = np.repeat(rng.integers(1, 2**62, len(first)), 2)
    return EventLog(list(names), with_ids(records))


def prepare(database: Path, data: Path | None, count: int) -> EventLog:
    """Make the store; the ids of its articles, and who read them.

    Raises:
        LoadError: articles of the file are refused.
    """
    found: Iterator[Article | Rejection] = (
        iter(ArticleFile(data)) if data else made(count, np.random.default_rng(1))
    )
    names: list[str] = []

    def named() -> Iterator[Article | Rejection]:
        for article in islice(found, count):
            if isinstance(article, Article):
                names.append(article.id)
            yield article

    settings = settings_for(database)
    engine = Engine.open(settings)
    try:
        refused = import_articles(engine, named(), lambda: None).refused
    finally:
        engine.close()
    if refused:
        raise LoadError(f"{len(refused)} articles are refused, the first: {refused[0]}")
    log = readers(names, np.random.default_rng(2))
    keep(log, settings, 0)
    return log


def wanted(database: Path, log: EventLog) -> dict[str, list[str]]:
    """What is asked for: articles by how often they are read, any, the front page, and each section's first page."""
    rng = np.random.default_rng(3)
    names, read = log.names, log.records["article"]
    engine = Engine.open(settings_for(database))
    try:
        sections = [section for section, _ in engine.sections()]
    finally:
        engine.close()
    return {
        "article": [article_path(names[each]) for each in rng.choice(read, REQUESTS)],
        "any_article": [article_path(names[each]) for each in rng.integers(0, len(names), REQUESTS)],
        "front": ["/"],
        "section": [section_path(section) for section in sections[:20]],
    }


def compute(bench: Bench) -> Figures:
    """Milliseconds and bytes of whole answers without a network; the first requests only warm up. Processor time is
    told beside the time by the clock, since other programs on the machine hardly change it.
    """
    engine = Engine.open(settings_for(bench.database))
    try:
        app = create_app(engine, ReaderHasher(time.time_ns() // 1_000_000))
        gc.collect()
        gc.freeze()  # as a worker does
        figures: Figures = {}
        for kind, paths in bench.pages.items():
            asked = [paths[place % len(paths)] for place in range(REQUESTS if len(paths) > 100 else 300)]
            told = asyncio.run(_answered(app, asked))
            taken, busy, lengths = np.array(told[len(told) // 10 :]).T
            p50, p99 = np.percentile(taken * 1000, [50, 99])
            figures |= {f"{kind}_p50_ms": float(p50), f"{kind}_p99_ms": float(p99)}
            figures[f"{kind}_cpu_p50_ms"] = float(np.median(busy) * 1000)
            figures[f"{kind}_bytes"] = float(np.median(lengths))
    finally:
        engine.close()
    return figures


async def _answered(app: Starlette, paths: Sequence[str]) -> list[tuple[float, float, int]]:
    """Of each answer, one request after the other: seconds, those of them that the processor worked on it, bytes."""
    answers = []
    for path in paths:
        address, _, query = path.partition("?")
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": address, "raw_path": address.encode(), "root_path": "", "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1"), (b"accept-encoding", b"gzip")],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        told: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any, told: list[Any] = told) -> None:
            told.append(message)

        started, busy = time.perf_counter(), time.thread_time()
        await app(scope, receive, send)
        taken = time.perf_counter() - started, time.thread_time() - busy
        if told[0]["status"] != 200:
            raise LoadError(f"{path} is answered with {told[0]['status']}")
        answers.append((*taken, sum(len(message.get("body", b"")) for message in told[1:])))
    return answers


def serve(bench: Bench) -> Figures:
    """Pages a second, ours and the bare route's, which take turns."""
    figures: Figures = {}
    with Server(bench.database, bench.workers) as server:

        def rate(paths: Sequence[str]) -> float:
            return saturation(server.port, paths, bench.seconds, headers=(GZIP,)).rate

        for paths in bench.pages.values():
            saturation(server.port, paths, WARMING, headers=(GZIP,))
        figures["bare_rate"] = rate([HELLO])
        for kind, paths in bench.pages.items():
            figures[f"{kind}_rate"] = rate(paths)
            figures[f"{kind}_ratio"] = figures[f"{kind}_rate"] / figures["bare_rate"]
        with Posting(server.port, server.key, bench.articles, EVENTS):
            for kind, paths in bench.pages.items():
                figures[f"{kind}_rate_with_events"] = rate(paths)
    return figures


PARTS: Final[dict[str, Callable[[Bench], Figures]]] = {"compute": compute, "serve": serve}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description="How fast pages are made.")
    parser.add_argument("--data", type=Path, help="a file of articles; without it some are made")
    parser.add_argument("--articles", type=int, default=ARTICLES, help="how many of them")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="processes that serve")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each load")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    started = time.perf_counter()
    warm_up(Settings())
    told: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "recirc.db"
        log = prepare(database, options.data, options.articles)
        bench = Bench(database, log.names, wanted(database, log), options.workers, options.seconds)
        for part in options.only or PARTS:
            told[part] = PARTS[part](bench)
            if not options.json:
                show(part, told[part])
    seconds = time.perf_counter() - started
    if options.json:
        data = {"rows": VIEWS, "windows": None, "articles": len(log.names)}
        whole = {"benchmark": "pages", "protocol": None, "data": data, "policies": told}
        print(json.dumps(whole | {"workers": options.workers, "seconds": round(seconds, 1)}))
    else:
        print(f"{len(log.names):,} articles, {VIEWS:,} views, {seconds:.0f} s in all")


if __name__ == "__main__":
    main()
