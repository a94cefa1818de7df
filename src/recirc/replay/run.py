"""`recirc replay`: a log, a protocol and some policies in; a table, JSON and a plot out."""

import difflib
import importlib.util
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from recirc.replay.clicks import Clicks
from recirc.replay.log import read_clicks
from recirc.replay.metrics import Measured, ReplayError, by_window, metrics
from recirc.replay.policies import Policy, policies
from recirc.replay.protocols import Answers, protocols
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS

SHOWN = ("hr@20", "ndcg@20", "hr@10", "mrr@10")
err = Console(stderr=True, soft_wrap=True)


def run(
    log: Path,
    protocol: str,
    names: Sequence[str],
    settings: Settings,
    *,
    as_json: bool,
    plot: Path | None,
    every: int = 1,
    first: int = 1,
) -> None:
    """Replay `log` and print how well each policy foresaw the target, as a table or as one JSON object.

    `every`: ask only each so many-th query; `first`: ask from this window on.

    Raises:
        ReplayError: a name in `names` is no policy, or the log holds nothing to ask.
        Refused: the file is not a log.
    """
    judged = [_policy(name)(settings) for name in dict.fromkeys(names)]
    if plot is not None:
        _check_plot(plot)
    started = time.monotonic()
    with _progress() as bar:
        task = bar.add_task("reading (bytes)")
        now = time.time_ns() // 1_000_000
        clicks, refused = read_clicks(log, now, lambda n, of: bar.update(task, completed=n, total=of))
        task = bar.add_task(f"{protocol} (clicks)", total=len(clicks.records))
        state = State(settings.learning, DIMENSIONS)
        answers = protocols()[protocol](every, first).run(
            clicks, state, judged, lambda n: bar.advance(task, n)
        )
    if refused:
        err.print(f"{len(refused):,} lines are left out; the first: {refused[0]}", markup=False)
    found = {policy.name: metrics(answers.ranks[policy.name], answers.window) for policy in judged}
    seconds = time.monotonic() - started
    if as_json:
        print(json.dumps(_document(protocol, clicks, answers, found, seconds, every)))
    else:
        Console().print(_table(protocol, answers, found))
        print(f"{len(answers.window):,} queries in {seconds:.0f} s; ± is half of a 95% interval over windows")
    if plot is not None:
        draw(answers, protocol, plot)


def _policy(name: str) -> type[Policy]:
    known = policies()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise ReplayError(f"no policy is named {name!r}: {hint}")
    return known[name]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err)


def _document(
    protocol: str,
    clicks: Clicks,
    answers: Answers,
    found: dict[str, dict[str, Measured]],
    seconds: float,
    every: int,
) -> dict[str, Any]:
    return {
        "benchmark": "replay",
        "protocol": protocol,
        "data": {
            "rows": len(clicks.records),
            "windows": [int(answers.window.min()), int(answers.window.max())],
            "queries": len(answers.window),
            "every": every,
        },
        "policies": {
            policy: {metric: round(value.mean, 5) for metric, value in measured.items()}
            | {f"{metric}_margin": round(value.margin, 5) for metric, value in measured.items()}
            for policy, measured in found.items()
        },
        "seconds": round(seconds, 2),
    }


def _table(protocol: str, answers: Answers, found: dict[str, dict[str, Measured]]) -> Table:
    windows = len(np.unique(answers.window))
    table = Table(title=f"{protocol}, {windows} windows", title_justify="left")
    table.add_column("policy")
    for metric in SHOWN:
        table.add_column(metric, justify="right")
    for policy, measured in found.items():
        cells = (f"{measured[metric].mean:.4f} ±{measured[metric].margin:.4f}" for metric in SHOWN)
        table.add_row(policy, *cells)
    return table


def _check_plot(path: Path) -> None:
    """Before the long work: can a plot be drawn there?"""
    if importlib.util.find_spec("matplotlib") is None:
        raise ReplayError("--plot needs matplotlib: pip install 'matplotlib>=3.9'")
    if path.suffix not in (".png", ".svg") or not path.parent.is_dir():
        raise ReplayError(f"--plot {path}: name a .png or .svg file in a folder that exists")


def draw(answers: Answers, protocol: str, path: Path) -> None:
    """Draw each policy's HR@20 over the windows into a PNG or SVG file.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (`pip install recirc[plot]`).
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(10, 4), layout="constrained")
    for policy, ranks in answers.ranks.items():
        windows, rate = by_window(ranks, answers.window)
        axes.plot(windows, rate, label=policy, linewidth=1.2)
    axes.set(
        title=f"Hit rate at 20, protocol {protocol}", xlabel="window (hours)", ylabel="HR@20", ylim=(0, 1)
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, ncols=len(answers.ranks))
    figure.savefig(path, dpi=120)
    plt.close(figure)
