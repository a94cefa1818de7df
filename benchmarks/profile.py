"""Where a personalised slate's time goes: `python benchmarks/profile.py --store DB [--requests N] [--json]`.

Processor time of one thread, by the functions that take it, each without those below it in the table; means over the
requests of `answers.py` that name a history. The store is one that `recirc serve` or `serve.py` has made.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from answers import requests_of
from recirc.engine import Engine, shelf_service, slate_filler
from recirc.shelves import related, slot_filler
from recirc.shelves.exploration import Explorer
from recirc.types import Request
from serve_server import settings_for

REQUESTS: Final = 2_000
A_TICK: Final = 20  # requests at one moment

Owner = ModuleType | type
FUNCTIONS: Final[tuple[tuple[str, Owner, str], ...]] = (
    ("Recommendation: candidates to slots, compiled", slot_filler, "fill_slots"),
    ("Recommendation: arrays of a state", slot_filler.SlotFiller, "_arrays"),
    ("Recommendation: the call", slot_filler.SlotFiller, "_run"),
    ("Recommendation: evidence of items", slot_filler.SlotFiller, "fill"),
    ("Related: to slots, compiled", related, "place_related"),
    ("Related: the rest", related.Related, "arranged"),
    ("exploration", Explorer, "explore"),
    ("filling", slate_filler, "fill"),
    ("items and their words", shelf_service.ShelfService, "_items"),
    ("ids to indices", shelf_service.ShelfService, "_opened"),
    ("the request in the state's terms", shelf_service, "ranking_context"),
    ("the id of the answer", shelf_service.ShelfService, "_serve_id"),
    ("signatures of items", shelf_service.ShelfService, "_shelf"),
)


class Shares:
    """The processor time of functions, without that of others that they call, ns."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = defaultdict(int)
        self._below = [0]

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time added up under the name."""

        @wraps(function)
        def measured(*arguments: Any, **named: Any) -> Any:
            self._below.append(0)
            start = time.thread_time_ns()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.thread_time_ns() - start
                self.spent[name] += taken - self._below.pop()
                self._below[-1] += taken

        return measured


def profile(engine: Engine, count: int) -> dict[str, float]:
    """Milliseconds a request by part, largest first; the first fifth of the requests only warms up."""
    requests = [
        (Request(article=request.article, history=request.history), now)
        for request, now in requests_of(engine, count, 7)
        if request.article and request.history
    ]
    shares = Shares()
    for name, owner, attribute in FUNCTIONS:
        setattr(owner, attribute, shares.timed(name, getattr(owner, attribute)))
    answer = shares.timed("all else", engine.shelves)
    warm = len(requests) // 5
    for place, (request, _) in enumerate(requests):
        if place == warm:
            shares.spent.clear()
        answer(request, requests[place - place % A_TICK][1])
    spent = {name: taken / (len(requests) - warm) / 1e6 for name, taken in shares.spent.items()}
    return dict(sorted(spent.items(), key=lambda part: -part[1]))


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description="Where a personalised slate's time goes.")
    parser.add_argument("--store", type=Path, required=True, help="the database of a store")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    engine = Engine.open(settings_for(options.store))
    try:
        spent = profile(engine, options.requests)
    finally:
        engine.close()
    total = sum(spent.values())
    if options.json:
        print(json.dumps({"benchmark": "profile", "ms": spent, "total_ms": total}))
        return
    for name, taken in spent.items():
        print(f"{name:<40} {taken:7.3f} ms {taken / total:6.1%}")
    print(f"{'together':<40} {total:7.3f} ms")


if __name__ == "__main__":
    main()
