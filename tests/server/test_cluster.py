"""Three `recirc serve` behind one order: how they join, what one does for all, and what happens when one is gone."""

import base64
import http.client
import os
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from order_engines import ENGINES, OrderEngine, order_engine
from recirc.clock import now_ms
from recirc.engine.model_registry import ModelRegistry
from recirc.server.membership import Credentials, Machine
from recirc.settings import ServerSettings, Settings, StoreSettings
from recirc.store.orders.joining import membership_of
from recirc.store.orders.members import ARCHIVING, POLLING, SALT, TRAINING, Member, Standing, standing_of
from recirc.web.reader_hasher import ReaderHasher, Salts
from served import AwayError, Server, recirc
from some_model import model

SECONDS = 90.0
"""Within which something happens, also while the tests are busy."""

ARTICLE = {"id": "ferry", "headline": "Ferry halted", "body": f"<p>{'The ferry stays in port. ' * 20}</p>"}


LEASES = {SALT, POLLING, TRAINING, ARCHIVING}


@pytest.fixture(scope="module", params=ENGINES)
def shared(request: pytest.FixtureRequest) -> Iterator[OrderEngine]:
    with order_engine(request.param) as made:
        yield made


def until(what: Callable[[], Any]) -> Any:
    """What is found, once something is; servers may be away meanwhile."""
    give_up = time.monotonic() + SECONDS
    while True:
        try:
            found = what()
        except (AssertionError, OSError):
            found = None
        if found:
            return found
        assert time.monotonic() < give_up
        time.sleep(0.1)


def started(folder: Path, shared: OrderEngine, *, key: str = "", drain: float = 0.0) -> Server:
    """A machine with an empty folder, or (no key) the first one."""
    folder.mkdir()
    order = shared.settings(machine=folder.name)
    settings = {"RECIRC_SERVER__DRAIN_SECONDS": str(drain), "RECIRC_TRAINING__EVERY_SECONDS": "60"}
    server = Server(folder, order=order, empty=bool(key), settings=settings)
    server.key = key or server.key
    server.start()
    try:
        until(lambda: server.get("/readyz")["status"] == "ok")
    except AssertionError:
        server.kill()
        raise AssertionError(server.log()) from None
    return server


def standing(server: Server) -> Standing:
    found = standing_of(server.path)
    assert found is not None
    return found


def view(server: Server, reader: str) -> None:
    """A reader, whom the site names, opens the article: the name is hashed with the salt of the day."""
    server.post("/v1/events", [{"kind": "view", "article": "ferry", "reader": reader}])


def readers_of(server: Server) -> int:
    items = server.get("/v1/rankings?window=day")["items"]
    return int(items[0]["counts"]["readers"]) if items else 0


def test_three_machines_join_share_and_lose_one(tmp_path: Path, shared: OrderEngine) -> None:
    first = started(tmp_path / "first", shared)
    running = [first]
    try:
        first.post("/v1/articles", [ARTICLE])
        for name in ("second", "third"):
            running.append(started(tmp_path / name, shared, key=first.key))
            # It was copied, not replayed: who answers is said, and both have the article at once.
            assert "copying the store of" in running[-1].log()
            assert running[-1].get("/v1/articles/ferry")["article"]["headline"] == "Ferry halted"
            with urllib.request.urlopen(f"{running[-1].address}/livez") as answer:
                assert answer.headers["X-Served-By"] == name
        for machine in running:
            view(machine, "one")
        until(lambda: [readers_of(each) for each in running] == [1, 1, 1])
        # Whichever machine a model is adopted or rolled back on, all serve it.
        learned = ModelRegistry(running[1].path).add(model(1), 5).card.id
        until(lambda: [each.get("/healthz").get("model") for each in running] == [learned] * 3)
        ModelRegistry(running[2].path).roll_back()
        until(lambda: [each.get("/healthz").get("model") for each in running] == [None] * 3)

        held = standing(first)
        assert set(held.leases) == LEASES
        assert set(held.leases.values()) == {held.me}
        first.kill()
        running.remove(first)
        second, third = running
        taken = until(lambda: _leases_without(second, held.me))
        assert set(taken) == LEASES
        view(second, "one")
        view(third, "one")
        view(third, "another")
        until(lambda: [readers_of(each) for each in running] == [2, 2])

        # The machine that was killed comes back with a salt of its own, and takes that of the site.
        first.start()
        running.append(first)
        until(lambda: first.get("/readyz")["status"] == "ok")
        view(first, "another")
        view(first, "a third")
        until(lambda: [readers_of(each) for each in running] == [3, 3, 3])
    finally:
        for each in running:
            each.stop()


