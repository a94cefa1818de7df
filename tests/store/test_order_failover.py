"""What happens to stores that follow one order when its database is away, fails over, or forks."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from order_machines import Machines, head_of, load, offers_of, said, silent, until, works
from store_samples import all_ids, publication, records

from postgres import Clusters, clusters
from recirc.store.backup import verify
from recirc.store.orders.postgresql_primary import Primary
from recirc.store.ports import ForkError, UnconfirmedError


@pytest.fixture(scope="module")
def servers() -> Iterator[Clusters]:
    with clusters() as made:
        yield made


def test_a_database_that_is_away_is_said_and_nothing_is_lost_when_it_is_back(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    machines = Machines(tmp_path, server.address, "away")
    try:
        store = machines.store("one", busy_seconds=2.0)
        store.intern(["a"])
        server.stop()
        with pytest.raises(UnconfirmedError, match="cannot be reached"):
            store.append(records([1])).result()
        assert store.end() == 0
        server.start()
        until(lambda: works(store, 2))
        assert all_ids(store) == [2]
    finally:
        machines.close()


def test_a_wait_for_the_standby_that_was_cancelled_is_unknown_until_the_standby_has_it(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    standby = servers.standby(server)
    server.require_standby()
    machines = Machines(tmp_path, server.address, "cancelled")
    try:
        store = machines.store("one", busy_seconds=60.0)
        store.append(records([1]), [publication("a")]).result()
        standby.stop()
        future = store.append(records([2]))
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        until(lambda: bool(server.do(waiting)))
        server.do("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
        time.sleep(1.0)
        assert not future.done()  # it is committed on the primary, and could still be lost with it
        standby.start()
        assert future.result(30)[1:3] == (1, 0)
        assert all_ids(store).count(2) == 1
        assert len(offers_of(machines.order)) == head_of(machines.path("one")).position
    finally:
        machines.close()


def test_five_failovers_under_load_lose_nothing_and_apply_nothing_twice(
    tmp_path: Path, servers: Clusters
) -> None:
    first = servers.primary()
    first.require_standby()  # before it is copied: whichever is promoted has to wait for its standby, too
    standby = servers.standby(first)
    ports = [first.port, standby.port]
    machines = Machines(tmp_path, addresses(ports), "failover")
    acknowledged: list[int] = []
    stop = threading.Event()
    try:
        stores = [machines.store(name, busy_seconds=15.0) for name in ("one", "other")]
        stores[0].append(records([]), [publication("a")]).result()
        threads = [
            threading.Thread(target=load, args=(store, number, acknowledged, stop))
            for number, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        primary = first
        for _ in range(5):
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 50, 60)
            primary.kill()
            standby.promote()
            primary, dead = standby, primary
            standby = servers.standby(primary, port=dead.port)
        before = len(acknowledged)
        until(lambda: len(acknowledged) > before + 50, 60)
        stop.set()
        for thread in threads:
            thread.join()
        until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
        for store in stores:
            found = [number for number in all_ids(store) if number]
            assert set(acknowledged) <= set(found)
            assert len(found) == len(set(found))
        assert len({verify(machines.path(name), silent).digest for name in ("one", "other")}) == 1
    finally:
        stop.set()
        machines.close()


def test_an_old_primary_that_still_accepts_writes_is_left_for_the_one_that_was_promoted(
    tmp_path: Path, servers: Clusters
) -> None:
    old = servers.primary()
    standby = servers.standby(old)
    old.require_standby()  # so that it cannot finish a commit once its standby has gone its own way
    machines = Machines(tmp_path, addresses([old.port, standby.port]), "replaced")
    try:
        first = machines.store("first", busy_seconds=60.0)
        first.append(records([1]), [publication("a")]).result()
        standby.promote()
        future = first.append(records([2]))
        assert future.result(60)[1:3] == (1, 0)
        # Whoever comes later chooses anew among both, of which the old one is the first.
        late = machines.store("late", busy_seconds=60.0)
        assert late.append(records([3])).result(60)[1:3] == (1, 0)
        until(lambda: head_of(machines.path("first")) == head_of(machines.path("late")))
        assert [number for number in all_ids(late) if number] == [1, 2, 3]
        kept = "SELECT position FROM recirc_confirmed WHERE site = 'replaced'"
        assert old.do(kept) < standby.do(kept)
    finally:
        machines.close()
        old.stop()


def test_a_server_that_was_replaced_is_not_taken_while_the_new_one_is_away(servers: Clusters) -> None:
    old = servers.primary()
    standby = servers.standby(old)
    standby.promote()
    primary = Primary(addresses([old.port, standby.port]), autocommit=True)

    def newest() -> bool:
        timeline, connection = primary.connect()
        connection.close()
        return timeline > 1

    try:
        until(newest)
        standby.kill()
        with pytest.raises(psycopg.OperationalError, match="timeline 1 accepts writes, which was replaced"):
            primary.connect()
    finally:
        primary.close()
        old.stop()


def test_a_standby_that_lacks_commands_is_noticed_within_two_seconds_and_refused(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    standby = servers.standby(server)  # asynchronous: nobody waits for it
    machines = Machines(tmp_path, addresses([server.port, standby.port]), "forked")
    try:
        stores = [machines.store(name, busy_seconds=10.0) for name in ("one", "other")]
        stores[0].append(records([1]), [publication("a")]).result()
        until(lambda: standby.do("SELECT to_regclass('recirc_commands') IS NOT NULL") == [(True,)])
        until(lambda: standby.do("SELECT count(*) FROM recirc_commands WHERE site = 'forked'") == [(1,)])
        standby.stop("fast")
        for number in range(2, 12):
            stores[1].append(records([number])).result()
        until(lambda: stores[0].end() == stores[1].end())
        server.kill()
        (standby.folder / "standby.signal").unlink()  # it was promoted before it could fetch the rest
        standby.start()
        since = time.monotonic()
        for store in stores:
            until(lambda store=store: said(store) is not None)
            assert time.monotonic() - since < 2.0 + 5.0 * (store is not stores[0])
        for store in stores:
            assert "went another way" in str(said(store))
            with pytest.raises(ForkError, match="went another way"):
                store.intern(["new"])
            assert store.end() == 12  # what it has stays readable
    finally:
        machines.close()


def test_a_database_without_a_synchronous_standby_is_refused_unless_a_loss_is_accepted(
    tmp_path: Path, servers: Clusters
) -> None:
    server = servers.primary()
    machines = Machines(tmp_path, server.address, "alone", accept_loss=False)
    try:
        store = machines.store("one", busy_seconds=5.0)
        until(lambda: said(store) is not None)
        assert "no synchronous standby" in str(said(store))
        with pytest.raises(ForkError, match=r"order\.accept_loss"):
            store.intern(["a"])
        servers.standby(server)
        server.require_standby()
        until(lambda: said(store) is None)
        assert store.intern(["a"]).tolist() == [0]
    finally:
        machines.close()


def addresses(ports: list[int]) -> str:
    hosts = ",".join("127.0.0.1" for _ in ports)
    return f"host={hosts} port={','.join(map(str, ports))} user=postgres dbname=postgres"
