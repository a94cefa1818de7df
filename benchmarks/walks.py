"""How often the way of one event, one article and one request changes the source file: `python benchmarks/walks.py`.

On these walks a reader of the code follows it: an event from its HTTP request to the folded state, an article likewise,
and a request to its shelves. A change is counted whenever a thread goes on in another file of the package, a return
included, and whenever a coroutine is resumed through the files that it waits in. Each walk comes after others of its
kind, so that nothing is loaded or compiled on it, and no other thread looks for news meanwhile. `--list` prints
the files in their order.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from starlette.testclient import TestClient

import recirc
from recirc.engine import Engine, log_consumer
from recirc.server.app import create_app
from recirc.settings import Settings, StoreSettings
from recirc.store.api_keys import create
from recirc.web.reader_hasher import ReaderHasher

SOURCES: Final = f"{Path(recirc.__file__).parent}/"
BODY: Final = "The ferry crews of Hob Head went back to work on Friday. " * 12


class Walk:
    """The files that all threads came through, in their order, while it is traced."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self._last: dict[int, str] = {}

    def __call__(self, frame: FrameType, *_: Any) -> Any:
        """Note where a thread is; as `sys.settrace` calls it."""
        file = frame.f_code.co_filename
        if not file.startswith(SOURCES):
            return None
        thread = threading.get_ident()
        if self._last.get(thread) != file:
            self._last[thread] = file
            self.files.append(file.removeprefix(SOURCES))
        return self


def traced(action: Callable[[], object]) -> list[str]:
    """The files that an action comes through, in this thread and in those that it hands work to."""
    walk = Walk()
    current[0] = walk
    sys.settrace(walk)
    try:
        action()
    finally:
        sys.settrace(None)
        current[0] = None
    return walk.files


current: list[Walk | None] = [None]


def in_threads(frame: FrameType, *_: Any) -> Any:
    """The trace function of all other threads, which live longer than a walk."""
    if not frame.f_code.co_filename.startswith(SOURCES):
        return None
    if current[0] is not None:
        current[0](frame)
    return in_threads


def walks(folder: Path) -> dict[str, list[str]]:
    """The files of each walk, through a portal of its own."""
    log_consumer.TAIL_SECONDS = 3600.0  # the tail reads what it is woken for, and nothing in between
    settings = Settings(store=StoreSettings(path=str(folder / "recirc.db")))
    engine = Engine.open(settings)
    try:
        engine.start()
        key = {"Authorization": f"Bearer {create(folder / 'recirc.db', 'walks')}"}
        found: dict[str, list[str]] = {}
        with TestClient(create_app(engine, ReaderHasher(int(time.time() * 1000)))) as client:

            def publish(number: int, headline: str) -> None:
                article = {"id": f"walk-{number}", "headline": headline, "body": BODY, "section": "Local"}
                client.post("/v1/articles", json=article, headers=key).raise_for_status()

            def observe(number: int) -> None:
                event = {"id": f"event-{number}", "kind": "view", "article": "walk-2", "reader": "r"}
                client.post("/v1/events", json=[event], headers=key).raise_for_status()
                engine.catch_up()

            def ask() -> None:
                client.get("/v1/shelves?article=walk-2").raise_for_status()

            def with_known_key(action: Callable[[], object]) -> list[str]:
                # Keys are read again each second, which may have passed.
                client.get("/v1/pins", headers=key)
                return traced(action)

            publish(0, "The lifeboat was out again near the mole")
            publish(1, "Council votes to keep the library in Wrenmouth open")
            found["article"] = with_known_key(
                lambda: publish(2, "Ferry strike ends after nine days in Hob Head")
            )
            observe(1)
            found["event"] = with_known_key(lambda: observe(2))
            ask()
            observe(3)  # or the answer would be known
            found["request"] = traced(ask)
        return found
    finally:
        engine.close()


def main() -> None:
    """Walk, and print the changes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--list", action="store_true", help="print the files in their order")
    options = parser.parse_args()
    threading.settrace(in_threads)
    with tempfile.TemporaryDirectory() as folder:
        for name, files in walks(Path(folder)).items():
            print(f"{name:<8} {len(files):4} changes of file, {len(set(files))} files")
            if options.list:
                print("  " + " > ".join(files))


if __name__ == "__main__":
    main()
