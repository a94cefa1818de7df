"""Two `recirc serve` on folders of their own that share one order."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from order_engines import ENGINES, OrderEngine, order_engine
from served import Server

SECONDS = 60.0
"""Within which what one machine acknowledged is served by the other, also while the tests are busy."""


@pytest.fixture(scope="module", params=ENGINES)
def shared(request: pytest.FixtureRequest) -> Iterator[OrderEngine]:
    with order_engine(request.param) as made:
        yield made


def started(folder: Path, shared: OrderEngine, *, workers: int) -> Server:
    folder.mkdir()
    server = Server(folder, workers=workers, order=shared.settings())
    server.start()
    server.wait()
    return server


def soon(what: Callable[[], Any]) -> Any:
    """What is found, once something is."""
    give_up = time.monotonic() + SECONDS
    while True:
        try:
            found = what()
        except AssertionError:  # the server answers 404 or 503
            found = None
        if found:
            return found
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_what_is_published_and_read_on_one_machine_is_served_by_the_other(
    tmp_path: Path, shared: OrderEngine
) -> None:
    first = started(tmp_path / "first", shared, workers=2)
    try:
        second = started(tmp_path / "second", shared, workers=1)
        try:
            second.key, first.key = first.key, second.key  # a key is a command, too: it is known everywhere
            article = {
                "id": "ferry",
                "headline": "Ferry halted",
                "body": f"<p>{'The ferry stays in port. ' * 20}</p>",
            }
            first.post("/v1/articles", [article])
            assert soon(lambda: second.get("/v1/articles/ferry"))["article"]["headline"] == "Ferry halted"
            views = [{"id": f"v{n}", "kind": "view", "article": "ferry", "reader": f"r{n}"} for n in range(9)]
            second.post("/v1/events", views)
            soon(
                lambda: (
                    [item["counts"]["readers"] for item in first.get("/v1/rankings?window=day")["items"]]
                    == [9]
                )
            )
            assert first.post("/v1/events", views)["duplicates"] == 9
        finally:
            second.stop()
    finally:
        first.stop()


def test_while_the_engine_is_away_shelves_are_served_and_writes_answer_503(
    tmp_path: Path, shared: OrderEngine
) -> None:
    server = started(tmp_path / "alone", shared, workers=1)
    try:
        server.post("/v1/events", [{"id": "a", "kind": "view", "article": "ferry", "reader": "r"}])
        shared.stop()
        assert "items" in server.get("/v1/rankings?window=day")
        with pytest.raises(AssertionError, match=r"503.*send it again"):
            server.post("/v1/events", [{"id": "b", "kind": "view", "article": "ferry", "reader": "r2"}])
        shared.start()
        sent = soon(
            lambda: server.post(
                "/v1/events", [{"id": "b", "kind": "view", "article": "ferry", "reader": "r2"}]
            )
        )
        assert sent["accepted"] + sent["duplicates"] == 1
    finally:
        server.stop()
