"""How fast shelves are served: `python benchmarks/serve.py --data PATH [--only NAME ...] [--json]`.

PATH is a log of events: JSON lines, Parquet, or the Globo click log. Its times are moved so that it ends now, and it is
served by `recirc serve` with so many workers, on the machine that makes the load. Each request is a random visit of the
log up to a random article, and is answered with all three shelves. A model of Recommendation is trained from the log
before, and serves (`--formula`: none is, and the default formula serves); none is trained meanwhile. Measured are

- `compute`: the three shelves without HTTP, in this process;
- `serve`: requests a second as fast as it goes, and latency at a fixed rate, also while events come in; the same
  requests without anything of a reader (`anonymous`), and for ids and scores alone (`lean`); beside them the bare
  route, which is what the same server and machine could do at most;
- `fresh`: from an acknowledged view, under load, until the ranking that each of the workers gives has changed for it;
- `restart`: from kill -9 to the first shelf that is as it was before, the last snapshot as far behind as it can be;
- `grow`: latency and memory with the log spread over other numbers of articles.

With `--peers DIR` other recommenders are measured in the same run (`serve_peers.py`): they learn the same log and are
asked the same as the lean route.

Needs `wrk` (Debian: apt-get install wrk) for `serve`.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import numpy as np

from recirc.engine import Engine
from recirc.engine.model_registry import ModelRegistry
from recirc.engine.warm import warm_up
from recirc.replay.training import train_from_store
from recirc.settings import Settings
from recirc.types import Request
from serve_load import FixedRate, Load, LoadError, Posting, saturation, view
from serve_log import EventLog, keep, prefixes, read_log, spread
from serve_peers import measure, peers_in, write_log
from serve_server import HELLO, STARTING, Server, ask, settings_for
from showing import show

REQUESTS: Final = 5_000
RATE: Final = 500  # requests a second, of `serve`, unless said otherwise
EVENTS: Final = 100  # events a second, of `serve` and `fresh`
BEHIND: Final = Settings().store.snapshot_events - 1  # events that the last snapshot does not know
WARMING: Final = 3.0  # seconds of load before anything is measured
FRESH_TRIALS: Final = 200
FRESH_RATE: Final = 300
RESTARTS: Final = 5
SHELVES: Final = ("related", "ranking", "recommendation")
GROW_RATE: Final = 50

Figures = dict[str, float]


class Bench(NamedTuple):
    """What the measurements share: the log, a store that holds it, and requests for it."""

    log: EventLog
    database: Path
    requests: list[Request]
    workers: int
    seconds: float
    sizes: tuple[int, ...]
    rate: int

    @property
    def paths(self) -> list[str]:
        """The requests as they go over HTTP."""
        return [
            "/v1/shelves?" + urlencode({"article": each.article, "history": ",".join(each.history)})
            for each in self.requests
        ]

    @property
    def anonymous(self) -> list[str]:
        """The same without anything of a reader."""
        return [
            "/v1/shelves?" + urlencode({"article": each.article, "personalised": "false"})
            for each in self.requests
        ]

    @property
    def lean(self) -> list[str]:
        """The same for ids and scores alone."""
        return [
            "/v1/next?" + urlencode({"history": ",".join((*each.history, each.article or ""))})
            for each in self.requests
        ]


def training(database: Path) -> Figures:
    """Train a model and activate it; NDCG@20 of it and of the formula on the held hours."""
    card = train_from_store(settings_for(database), datetime.now(UTC), lambda *_: None, threads=2).model.card
    if not card.adopted:
        raise LoadError(f"the model is not better than the formula ({card.decision}); measure with --formula")
    return {"seconds": card.seconds, "ndcg": card.figures.new, "formula_ndcg": card.figures.formula}


def compute(bench: Bench) -> Figures:
    """Milliseconds for three shelves without HTTP; the first requests only warm up."""
    engine = Engine.open(settings_for(bench.database))
    try:
        taken = []
        for request in bench.requests:
            now = time.time_ns() // 1_000_000
            started = time.perf_counter()
            engine.shelves(request, now)
            taken.append(time.perf_counter() - started)
    finally:
        engine.close()
    p50, p99 = np.percentile(np.array(taken[len(taken) // 10 :]) * 1000, [50, 99])
    return {"p50_ms": float(p50), "p99_ms": float(p99)}


def serve(bench: Bench) -> Figures:
    """Rates and latencies, ours and the bare route's, which take turns."""
    rounds, others = [], dict[str, list[Figures]]()
    with Server(bench.database, bench.workers) as server:
        saturation(server.port, bench.paths, WARMING)
        for _ in range(3):
            bare = saturation(server.port, [HELLO], bench.seconds / 3)
            rounds.append((bare, saturation(server.port, bench.paths, bench.seconds / 3)))
            for name, paths in (("anonymous", bench.anonymous), ("lean", bench.lean)):
                others.setdefault(name, []).append(_against(server, bare, paths, bench.seconds / 3))
        bare, most = sorted(rounds, key=lambda pair: pair[1].rate)[1]
        steady = _steady(server, bench, [HELLO]), _steady(server, bench, bench.paths)
        spent = server.cpu_seconds()
        answered = saturation(server.port, bench.paths, WARMING).rate * WARMING
        spent = server.cpu_seconds() - spent
        with Posting(server.port, server.key, bench.log.names, EVENTS):
            busy = _steady(server, bench, bench.paths)
    return {
        "bare_rate": bare.rate,
        "rate": most.rate,
        "ratio": most.rate / bare.rate,
        "cpu_ms_per_request": 1000 * spent / answered,
        "p50_ms": most.p50,
        "p99_ms": most.p99,
        "bare_p50_ms_at_500": steady[0].p50,
        "bare_p99_ms_at_500": steady[0].p99,
        "p50_ms_at_500": steady[1].p50,
        "p99_ms_at_500": steady[1].p99,
        "p50_ms_at_500_with_events": busy.p50,
        "p99_ms_at_500_with_events": busy.p99,
    } | {
        f"{name}_{figure}": value
        for name, found in others.items()
        for figure, value in sorted(found, key=lambda each: each["rate"])[1].items()
    }


