"""The commands of several machines in one order: a table of PostgreSQL, and one locked row that gives the positions.

A table's own serial number would not do: numbers are given before the commit, so a reader can see number 8 before
number 7 is there, and would miss it for ever. The row is locked until its transaction has ended.

What a commit wrote can be seen before the standby has it: when the wait for the standby is cancelled, or the server's
main process dies first. Whoever wrote it therefore confirms it once a commit has been waited for, and only what is
confirmed is followed.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final, LiteralString

import psycopg

from recirc.store.orders.epoch import Epoch
from recirc.store.orders.order import VERSION, Offer, OrderAwayError, Ordered, chain, digest
from recirc.store.orders.postgresql_primary import Primary
from recirc.store.ports import HASH_BYTES, NOTHING, ForkError, HistoryHead, StoreError

GROUP = 500
"""Commands in one transaction at most, and in one answer of `follow`."""

GROUP_BYTES = 16 * 1024 * 1024
"""Payload of these at most, if it is more than one command."""

LOOK_SECONDS = 1.0
"""How often the history is compared with the order's where nothing new comes."""

AGAIN_SECONDS = 0.25
"""Pause before a connection is tried again."""

SCHEMA: Final[LiteralString] = """
SELECT pg_advisory_xact_lock(125780071117667);
CREATE TABLE IF NOT EXISTS recirc_orders (site text PRIMARY KEY, epoch text NOT NULL, first bigint NOT NULL,
    position bigint NOT NULL, hash bytea NOT NULL);
CREATE TABLE IF NOT EXISTS recirc_commands (site text, position bigint, id bytea NOT NULL, time bigint NOT NULL,
    sender text NOT NULL, version int NOT NULL, hash bytea NOT NULL, payload bytea NOT NULL,
    PRIMARY KEY (site, position), UNIQUE (site, id));
CREATE TABLE IF NOT EXISTS recirc_confirmed (site text PRIMARY KEY, position bigint NOT NULL);
"""

JOIN: Final[LiteralString] = """
WITH confirmed AS (INSERT INTO recirc_confirmed VALUES (%(site)s, %(position)s) ON CONFLICT DO NOTHING)
INSERT INTO recirc_orders VALUES (%(site)s, %(epoch)s, %(position)s, %(position)s, %(hash)s) ON CONFLICT DO NOTHING
"""

OFFER: Final[LiteralString] = f"""
WITH head AS (
    UPDATE recirc_orders
    SET position = position + 1, hash = substring(sha256(hash || %(digest)s) FOR {HASH_BYTES})
    WHERE site = %(site)s AND epoch = %(epoch)s
      AND NOT EXISTS (SELECT FROM recirc_commands WHERE site = %(site)s AND id = %(id)s)
    RETURNING position, hash)
INSERT INTO recirc_commands
SELECT %(site)s, position, %(id)s, %(time)s, %(sender)s, %(version)s, hash, %(payload)s FROM head
"""

TOUCH: Final[LiteralString] = (
    "UPDATE recirc_orders SET position = position WHERE site = %(site)s RETURNING position"
)
"""A write without a change: its commit waits for the standby, and so for all commits before it."""

CONFIRM: Final[LiteralString] = """
UPDATE recirc_confirmed SET position = greatest(position, %(position)s) WHERE site = %(site)s
"""

FOLLOW: Final[LiteralString] = f"""
SELECT position, hash, id, time, sender, version, payload FROM (
    SELECT *, sum(length(payload)) OVER (ORDER BY position) - length(payload) AS before FROM (
        SELECT * FROM recirc_commands WHERE site = %(site)s AND position > %(position)s
            AND position <= (SELECT position FROM recirc_confirmed WHERE site = %(site)s)
        ORDER BY position LIMIT {GROUP}
    ) AS following) AS counted
WHERE before < {GROUP_BYTES} ORDER BY position
"""

LOOK: Final[LiteralString] = """
SELECT epoch, first, position,
    (SELECT hash FROM recirc_commands AS c WHERE c.site = o.site AND c.position = %(position)s),
    (SELECT position FROM recirc_confirmed AS c WHERE c.site = o.site),
    current_setting('synchronous_standby_names')
FROM recirc_orders AS o WHERE site = %(site)s
"""


