"""The machines of a site and their leases in PostgreSQL, by the database's own clock."""

from typing import Any, Final, LiteralString

import psycopg

from recirc.store.orders.members import LEASE_SECONDS, LEASES, SAMPLES, Member, Standing, may_hold
from recirc.store.orders.order import OrderAwayError
from recirc.store.orders.postgresql import SCHEMA as ORDER_SCHEMA
from recirc.store.orders.postgresql_primary import Primary

SCHEMA: Final[LiteralString] = """
SELECT pg_advisory_xact_lock(125780071117667);
CREATE TABLE IF NOT EXISTS recirc_members (site text, id text, name text NOT NULL, url text NOT NULL,
    proof text NOT NULL, agreed boolean NOT NULL, seen timestamptz NOT NULL, PRIMARY KEY (site, id));
CREATE TABLE IF NOT EXISTS recirc_leases (site text, lease text, holder text NOT NULL, until timestamptz NOT NULL,
    PRIMARY KEY (site, lease));
"""

BEAT: Final[LiteralString] = """
INSERT INTO recirc_members VALUES (%(site)s, %(id)s, %(name)s, %(url)s, %(proof)s, %(agreed)s, clock_timestamp())
ON CONFLICT (site, id) DO UPDATE SET agreed = excluded.agreed, seen = excluded.seen
"""

FORGET: Final[LiteralString] = (
    "DELETE FROM recirc_members WHERE site = %(site)s AND seen < clock_timestamp() - interval '1 hour'"
)

MEMBERS: Final[LiteralString] = """
SELECT id, name, url, proof, agreed FROM recirc_members
WHERE site = %(site)s AND seen > clock_timestamp() - %(seconds)s * interval '1 second' ORDER BY name, id
"""

TAKE: Final[LiteralString] = """
INSERT INTO recirc_leases VALUES (%(site)s, %(lease)s, %(id)s, clock_timestamp() + %(seconds)s * interval '1 second')
ON CONFLICT (site, lease) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE recirc_leases.holder = excluded.holder OR recirc_leases.until < clock_timestamp()
"""

HELD: Final[LiteralString] = """
SELECT lease, holder FROM recirc_leases WHERE site = %(site)s AND until > clock_timestamp()
"""

END: Final[LiteralString] = "SELECT position FROM recirc_confirmed WHERE site = %(site)s"

LEAVE: Final[LiteralString] = "DELETE FROM recirc_members WHERE site = %(site)s AND id = %(id)s"
RELEASE: Final[LiteralString] = "DELETE FROM recirc_leases WHERE site = %(site)s AND holder = %(id)s"

OPTIONS = (
    "-c synchronous_commit=off -c client_min_messages=warning -c statement_timeout=3000 -c lock_timeout=3000"
)
"""A lease need not outlive the database: after a failover it is taken anew."""


class PostgresqlMembership:
    """Members and leases of a site, over a connection that is made again when it is lost."""

    def __init__(self, address: str, site: str) -> None:
        self._primary = Primary(
            address,
            autocommit=True,
            keepalives_idle=2, keepalives_interval=1, keepalives_count=3, tcp_user_timeout=3000,
            options=OPTIONS,
        )  # fmt: skip
        self._timeline = 0
        self._site = site
        self._connection: psycopg.Connection[Any] | None = None
        self._ends: tuple[tuple[float, int], ...] = ()

    def beat(self, member: Member, now: float) -> Standing:
        """Say that a machine is there; `now` in s of its monotonic clock. Raises OrderAwayError."""
        values: dict[str, Any] = self._values(member)
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute(BEAT, values)
                connection.execute(FORGET, values)
            rows = connection.execute(MEMBERS, values).fetchall()
            members = tuple(Member(*row) for row in rows)
            for lease in LEASES:
                if member.url and may_hold(lease, member, members):
                    connection.execute(TAKE, values | {"lease": lease})
            leases: dict[str, str] = dict(connection.execute(HELD, values).fetchall())
            end = connection.execute(END, values).fetchone()
        except psycopg.Error as error:
            raise self._away(error) from error
        if end is not None:
            self._ends = ((now, int(end[0])), *self._ends)[:SAMPLES]
        return Standing(member.id, members, leases, now, self._ends)

    def leave(self, member: Member) -> None:
        """Say that it is there no more. Raises OrderAwayError."""
        try:
            connection = self._connected()
            with connection.transaction():
                connection.execute(RELEASE, self._values(member))
                connection.execute(LEAVE, self._values(member))
        except psycopg.Error as error:
            raise self._away(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._drop()
        self._primary.close()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _values(self, member: Member) -> dict[str, Any]:
        return {
            "site": self._site,
            "seconds": LEASE_SECONDS,
            "id": member.id,
            "name": member.name,
            "url": member.url,
            "proof": member.proof,
            "agreed": member.agreed,
        }

    def _connected(self) -> "psycopg.Connection[Any]":
        if self._connection is not None and self._primary.was_replaced(self._timeline):
            self._drop()
        if self._connection is None or self._connection.closed:
            self._timeline, self._connection = self._primary.connect()
            with self._connection.transaction():
                self._connection.execute(ORDER_SCHEMA)
                self._connection.execute(SCHEMA)
        return self._connection

    def _away(self, error: psycopg.Error) -> OrderAwayError:
        self._drop()
        first = str(error).strip().split("\n")[0]
        return OrderAwayError(
            f"the machines of the order {self._site!r} in PostgreSQL cannot be reached ({first})"
        )
