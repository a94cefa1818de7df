import multiprocessing
from multiprocessing.connection import Connection

from hypothesis import given
from hypothesis import strategies as st

from recirc.web.reader_hasher import DAY_MS, SALT_BYTES, ReaderHasher

NOON = 20_000 * DAY_MS + DAY_MS // 2


@given(st.text(), st.text(), st.text())
def test_a_reader_is_a_positive_number_and_the_same_all_day(address: str, agent: str, site: str) -> None:
    readers = ReaderHasher(NOON)
    address, agent, site = (text.encode("utf-8", "replace").decode() for text in (address, agent, site))
    key = readers.key(address, agent, site, NOON)
    assert 0 < key < 2**63
    assert readers.key(address, agent, site, NOON + DAY_MS // 2 - 1) == key
    assert readers.key(address, agent, site + "x", NOON) != key


def test_parts_do_not_run_into_each_other() -> None:
    readers = ReaderHasher(NOON)
    assert readers.key("ab", "c", "", NOON) != readers.key("a", "bc", "", NOON)
    assert readers.key("reader", "", "", NOON) != readers.keys_of_name("reader", "", NOON).today
    assert readers.keys_of_name("reader", "x", NOON) != readers.keys_of_name("visit", "x", NOON)


def test_two_servers_and_two_days_know_nothing_of_each_other() -> None:
    one, two = ReaderHasher(NOON), ReaderHasher(NOON)
    today = one.key("a", "b", "c", NOON)
    assert two.key("a", "b", "c", NOON) != today
    tomorrow = one.key("a", "b", "c", NOON + DAY_MS)
    assert tomorrow != today
    assert one.key("a", "b", "c", NOON) == tomorrow  # yesterday's salt cannot be had again, by no clock


def test_the_salt_is_replaced_and_nothing_of_the_old_one_stays_for_more_than_a_day() -> None:
    readers = ReaderHasher(NOON)
    old = bytes(readers._memory[-3 * SALT_BYTES : -2 * SALT_BYTES])
    assert len(old) == SALT_BYTES
    assert old not in bytes(readers._memory[-2 * SALT_BYTES : -SALT_BYTES])
    readers.key("a", "b", "c", NOON + DAY_MS)
    assert bytes(readers._memory[-3 * SALT_BYTES : -2 * SALT_BYTES]) != old
    assert bytes(readers._memory[-2 * SALT_BYTES : -SALT_BYTES]) == old
    assert int.from_bytes(readers._memory[:8], "little") == NOON // DAY_MS + 1
    readers.key("a", "b", "c", NOON + 2 * DAY_MS)
    assert old not in bytes(readers._memory)


def test_the_day_after_a_reader_can_be_recognised_and_no_day_later() -> None:
    readers = ReaderHasher(NOON)
    first = readers.keys("a", "b", "c", NOON)
    assert first.yesterday == 0
    second = readers.keys("a", "b", "c", NOON + DAY_MS)
    assert second.yesterday == first.today
    assert readers.keys("x", "b", "c", NOON + DAY_MS).yesterday != first.today
    third = readers.keys("a", "b", "c", NOON + 2 * DAY_MS)
    assert third.yesterday == second.today
    assert readers.keys("a", "b", "c", NOON + 4 * DAY_MS).yesterday == 0, "a day without any reader"


def in_worker(readers: ReaderHasher, pipe: Connection, now: int) -> None:
    pipe.send(readers.key("a", "b", "c", now))


def asked_of_a_worker(readers: ReaderHasher, now: int) -> int:
    fork = multiprocessing.get_context("fork")
    here, there = fork.Pipe()
    worker = fork.Process(target=in_worker, args=(readers, there, now))
    worker.start()
    key = here.recv()
    worker.join()
    assert isinstance(key, int)
    return key


def test_workers_share_the_salt_also_the_one_that_a_worker_made_at_midnight() -> None:
    readers = ReaderHasher(NOON)
    assert asked_of_a_worker(readers, NOON) == readers.key("a", "b", "c", NOON)
    of_worker = asked_of_a_worker(readers, NOON + DAY_MS)
    assert readers.key("a", "b", "c", NOON + DAY_MS) == of_worker


def test_a_worker_that_died_with_the_lock_does_not_stop_the_others() -> None:
    readers = ReaderHasher(NOON)
    readers._lock.acquire()
    assert readers.key("a", "b", "c", NOON) == readers.key("a", "b", "c", NOON)


def test_a_clock_that_was_wrong_once_does_not_freeze_the_salt() -> None:
    seconds = [0.0]
    readers = ReaderHasher(NOON, monotonic=lambda: seconds[0])
    today = readers.key("a", "b", "c", NOON)
    assert readers.key("a", "b", "c", NOON + 400 * DAY_MS) != today, "the clock said another day"
    ahead = readers.key("a", "b", "c", NOON)
    seconds[0] = 2 * 3600.0
    renewed = readers.key("a", "b", "c", NOON)
    assert renewed != ahead
    assert readers.key("a", "b", "c", NOON + DAY_MS) != renewed, (
        "from here on the salt changes with each day again"
    )
