"""Rows of the table in which something is killed, or a cable is pulled, while all machines are written to and read."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from machines_engines import until
from machines_load import Load
from machines_net import Host
from machines_site import Site

KILL_BOUND, CABLE_BOUND = 10.0, 15.0
"""Seconds that a write may wait: the 95th percentile over kills, and the longest with a cable pulled."""

AWAY_SECONDS = 2.0
"""Time that a machine or a server that was killed stays away."""

NOTICED_SECONDS = 2.0
"""Time after which whoever watches the database promotes its standby."""

CABLES = ("leader", "follower", "machine")
PULLED_SECONDS, PLUGGED_SECONDS = 20.0, 5.0

Say = Callable[[str], None]


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        met: whether the whole bound is kept.
        sound: whether its part that no busy machine excuses is: nothing lost, nothing twice, all alike.
    """

    row: str
    figure: str
    bound: str
    met: bool
    sound: bool


def kills(site: Site, what: str, count: int, say: Say) -> Row:
    """kill -9 under load, `count` times: of the "leader" of the order, the "sequencer" of a machine, or a "machine"."""
    kill = {"leader": _kill_leader, "sequencer": _kill_sequencer, "machine": _kill_machine}[what]
    waits, silences = [], []
    with Load(site, f"kill-{what}") as load:
        for number in range(count):
            time.sleep(0.5 + 0.1 * (number % 7))  # at another moment of the writers' turns each time
            since = time.monotonic()
            back = kill(site, number)
            load.go_on(since)
            waits.append(load.longest_wait(since))
            silences.append(load.silence(since))
            say(f"kill {number + 1} of {count}: a write waited for {waits[-1]:.1f} s at most")
            back()
            load.go_on(time.monotonic())
    found = site.findings(load.names)
    p95 = float(np.percentile(waits, 95))
    figure = (
        f"{found}; a write waited p95 {p95:.1f} s, at most {max(waits):.1f} s; all were silent for p95"
        f" {np.percentile(silences, 95):.1f} s; {_shelves(load)}"
    )
    bound = f"0 lost, 0 twice; p95 ≤ {KILL_BOUND:g} s; shelves throughout"
    met = found.well and p95 <= KILL_BOUND and load.reader.unanswered == 0
    return Row(f"{what} killed × {count}", figure, bound, met, found.well)


def _shelves(load: Load) -> str:
    reader = load.reader
    p99 = np.percentile(reader.seconds, 99) * 1000
    return (
        f"shelves {reader.answered:,} answered (p99 {p99:.0f} ms), {reader.unanswered} not,"
        f" {reader.passed_over} by another machine"
    )


def _kill_leader(site: Site, _: int) -> Callable[[], None]:
    return site.engine.kill_leader()


def _kill_sequencer(site: Site, number: int) -> Callable[[], None]:
    machine = site.machines[number % len(site.machines)]
    os.kill(until(machine.sequencer, "a sequencer"), signal.SIGKILL)
    return lambda: None


def _kill_machine(site: Site, number: int) -> Callable[[], None]:
    machine = site.machines[number % len(site.machines)]
    machine.kill()

    def back() -> None:
        time.sleep(AWAY_SECONDS)  # the fault itself lasts so long
        machine.start()
        machine.wait()

    return back


def cables(site: Site, whose_cables: Sequence[str], pulled: float, say: Say) -> Iterator[Row]:
    """Cables pulled for `pulled` s and plugged in again, in one direction, too."""
    directions = (("both directions", False, False), ("it hears", True, False), ("it speaks", False, True))
    for whose in whose_cables:
        for direction, hears, speaks in directions:
            host = _host(site, whose)
            lost = direction if direction.startswith("both") else f"only {direction}"
            name = f"cable of the {whose}, {lost}"
            say(name)
            with Load(site, name.replace(" ", "-")) as load:
                load.go_on(time.monotonic())
                since = time.monotonic()
                _pull(site, host, pulled, leads=whose == "leader", hears=hears, speaks=speaks)
                load.go_on(time.monotonic())
            found = site.findings(load.names)
            longest, silence = load.longest_wait(since), load.silence(since)
            waited = f"a write waited at most {longest:.1f} s, all were silent {silence:.1f} s"
            figure = f"{found}; {waited}; {_shelves(load)}"
            met = found.well and longest <= CABLE_BOUND and load.reader.unanswered == 0
            yield Row(
                name, figure, f"0 lost, 0 twice; ≤ {CABLE_BOUND:g} s; shelves throughout", met, found.well
            )


def _host(site: Site, whose: str) -> Host:
    if whose == "machine":
        return site.machines[1].host
    return site.engine.leader() if whose == "leader" else site.engine.follower()


def _pull(site: Site, host: Host, seconds: float, *, leads: bool, hears: bool, speaks: bool) -> None:
    host.pull(hears=hears, speaks=speaks)
    began = time.monotonic()
    back: Callable[[], None] | None = None
    if leads:
        time.sleep(NOTICED_SECONDS)  # whoever watches takes so long to see it
        back = site.engine.leader_is_gone()
    time.sleep(max(0.0, began + seconds - time.monotonic()))  # the cable is out for the time asked for
    host.plug()
    time.sleep(PLUGGED_SECONDS)  # both sides speak again before the old leader is taken back
    if back is not None:
        back()