def _against(server: Server, bare: Load, paths: Sequence[str], seconds: float) -> Figures:
    """Rate, share of the bare route's, and processor time of the workers a request, for other paths."""
    spent = server.cpu_seconds()
    load = saturation(server.port, paths, seconds)
    spent = server.cpu_seconds() - spent
    return {
        "rate": load.rate,
        "ratio": load.rate / bare.rate,
        "cpu_ms_per_request": 1000 * spent / max(load.rate * seconds, 1),
        "p99_ms": load.p99,
    }


def _steady(server: Server, bench: Bench, paths: Sequence[str]) -> Any:
    load = FixedRate(server.port, paths, bench.rate, bench.seconds)
    load.start()
    return load.result()


def fresh(bench: Bench) -> Figures:
    """Milliseconds until every worker tells of a view that was acknowledged."""
    path = "/v1/rankings?window=ever&slots=50"
    dice = np.random.default_rng(3)
    taken = []
    with Server(bench.database, bench.workers) as server:
        workers, sender = server.connections(), server.connections()[0]
        ranked = [item["article"] for item in ask(workers[0], "GET", path)["items"][:25]]
        others = [name for name in bench.log.names if name not in ranked]
        load = FixedRate(server.port, bench.paths, FRESH_RATE, 600)
        load.start()
        with Posting(server.port, server.key, others, EVENTS):
            time.sleep(WARMING)
            for trial in range(FRESH_TRIALS):
                article = ranked[int(dice.integers(len(ranked)))]
                before = [_readers(worker, path, article) for worker in workers]
                time.sleep(float(dice.uniform(0, 0.1)))  # not in step with what the workers do now and then
                ask(sender, "POST", "/v1/events", [view(article, f"trial {trial}")], server.key)
                acknowledged = time.perf_counter()
                for worker, readers in zip(workers, before, strict=True):
                    while _readers(worker, path, article) <= readers:
                        if time.perf_counter() > acknowledged + 30:
                            raise LoadError("a view was acknowledged, and half a minute later not counted")
                        time.sleep(0.002)  # asked again at once, it would be the load that is measured
                taken.append(time.perf_counter() - acknowledged)
        load.stop()
        load.result()
    p50, p99 = np.percentile(np.array(taken) * 1000, [50, 99])
    return {"p50_ms": float(p50), "p99_ms": float(p99), "trials": len(taken)}


def _readers(worker: Any, path: str, article: str) -> int:
    items = ask(worker, "GET", path)["items"]
    return next(int(item["counts"]["readers"]) for item in items if item["article"] == article)


def restart(bench: Bench) -> Figures:
    """Seconds until the first shelf is as it was, and until every worker answers so; the median of some restarts."""
    # What was read most in an hour goes on changing while nobody reads; what was ever read most does not.
    paths = [f"{path}&window=ever" for path in bench.paths[:20]]
    first, all_workers = [], []
    with Server(bench.database, bench.workers) as server:
        right = [_shelves(server.connections()[0], path) for path in paths]
        for _ in range(RESTARTS):
            server.kill()
            killed = time.perf_counter()
            server.launch()
            _answered(server, paths[0], right[0])
            first.append(time.perf_counter() - killed)
            for worker in server.connections():
                if [_shelves(worker, path) for path in paths] != right:
                    raise LoadError("after a restart the shelves are not what they were before")
            all_workers.append(time.perf_counter() - killed)
    return {"first_s": float(np.median(first)), "all_s": float(np.median(all_workers)), "behind": BEHIND}


