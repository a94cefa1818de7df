"""Which order a store takes its commands from: noted beside the file for every process that may write to it.

The note holds the address, with a password if it has one, and is readable by its owner alone. The file itself says
that it follows an order, so that no process can write to it without the note.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from recirc.settings import OrderSettings
from recirc.store import history
from recirc.store.database import connect, explained, prepare
from recirc.store.orders.epoch import Epoch
from recirc.store.orders.members import Membership
from recirc.store.orders.order import Order
from recirc.store.ports import StoreError


class OrderNote(Struct, frozen=True, forbid_unknown_fields=True):
    """The order of a store's commands, where it is not the local one."""

    engine: Literal["postgresql", "jetstream"]
    address: str
    site: str
    accept_loss: bool = False


_notes = msgspec.json.Decoder(OrderNote)


def join(path: Path, settings: OrderSettings, busy_seconds: float) -> None:
    """Have the store at `path` take its commands from the order of the settings from now on.

    Raises:
        StoreError: it follows another order, or the note cannot be written.
    """
    prepare(path, busy_seconds)
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=True)) as connection:
        followed = history.followed(connection)
        if settings.engine == "local":
            if followed is not None:
                raise StoreError(
                    f"{path}: this store follows the order {followed!r} of several machines; name it in [order], or "
                    "restore a backup of this store without [order], which makes it stand alone"
                )
            return
        if followed not in (None, settings.site):
            raise StoreError(f"{path}: this store follows the order {followed!r}, not {settings.site!r}")
        note = msgspec.json.encode(
            OrderNote(settings.engine, settings.address, settings.site, settings.accept_loss)
        )
        part = _place(path).with_suffix(".part")
        try:
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(note)
            part.replace(_place(path))
        except OSError as error:
            raise StoreError(f"{_place(path)}: it cannot be written ({error})") from error
        history.follow(connection, settings.site)


def follows_order(path: Path, busy_seconds: float) -> str | None:
    """Name of the order of several machines that the store at `path` follows, if it does. Raises StoreError."""
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=False)) as connection:
        return history.followed(connection)


def position_of(path: Path, busy_seconds: float) -> int:
    """The last command that the store at `path` has applied. Raises StoreError."""
    with explained(path, busy_seconds), closing(connect(path, busy_seconds, writing=False)) as connection:
        return history.head(connection).position


def order_of(path: Path, busy_seconds: float) -> Order | None:
    """The order that the store at `path` follows; None: the local one.

    Raises:
        StoreError: the note is missing or damaged, or what the order's engine needs is not installed.
    """
    followed = follows_order(path, busy_seconds)
    if followed is None:
        return None
    try:
        note = _notes.decode(_place(path).read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{path}: this store follows the order {followed!r} of several machines, and {_place(path).name} does not "
            f"say where that is; start recirc serve with [order] once ({error})"
        ) from error
    return _orders[note.engine](note, Epoch(path, busy_seconds))


def membership_of(settings: OrderSettings) -> Membership | None:
    """The machines of the settings' order; None: there is one alone. Raises StoreError without a driver."""
    if settings.engine == "local":
        return None
    return _memberships[settings.engine](settings)


def _postgresql(note: OrderNote, epoch: Epoch) -> Order:
    with _driver("postgresql"):
        from recirc.store.orders.postgresql import PostgresqlOrder
    return PostgresqlOrder(note.address, note.site, epoch, accept_loss=note.accept_loss)


def _jetstream(note: OrderNote, epoch: Epoch) -> Order:
    with _driver("jetstream"):
        from recirc.store.orders.jetstream import JetStreamOrder
    return JetStreamOrder(note.address, note.site, epoch, accept_loss=note.accept_loss)


def _postgresql_members(settings: OrderSettings) -> Membership:
    with _driver("postgresql"):
        from recirc.store.orders.postgresql_members import PostgresqlMembership
    return PostgresqlMembership(settings.address, settings.site)


def _jetstream_members(settings: OrderSettings) -> Membership:
    with _driver("jetstream"):
        from recirc.store.orders.jetstream_members import JetStreamMembership
    return JetStreamMembership(settings.address, settings.site, accept_loss=settings.accept_loss)


@contextmanager
def _driver(engine: str) -> Iterator[None]:
    """What an engine needs is imported; each is an extra of the package."""
    try:
        yield
    except ImportError as error:
        raise StoreError(
            f'the order in {engine} needs a driver; install it: pip install "recirc[{engine}]"'
        ) from error


_orders: Final[dict[str, Callable[[OrderNote, Epoch], Order]]] = {
    "postgresql": _postgresql,
    "jetstream": _jetstream,
}
_memberships: Final[dict[str, Callable[[OrderSettings], Membership]]] = {
    "postgresql": _postgresql_members,
    "jetstream": _jetstream_members,
}


def _place(path: Path) -> Path:
    return path.with_name(f"{path.name}.order")
