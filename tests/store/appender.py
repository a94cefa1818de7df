"""A process that appends: `appender.py PATH SEED ROUNDS`; 0 rounds: until it is killed.

Half of the ids are its own, half are drawn from a pool that all such processes draw from. For each receipt,
also of an append with nothing new, it writes to standard output how many ids the append had, then the ids, as
int64.
"""

import sys
import threading
from concurrent.futures import Future
from pathlib import Path

import numpy as np
from store_samples import publication, records

from recirc.store.ports import Receipt
from recirc.store.sqlite import SqliteStore

POOL = 20_000
FLIGHT = 8


def main(path: Path, seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    waiting = threading.Semaphore(FLIGHT)
    with SqliteStore(path, busy_seconds=30) as store:
        store.intern([f"a{number}" for number in range(20)])
        done = 0
        while not rounds or done < rounds:
            size = int(rng.choice([1, 10, 200]))
            own = rng.integers(POOL, 2**63 - 1, size)
            ids = np.where(rng.random(size) < 0.5, own, rng.integers(0, POOL, size))
            published = (
                [publication(f"a{rng.integers(20)}", f"headline {done}")] if rng.random() < 0.1 else []
            )
            waiting.acquire()

            def report(
                future: Future[Receipt], ids: np.ndarray[tuple[int], np.dtype[np.int64]] = ids
            ) -> None:
                future.result()
                sys.stdout.buffer.write(np.concatenate([[len(ids)], ids]).astype(np.int64).tobytes())
                sys.stdout.buffer.flush()
                waiting.release()

            store.append(records(ids.tolist(), article=int(rng.integers(20))), published).add_done_callback(
                report
            )
            done += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
