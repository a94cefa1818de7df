"""What three machines behind one order bear: killed, cut off, failed over and forked, on hosts of one machine.

    python benchmarks/machines.py [--engine postgresql|jetstream] [--only ROW…] [--kills N] [--json]

Hosts are network namespaces with a bridge (needs root, iproute2 and nftables; PostgreSQL, or nats-server): three with
`recirc serve`, three with the engine of the order. Nothing of the machine's own network is touched and nothing is left
afterwards. Each row prints what was found and the bound that it has to keep. The exit code is 1 if one is missed.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from machines_engines import EngineError, EngineOfOrder, NatsEngine, PostgresqlEngine
from machines_faults import CABLES, PULLED_SECONDS, Row, Say, cables, kills
from machines_history import cancelled, forked, old_primary
from machines_net import Network, NetworkError, enter
from machines_pace import HOUR_EVENTS, behind, latency, salt, throughput
from machines_same import same
from machines_site import Site
from machines_walk import walk

ENGINES = ("postgresql", "jetstream")
Rows = Callable[[Site, argparse.Namespace, Say], Iterator[Row]]


def _killed(what: str) -> Rows:
    def run(site: Site, options: argparse.Namespace, say: Say) -> Iterator[Row]:
        yield kills(site, what, options.kills, say)

    return run


def _in_postgresql(rows: Callable[[Site, PostgresqlEngine, Say], Iterator[Row]]) -> Rows:
    """Rows about failovers, which JetStream does by itself."""

    def run(site: Site, _: argparse.Namespace, say: Say) -> Iterator[Row]:
        if isinstance(site.engine, PostgresqlEngine):
            yield from rows(site, site.engine, say)
        else:
            say("only with PostgreSQL")

    return run


ROWS: Final[dict[str, Rows]] = {
    "leader": _killed("leader"),
    "sequencer": _killed("sequencer"),
    "machine": _killed("machine"),
    "cables": lambda site, options, say: cables(site, options.cables or CABLES, options.pulled, say),
    "cancelled": _in_postgresql(lambda site, engine, say: iter([cancelled(site, engine, say)])),
    "old-primary": _in_postgresql(lambda site, engine, say: iter([old_primary(site, engine, say)])),
    "forked": _in_postgresql(forked),
    "behind": lambda site, options, say: behind(site, options.events, say),
    "latency": lambda site, options, say: latency(site, options.seconds, say),
    "salt": lambda site, _, say: salt(site, say),
    "throughput": lambda site, _, say: throughput(site, say),
    "walk": lambda site, options, say: walk(site, options.older, say),
    "same": lambda site, options, say: same(site, options.commands, say),
}
"""In this order; each takes the site as it is after the one before."""


def nats_program(given: Path | None) -> Path:
    """The program nats-server: named, on the path, or built for the tests. Raises EngineError."""
    built = sorted((Path.home() / ".cache" / "recirc-tests").glob("nats-server-*"))
    on_path = shutil.which("nats-server")
    found = given or (Path(on_path) if on_path else None) or (built[-1] if built else None)
    if found is None:
        raise EngineError(
            "nats-server is not there; name it with --nats-server"
            " (go install github.com/nats-io/nats-server/v2@v2.11.9)"
        )
    return found


def engine_of(
    name: str, network: Network, stack: ExitStack, folder: Path, program: Path | None
) -> EngineOfOrder:
    """The engine of that name, started. Raises EngineError."""
    place = folder / name
    place.mkdir()
    if name == "postgresql":
        return PostgresqlEngine(network, stack, place)
    return NatsEngine(network, stack, place, nats_program(program))


def measured(options: argparse.Namespace, say: Say) -> Iterator[Row]:
    """The rows that were asked for, one after another, on one site."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(dir=options.folder, prefix="recirc-machines-"))
        if not options.keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # PostgreSQL's user goes through it
        network = Network()
        say(f"three machines, {options.engine}")
        engine = engine_of(options.engine, network, stack, folder, options.nats_server)
        site = Site(network, stack, folder, engine)
        for name in options.only or ROWS:
            say(name)
            yield from ROWS[name](site, options, say)


def main() -> int:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="what orders the commands")
    parser.add_argument("--only", nargs="+", choices=ROWS, help="rows of the table")
    parser.add_argument("--kills", type=int, default=20, help="of each kind")
    parser.add_argument("--cables", nargs="+", choices=CABLES, help="whose are pulled")
    parser.add_argument("--pulled", type=float, default=PULLED_SECONDS, help="how long, in s")
    parser.add_argument("--events", type=int, default=HOUR_EVENTS, help="that a machine is behind by")
    parser.add_argument("--commands", type=int, default=50_000, help="that are written at all three")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the measurement of latency")
    parser.add_argument("--older", type=Path, help="folder src of an older version, to be upgraded from")
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs there")
    parser.add_argument("--nats-server", type=Path, help="the program, if it is not on the path")
    parser.add_argument("--json", action="store_true", help="print a JSON object for each row")
    options = parser.parse_args()
    try:
        enter()
        return printed(options)
    except (NetworkError, EngineError) as error:
        print(f"machines.py: {error}", file=sys.stderr)
        return 2


def printed(options: argparse.Namespace) -> int:
    """Print each row when it is there; the exit code."""
    began, missed = time.monotonic(), 0

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:6.0f} s] {text}", file=sys.stderr, flush=True)

    for row in measured(options, say):
        missed += not row.met
        if options.json:
            print(json.dumps({"engine": options.engine, **row._asdict()}, ensure_ascii=False), flush=True)
        else:
            print(
                f"{'met   ' if row.met else 'MISSED'} {row.row}: {row.figure} (bound: {row.bound})",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
