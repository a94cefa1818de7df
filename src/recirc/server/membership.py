"""This machine among those of its site: a process that beats, holds leases, and has the readers' salt agreed on.

The process is forked before the workers and shares the memory of the salt with them. The salt goes from machine to
machine over HTTP, to members alone, and is on no disk: the holder of the lease gives it to whoever proves to be listed.
"""

import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Final, NamedTuple

import httpx
import msgspec

from recirc.clock import now_ms
from recirc.settings import Settings
from recirc.store.orders.joining import membership_of
from recirc.store.orders.members import (
    BEAT_SECONDS,
    SALT,
    Member,
    Membership,
    Standing,
    forget_standing,
    machine_name,
    note_standing,
    proof_of,
)
from recirc.store.orders.order import OrderAwayError
from recirc.subprocesses import exit_with_parent, forked
from recirc.web.reader_hasher import ReaderHasher, Salts

AGREE_SECONDS = 5.0
"""How often the salt is fetched once it is known: the next day's random bytes are part of it."""

FETCH_SECONDS = 2.0
STOP_SECONDS = 4.0

MEMBER_HEADER: Final = "X-Recirc-Member"

_salts = msgspec.msgpack.Decoder(Salts)


class Credentials(NamedTuple):
    """Who this machine is to the others, as long as it runs; in memory alone."""

    id: str
    token: str

    @classmethod
    def fresh(cls) -> "Credentials":
        """New ones."""
        return cls(secrets.token_hex(8), secrets.token_urlsafe(32))

    def member(self, name: str, url: str, *, agreed: bool) -> Member:
        """What the others see of it."""
        return Member(self.id, name, url, proof_of(self.token), agreed)

    @property
    def headers(self) -> dict[str, str]:
        """Of a request to another machine."""
        return {"Authorization": f"Bearer {self.token}", MEMBER_HEADER: self.id}


def own_url(settings: Settings) -> str:
    """Where the other machines reach this one."""
    host, port = settings.server.host, settings.server.port
    return settings.order.url.rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextmanager
def member_of_site(settings: Settings, credentials: Credentials, readers: ReaderHasher) -> Iterator[None]:
    """Be a member of the site's order as long as this lasts; nothing happens where there is one machine alone."""
    if settings.order.engine == "local":
        yield
        return
    forget_standing(Path(settings.store.path))
    with forked("membership", _run, settings, credentials, readers, nice=0, patience=STOP_SECONDS):
        yield


def _run(settings: Settings, credentials: Credentials, readers: ReaderHasher, parent: int) -> None:
    Thread(target=exit_with_parent, args=(parent,), daemon=True).start()
    membership = membership_of(settings.order)
    assert membership is not None
    machine = Machine(settings, credentials, readers, membership)
    try:
        while True:
            machine.beat(time.monotonic())
            time.sleep(BEAT_SECONDS)  # a lease is renewed by the clock; nothing else happens here
    finally:
        machine.leave()


class Machine:
    """This machine's part: one beat after another."""

    def __init__(
        self, settings: Settings, credentials: Credentials, readers: ReaderHasher, membership: Membership
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._readers = readers
        self._membership = membership
        self._agreed = False
        self._fetched = -AGREE_SECONDS
        self._trouble = ""

    def beat(self, now: float) -> None:
        """Tell the others, agree on the salt, and note what is known; trouble is said once."""
        try:
            standing = self._membership.beat(self._member(), now)
            note_standing(Path(self._settings.store.path), standing)
            self._agree(standing, now)
            self._trouble = ""
        except (OrderAwayError, OSError, httpx.HTTPError, msgspec.MsgspecError, ValueError) as error:
            if not self._trouble:
                self._trouble = f"{type(error).__name__}: {error}"
                print(f"recirc: {error}; trying again each second", file=sys.stderr, flush=True)

    def leave(self) -> None:
        """Tell the others, if they can be reached."""
        with suppress(OrderAwayError):
            self._membership.leave(self._member())
        self._membership.close()

    def _member(self) -> Member:
        name, url = machine_name(self._settings.order), own_url(self._settings)
        return self._credentials.member(name, url, agreed=self._agreed)

    def _agree(self, standing: Standing, now: float) -> None:
        """Have the salt of the lease's holder. Raises httpx.HTTPError, ValueError."""
        holder = standing.leases.get(SALT, "")
        if holder == standing.me:
            self._agreed = True
            return
        source = standing.member(holder)
        if source is None or (self._agreed and now - self._fetched < AGREE_SECONDS):
            return
        response = httpx.post(
            f"{source.url}/cluster/salt",
            headers=self._credentials.headers,
            timeout=FETCH_SECONDS,
            trust_env=False,
        )
        if response.status_code in (
            401,
            409,
        ):  # it learns of this machine, or of its lease, with its next beat
            return
        response.raise_for_status()
        if self._readers.adopt(_salts.decode(response.content), now_ms()):
            self._agreed, self._fetched = True, now
