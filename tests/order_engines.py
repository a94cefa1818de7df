"""Engines that put the commands of several machines into one order, started by the tests that need them."""

import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

import pytest

from nats_servers import nats_servers, wait_until
from postgres import clusters
from recirc.settings import OrderSettings
from recirc.store import command_port
from recirc.store.database import prepare
from recirc.store.decider import DecisionRules
from recirc.store.orders.joining import follows_order, join, position_of
from recirc.store.orders.order import Order
from recirc.store.sequencer import Sequencer

ENGINES = ("postgresql", "jetstream")
PATIENCE = 60.0
"""Seconds that a command may take in `order_of_new_stores`."""


class OrderEngine(NamedTuple):
    """A running engine of one server. `flush`: what it holds in memory for its disk is there afterwards."""

    name: Literal["postgresql", "jetstream"]
    address: str
    folder: Path
    stop: Callable[[], object]
    start: Callable[[], object]
    flush: Callable[[], object]

    def settings(self, site: str = "paper", machine: str = "") -> OrderSettings:
        """Those of a machine that shares the order; it has no second server, and accepts what that means."""
        return OrderSettings(
            engine=self.name, address=self.address, site=site, accept_loss=True, machine=machine
        )


@contextmanager
def order_engine(name: str) -> Iterator[OrderEngine]:
    """The engine of that name; it ends with the block."""
    if name == "postgresql":
        with clusters() as made:
            database = made.primary()
            yield OrderEngine(
                "postgresql", database.address, database.folder, database.stop, database.start,
                lambda: database.do("CHECKPOINT"),
            )  # fmt: skip
        return
    with nats_servers(1) as (server,):

        def start() -> None:
            server.start()
            wait_until(server.ready)

        def flush() -> None:
            server.kill(signal.SIGTERM)
            start()

        yield OrderEngine("jetstream", server.address, server.folder, server.kill, start, flush)


@contextmanager
def order_of_new_stores(engine: OrderEngine) -> Iterator[None]:
    """Have each store that this process makes follow an order of its own in the engine, as a machine of one.

    Its commands may take PATIENCE, whatever the store's own limit is: an engine on a crowded machine is slow.
    """

    def prepared(path: Path, busy_seconds: float, rules: DecisionRules | None = None) -> None:
        prepare(path, busy_seconds, rules)
        if follows_order(path, busy_seconds) is None and position_of(path, busy_seconds) == 0:
            join(path, engine.settings(secrets.token_hex(8)), busy_seconds)

    def patient(path: Path, busy_seconds: float, order: Order | None) -> Sequencer:
        return Sequencer(path, busy_seconds if order is None else max(busy_seconds, PATIENCE), order)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command_port, "prepare", prepared)  # the one place where a store comes to be
        patch.setattr(command_port, "Sequencer", patient)
        yield
