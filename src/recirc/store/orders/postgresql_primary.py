"""Connections to the database of an order: to the server that was promoted last, of several that accept writes.

A primary that was cut off while its standby was promoted still accepts writes when it is back, until somebody stops it.
Each promotion begins another timeline with a higher number, so the server with the highest is the one to follow.
"""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

CONNECT_SECONDS = 3

OTHERS_SECONDS = 1.0
"""How long the other hosts are waited for when one accepts writes."""

LOOK_SECONDS = 5.0
"""How often the hosts are asked whether another one was promoted."""

TIMELINE = "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"


class Attempts:
    """Connections to all hosts at once; the one with the highest timeline is taken, and the others are closed."""

    def __init__(self, addresses: list[str], named: dict[str, Any]) -> None:
        self._named = named
        self._changed = threading.Condition()  # of the next four
        self._left = len(addresses)
        self._found: list[tuple[int, psycopg.Connection[Any]]] = []
        self._errors: list[Exception] = []
        self._over = False
        for address in addresses:
            threading.Thread(target=self._try, args=(address,), daemon=True).start()

    def best(self) -> "tuple[int, psycopg.Connection[Any]]":
        """A connection with its timeline. Raises psycopg.Error: no host accepts writes."""
        with self._changed:
            self._changed.wait_for(lambda: self._found or not self._left)
            self._changed.wait_for(lambda: not self._left, OTHERS_SECONDS)
            self._over = True
            if not self._found:
                raise self._errors[0]
            best = max(self._found, key=lambda each: each[0])
            others = [each for _, each in self._found if each is not best[1]]
        for each in others:
            each.close()
        return best

    def _try(self, address: str) -> None:
        connection, timeline, problem = None, 0, None
        try:
            connection = psycopg.connect(address, **self._named)
            timeline = timeline_of(connection)
        except Exception as error:  # whatever it is, who waits has to hear of it
            problem = error
        with self._changed:
            self._left -= 1
            if problem is not None:
                self._errors.append(problem)
            elif connection is not None and not self._over:
                self._found.append((timeline, connection))
                connection = None
            self._changed.notify_all()
        if connection is not None:
            connection.close()


class Primary:
    """The server of an order that accepts writes, among the hosts of its address."""

    def __init__(self, address: str, **named: Any) -> None:
        """`named`: of every connection. With several hosts a thread looks for one that was promoted, until `close`."""
        self._addresses = list(_single(address))
        self._named = {"connect_timeout": CONNECT_SECONDS, "target_session_attrs": "read-write", **named}
        self._newest = 0
        self._closed = threading.Event()
        if len(self._addresses) > 1:
            threading.Thread(target=self._watch, name="primary", daemon=True).start()

    def connect(self, **named: Any) -> "tuple[int, psycopg.Connection[Any]]":
        """A new connection, and the timeline of its server.

        Raises:
            psycopg.Error: no host accepts writes, or only one that another was promoted after.
        """
        named = self._named | named
        if len(self._addresses) == 1:
            return 0, psycopg.connect(self._addresses[0], **named)
        timeline, connection = Attempts(self._addresses, named).best()
        if self.was_replaced(timeline):
            connection.close()
            raise psycopg.OperationalError(
                f"only a server of timeline {timeline} accepts writes, which was replaced by one of "
                f"timeline {self._newest}"
            )
        self._newest = max(self._newest, timeline)
        return timeline, connection

    def was_replaced(self, timeline: int) -> bool:
        """Whether another host was promoted after the one of this timeline."""
        return timeline < self._newest

    def close(self) -> None:
        """End the thread; does not wait for it."""
        self._closed.set()

    def _watch(self) -> None:
        while not self._closed.wait(LOOK_SECONDS):
            try:
                timeline, connection = Attempts(self._addresses, self._named | {"autocommit": True}).best()
            except psycopg.Error:
                continue
            connection.close()
            self._newest = max(self._newest, timeline)


def timeline_of(connection: "psycopg.Connection[Any]") -> int:
    """The timeline of the server; 0: it does not say. The connection is left without a transaction."""
    try:
        row = connection.execute(TIMELINE.encode()).fetchone()
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction):
        row = None
    connection.rollback()
    return int(row[0]) if row else 0


def _single(address: str) -> Iterator[str]:
    """The address once for each of its hosts.

    >>> for address in ("host=a,b port=1,2 dbname=c", "host=a,b port=1", "dbname=c"):
    ...     print([" ".join(sorted(each.split())) for each in _single(address)])
    ['dbname=c host=a port=1', 'dbname=c host=b port=2']
    ['host=a port=1', 'host=b port=1']
    ['dbname=c']
    """
    given = conninfo_to_dict(address)
    lists = {name: str(given[name]).split(",") for name in ("host", "hostaddr", "port") if given.get(name)}
    count = max((len(values) for values in lists.values()), default=1)
    for number in range(count):
        chosen = {name: values[number if len(values) > 1 else 0] for name, values in lists.items()}
        yield make_conninfo("", **{**given, **chosen})
