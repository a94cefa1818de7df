"""Figures over commits: `python benchmarks/history.py [NAME ...] [--log PATH] [--articles PATH] [--html PATH]`.

Runs the benchmarks NAME (all, when none is named) as programs of their own, in the short form that RUNS gives them, and
appends one line of JSON to benchmarks/history.jsonl: date, commit, machine, the bare route, figures. Then
docs/plots/history.svg is drawn from all lines (`--draw` alone: only that).

The *bare route* is the yardstick: what the same server and machine answer when nothing is to be done (see
serve_server.py), in requests a second, measured before and after each benchmark; the mean of the two counts for it, the
median of all for the line. Machines differ by five times and more, and so does one machine when others use it (`load`:
how many programs wanted to run); the ratio to the bare route differs less. A rate is drawn as its share of the bare
route, a duration as the number of bare requests that it is worth; quality is drawn as it is.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from serve_load import LoadError, saturation
from serve_server import HELLO, Server

HERE: Final = Path(__file__).resolve().parent
HISTORY: Final = HERE / "history.jsonl"
PLOT: Final = HERE.parent / "docs" / "plots" / "history.svg"
BARE_SECONDS: Final = 2.0
WARMING: Final = 1.0
BUSY: Final = 3
"""A load above so many programs a core is more than any benchmark here makes by itself."""


class Run(NamedTuple):
    """How a benchmark is run here: its arguments, and the option that names its data (none: it needs none)."""

    arguments: tuple[str, ...]
    data: str | None = None


RUNS: Final[dict[str, Run]] = {
    "fold": Run((), "log"),
    "store": Run(("--events", "300000")),
    "pages": Run(("--seconds", "3")),
    "serve": Run(("--formula", "--only", "compute", "--only", "serve", "--seconds", "6"), "log"),
    "related": Run((), "articles"),
    "extraction": Run((), "html"),
}
"""The script is benchmarks/NAME.py. Each repeats inside what it times, and gives medians."""


class Drawn(NamedTuple):
    """A figure of the plot: its name in the lines, what people call it, and what the yardstick does to it."""

    name: str
    title: str
    kind: str  # rate, milliseconds or quality


DRAWN: Final = (
    Drawn("fold.fold.events_per_second", "events folded", "rate"),
    Drawn("fold.import.events_per_second", "events imported", "rate"),
    Drawn("store.appends of 100.in flight", "durable events, appends of 100", "rate"),
    Drawn("serve.serve.rate", "slates over HTTP, most", "rate"),
    Drawn("serve.compute.p50_ms", "a slate without HTTP", "milliseconds"),
    Drawn("serve.serve.cpu_ms_per_request", "processor time of a slate", "milliseconds"),
    Drawn("pages.serve.any_article_rate", "article pages, any", "rate"),
    Drawn("pages.serve.front_rate", "front pages", "rate"),
    Drawn("related.recirc-text.ndcg@10", "Related by text, nDCG@10", "quality"),
    Drawn("extraction.recirc.f1", "text of a page, F1", "quality"),
)


def bare_rate() -> float:
    """Requests a second to the bare route of a server with nothing in its store."""
    with tempfile.TemporaryDirectory() as name, Server(Path(name) / "recirc.db", 2) as server:
        saturation(server.port, [HELLO], WARMING)
        return saturation(server.port, [HELLO], BARE_SECONDS).rate


def run(name: str, data: Path | None) -> dict[str, Any]:
    """What benchmarks/NAME.py prints as JSON."""
    given = [] if data is None else ["--data", str(data)]
    command = [sys.executable, str(HERE / f"{name}.py"), *given, *RUNS[name].arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode:
        raise LoadError(f"{' '.join(command)} ended with {done.returncode}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def figures(told: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """All numbers of a benchmark's JSON, each under one name, to four digits."""
    for policy, values in told["policies"].items():
        for metric, value in values.items():
            if isinstance(value, (int, float)):
                yield f"{told['benchmark']}.{policy}.{metric}", float(f"{value:.4g}")


def measure(wanted: Sequence[str], data: Mapping[str, Path | None]) -> dict[str, Any]:
    """Run the benchmarks, the bare route between them; the line for the history."""
    bare, beside = [bare_rate()], dict[str, int]()
    found, rows, seconds, load = dict[str, float](), dict[str, int](), dict[str, int](), dict[str, float]()
    for name in wanted:
        print(f"{name} …", file=sys.stderr, flush=True)
        started = time.perf_counter()
        option = RUNS[name].data
        told = run(name, data[option] if option else None)
        found |= dict(figures(told))
        rows[name] = told["data"]["rows"]
        seconds[name] = round(time.perf_counter() - started)
        load[name] = round(os.getloadavg()[0], 1)
        bare.append(bare_rate())
        beside[name] = round(statistics.fmean(bare[-2:]))
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        **commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "bare": round(statistics.median(bare)),
        "bare_beside": beside,
        "load": load,
        "rows": rows,
        "seconds": seconds,
        "figures": found,
    }


