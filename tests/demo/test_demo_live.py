import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import msgspec
import numpy as np
import pytest
from demo_town import NOW, town, written

from asgi_client import AsgiClient
from recirc.demo.live import KeyUnknownError, PortalConnection, SimulatedCrowd
from recirc.demo.readers import SLOTS
from recirc.engine import Engine
from recirc.server.app import create_app
from recirc.settings import Settings, StoreSettings
from recirc.store.api_keys import create
from recirc.types import Event, EventKind
from recirc.web.reader_hasher import ReaderHasher


class Portal(NamedTuple):
    """A portal over a real store, and everything that the crowd sent to it."""

    engine: Engine
    client: AsgiClient
    key: str
    clock: list[int]
    bodies: list[bytes]
    paths: list[str]

    def send(self, method: str, path: str, body: bytes | None = None) -> bytes | None:
        self.paths.append(path)
        if body is not None:
            self.bodies.append(body)
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.client.request(method, path, content=body, headers=headers)
        assert answer.status_code < 300, answer.text
        self.engine.catch_up()
        return answer.content

    def events(self) -> list[Event]:
        return [event for body in self.bodies for event in msgspec.json.decode(body, type=list[Event])]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    path = tmp_path / "recirc.db"
    engine = Engine.open(Settings(store=StoreSettings(path=str(path))))
    clock = [NOW]
    engine.publish([piece.article for piece in written()]).result()
    engine.catch_up()
    app = create_app(engine, ReaderHasher(NOW), lambda: clock[0])
    with AsgiClient(app) as client:
        yield Portal(engine, client, create(path, "readers"), clock, [], [])
    engine.close()


def crowd_of(portal: Portal, seed: int = 7) -> SimulatedCrowd:
    world, population = town()
    return SimulatedCrowd(world, population, np.random.default_rng(seed), portal.send, NOW)


def walk(portal: Portal, crowd: SimulatedCrowd, steps: int) -> int:
    """`steps` pages, one each second; returns the number of events sent."""
    sent = 0
    for step in range(steps):
        portal.clock[0] = NOW + 1000 * step
        sent += crowd.step(float(step), portal.clock[0])
    return sent


def test_all_events_of_the_crowd_are_accepted_and_counted(portal: Portal) -> None:
    before = portal.engine.offset
    sent = walk(portal, crowd_of(portal), 300)
    events = portal.events()
    assert sent == len(events) == portal.engine.offset - before > 300
    assert len({event.id for event in events}) == len(events)
    views = [event for event in events if event.kind is EventKind.VIEW]
    assert sum(portal.engine.counts(name, NOW).raw for name in town()[0].ids) == len(views)
    assert {event.kind for event in events} >= {EventKind.VIEW, EventKind.IMPRESSION, EventKind.READ}
    assert all(event.user_agent is not None and event.reader for event in events)


def test_views_from_shelves_follow_impressions_of_the_same_answer(portal: Portal) -> None:
    walk(portal, crowd_of(portal), 300)
    shown = set()
    followed = 0
    for event in portal.events():
        slot = (event.visit, event.source, event.shelf, event.position, event.article, event.serve_id)
        if event.kind is EventKind.IMPRESSION:
            assert event.shelf
            assert event.position is not None
            assert event.position < SLOTS[event.shelf]
            shown.add(slot)
        elif event.kind is EventKind.VIEW and event.shelf:
            assert slot in shown
            followed += 1
    assert followed > 20


def test_events_carry_the_propensity_of_their_slots(portal: Portal) -> None:
    walk(portal, crowd_of(portal), 400)
    on_shelves = [event for event in portal.events() if event.shelf]
    assert all(event.propensity is not None for event in on_shelves)
    assert all(event.propensity is None for event in portal.events() if not event.shelf)
    exploring = portal.engine.settings.exploring
    # Some were tried, and where something could be tried the usual item says so.
    events = {event.propensity for event in on_shelves if event.position == exploring.slot}
    assert 1 - exploring.share in events
    assert any(propensity is not None and propensity <= exploring.share for propensity in events)


def test_only_personalised_visits_send_a_history(portal: Portal) -> None:
    walk(portal, crowd_of(portal), 200)
    requests = [path for path in portal.paths if path.startswith("/v1/shelves")]
    with_history = [path for path in requests if "history=" in path]
    assert all(("history=" in path) != ("personalised=false" in path) for path in requests)
    assert 0.1 < len(with_history) / len(requests) < 0.6


def test_one_seed_and_one_portal_make_one_crowd(portal: Portal) -> None:
    # A second crowd of the same seed meets a state that has moved on: only the first pages agree.
    walk(portal, crowd_of(portal, 7), 1)
    walk(portal, crowd_of(portal, 7), 1)
    walk(portal, crowd_of(portal, 8), 1)
    first, again, other = (path for path in portal.paths if path.startswith("/v1/shelves"))
    assert first == again != other


def test_robots_are_excluded(portal: Portal) -> None:
    crowd, robots = crowd_of(portal), list[Event]()
    for _ in range(50):  # a crowd's visits are as long as its shelves are good: few come, or many
        walk(portal, crowd, 100)
        robots = [event for event in portal.events() if event.reader and event.reader.startswith("robot")]
        if robots:
            break
    counts = [portal.engine.counts(name, NOW) for name in town()[0].ids]
    assert sum(count.excluded for count in counts) == len(robots) > 0


class Handler(BaseHTTPRequestHandler):
    """Responds "here", with 401 on /unknown and 503 on /busy."""

    def do_GET(self) -> None:
        self.send_response(401 if self.path == "/unknown" else 503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


def serving(port: int = 0) -> HTTPServer:
    server = HTTPServer(("127.0.0.1", port), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


def stopped(server: HTTPServer) -> int:
    server.shutdown()
    server.server_close()
    return int(server.server_address[1])


def test_a_connection_survives_a_restart_of_the_server() -> None:
    server = serving()
    client = PortalConnection(f"http://127.0.0.1:{server.server_address[1]}", "rk_x", lambda: False)
    assert client.send("GET", "/") == b"here"
    port = stopped(server)
    responses: list[bytes | None] = []
    sender = Thread(target=lambda: responses.append(client.send("GET", "/")))
    sender.start()
    time.sleep(0.3)
    assert responses == []
    server = serving(port)
    sender.join(10)
    stopped(server)
    assert responses == [b"here"]


def test_a_connection_gives_up_without_its_parent_or_with_an_unknown_key() -> None:
    server = serving()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    assert PortalConnection(base, "rk_x", lambda: True).send("GET", "/") is None
    client = PortalConnection(base, "rk_x", lambda: False)
    assert client.send("GET", "/busy") is None
    with pytest.raises(KeyUnknownError):
        client.send("GET", "/unknown")
    stopped(server)
