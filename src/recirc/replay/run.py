"""`recirc replay`: evaluate policies on a log, and print a table or JSON or draw a plot."""

import difflib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recirc import clock
from recirc.progress_lines import progress_on
from recirc.replay import report
from recirc.replay.checkpoint import Checkpoint, replay_identity
from recirc.replay.evaluation import Replay
from recirc.replay.log_reader import read_replay_log
from recirc.replay.metrics import ReplayError
from recirc.replay.plot import check_plot, draw
from recirc.replay.policies import Policy
from recirc.replay.policies.discovery import installed_policies, policies_in
from recirc.replay.protocols import protocols
from recirc.replay.replay_log import ReplayLog
from recirc.replay.result import ReplayResult
from recirc.replay.team import run_replay
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS

USUAL = ("popular", "default", "learned")
"""Evaluated when no policy is named."""

WIDTH = 200
"""Characters per line of a table that is not written to a terminal."""

err = Console(stderr=True, soft_wrap=True)


class ReplayOptions(NamedTuple):
    """How much of a log is used.

    Attributes:
        every: test only every Nth query.
        first: the first window that is tested.
        learn_every: policies learn from every Nth click only.
        checks: number of queries that are verified against the past alone.
        jobs: number of processes; 0: one for each processor. The figures are the same.
        resume: file with what an interrupted replay has done; None: an interrupted one begins again.
    """

    every: int = 1
    first: int = 1
    learn_every: int = 1
    checks: int = 50
    jobs: int = 0
    resume: Path | None = None


def run(
    path: Path,
    protocol: str,
    names: Sequence[str],
    settings: Settings,
    options: ReplayOptions = ReplayOptions(),  # noqa: B008  # immutable
    *,
    as_json: bool,
    plot: Path | None,
    sources: Sequence[str] = (),
) -> None:
    """Replay a log and print how well each policy predicts the target, as a table or as one JSON object.

    Args:
        path: JSON lines, Parquet, or a server's own SQLite file.
        protocol: one of `protocols()`.
        names: policies; empty: the USUAL ones.
        plot: where to draw the hit rate over time; None: no plot.
        sources: modules or files of further policies (see `policies_in`), all of which are evaluated.

    Raises:
        ReplayError: there is no such policy, the log has no queries, or a ranking used later events.
        RejectedValueError: the file is not a log.
        StoreError: it is a database, but not a store that can be read.
    """
    evaluated = _policies(names, sources, settings)
    if plot is not None:
        check_plot(plot)
    started = time.monotonic()
    log, result = _replay(path, protocol, evaluated, settings, options)
    for policy in evaluated:
        if policy.remark:
            err.print(f"{policy.name}: {policy.remark}", markup=False)
    figures = {policy.name: result.figures(policy.name) for policy in evaluated}
    seconds = time.monotonic() - started
    if as_json:
        used = {"every": options.every, "learn_every": options.learn_every, "checked": result.checked}
        print(json.dumps(report.document(protocol, len(log.records), result, figures, seconds, **used)))
    else:
        out = Console()
        out.width = out.width if out.is_terminal else WIDTH
        out.print(report.table(protocol, result, figures))
        checked = f", {result.checked} verified against the past alone" if result.checked else ""
        queries = f"{len(result.window):,} queries in {seconds:.0f} s"
        print(f"{queries}{checked}; ± is half of a 95% interval over windows")
    if plot is not None:
        draw(result, protocol, plot)


def _replay(
    path: Path, protocol: str, evaluated: Sequence[Policy], settings: Settings, options: ReplayOptions
) -> tuple[ReplayLog, ReplayResult]:
    """Read a log and evaluate policies on it, with a progress bar."""
    with _progress() as bar:
        task = bar.add_task("reading the log")
        log, rejected = read_replay_log(
            path,
            clock.now_ms(),
            lambda done, total: bar.update(task, completed=done, total=total),
            gap=round(settings.learning.visit_gap * 1000),
            busy_seconds=settings.store.busy_seconds,
        )
        task = bar.add_task(f"{protocol} (events)", total=len(log.records))
        order = protocols()[protocol](options.every, options.first, options.learn_every)
        state = State(settings.learning, DIMENSIONS)
        replay = Replay(order, log, state, evaluated, lambda n: bar.advance(task, n), options.checks)
        checkpoint = None
        if options.resume is not None:
            used = (options.every, options.first, options.learn_every, options.checks)
            identity = replay_identity(log, protocol, used, evaluated, settings)
            checkpoint = Checkpoint(options.resume, identity)
        result = run_replay(replay, options.jobs or len(os.sched_getaffinity(0)), checkpoint)
    if rejected:
        err.print(f"{len(rejected):,} lines were rejected; the first: {rejected[0]}", markup=False)
    return log, result


def _policies(names: Sequence[str], sources: Sequence[str], settings: Settings) -> list[Policy]:
    further = [policy.name for source in sources for policy in policies_in(source)]
    known = installed_policies()
    found = [_policy(name, known)(settings) for name in dict.fromkeys(names or USUAL)]
    for name in further:
        if name in (names or USUAL):
            continue
        try:
            found.append(known[name](settings))
        except ReplayError as error:  # it was not asked for by name: the others are evaluated
            err.print(f"left out: {error}", markup=False, highlight=False)
    return found


def _policy(name: str, known: dict[str, type[Policy]]) -> type[Policy]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise ReplayError(f"no policy is named {name!r}: {hint}")
    return known[name]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return progress_on(err, *columns)