def commit() -> dict[str, Any]:
    """What is checked out, and whether something in it was changed that is not committed."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout

    number, moment = git("show", "--no-patch", "--format=%h %cI", "HEAD").split()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "../src", "../benchmarks/*.py")
    return {"commit": number, "committed": moment, "changed": bool(changed)}


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of the history, in order of their commits."""
    lines = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines() if line] if path.exists() else []
    )
    return sorted(lines, key=lambda line: (datetime.fromisoformat(line["committed"]), line["date"]))


def on_yardstick(drawn: Drawn, line: Mapping[str, Any]) -> float:
    """A figure against the bare route beside its own benchmark."""
    value, benchmark = float(line["figures"][drawn.name]), drawn.name.partition(".")[0]
    beside = line.get("bare_beside", {}).get(benchmark, line["bare"])
    # serve and pages ask the bare route themselves, in turn with what they measure: that is nearer still.
    bare = float(line["figures"].get(f"{benchmark}.serve.bare_rate", beside))
    if drawn.kind == "rate":
        return value / bare
    return value * bare / 1000 if drawn.kind == "milliseconds" else value


def disturbed(line: Mapping[str, Any], benchmark: str) -> bool:
    """Whether other programs took so much of the machine that the ratio says little; unknown counts as yes."""
    return bool(line.get("load", {}).get(benchmark, math.inf) > BUSY * line["cores"])


def draw(lines: Sequence[Mapping[str, Any]], path: Path) -> None:
    """One plot for each figure: each run a point, a ring if it was disturbed; the line through commits' medians."""
    import matplotlib  # only here: a run without drawing does not wait for it

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "recirc", "svg.fonttype": "none", "font.size": 9}
    from matplotlib import pyplot

    commits = list(dict.fromkeys(line["commit"] for line in lines))
    shown = [drawn for drawn in DRAWN if any(drawn.name in line["figures"] for line in lines)]
    figure, axes = pyplot.subplots(
        (len(shown) + 1) // 2, 2, figsize=(9, 1.7 * ((len(shown) + 1) // 2) + 0.6), sharex=True, squeeze=False
    )
    units = {"rate": "share of the bare route", "milliseconds": "bare requests", "quality": ""}
    for axis, drawn in zip(axes.flat, shown, strict=False):
        points: dict[str, list[float]] = {}
        highest = 0.0
        for line in lines:
            if drawn.name not in line["figures"]:
                continue
            value, place = on_yardstick(drawn, line), commits.index(line["commit"])
            highest = max(highest, value)
            if disturbed(line, drawn.name.partition(".")[0]):
                axis.plot(place, value, "o", color="#9aa3ad", fillstyle="none", markersize=4)
            else:
                axis.plot(place, value, ".", color="#9aa3ad")
                points.setdefault(line["commit"], []).append(value)
        medians = [statistics.median(values) for values in points.values()]
        axis.plot([commits.index(name) for name in points], medians, "o-", color="#a3262a", markersize=4)
        axis.set_title(f"{drawn.title}, {units[drawn.kind]}".rstrip(", "), loc="left", fontsize=9)
        axis.set_ylim(0, 1.25 * highest)
        axis.set_xticks(range(len(commits)), commits, rotation=30, ha="right")
        axis.set_xlim(-0.5, len(commits) - 0.5)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(shown) :]:
        axis.set_visible(False)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, keep, draw."""
    parser = argparse.ArgumentParser(description="Run benchmarks and keep their figures by commit.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(RUNS))
    parser.add_argument("--log", type=Path, help="a log of events, for fold and serve")
    parser.add_argument("--articles", type=Path, help="a file of articles, for related")
    parser.add_argument("--html", type=Path, help="a folder of pages with their true texts, for extraction")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only draw")
    options = parser.parse_args()
    if unknown := set(options.names) - set(RUNS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    if not options.draw:
        data = {"log": options.log, "articles": options.articles, "html": options.html}
        wanted = []
        for name in options.names or RUNS:
            option = RUNS[name].data
            if option is None or data[option] is not None:
                wanted.append(name)
            elif options.names:
                parser.error(f"{name} needs --{option}")
            else:
                print(f"{name} is left out: it needs --{option}", file=sys.stderr)
        try:
            line = measure(wanted, data)
        except LoadError as error:
            sys.exit(f"history: {error}")
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line, indent=1))
    draw(read(HISTORY), PLOT)


if __name__ == "__main__":
    main()
