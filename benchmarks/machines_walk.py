"""Rows of the table that walk the runbook: a machine leaves, comes back empty, and all are upgraded, under load."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from machines_faults import Row, Say
from machines_load import Load
from machines_site import Machine, Site

LONGEST = 10.0
"""Seconds that a write may wait while a machine is stopped and started as the runbook says."""


def walk(site: Site, older: Path | None, say: Say) -> Iterator[Row]:
    """Stop, remove and add a machine; then, with the source of an `older` version, upgrade one after another."""
    yield _walked(
        site,
        "a machine leaves, and one is added with an empty folder",
        [partial(_leave_and_add, site.machines[2])],
        say,
    )
    if older is None:
        say("no older version is named (--older): no upgrade")
        return
    for each in site.machines:
        each.source = older
        _stopped(each)
        each.start()
        each.wait()
    say(f"all machines run {older}")
    steps = [partial(_upgrade, each) for each in site.machines]
    yield _walked(site, "upgraded one after another", steps, say)


def _walked(site: Site, name: str, steps: Sequence[Callable[[], None]], say: Say) -> Row:
    with Load(site, name.replace(" ", "-").replace(",", "")) as load:
        load.go_on(time.monotonic())
        since = time.monotonic()
        for step in steps:
            step()
            load.go_on(time.monotonic())
            say(f"{name}: a step is done")
    found = site.findings(load.names)
    longest, reader = load.longest_wait(since), load.reader
    figure = (
        f"{found}; a write waited at most {longest:.1f} s; shelves {reader.answered:,} answered, {reader.unanswered}"
        f" not, {reader.passed_over} by another machine"
    )
    met = found.well and longest <= LONGEST and reader.unanswered == 0
    return Row(name, figure, f"0 lost, 0 twice; ≤ {LONGEST:g} s; shelves throughout", met, found.well)


def _leave_and_add(machine: Machine) -> None:
    """As the runbook says: SIGTERM; the folder is deleted; another one is started with an empty folder."""
    _stopped(machine)
    config = (machine.folder / "recirc.toml").read_text("utf-8")
    shutil.rmtree(machine.folder)
    machine.folder.mkdir()
    (machine.folder / "recirc.toml").write_text(config, "utf-8")
    machine.start()
    machine.wait()


def _upgrade(machine: Machine) -> None:
    _stopped(machine)
    machine.source = None
    machine.start()
    machine.wait()


def _stopped(machine: Machine) -> None:
    machine.kill(signal.SIGTERM)
