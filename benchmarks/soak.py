"""A server under a steady load for a long time: `python benchmarks/soak.py --minutes 60 --rate 50 [--plot FILE]`.

A real `recirc serve` with all its processes on an invented paper. Shelves, pages, events of browsers, events with a
key and searches are requested at a fixed rate. Noted are how long requests took, how many failed, and every few seconds
what the server holds: memory and open files of all its processes, and the size of the write-ahead log beside the store.
What is held must not grow once the server is warm: the last third of the time is compared with the second.

The short form is `--minutes 10`. Exit code 1: something failed, or something grew.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from recirc.store.database import WAL_BYTES
from steady_load import (
    AGENT,
    Answered,
    Served,
    SteadyLoad,
    Wanted,
    fill,
    percentile,
    serving,
    words,
    write_event,
)

EVERY: Final = 5.0
"""Seconds between two samples."""

MIX: Final = {"shelves": 0.5, "page": 0.2, "event": 0.15, "keyed write": 0.1, "search": 0.05}
"""Share of each kind of request."""

GROWTH: Final = {"memory": 0.05, "files": 0.05, "wal": 0.25}
"""By how much the last third may exceed the second, as a share; the write-ahead log changes with its checkpoints."""

LEAST: Final = {"memory": 16e6, "files": 8, "wal": 4e6}
"""Growth below this is none: bytes, files, bytes."""

FILLS: Final = {"memory": 0, "files": 0, "wal": WAL_BYTES}
"""Up to here it fills by design: the write-ahead log is begun anew when so much is in it."""


PARTS: Final = 6
"""Parts of the time whose medians are printed: of an hour ten minutes each."""


class Held(NamedTuple):
    """What the server holds at a moment: seconds since the load began, bytes, number of files, bytes."""

    at: float
    memory: int
    files: int
    wal: int


class Verdict(NamedTuple):
    """The medians of the second and of the last third of the time, and whether that is growth."""

    before: float
    after: float
    grew: bool


def requests(articles: int, key: str, rng: random.Random) -> Wanted:
    """The next request of the load."""
    (kind,) = rng.choices(list(MIX), list(MIX.values()))
    # Some articles are read far more than others.
    article = f"a-{min(int(rng.expovariate(8 / articles)), articles - 1)}"
    reader = {"User-Agent": AGENT.replace("140", str(120 + rng.randrange(30)))}
    if kind == "shelves":
        return Wanted(kind, "GET", f"/v1/shelves?article={article}", headers=reader)
    if kind == "page":
        path = rng.choice(
            (f"/article/{article}", f"/article/{article}", "/", f"/section/section-{rng.randrange(8)}")
        )
        return Wanted(kind, "GET", path, headers=reader)
    if kind == "event":
        body = json.dumps({"kind": "view", "article": article, "id": f"{rng.random()}"}).encode()
        return Wanted(kind, "POST", "/v1/events", body, {**reader, "Content-Type": "application/json"})
    if kind == "search":
        return Wanted(
            kind, "GET", f"/search?q={rng.choice(_WORDS)}+{rng.choice(_WORDS)[:3]}*", headers=reader
        )
    return write_event(article, f"r{rng.randrange(10_000_000)}", key)


_WORDS = words(500, random.Random(1))


def held(served: Served, database: Path, at: float) -> Held:
    """What all processes of the server hold together."""
    memory = files = 0
    for pid in _family(served.process):
        try:
            status = Path(f"/proc/{pid}/smaps_rollup").read_text()
            memory += next(
                1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("Pss:")
            )
            files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except (OSError, StopIteration):
            continue  # it has just ended
    wal = database.with_name(f"{database.name}-wal")
    return Held(at, memory, files, wal.stat().st_size if wal.exists() else 0)


def _family(process: int) -> list[int]:
    """A process and all its descendants."""
    found, waiting = [], [process]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def verdicts(samples: Sequence[Held]) -> dict[str, Verdict]:
    """What grew after the first third of the time, by name."""
    third = len(samples) // 3
    found = {}
    for name, share in GROWTH.items():
        values = np.array([getattr(sample, name) for sample in samples], float)
        before, after = float(np.median(values[third : 2 * third])), float(np.median(values[2 * third :]))
        most = max(before * (1 + share), before + LEAST[name], FILLS[name])
        found[name] = Verdict(before, after, after > most)
    return found


def parts(samples: Sequence[Held], name: str) -> list[float]:
    """The median of what is held in each of PARTS parts of the time."""
    values = np.array([getattr(sample, name) for sample in samples], float)
    return [float(np.median(part)) if len(part) else 0.0 for part in np.array_split(values, PARTS)]


def run(articles: int, minutes: float, rate: float, workers: int) -> tuple[list[Held], list[Answered]]:
    """The samples and the answers."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "recirc.db"
        key = fill(database, articles)
        rng = random.Random(7)
        environment = {
            "RECIRC_INTAKE__REQUESTS_PER_MINUTE": "1000000",
            "RECIRC_INTAKE__READERS_PER_ADDRESS": "1000000",
        }
        with (
            serving(database, workers, environment, Path(folder) / "log") as served,
            SteadyLoad(served.port, lambda: requests(articles, key, rng), rate) as load,
        ):
            began, samples = time.monotonic(), []
            while (at := time.monotonic() - began) < 60 * minutes:
                samples.append(held(served, database, at))
                time.sleep(EVERY)  # the distance of the samples
        return samples, load.answers


