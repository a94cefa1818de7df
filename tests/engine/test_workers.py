"""Several workers on one log hold the same state."""

import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from served import Server

WORKERS = 3
EVENTS = 120


def posted(server: Server) -> None:
    """Events in small posts, each over a connection of its own, so that several workers take them."""
    for number in range(0, EVENTS, 5):
        batch = [
            {
                "id": f"event-{event}",
                "kind": "view",
                "article": f"article-{event % 7}",
                "reader": f"reader-{event % 31}",
                "visit": f"visit-{event % 31}",
            }
            for event in range(number, number + 5)
        ]
        assert server.post("/v1/events", batch)["accepted"] == 5


def ask_all(server: Server, path: str) -> dict[int, list[Any]]:
    """What each worker answers; asked over new connections until all have been heard."""
    heard: defaultdict[int, list[Any]] = defaultdict(list)
    give_up = time.monotonic() + 60
    while len(heard) < WORKERS:
        assert time.monotonic() < give_up, f"only workers {sorted(heard)} answered"
        told = server.get(path)
        heard[told["worker"]].append(told)
    return heard


def test_all_workers_agree(tmp_path: Path) -> None:
    server = Server(tmp_path, workers=WORKERS)
    server.start()
    try:
        server.wait()
        ask_all(server, "/healthz")
        posted(server)
        give_up = time.monotonic() + 60  # each folds a moment after the acknowledgement
        while not all(
            (told["offset"], told["lag"]) == (EVENTS, 0)
            for answers in ask_all(server, "/healthz").values()
            for told in answers
        ):
            assert time.monotonic() < give_up
        rankings = [server.get("/v1/rankings?window=day&slots=20")["items"] for _ in range(40)]
        for item in (item for ranking in rankings for item in ranking):
            item.pop("signature")  # of one answer
    finally:
        server.stop()
    assert [item["counts"]["readers"] for item in rankings[0]] == sorted(
        (item["counts"]["readers"] for item in rankings[0]), reverse=True
    )
    assert sum(item["counts"]["raw"] for item in rankings[0]) == EVENTS
    assert all(ranking == rankings[0] for ranking in rankings)