def _leases_without(server: Server, gone: str) -> dict[str, str]:
    leases = standing(server).leases
    return leases if set(leases) == LEASES and gone not in leases.values() else {}


def test_a_server_that_is_asked_to_stop_says_so_before_it_does(tmp_path: Path, shared: OrderEngine) -> None:
    server = started(tmp_path / "drained", shared, drain=3.0)
    member = standing(server).me
    (parent,) = server.processes("parent")
    os.kill(parent, signal.SIGTERM)
    with pytest.raises(AwayError, match="about to stop"):
        until_refused(server)
    assert "items" in server.get("/v1/rankings?window=day")
    server.gone()
    membership = membership_of(shared.settings())
    assert membership is not None
    with closing(membership):
        seen = membership.beat(Member("asking", "asking", "", "", agreed=False), time.monotonic())
    assert member not in [each.id for each in seen.members]


def until_refused(server: Server) -> None:
    give_up = time.monotonic() + SECONDS
    while time.monotonic() < give_up:
        server.get("/readyz")
        time.sleep(0.05)


def test_only_listed_machines_receive_salt_and_store(tmp_path: Path, shared: OrderEngine) -> None:
    server = started(tmp_path / "alone", shared)
    try:
        for path in ("/cluster/salt", "/cluster/copy"):
            for headers in ({}, Credentials.fresh().headers, {"Authorization": f"Bearer {server.key}"}):
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
                with closing(connection):
                    connection.request("POST", path, headers=headers)
                    assert connection.getresponse().status == 401
    finally:
        server.stop()


def machine_of(folder: Path, shared: OrderEngine, readers: ReaderHasher) -> tuple[Machine, Credentials]:
    order = shared.settings(machine=folder.name)
    settings = Settings(
        server=ServerSettings(port=9), store=StoreSettings(path=str(folder / "recirc.db")), order=order
    )
    credentials, membership = Credentials.fresh(), membership_of(order)
    assert membership is not None
    folder.mkdir()
    return Machine(settings, credentials, readers, membership), credentials


def test_the_salt_is_on_no_disk(tmp_path: Path, shared: OrderEngine) -> None:
    """Searched as bytes, in hexadecimal and in base64; the address that the machine noted is found in the same way."""
    server = started(tmp_path / "holder", shared)
    try:
        view(server, "one")
        readers = ReaderHasher(now_ms())
        own = readers.salts(now_ms())
        machine, _ = machine_of(tmp_path / "asking", shared, readers)
        try:
            until(lambda: _after_beat(machine, readers) != own)
        finally:
            machine.leave()
        salts = readers.salts(now_ms())
        shared.flush()
        contents = [path.read_bytes() for path in _files(tmp_path, shared.folder)]
        for secret in (salts.today, salts.following):
            for form in (secret, secret.hex().encode(), base64.b64encode(secret)[:40]):
                assert not any(form in content for content in contents)
        control = server.address.encode()
        assert sum(control in content for content in contents) > 1  # beside the store, and with the engine
    finally:
        server.stop()


def _after_beat(machine: Machine, readers: ReaderHasher) -> Salts:
    machine.beat(time.monotonic())
    return readers.salts(now_ms())


def _files(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


def test_a_store_that_forked_is_rebuilt_by_one_command(tmp_path: Path, shared: OrderEngine) -> None:
    good = started(tmp_path / "good", shared)
    forked = started(tmp_path / "bad", shared, key=good.key)
    try:
        good.post("/v1/articles", [ARTICLE])
        until(lambda: forked.get("/v1/articles/ferry"))
        forked.stop()
        _forge(forked.path)
        forked.start()
        forked.gone()  # it would have to write at its start, and nothing is written to another history
        assert "went another way" in forked.log()
        done = subprocess.run(
            [*recirc("rebuild", "--db", str(forked.path), "--from", good.address)],
            capture_output=True, text=True, check=False, env=forked.environment, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "what was here is now" in done.stdout
        forked.start()
        until(lambda: forked.get("/readyz")["status"] == "ok")
        assert forked.get("/v1/articles/ferry")["article"]["headline"] == "Ferry halted"
        forked.stop()
    finally:
        good.stop()


def _forge(path: Path) -> None:
    """As if the last command had been another one."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE commands SET hash = zeroblob(16) WHERE position = (SELECT max(position) FROM commands)"
        )
        connection.commit()
