"""Engines that put the commands of several machines into one order, started by the tests that need them."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from nats_servers import nats_servers, wait_until
from postgres import clusters
from recirc.settings import OrderSettings

ENGINES = ("postgresql", "jetstream")


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