def draw(samples: Sequence[Held], answers: Sequence[Answered], path: Path) -> None:
    """Draw latency, errors, memory, files and the log's size over time into a PNG or SVG."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams |= {"svg.hashsalt": "recirc", "font.size": 9}
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(5, 1, figsize=(9, 11), sharex=True, layout="constrained")
    minute = np.array([sample.at for sample in samples]) / 60
    slots = np.arange(0, samples[-1].at + 30, 30)
    for kind in MIX:
        own = [each for each in answers if each.kind == kind]
        at = np.digitize([each.due for each in own], slots) - 1
        p99 = [
            percentile(
                [1000 * each.seconds for each, place in zip(own, at, strict=True) if place == slot], 0.99
            )
            for slot in range(len(slots))
        ]
        axes[0].plot(slots / 60, p99, label=kind)
    axes[0].set_ylabel("p99 of 30 s, ms")
    axes[0].set_ylim(0)
    axes[0].legend(ncols=5, fontsize=8)
    wrong = [each.due / 60 for each in answers if failed(each)]
    axes[1].hist(wrong, bins=(slots / 60).tolist())
    axes[1].set_ylabel("errors in 30 s")
    for axis, name, unit, label in (
        (axes[2], "memory", 1e6, "memory, MB"),
        (axes[3], "files", 1, "open files"),
        (axes[4], "wal", 1e6, "write-ahead log, MB"),
    ):
        axis.plot(minute, [getattr(sample, name) / unit for sample in samples])
        axis.set_ylabel(label)
        axis.set_ylim(0)
    axes[4].set_xlabel("minutes")
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def failed(answer: Answered) -> bool:
    """Whether a request was not answered as it should be."""
    return answer.status not in (200, 202)


def main() -> int:
    """Measure, print the table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--articles", type=int, default=14_000)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=50.0, help="requests a second of all kinds together")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--plot", type=Path, help="draw into this PNG or SVG")
    given = parser.parse_args()
    samples, answers = run(given.articles, given.minutes, given.rate, given.workers)
    errors = sum(map(failed, answers))
    mean = len(answers) / given.minutes / 60
    print(f"{len(answers):,} requests in {given.minutes:g} min ({mean:.1f} a second), {errors} failed")
    print("| request | p50 | p99 | longest |")
    print("|---|---|---|---|")
    for kind in MIX:
        own = [1000 * each.seconds for each in answers if each.kind == kind]
        p50, p99 = percentile(own, 0.5), percentile(own, 0.99)
        print(f"| {kind} | {p50:.0f} ms | {p99:.0f} ms | {max(own, default=0):.0f} ms |")
    found = verdicts(samples)
    print("| held | second third | last third | |")
    print("|---|---|---|---|")
    for name, each in found.items():
        grown = "grew" if each.grew else "did not grow"
        print(f"| {name} | {each.before:,.0f} | {each.after:,.0f} | {grown} |")
    print(f"| held | {' | '.join(f'part {part + 1}' for part in range(PARTS))} |")
    print(f"|---|{'---|' * PARTS}")
    for name in GROWTH:
        print(f"| {name} | {' | '.join(f'{each:,.0f}' for each in parts(samples, name))} |")
    if given.plot is not None:
        draw(samples, answers, given.plot)
    return 1 if errors or any(each.grew for each in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
