"""What happens to stores that follow one order in a NATS cluster when servers of it are killed, away, or forked."""

import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from order_machines import Machines, head_of, load, offers_of, said, silent, until, works
from store_samples import all_ids, publication, records

from nats_servers import NatsServer, leader_of, nats_servers
from recirc.store.backup import verify
from recirc.store.orders.jetstream_connection import connected, stream_name
from recirc.store.orders.jetstream_messages import GroupReader, Tip, part_of, split
from recirc.store.orders.order import Offer, sequence
from recirc.store.ports import NOTHING, ForkError, HistoryHead, StoreError, UnconfirmedError

KILLS = 5


@pytest.fixture(scope="module")
def cluster() -> Iterator[list[NatsServer]]:
    with nats_servers(3) as made:
        yield made


@pytest.fixture
def alone() -> Iterator[NatsServer]:
    with nats_servers(1) as made:
        yield made[0]


def offers(*sizes: int) -> list[Offer]:
    return [
        Offer(bytes([number]) * 16, 1000 + number, "one", bytes(size)) for number, size in enumerate(sizes)
    ]


@pytest.mark.parametrize("sizes", [(5,), (5, 6, 7), (100_000,), (4096, 1, 70_000)])
@pytest.mark.parametrize("before", [NOTHING, HistoryHead(7, b"h" * 16)])
def test_a_group_comes_back_from_its_pieces_as_it_was(sizes: tuple[int, ...], before: HistoryHead) -> None:
    messages = split(before, offers(*sizes), 16_384)
    assert all(len(each) <= 16_384 for each in messages)
    reader = GroupReader(Tip(3, before))
    came = [reader.read(number, part_of(each)) for number, each in enumerate(messages, 4)]
    assert came[:-1] == [[]] * (len(messages) - 1)
    assert came[-1] == sequence(before, offers(*sizes))
    assert reader.tip == Tip(3 + len(messages), HistoryHead(came[-1][-1].position, came[-1][-1].hash))


def test_a_group_that_its_sender_did_not_finish_never_took_effect() -> None:
    first, *_ = split(NOTHING, offers(50_000), 16_384)
    whole = split(NOTHING, offers(9, 8), 16_384)
    reader = GroupReader(Tip(0, NOTHING))
    assert reader.read(1, part_of(first)) == []
    assert reader.read(2, part_of(first)) == []
    assert reader.read(3, part_of(whole[0])) == sequence(NOTHING, offers(9, 8))


def test_what_does_not_follow_what_was_read_is_a_fork() -> None:
    (message,) = split(HistoryHead(1, b"x" * 16), offers(9), 16_384)
    for tip in (Tip(0, NOTHING), Tip(0, HistoryHead(1, b"y" * 16)), Tip(4, HistoryHead(1, b"x" * 16))):
        with pytest.raises(ForkError, match="does not follow"):
            GroupReader(tip).read(1, part_of(message))
    with pytest.raises(ForkError, match="none of an order"):
        part_of(b"something else")
    with pytest.raises(StoreError, match="max_payload"):
        split(NOTHING, offers(9), 4096)


def test_a_command_larger_than_the_server_takes_is_kept_whole(tmp_path: Path, alone: NatsServer) -> None:
    machines = Machines(tmp_path, alone.address, "large", engine="jetstream")
    try:
        one, other = machines.store("one"), machines.store("other")
        one.append(records([]), [publication("a", body="word " * 300_000)]).result()
        other.intern(["b"])
        until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
        assert verify(machines.path("one"), silent).digest == verify(machines.path("other"), silent).digest
        assert len(offers_of(machines.order)) == head_of(machines.path("one")).position
    finally:
        machines.close()


def test_servers_that_are_away_are_said_and_nothing_is_lost_when_they_are_back(
    tmp_path: Path, alone: NatsServer
) -> None:
    machines = Machines(tmp_path, alone.address, "away", engine="jetstream")
    try:
        store = machines.store("one", busy_seconds=2.0)
        store.intern(["a"])
        alone.kill()
        with pytest.raises(UnconfirmedError, match="cannot be reached"):
            store.append(records([1])).result()
        assert store.end() == 0
        alone.start()
        until(lambda: works(store, 2))
        assert all_ids(store) == [2]
    finally:
        machines.close()


