"""`recirc replay`: a log, a protocol and some policies in; a table, JSON and a plot out."""

import difflib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from recirc.replay import report
from recirc.replay.log import read_clicks
from recirc.replay.metrics import ReplayError
from recirc.replay.plot import check_plot, draw
from recirc.replay.policies import Policy
from recirc.replay.policies.discovery import installed_policies, policies_in
from recirc.replay.protocols import protocols
from recirc.replay.replay_fold import play
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS

USUAL = ("popular", "default", "learned")
"""Evaluated when no policy is named."""

WIDE = 200
"""Columns of a table that is not written to a terminal."""

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
    sources: Sequence[str] = (),
    learn_every: int = 1,
    checks: int = 50,
) -> None:
    """Replay `log` and print how well each policy foresaw the target, as a table or as one JSON object.

    Args:
        log: JSON lines, Parquet, or a server's own SQLite file.
        protocol: one of `protocols()`.
        names: policies; none: the USUAL ones.
        sources: modules or files of further policies (see `policies_in`), all of which are judged.
        every: ask only each so many-th query.
        first: ask from this window on.
        learn_every: policies that learn hear of each so many-th click.
        checks: so many answers are given again from the past alone.

    Raises:
        ReplayError: a name in `names` is no policy, the log holds nothing to ask, or an answer used what came later.
        Refused: the file is not a log.
        StoreError: it is a database, but no store of ours that can be read.
    """
    judged = _judged(names, sources, settings)
    if plot is not None:
        check_plot(plot)
    started = time.monotonic()
    with _progress() as bar:
        task = bar.add_task("reading the log")
        clicks, refused = read_clicks(
            log,
            time.time_ns() // 1_000_000,
            lambda n, of: bar.update(task, completed=n, total=of),
            gap=round(settings.learning.visit_gap * 1000),
            busy_seconds=settings.store.busy_seconds,
        )
        task = bar.add_task(f"{protocol} (events)", total=len(clicks.records))
        state = State(settings.learning, DIMENSIONS)
        order = protocols()[protocol](every, first, learn_every)
        answers = play(order, clicks, state, judged, lambda n: bar.advance(task, n), checks)
    if refused:
        err.print(f"{len(refused):,} lines are left out; the first: {refused[0]}", markup=False)
    for policy in judged:
        if policy.remark:
            err.print(f"{policy.name}: {policy.remark}", markup=False)
    found = {policy.name: answers.measured(policy.name) for policy in judged}
    seconds = time.monotonic() - started
    if as_json:
        options = {"every": every, "learn_every": learn_every, "checked": answers.checked}
        print(json.dumps(report.document(protocol, len(clicks.records), answers, found, seconds, **options)))
    else:
        out = Console()
        out.width = out.width if out.is_terminal else WIDE
        out.print(report.table(protocol, answers, found))
        checked = f", {answers.checked} checked against the past alone" if answers.checked else ""
        print(
            f"{len(answers.window):,} queries in {seconds:.0f} s{checked}; ± is half of a 95% interval over windows"
        )
    if plot is not None:
        draw(answers, protocol, plot)


def _judged(names: Sequence[str], sources: Sequence[str], settings: Settings) -> list[Policy]:
    further = [policy.name for source in sources for policy in policies_in(source)]
    known = installed_policies()
    wanted = [*(names or USUAL), *further]
    return [_policy(name, known)(settings) for name in dict.fromkeys(wanted)]


def _policy(name: str, known: dict[str, type[Policy]]) -> type[Policy]:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise ReplayError(f"no policy is named {name!r}: {hint}")
    return known[name]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err)