class PostgresqlOrder:
    """The order of a site's commands in a PostgreSQL database.

    Two connections, each made again when it is lost, or when another host was promoted: one offers in a thread of its
    own, one follows. A commit whose wait for the standby was cancelled counts as unknown: what it held is offered
    again, by its ids, and not confirmed.
    """

    durable = True

    def __init__(self, address: str, site: str, epoch: Epoch, *, accept_loss: bool = False) -> None:
        """Begin the order with this store's history, if there is none for the site.

        `address` is a connection string of libpq; of several hosts that can be written to the one that was promoted
        last is used. A database without a synchronous standby is refused unless `accept_loss`. Does not wait for the
        database.
        """
        self._primary = Primary(
            address,
            keepalives_idle=2, keepalives_interval=1, keepalives_count=3, tcp_user_timeout=5000,
            options="-c synchronous_commit=on -c client_min_messages=warning",
        )  # fmt: skip
        self._site = site
        self._epoch = epoch
        self._accept_loss = accept_loss
        self._following: psycopg.Connection[Any] | None = None
        self._followed = 0  # timeline of its server
        self._offering: psycopg.Connection[Any] | None = None
        self._looked = 0.0
        self._joined = threading.Event()
        self._lock = threading.Lock()  # of the next four
        self._queue: dict[bytes, Offer] = {}  # to be sent
        self._sent: set[bytes] = set()  # not come back yet
        self._ended = False
        self._unconfirmed = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._offer_all, name=f"order {site}", daemon=True)
        self._thread.start()

    def offer(self, offers: Sequence[Offer]) -> None:
        """Hand in commands. Raises StoreError when the order is closed."""
        with self._lock:
            if self._ended:
                raise StoreError("the store is closed")
            self._queue.update((each.id, each) for each in offers)
        self._wake.set()

    def give_up(self, ids: Sequence[bytes]) -> None:
        """Do not offer these any longer."""
        with self._lock:
            for each in ids:
                self._queue.pop(each, None)
                self._sent.discard(each)

    def follow(self, head: HistoryHead, seconds: float) -> list[Ordered] | None:
        """The next commands. Raises OrderAwayError, ForkError."""
        deadline = monotonic() + seconds
        try:
            while True:
                connection = self._follower(head)
                found = self._read(connection, head)
                with self._lock:
                    for each in found:
                        self._sent.discard(each.offer.id)
                        self._queue.pop(each.offer.id, None)  # it may be about to be offered again
                    if self._ended and not self._queue and not self._sent:
                        return found or None
                if found:
                    return found
                if monotonic() > self._looked + LOOK_SECONDS:
                    self._look(connection, head)
                if monotonic() >= deadline:
                    return []
                for _ in connection.notifies(timeout=max(deadline - monotonic(), 0.0), stop_after=1):
                    pass
        except psycopg.Error as error:
            self._drop()
            self._wake.wait(AGAIN_SECONDS)
            raise OrderAwayError(
                f"the order {self._site!r} in PostgreSQL cannot be reached ({_first(error)})"
            ) from error

    def end(self) -> None:
        """Accept no more."""
        with self._lock:
            self._ended = True
        self._wake.set()

    def close(self) -> None:
        """Let go of the connections."""
        self.end()
        with self._lock:
            self._queue.clear()
        self._wake.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._drop()
        self._primary.close()

    # Following

    def _follower(self, head: HistoryHead) -> "psycopg.Connection[Any]":
        if self._following is not None and self._primary.was_replaced(self._followed):
            self._leave_replaced()
        if self._following is None or self._following.closed:
            self._followed, connection = self._primary.connect(autocommit=True)
            self._following = connection
            self._join(connection, head)
            connection.execute("LISTEN recirc")
            self._look(connection, head)
            self._joined.set()
        return self._following

    def _leave_replaced(self) -> None:
        """Another host was promoted: what waits here for a standby would wait for ever."""
        self._drop()
        with suppress(psycopg.Error, AttributeError):
            self._offering.cancel_safe(timeout=1.0)  # type: ignore[union-attr]  # it may be gone by now

    def _join(self, connection: "psycopg.Connection[Any]", head: HistoryHead) -> None:
        """Make the tables and the site's order where they are missing; the store takes the order's epoch."""
        values = {"site": self._site, "epoch": self._epoch.name(), **head._asdict()}
        with connection.transaction():
            connection.execute(SCHEMA)
            connection.execute(JOIN, values)
            row = connection.execute(
                "SELECT epoch, first FROM recirc_orders WHERE site = %(site)s", values
            ).fetchone()
        assert row is not None
        if row[0] != values["epoch"]:
            if head != NOTHING:
                raise ForkError(
                    f"this store has a history of its own, and the order {self._site!r} another one; begin with an "
                    "empty store, or with a backup of a machine that follows this order"
                )
            self._epoch.take(row[0])
        if head.position < row[1]:
            raise ForkError(
                f"the order {self._site!r} begins after command {row[1]:,}, and this store has {head.position:,}; "
                "begin with a backup of a machine that follows this order"
            )

    def _read(self, connection: "psycopg.Connection[Any]", head: HistoryHead) -> list[Ordered]:
        found: list[Ordered] = []
        rows = connection.execute(FOLLOW, {"site": self._site, "position": head.position})
        for position, running, key, made, sender, version, payload in rows:
            if version > VERSION:
                raise ForkError(
                    f"command {position:,} was written by a later version of Recirc; update this machine, too"
                )
            its_digest = digest(payload)
            if position != head.position + 1 or running != chain(head.hash, its_digest):
                raise self._forked(head)
            head = HistoryHead(position, running)
            found.append(Ordered(position, its_digest, running, Offer(key, made, sender, payload)))
        return found

    def _look(self, connection: "psycopg.Connection[Any]", head: HistoryHead) -> None:
        """Compare this store's history with the order's. Raises ForkError."""
        row = connection.execute(LOOK, {"site": self._site, "position": head.position}).fetchone()
        if row is None or row[0] != self._epoch.name() or row[2] < head.position:
            raise self._forked(head)
        running = NOTHING.hash if head.position == 0 else row[3]
        if head.position > row[1] and running != head.hash:
            raise self._forked(head)
        if not row[5].strip() and not self._accept_loss:
            self._drop()
            raise ForkError(
                f"the database of the order {self._site!r} has no synchronous standby (synchronous_standby_names is "
                "empty), so a failover could lose what was acknowledged. Nothing is written until it has one, or "
                "order.accept_loss says that such a loss is accepted"
            )
        if row[4] < row[2]:  # whoever wrote it may be gone
            self._unconfirmed = True
            self._wake.set()
        self._looked = monotonic()

    def _forked(self, head: HistoryHead) -> ForkError:
        self._drop()
        return ForkError(
            f"the order {self._site!r} went another way than this store, whose last command is {head.position:,}: the "
            "database was restored, failed over with a loss, or is another one. Nothing is written until that is "
            "mended: restore the database, or replace this store by a backup of a machine that follows it"
        )

    def _drop(self) -> None:
        if self._following is not None:
            self._following.close()
            self._following = None

    # Offering

    def _offer_all(self) -> None:
        timeline = 0
        while True:
            self._wake.wait()
            if not self._joined.wait(AGAIN_SECONDS) and not self._ended:
                continue
            with self._lock:
                group = self._group()
                if not group and not self._unconfirmed:
                    self._wake.clear()
                    if self._ended:
                        break
                    continue
                self._unconfirmed = False
            if self._primary.was_replaced(timeline):
                self._stop_offering()
            try:
                if self._offering is None or self._offering.closed:
                    timeline, self._offering = self._primary.connect(autocommit=False)
                sent = self._send(self._offering, group)
            except psycopg.Error:
                sent = False
                self._stop_offering()
            if sent:
                with self._lock:
                    for each in group:
                        self._queue.pop(each.id, None)
            else:
                time.sleep(AGAIN_SECONDS)
        self._stop_offering()

    def _stop_offering(self) -> None:
        if self._offering is not None:
            self._offering.close()
            self._offering = None

    def _group(self) -> list[Offer]:
        group: list[Offer] = []
        size = 0
        for each in self._queue.values():
            size += len(each.payload)
            if group and (len(group) == GROUP or size > GROUP_BYTES):
                break
            group.append(each)
        self._sent.update(each.id for each in group)
        return group

    def _send(self, connection: "psycopg.Connection[Any]", group: Sequence[Offer]) -> bool:
        """Offer a group in one transaction; whether all of it is kept, on the standby too. Raises psycopg.Error."""
        warnings: list[str] = []

        def notice(diagnostic: psycopg.errors.Diagnostic) -> None:
            if diagnostic.severity_nonlocalized == "WARNING":
                warnings.append(diagnostic.message_primary or "")

        values: dict[str, Any] = {"site": self._site, "epoch": self._epoch.name(), "version": VERSION}
        connection.add_notice_handler(notice)
        try:
            with connection.pipeline():
                for each in group:
                    offer = values | {"digest": digest(each.payload)} | each._asdict()
                    connection.execute(OFFER, offer)
                touched = connection.execute(TOUCH, values)
            (values["position"],) = touched.fetchone() or (0,)
            connection.commit()
            if not warnings:
                with connection.pipeline():
                    connection.execute("SET LOCAL synchronous_commit = off")
                    connection.execute(CONFIRM, values)
                    connection.execute("SELECT pg_notify('recirc', %(site)s)", values)
                connection.commit()
        finally:
            connection.remove_notice_handler(notice)
        return not warnings


def _first(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
