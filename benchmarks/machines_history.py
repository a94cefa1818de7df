"""Rows of the table about failovers of PostgreSQL: a wait that is cancelled, an old primary that is back, a loss."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress

import psycopg

from machines_engines import Database, PostgresqlEngine, until
from machines_faults import Row, Say
from machines_load import Load
from machines_site import AwayError, Machine, Site

NOTICED_BOUND = 2.0
CANCELLING_SECONDS = 8.0
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


def cancelled(site: Site, engine: PostgresqlEngine, say: Say) -> Row:
    """The standbys are cut off, and the waits of commits for them cancelled again and again; then they are back."""
    cancellations = 0
    with Load(site, "cancelled") as load:
        load.go_on(time.monotonic())
        for each in engine.standbys():
            each.host.pull()
        began = time.monotonic()
        written_before = len(load.names)
        time.sleep(0.5)  # what was on its way is acknowledged
        during = len(load.names)
        while time.monotonic() < began + CANCELLING_SECONDS:
            for (process,) in engine.primary.do(WAITING):
                engine.primary.do(f"SELECT pg_cancel_backend({process})")
                cancellations += 1
            time.sleep(0.2)  # new commits come to wait
        acknowledged = len(load.names) - during
        for each in engine.standbys():
            each.host.plug()
        load.go_on(time.monotonic())
    say(f"{written_before:,} before, {cancellations} cancelled")
    found = site.findings(load.names)
    tried = f"{cancellations} waits cancelled in {CANCELLING_SECONDS:g} s"
    figure = f"{tried}, {acknowledged} acknowledged meanwhile; {found}"
    return Row("waits for the standby cancelled", figure, "0 acknowledged without it; 0 lost, 0 twice",
               *[found.well and acknowledged == 0 and cancellations > 0] * 2)  # fmt: skip


def old_primary(site: Site, engine: PostgresqlEngine, say: Say) -> Row:
    """The primary is cut off and a standby promoted; the old one is back, still believing that it is the primary.

    All processes that write are ended meanwhile, so that they choose among the hosts anew; it may be the first.
    """
    old = engine.primary
    with Load(site, "old-primary") as load:
        load.go_on(time.monotonic())
        since = time.monotonic()
        old.host.pull()
        engine.fail_over()
        load.go_on(time.monotonic())
        before = _end_of(old)
        old.host.plug()
        say(f"{old.host.name} is back and still writable")
        for machine in site.machines:
            os.kill(until(machine.sequencer, "a sequencer"), signal.SIGKILL)
        time.sleep(2.0)  # processes choose a host anew, while both accept writes
        load.go_on(time.monotonic())
        longest = load.longest_wait(since)
        kept = _end_of(old) - before
        old.stop()
        engine.follow(old)
    found = site.findings(load.names)
    figure = f"{found}; {kept} commands in the old one that no machine follows; a write waited at most {longest:.1f} s"
    return Row("the old primary is back", figure, "0 lost, 0 twice; nothing acknowledged by the old one; ≤ 15 s",
               found.well and longest <= 15.0, found.well)  # fmt: skip


def _end_of(server: Database) -> int:
    """Position of the order in a database; asked on its own host, so that a pulled cable does not matter."""
    options = (
        "-h",
        server.host.address,
        "-U",
        "postgres",
        "-At",
        "-c",
        "SELECT max(position) FROM recirc_orders",
    )
    said = server.folder.with_suffix(".said")
    server.run("psql", *options)
    return int(said.read_text().strip() or 0)


def forked(site: Site, engine: PostgresqlEngine, say: Say) -> Iterator[Row]:
    """A standby that lacks what was acknowledged is promoted by force; then the order is begun anew from one machine.

    Another standby has it, so that it was acknowledged; that one and the primary are lost.
    """
    late, gone = engine.standbys()[0], engine.primary
    others = engine.standbys()[1:]
    late.host.pull()
    names = []
    for number in range(20):
        names.append(f"forked-{number}")
        _post(site.machines[number % 3], names[-1])
    site.settle()
    heads = {each.head().position for each in site.machines}
    say(f"{late.host.name} lacks what was acknowledged since; machines are at {heads}")
    gone.kill()
    for server in others:
        server.stop()
    late.host.plug()
    engine.promote(late)
    since = time.monotonic()
    noticed: dict[str, float] = {}
    while len(noticed) < len(site.machines) and time.monotonic() < since + 30:
        for each in site.machines:
            if each.host.name not in noticed and _says_fork(each):
                noticed[each.host.name] = time.monotonic() - since
        time.sleep(0.02)  # so exactly is the time known
    worst = max(noticed.values(), default=99.0) if len(noticed) == len(site.machines) else 99.0
    refused = sum(each.status("/readyz") == 503 for each in site.machines)
    shelves = sum(each.status("/v1/shelves?article=article-1") == 200 for each in site.machines)
    taken = sum(_posted(each, "after-the-fork") for each in site.machines)
    figure = (
        f"noticed by the last of three after {worst:.1f} s; /healthz 503, /readyz 503 on {refused}; {taken} writes"
        f" acknowledged; shelves answered by {shelves}"
    )
    met = worst <= NOTICED_BOUND and refused == 3 and taken == 0 and shelves == 3
    yield Row(
        "a failover with a loss",
        figure,
        "noticed ≤ 2 s, 503",
        met,
        refused == 3 and taken == 0 and shelves == 3,
    )
    yield _rebuilt(site, engine, [gone, *others], names, say)


def _rebuilt(
    site: Site, engine: PostgresqlEngine, servers: list[Database], names: list[str], say: Say
) -> Row:
    """What the runbook says: the machine with the most begins the order anew, and the others are rebuilt from it."""
    for server in servers:
        engine.follow(server)
    first, *rest = site.machines
    since = time.monotonic()
    said = []
    for each in site.machines:
        each.kill(signal.SIGTERM)
    done = first.command("rebuild", "--order")
    said.append(done.stdout.strip() or done.stderr.strip())
    first.start()
    first.wait()
    for each in rest:
        done = each.command("rebuild", "--from", first.url)
        said.append(done.stdout.strip() or done.stderr.strip())
        each.start()
        each.wait()
    for text in said:
        say(re.sub(r"\s+", " ", text)[-200:])
    seconds = time.monotonic() - since
    found = site.findings(names)
    figure = f"{found} after `recirc rebuild --order`, and `recirc rebuild` on two; {seconds:.0f} s with their starts"
    return Row("rebuilt by one command each", figure, "0 lost, alike", found.well, found.well)


def _says_fork(machine: Machine) -> bool:
    """Whether it answers 503 with the reason."""
    try:
        machine.get("/healthz", 1.0)
    except AwayError as error:
        return "went another way" in str(error)
    return False


def _post(machine: Machine, name: str) -> None:
    """An event, until it is acknowledged."""
    until(lambda: _posted(machine, name), f"{machine.url} acknowledges")


def _posted(machine: Machine, name: str) -> bool:
    with suppress(AwayError, psycopg.Error):
        machine.post("/v1/events", [{"id": name, "kind": "view", "article": "article-1", "reader": name}])
        return True
    return False
