"""What several machines cost: the same appends through the order of PostgreSQL and through the local one.

    python benchmarks/order.py [--seconds N] [--folder PATH] [--json]

Two stores, as two machines have them, follow one order in a PostgreSQL server of the benchmark's own without a standby
(a synchronous one adds its own commit to each). Rates are of appends one after another ("waiting") and with eight on
their way ("in flight"), beside a store that stands alone, in the same run. Then one machine appends at a fixed rate;
latency is counted from the moment an append was due: until it is acknowledged there, and until it is in the log of the
other machine.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np

from recirc.demo.order_database import database
from recirc.settings import OrderSettings
from recirc.store.orders.joining import join
from recirc.store.ports import Receipt
from recirc.store.sqlite import SqliteStore
from store import append_all, events

APPENDS = {1: 200, 100: 100, 10_000: 10}
RATE, SIZE = 1_000, 10
"""Events a second, and of each append, while latency is measured."""

PROBE_SECONDS = 0.001


@contextmanager
def machine(folder: Path, name: str, address: str | None) -> Iterator[SqliteStore]:
    """A store with 1,000 articles; with an address one that follows the order there."""
    path = folder / name / "recirc.db"
    path.parent.mkdir()
    if address is not None:
        order = OrderSettings(engine="postgresql", address=address, site="benchmark", accept_loss=True)
        join(path, order, 10.0)
    with SqliteStore(path) as store:
        store.intern([f"article {number}" for number in range(1_000)])
        yield store


def rates(store: SqliteStore, rng: np.random.Generator) -> dict[str, float]:
    """Events a second by size of append and appends on their way."""
    found = {}
    for size, count in APPENDS.items():
        for name, in_flight in (("waiting", 1), ("in flight", 8)):
            batches = [events(size, rng) for _ in range(count)]
            found[f"appends of {size:,}, {name}"] = size * count / append_all(store, batches, in_flight)
    return found


def latencies(
    one: SqliteStore, other: SqliteStore, seconds: float, rng: np.random.Generator
) -> dict[str, float]:
    """Seconds from the due time of an append to its acknowledgement, and to the other machine's log."""
    begin, count = other.end(), round(seconds * RATE / SIZE)
    while other.end() < one.end():
        time.sleep(PROBE_SECONDS)  # it follows in its own time
    due = np.zeros(count)
    acknowledged, arrived = np.zeros(count), np.zeros(count)

    def watch() -> None:
        done = 0
        while done < count:
            known = min(count, (other.end() - begin) // SIZE)
            arrived[done:known] = time.perf_counter()
            done = max(done, known)
            time.sleep(PROBE_SECONDS)  # so exactly is the arrival known

    begin = other.end()

    def note(number: int, _: "Future[Receipt]") -> None:
        acknowledged[number] = time.perf_counter()

    watcher = Thread(target=watch)
    watcher.start()
    start, pending = time.perf_counter(), []
    for number in range(count):
        due[number] = start + number * SIZE / RATE
        time.sleep(max(0.0, due[number] - time.perf_counter()))  # the rate is fixed
        future = one.append(events(SIZE, rng))
        future.add_done_callback(partial(note, number))
        pending.append(future)
    for future in pending:
        future.result()
    watcher.join()
    found = {}
    for name, when in (("acknowledged", acknowledged), ("on the other machine", arrived)):
        for share in (50, 99):
            found[f"{name}, p{share}, ms"] = float(np.percentile(when - due, share)) * 1000
    return found


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="length of the measurement of latency")
    parser.add_argument("--folder", type=Path, help="where to write: the disk to measure")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder)))
        address = stack.enter_context(database())
        alone = stack.enter_context(machine(folder, "alone", None))
        one = stack.enter_context(machine(folder, "one", address))
        other = stack.enter_context(machine(folder, "other", address))
        local, shared = rates(alone, rng), rates(one, rng)
        found = latencies(one, other, options.seconds, rng)
        alike = one.end() == other.end()
    if options.json:
        print(json.dumps({"alone": local, "order": shared, "latency": found, "alike": alike}))
        return
    print(f"{'events a second':<28}{'alone':>12}{'in the order':>14}{'ratio':>8}")
    for name, rate in local.items():
        print(f"{name:<28}{rate:>12,.0f}{shared[name]:>14,.0f}{shared[name] / rate:>8.2f}")
    print(f"at {RATE:,} events/s: " + " · ".join(f"{name} {value:.1f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