def test_leaders_that_are_killed_under_load_lose_nothing_and_nothing_is_applied_twice(
    tmp_path: Path, cluster: list[NatsServer]
) -> None:
    address = ",".join(each.address for each in cluster)
    machines = Machines(tmp_path, address, "kills", engine="jetstream", accept_loss=False)
    acknowledged: list[int] = []
    stop = threading.Event()
    try:
        stores = [machines.store(name, busy_seconds=60.0) for name in ("one", "other")]
        stores[0].append(records([]), [publication("a")]).result()
        threads = [
            threading.Thread(target=load, args=(store, number, acknowledged, stop))
            for number, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 50)
            found: list[NatsServer] = []
            until(
                lambda found=found: (
                    found.extend(filter(None, [leader_of(cluster, stream_name("kills"))])) or found
                )
            )
            found[0].kill()
            before = len(acknowledged)
            until(lambda before=before: len(acknowledged) > before + 20)
            found[0].start()
            until(found[0].ready)
        stop.set()
        for thread in threads:
            thread.join()
        until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")))
        for store in stores:
            kept = [number for number in all_ids(store) if number]
            assert set(acknowledged) <= set(kept)
            assert len(kept) == len(set(kept))
        assert len({verify(machines.path(name), silent).digest for name in ("one", "other")}) == 1
    finally:
        stop.set()
        machines.close()


def test_a_stream_that_went_back_is_noticed_and_refused_until_it_is_mended(
    tmp_path: Path, alone: NatsServer
) -> None:
    machines = Machines(tmp_path, alone.address, "forked", engine="jetstream")
    try:
        stores = [machines.store(name, busy_seconds=10.0) for name in ("one", "other")]
        stores[0].append(records([1]), [publication("a")]).result()
        alone.kill()
        shutil.copytree(alone.folder / "data", tmp_path / "older")
        alone.start()
        for number in range(2, 12):
            until(lambda number=number: works(stores[1], number))
        until(lambda: stores[0].end() == stores[1].end())
        alone.kill()
        shutil.move(alone.folder / "data", tmp_path / "newer")
        shutil.move(tmp_path / "older", alone.folder / "data")
        alone.start()
        until(alone.ready)
        for store in stores:
            until(lambda store=store: said(store) is not None)
            assert "went another way" in str(said(store))
            with pytest.raises(ForkError, match="went another way"):
                store.intern(["new"])
            assert set(all_ids(store)) == set(range(12))  # a publication has 0; what it has stays readable
        alone.kill()
        shutil.rmtree(alone.folder / "data")
        shutil.move(tmp_path / "newer", alone.folder / "data")
        alone.start()
        for store in stores:
            until(lambda store=store: said(store) is None)
        assert stores[0].intern(["new"]).tolist() == stores[1].intern(["new"]).tolist()
    finally:
        machines.close()


def test_another_history_at_the_same_length_is_a_fork(tmp_path: Path, alone: NatsServer) -> None:
    machines = Machines(tmp_path, alone.address, "same", engine="jetstream")
    try:
        store = machines.store("one", busy_seconds=10.0)
        alone_from_here = alone.folder / "data"
        store.intern(["a"])
        alone.kill()
        shutil.copytree(alone_from_here, tmp_path / "older")
        alone.start()
        until(lambda: works(store, 1))
        machines.close()
        alone.kill()
        shutil.rmtree(alone_from_here)
        shutil.move(tmp_path / "older", alone_from_here)
        alone.start()
        until(alone.ready)
        other = machines.store("other")  # it knows nothing of what was lost, and goes on
        for number in (2, 3):
            until(lambda number=number: works(other, number))
        again = machines.store("one", busy_seconds=5.0)
        until(lambda: said(again) is not None)
        assert "went another way" in str(said(again))
    finally:
        machines.close()


def test_a_stream_of_one_replica_is_refused_unless_a_loss_is_accepted(
    tmp_path: Path, cluster: list[NatsServer]
) -> None:
    address = cluster[0].address
    accepting = Machines(tmp_path, address, "one-replica", engine="jetstream")
    careful = Machines(tmp_path / "careful", address, "one-replica", engine="jetstream", accept_loss=False)
    try:
        accepting.store("one").intern(["a"])
        store = careful.store("two", busy_seconds=5.0)
        until(lambda: said(store) is not None)
        assert "1 replica" in str(said(store))
        with pytest.raises(ForkError, match=r"order\.accept_loss"):
            store.intern(["b"])
    finally:
        accepting.close()
        careful.close()


def test_messages_of_others_in_the_stream_are_refused(tmp_path: Path, alone: NatsServer) -> None:
    machines = Machines(tmp_path, alone.address, "strange", engine="jetstream")
    try:
        store = machines.store("one", busy_seconds=5.0)
        store.intern(["a"])

        async def disturb() -> None:
            client = await connected(alone.address)
            await client.jetstream().publish(f"{stream_name('strange')}.commands", b"hello")
            await client.close()

        asyncio.run(disturb())
        until(lambda: said(store) is not None)
        assert "none of an order of commands" in str(said(store))
    finally:
        machines.close()
