"""A store from another machine of the site: for one that joins with an empty folder, or was found to have forked."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx

from recirc import clock
from recirc.server.membership import Credentials
from recirc.settings import Settings
from recirc.store.backup import Holdings, restore
from recirc.store.orders.joining import membership_of
from recirc.store.orders.members import Member, Membership, machine_name
from recirc.store.orders.order import OrderAwayError
from recirc.store.ports import StoreError

LISTED_SECONDS = 15.0
"""How long another machine may take to learn that this one is listed, or to finish a copy for a third."""

CHUNK = 1 << 20
Say = Callable[[str], None]


def join_with_copy(settings: Settings, credentials: Credentials, say: Say) -> bool:
    """Give an empty machine a copy of another one's store; whether it has one now.

    Without another machine nothing happens: the order is followed from its beginning. Raises StoreError.
    """
    if settings.order.engine == "local" or Path(settings.store.path).exists():
        return False
    try:
        return rebuild(settings, credentials, say, None) is not None
    except OrderAwayError as error:
        say(f"no machine to copy the store from is known: {error}")
        return False


def rebuild(settings: Settings, credentials: Credentials, say: Say, source: str | None) -> Holdings | None:
    """Put a verified copy of another machine's store in the place of this one's; None: there is no other.

    `source` is the other machine's address; None: any that is there. What was here is kept under another name.

    Raises:
        StoreError: no machine gave a sound copy, or a server runs here.
        OrderAwayError: the order cannot be reached.
    """
    membership = membership_of(settings.order)
    if membership is None:
        raise StoreError("this machine follows no order of several; name it in [order]")
    # Listed without an address: it asks, and takes no lease.
    me = credentials.member(machine_name(settings.order), "", agreed=False)
    try:
        members = membership.beat(me, time.monotonic()).members
        urls = [source.rstrip("/")] if source else [each.url for each in members if each.url]
        problems = []
        for url in urls:
            try:
                return _copy_from(url, settings, credentials, say, lambda: _again(membership, me))
            except (httpx.HTTPError, StoreError) as error:
                problems.append(f"{url}: {error}")
        if problems:
            raise StoreError(f"no copy of the store could be had: {'; '.join(problems)}")
        return None
    finally:
        with suppress(OrderAwayError):
            membership.leave(me)
        membership.close()


def _again(membership: Membership, me: Member) -> None:
    with suppress(OrderAwayError):
        membership.beat(me, time.monotonic())


def _copy_from(
    url: str, settings: Settings, credentials: Credentials, say: Say, beat: Callable[[], None]
) -> Holdings:
    path = Path(settings.store.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.copied")
    say(f"copying the store of {url}")
    try:
        digest = _fetch(f"{url}/cluster/copy", credentials, part, beat)
        kept, holdings = restore(part, path, clock.now(), lambda *_: None, order=settings.order.site)
    finally:
        part.unlink(missing_ok=True)
    if digest != holdings.digest:
        raise StoreError(f"{url}: the copy differs from what was sent; try again")
    before = f"; what was here is now {kept}" if kept else ""
    say(f"copied {holdings.commands:,} commands, {holdings.entries:,} log entries{before}")
    return holdings


def _fetch(url: str, credentials: Credentials, part: Path, beat: Callable[[], None]) -> str:
    """Write the copy to a file; the digest of its rows. Raises httpx.HTTPError, StoreError."""
    deadline = time.monotonic() + LISTED_SECONDS
    with httpx.Client(timeout=httpx.Timeout(60.0, connect=3.0), trust_env=False) as client:
        while True:
            with client.stream("POST", url, headers=credentials.headers) as response:
                if response.status_code in (401, 409) and time.monotonic() < deadline:
                    beat()
                    time.sleep(0.5)  # until that machine has read in the order that this one is of the site
                    continue
                response.raise_for_status()
                with part.open("wb") as file:
                    for chunk in response.iter_bytes(CHUNK):
                        file.write(chunk)
                return str(response.headers.get("X-Recirc-Digest", ""))
