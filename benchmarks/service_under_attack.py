"""How readers and the newsroom are served while somebody attacks: `python benchmarks/service_under_attack.py [--json]`.

A real `recirc serve` on an invented paper. For each attack, shelves are requested and events written with a key at a
fixed rate, first for some seconds without the attack, then for as many with it, so that both have the same machine. All
comes from one machine, the attack too: what it takes from the processor to attack is part of the figures.

Wanted: the shelves' p99 at most five times the quiet one, and no keyed write longer than a second.
"""

import argparse
import json
import random
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from steady_load import AGENT, Served, SteadyLoad, Wanted, answered, fill, percentile, serving, write_event

SHELVES_RATE: Final = 20.0
WRITES_RATE: Final = 4.0
LETTERS: Final = "abcdefghilmn"
BODY_BYTES: Final = 60_000


class Figures(NamedTuple):
    """Latency in ms while quiet and while attacked, the longest keyed write in ms, and requests that failed."""

    quiet_p50: float
    quiet_p99: float
    p50: float
    p99: float
    quiet_write: float
    write: float
    failed: int

    @property
    def times(self) -> float:
        """The shelves' p99 as a multiple of the quiet one."""
        return self.p99 / self.quiet_p99 if self.quiet_p99 else 0.0


@contextmanager
def slow_bodies(port: int, number: int, addresses: int, head: bytes) -> Iterator[None]:
    """So many requests from so many addresses whose bodies do not come."""
    start = (
        f"POST /v1/shelves HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{head.decode()}".encode()
    )
    held: list[socket.socket] = []
    stop = threading.Event()

    def open_all() -> None:
        for place in range(number):
            if stop.is_set():
                return
            try:
                source = (f"127.77.{place % addresses // 250}.{1 + place % addresses % 250}", 0)
                held.append(socket.create_connection(("127.0.0.1", port), 5, source))
                held[-1].sendall(start)
            except OSError:
                time.sleep(0.01)  # it was refused: the next one

    thread = threading.Thread(target=open_all, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for each in held:
            each.close()


@contextmanager
def repeated(number: int, work: Callable[[int, int], None]) -> Iterator[None]:
    """`work` again and again in so many threads; it receives the thread's number and how often it was called."""
    stop = threading.Event()

    def run(thread: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            work(thread, count)

    threads = [threading.Thread(target=run, args=(each,), daemon=True) for each in range(number)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


@contextmanager
def abandoned_searches(port: int, number: int, query: str, seconds: float) -> Iterator[None]:
    """So many searches at once, again each `seconds`, whose clients do not wait."""

    def work(_: int, __: int) -> None:
        for _unused in range(number):
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as connection:
                    connection.sendall(
                        f"GET /search?q={query} HTTP/1.1\r\nHost: x\r\nUser-Agent: {AGENT}\r\n\r\n".encode()
                    )
            except OSError:
                pass
        time.sleep(seconds)

    with repeated(1, work):
        yield


def attacks(port: int) -> dict[str, Callable[[], AbstractContextManager[None]]]:
    """The attacks by their names, each with a second variant."""
    unknown = "/v1/shelves?" + "&".join(f"{n:x}" for n in range(13_673))
    unknown_page = "/search?" + "&".join(f"{n:x}=" for n in range(13_000))
    letters = "+".join(f"{letter}*" for letter in LETTERS)
    three = "+".join(("sta*", "bri*", "fer*", "ken*", "mol*", "wat*", "tor*"))
    length = f"Content-Length: {BODY_BYTES}\r\n\r\n[".encode()
    chunk = b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"

    def of(path: str) -> Callable[[int, int], None]:
        def ask(_: int, __: int) -> None:
            answered(port, "GET", path)

        return ask

    def missing(thread: int, count: int) -> None:
        answered(port, "GET", f"/{thread}/{count}/ferstri-mohaken.html")

    def missing_article(thread: int, count: int) -> None:
        answered(port, "GET", f"/article/none-{thread}-{count}")

    return {
        "1,200 slow bodies, one address": lambda: slow_bodies(port, 1_200, 1, length),
        "1,200 slow bodies, 300 addresses": lambda: slow_bodies(port, 1_200, 300, chunk),
        "16 costly searches, abandoned": lambda: abandoned_searches(port, 16, letters, 1.0),
        "32 costly searches, abandoned": lambda: abandoned_searches(port, 32, three, 1.0),
        "13,673 unknown parameters": lambda: repeated(1, of(unknown)),
        "13,000 of a page, twice at once": lambda: repeated(2, of(unknown_page)),
        "4 connections on missing pages": lambda: repeated(4, missing),
        "8 on missing articles": lambda: repeated(8, missing_article),
    }


def measured(served: Served, key: str, articles: int, seconds: float) -> tuple[list[float], list[float], int]:
    """Latencies of shelves and of keyed writes, in ms, and the number of requests that failed."""
    rng = random.Random(time.monotonic_ns())

    def shelves() -> Wanted:
        path = f"/v1/shelves?article=a-{rng.randrange(articles)}"
        return Wanted("shelves", "GET", path, headers={"User-Agent": AGENT})

    def write() -> Wanted:
        return write_event(f"a-{rng.randrange(articles)}", f"r{rng.random()}", key)

    with (
        SteadyLoad(served.port, shelves, SHELVES_RATE, 4) as reading,
        SteadyLoad(served.port, write, WRITES_RATE, 2) as writing,
    ):
        time.sleep(seconds)  # how long is measured
    failed = sum(each.status not in (200, 202) for each in reading.answers + writing.answers)
    return (
        [1000 * each.seconds for each in reading.answers],
        [1000 * each.seconds for each in writing.answers],
        failed,
    )


def run(articles: int, seconds: float, workers: int, only: list[str]) -> dict[str, Figures]:
    """The figures by attack."""
    found: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "recirc.db"
        key = fill(database, articles)
        environment = {
            "RECIRC_TRAINING__BACKGROUND": "false",
            "RECIRC_INTAKE__REQUESTS_PER_MINUTE": "1000000",
        }
        with serving(database, workers, environment, Path(folder) / "log") as served:
            measured(served, key, articles, 3.0)  # warm
            for name, attack in attacks(served.port).items():
                if only and not any(part in name for part in only):
                    continue
                quiet, quiet_writes, _ = measured(served, key, articles, seconds)
                with attack():
                    time.sleep(0.5)  # it begins before anything is measured
                    attacked, writes, failed = measured(served, key, articles, seconds)
                found[name] = Figures(
                    percentile(quiet, 0.5), percentile(quiet, 0.99), percentile(attacked, 0.5),
                    percentile(attacked, 0.99), max(quiet_writes), max(writes), failed,
                )  # fmt: skip
                print(f"{name}: measured", flush=True)
                time.sleep(2.0)  # what the attack left open is closed
    return found


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--articles", type=int, default=14_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each measurement")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[], help="attacks whose names have one of these parts")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = run(given.articles, given.seconds, given.workers, given.only)
    if given.json:
        print(json.dumps({name: {**each._asdict(), "times": each.times} for name, each in found.items()}))
        return
    print(
        "| attack | shelves p50, p99 quiet | attacked | p99 × quiet | longest keyed write quiet | attacked | failed |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, each in found.items():
        print(
            f"| {name} | {each.quiet_p50:.0f}, {each.quiet_p99:.0f} ms | {each.p50:.0f}, {each.p99:.0f} ms "
            f"| {each.times:.1f} | {each.quiet_write:.0f} ms | {each.write:.0f} ms | {each.failed} |"
        )


if __name__ == "__main__":
    main()
