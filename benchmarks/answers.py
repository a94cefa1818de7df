"""Whether a change of the code changes an answer: `python benchmarks/answers.py record|compare --store DB --file FILE`.

`record` makes requests by the visits that a store holds, and writes each with its moment and its whole answer.
`compare` makes the same requests of the code that is there now, and counts the answers that differ, to the last
byte. The store is only read: copy the one of a running server. Between the two the store must stay as it is.

Each request is a visit up to a random article, with the referrer, device and region that it had. So many are not
personalised, name a section, a window, a number of slots or some shelves only, name earlier visits, or come again with
the `draw` of an earlier answer. Moments follow each other as in an hour of a server.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import structs

from recirc.engine import Engine
from recirc.types import Request, Window
from serve_server import settings_for

REQUESTS: Final = 10_000
LONGEST: Final = 20  # articles of a visit that a request names at most
SPAN: Final = 3_600_000  # ms from the first to the last request
WINDOWS: Final = tuple(Window)
SHELVES: Final = ((), (), (), ("recommendation",), ("related",), ("ranking", "recommendation"))

Line = tuple[Request, int, msgspec.Raw]


def requests_of(engine: Engine, count: int, seed: int) -> Iterator[tuple[Request, int]]:
    """Requests and their moments (ms), the same for the same store, count and seed."""
    rng = np.random.default_rng(seed)
    with engine._log_consumer.reading() as state:
        visits, clock = state.visits, state.clock
        slots = np.flatnonzero(visits.count > 0)
        articles, lengths, contexts = visits.articles[slots], visits.count[slots], visits.contexts[slots]
        every = [kept.id if kept else None for kept in engine._store.get(range(state.size))]
    sections: list[str | None] = [name for name, _ in engine.sections()] or [None]
    for place in range(count):
        chosen, before = rng.integers(0, len(slots), 2).tolist()
        stop = int(rng.integers(1, min(int(lengths[chosen]), LONGEST) + 1))
        names = [name for at in articles[chosen, :stop].tolist() if (name := every[at])]
        earlier = [
            name for at in articles[before, : lengths[before]].tolist()[:LONGEST] if (name := every[at])
        ]
        codes = [int(code) or None for code in contexts[chosen]]
        kind = int(rng.integers(0, 12))
        yield (
            Request(
                article=names[-1] if names and kind != 1 else None,
                history=tuple(names[:-1]),
                earlier=tuple(earlier) if kind in (2, 3) else (),
                referrer=codes[0],
                device=codes[1],
                region=codes[2],
                section=sections[int(rng.integers(0, len(sections)))] if kind == 4 else None,
                window=WINDOWS[int(rng.integers(0, len(WINDOWS)))] if kind in (4, 5) else Window.HOUR,
                personalised=kind not in (6, 7, 8),
                slots=int(rng.integers(1, 51)) if kind == 9 else None,
                shelf=SHELVES[int(rng.integers(0, len(SHELVES)))] if kind in (5, 10) else (),
                published_only=kind == 8,
                draw=f"{int(rng.integers(1, 2**62)):x}" if kind == 11 else None,
            ),
            clock + place * SPAN // count,
        )


def record(engine: Engine, file: Path, count: int, seed: int) -> None:
    """Write requests with their answers, one a line."""
    with file.open("wb") as out:
        for request, now in requests_of(engine, count, seed):
            answer = msgspec.json.encode(engine.shelves(request, now))
            out.write(msgspec.json.encode((request, now, msgspec.Raw(answer))) + b"\n")


def compare(engine: Engine, file: Path) -> list[str]:
    """The differences: of each answer that is not as it was, its line, and what is said first that differs."""
    found = []
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            request, now, before = msgspec.json.decode(line, type=Line)
            after = msgspec.json.encode(engine.shelves(request, now))
            if after != bytes(before):
                where, was, now_is = _first(msgspec.json.decode(before), msgspec.json.decode(after), "")
                found.append(f"line {number}: {where}: {was!r} became {now_is!r}; {request}")
    return found


def _first(one: Any, other: Any, path: str) -> tuple[str, Any, Any]:
    """The first place where two JSON values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(f"{path}.{key}", one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{at}]", a, b) for at, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return path, one, other
    return next((_first(a, b, where) for where, a, b in pairs if a != b), (path, one, other))


def main() -> None:
    """Record or compare, and say how many answers differ."""
    parser = argparse.ArgumentParser(description="Whether a change of the code changes an answer.")
    parser.add_argument("what", choices=("record", "compare"))
    parser.add_argument(
        "--store", type=Path, required=True, help="the database of a store that stays as it is"
    )
    parser.add_argument("--file", type=Path, required=True, help="the recorded requests and answers")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=16)
    options = parser.parse_args()
    settings = settings_for(options.store)
    engine = Engine.open(
        structs.replace(settings, store=structs.replace(settings.store, path=str(options.store)))
    )
    try:
        if options.what == "record":
            record(engine, options.file, options.requests, options.seed)
            print(f"{options.requests:,} answers are in {options.file}")
            return
        different = compare(engine, options.file)
    finally:
        engine.close()
    for text in different[:10]:
        print(text[:600])
    print(f"{len(different):,} answers differ")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