def _answered(server: Server, path: str, right: Any) -> None:
    """Ask until the answer is right."""
    give_up = time.monotonic() + STARTING
    while time.monotonic() < give_up:
        try:
            if _shelves(server.connection(), path) == right:
                return
        except OSError:
            time.sleep(0.01)  # a look costs the starting server time
    raise LoadError(f"no right answer within {STARTING:g} s of a restart")


def _shelves(worker: Any, path: str) -> Any:
    """What stands in which slot, and up to which log entry."""
    slate = ask(worker, "GET", path)
    return slate["offset"], [[item["article"] for item in slate[shelf]["items"]] for shelf in SHELVES]


def grow(bench: Bench) -> Figures:
    """Latency and memory of one worker with other numbers of articles."""
    figures: Figures = {}
    for articles in bench.sizes:
        rng = np.random.default_rng(4)
        wide = spread(bench.log, articles, rng)
        with tempfile.TemporaryDirectory(dir=bench.database.parent) as name:
            database = Path(name) / "recirc.db"
            keep(wide, settings_for(database), 0)
            trained = ModelRegistry.of_store(settings_for(bench.database).store)
            model = trained.load_active(settings_for(bench.database)).model
            if model is not None:
                ModelRegistry.of_store(settings_for(database).store).add(model, 1)
            part = bench._replace(log=wide, database=database, requests=prefixes(wide, REQUESTS, rng))
            told = compute(part)
            with Server(database, 1) as server:
                saturation(server.port, part.paths, WARMING)
                load = FixedRate(server.port, part.paths, GROW_RATE, bench.seconds)
                load.start()
                served = load.result()
                memory = server.memory()
        figures |= {
            f"compute_p50_ms_{articles}": told["p50_ms"],
            f"p50_ms_{articles}": served.p50,
            f"p99_ms_{articles}": served.p99,
            f"worker_mb_{articles}": memory / 1e6,
        }
    first, last = bench.sizes[0], bench.sizes[-1]
    figures["ratio"] = figures[f"p50_ms_{last}"] / figures[f"p50_ms_{first}"]
    figures["compute_ratio"] = figures[f"compute_p50_ms_{last}"] / figures[f"compute_p50_ms_{first}"]
    return figures


def beside(bench: Bench, peer: Path) -> Figures:
    """A peer's figures, and our own lean route's just before."""
    log = bench.database.with_name("log.jsonl")
    if not log.exists():
        write_log(bench.log, log)
    with Server(bench.database, bench.workers) as server:
        saturation(server.port, bench.lean, WARMING)
        bare = saturation(server.port, [HELLO], bench.seconds / 3)
        own = _against(server, bare, bench.lean, bench.seconds / 3)
    found = measure(peer, log, bench.lean, bench.seconds / 3)
    return (
        found
        | {f"own_{name}": value for name, value in own.items()}
        | {"against": own["rate"] / found["rate"]}
    )


PARTS: Final[dict[str, Callable[[Bench], Figures]]] = {
    "compute": compute, "serve": serve, "fresh": fresh, "restart": restart, "grow": grow,
}  # fmt: skip


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description="How fast shelves are served.")
    parser.add_argument("--data", type=Path, required=True, help="a log of events")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="processes that serve")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each load")
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second of the fixed rate")
    parser.add_argument(
        "--articles", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes for grow"
    )
    parser.add_argument("--peers", type=Path, help="folder with other recommenders, see serve_peers.py")
    parser.add_argument("--formula", action="store_true", help="train no model, serve the default formula")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the store is made"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    warm_up(Settings())
    now = time.time_ns() // 1_000_000
    log = read_log(options.data, now).moved_to(now)
    told: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        database = Path(name) / "recirc.db"
        keep(log, settings_for(database), min(BEHIND, len(log.records) // 2))
        if not options.formula:
            told["training"] = training(database)
            if not options.json:
                show("training", told["training"])
        requests = prefixes(log, REQUESTS, np.random.default_rng(1))
        bench = Bench(
            log, database, requests, options.workers, options.seconds, tuple(options.articles), options.rate
        )
        for part in options.only or PARTS:
            told[part] = PARTS[part](bench)
            if not options.json:
                show(part, told[part])
        for peer in peers_in(options.peers) if options.peers else ():
            told[f"peer {peer.name}"] = beside(bench, peer)
            if not options.json:
                show(f"peer {peer.name}", told[f"peer {peer.name}"])
    seconds = time.perf_counter() - started
    if options.json:
        data = {"rows": len(log.records), "windows": None, "articles": len(log.names)}
        whole = {"benchmark": "serve", "protocol": None, "data": data, "policies": told}
        print(json.dumps(whole | {"workers": options.workers, "seconds": round(seconds, 1)}))
    else:
        print(f"{len(log.records):,} events, {len(log.names):,} articles, {seconds:.0f} s in all")


if __name__ == "__main__":
    main()
