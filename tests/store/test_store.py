"""What every backend must do: each of `BACKENDS` runs all of these."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import BACKENDS, Store, all_ids, publication, records, undecided

from recirc.store.ports import ArchivedArticle, PublishOutcome, Receipt, StoreError
from recirc.types import RECORD, EntryKind

NONE = np.zeros(0, RECORD)
each_backend = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture(params=BACKENDS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Store]:
    """Opens a store in the same place each time."""
    return lambda: BACKENDS[request.param](tmp_path)


@pytest.fixture
def store(opened: Callable[[], Store]) -> Iterator[Store]:
    with closing(opened()) as store:
        yield store


def test_indices_are_dense_and_given_once(store: Store) -> None:
    assert store.size() == 0
    assert store.intern(["b", "a", "b", "c"]).tolist() == [0, 1, 0, 2]
    assert store.intern(["d", "a"]).tolist() == [3, 1]
    assert store.size() == 4
    assert store.find(["c", "nobody", "a"]).tolist() == [2, -1, 1]
    assert store.find(["nobody"]).dtype == store.intern(["a"]).dtype == np.int32
    assert store.intern([]).shape == store.find([]).shape == (0,)
    assert store.size() == 4


def test_more_ids_than_one_statement_holds(store: Store) -> None:
    names = [f"article/{number}" for number in range(2_600)]
    assert store.intern(names).tolist() == list(range(2_600))
    assert store.find(names[::-1]).tolist() == list(range(2_599, -1, -1))
    kept = store.get(range(2_600))
    assert [each.id for each in kept if each] == names


@pytest.mark.parametrize("name", ["ŝéß 新聞", "a\x00b", "'; DROP TABLE log; --", " ", "x" * 512])
def test_an_id_is_any_text(opened: Callable[[], Store], name: str) -> None:
    with closing(opened()) as store:
        store.intern(["a", name])
    with closing(opened()) as store:
        assert store.find([name, name + "x"]).tolist() == [1, -1]
        assert store.get([1])[0] == ArchivedArticle(name, None, False)


def test_threads_that_intern_at_once_agree(store: Store) -> None:
    names = [f"a{number}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda shift: store.intern(names[shift:] + names[:shift]), range(24)))
    orders = [np.roll(indices, shift).tolist() for shift, indices in enumerate(found)]
    assert all(order == orders[0] for order in orders)
    assert sorted(orders[0]) == list(range(60))


def test_get_tells_what_is_known(store: Store) -> None:
    store.intern(["named only"])
    store.append(NONE, [publication("told")]).result()
    named, told, nothing, negative, again = store.get([0, 1, 2, -1, 0])
    assert named == again == ArchivedArticle("named only", None, False)
    assert told is not None
    assert told[:3] == ("told", publication("told").article, False)
    assert told.version
    assert nothing is negative is None


def test_offsets_begin_at_one_and_receipts_count(store: Store) -> None:
    store.intern(["a"])
    assert store.end() == 0
    assert store.append(records([5, 6])).result() == Receipt(2, 2, 0, ())
    assert store.append(records([6, 7, 7])).result() == Receipt(3, 1, 2, ())
    assert store.append(records([5])).result() == Receipt(3, 0, 1, ())
    assert store.append(NONE).result() == Receipt(3, 0, 0, ())
    assert store.end() == 3
    assert undecided(store.read(0, 100).records).tobytes() == records([5, 6, 7]).tobytes()


def test_of_records_with_one_id_the_first_is_kept(store: Store) -> None:
    store.intern(["a", "b"])
    both = np.concatenate([records([9], article=1), records([9], article=0)])
    store.append(both).result()
    store.append(records([9], article=0)).result()
    assert store.read(0, 10).records["article"].tolist() == [1]


def test_reading_rounds_up_to_whole_appends(store: Store) -> None:
    store.intern(["a"])
    for ids in ([1, 2, 3], [4], [5, 6]):
        store.append(records(ids)).result()
    assert store.read(0, 1).records["id"].tolist() == [1, 2, 3]
    assert store.read(0, 3).records["id"].tolist() == [1, 2, 3]
    assert store.read(0, 4).records["id"].tolist() == [1, 2, 3, 4]
    assert store.read(2, 1).records["id"].tolist() == [3]
    assert store.read(3, 2).records["id"].tolist() == [4, 5, 6]
    assert store.read(5, 9).records["id"].tolist() == [6]
    for after in (6, 7, 1_000):
        batch = store.read(after, 9)
        assert (batch.first, batch.end, len(batch.records)) == (after + 1, after, 0)
    batch = store.read(1, 9)
    assert (batch.first, batch.end) == (2, 6)
    batch.records["time"] = 0  # the caller's own
    assert store.read(1, 9).records["time"].all()


@each_backend
@given(
    batches=st.lists(
        st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 12), max_size=12), max_size=10
    ),
    waits=st.lists(st.booleans(), min_size=10, max_size=10),
    limits=st.lists(st.integers(1, 9), min_size=1),
)
@settings(deadline=None, max_examples=60)
def test_the_log_is_the_distinct_entries_in_order(
    backend: str, batches: list[list[int]], waits: list[bool], limits: list[int]
) -> None:
    wanted = list(dict.fromkeys(key for batch in batches for key in batch))
    with tempfile.TemporaryDirectory() as folder:
        with closing(BACKENDS[backend](Path(folder))) as store:
            store.intern(["a"])
            futures = []
            for batch, wait in zip(batches, waits, strict=False):
                futures.append(store.append(records(batch)))
                if wait:
                    futures[-1].result()
            receipts = [future.result() for future in futures]
            assert sum(receipt.accepted for receipt in receipts) == len(wanted)
            assert sum(receipt.duplicates for receipt in receipts) == sum(map(len, batches)) - len(wanted)
            assert all_ids(store) == wanted
        with closing(BACKENDS[backend](Path(folder))) as store:
            assert _in_pieces(store, limits) == records(wanted).tobytes()
            for after in range(len(wanted) + 1):
                assert store.read(after, 1 << 40).records["id"].tolist() == wanted[after:]


def _in_pieces(store: Store, limits: list[int]) -> bytes:
    """The bytes of the whole log, read with one limit after another."""
    pieces, after = [b""], 0
    while len((batch := store.read(after, limits[len(pieces) % len(limits)])).records):
        assert batch.first == after + 1
        pieces.append(undecided(batch.records).tobytes())
        after = batch.end
    return b"".join(pieces)


def test_publishing_says_what_became_of_each(store: Store) -> None:
    assert store.append(NONE, [publication("a"), publication("b")]).result() == Receipt(
        2, 2, 0, (PublishOutcome.NEW, PublishOutcome.NEW)
    )
    receipt = store.append(NONE, [publication("b"), publication("a", "Ferry sails")]).result()
    assert receipt == Receipt(3, 1, 0, (PublishOutcome.UNCHANGED, PublishOutcome.UPDATED))
    entries = store.read(0, 10).records
    assert entries["article"].tolist() == [0, 1, 0]
    assert set(entries["kind"].tolist()) == {int(EntryKind.PUBLISH)}
    assert set(entries["source"].tolist()) == {-1}
    assert (entries["time"] > 1_600_000_000_000).all()
    (kept,) = store.get([0])
    assert kept is not None
    assert kept.article == publication("a", "Ferry sails").article


def test_an_article_twice_in_one_append_ends_as_the_last(store: Store) -> None:
    thrice = [publication("a", "one"), publication("a", "two"), publication("a", "two")]
    assert store.append(NONE, thrice).result().outcomes == (
        PublishOutcome.NEW,
        PublishOutcome.UPDATED,
        PublishOutcome.UNCHANGED,
    )
    (kept,) = store.get([0])
    assert kept is not None
    assert kept.article is not None
    assert kept.article.headline == "two"
    assert store.size() == 1


def test_publishing_keeps_the_index_that_events_gave(store: Store) -> None:
    store.intern(["x", "a"])
    assert store.append(NONE, [publication("a")]).result().outcomes == (PublishOutcome.NEW,)
    assert store.find(["a"]).tolist() == [1]
    assert store.read(0, 1).records["article"].tolist() == [1]


def test_understandings_lie_at_the_places_of_their_entries(store: Store) -> None:
    store.intern(["z"])
    store.append(records([1, 2])).result()
    store.append(records([3]), [publication("a", vector=b"a"), publication("b", vector=b"b")]).result()
    store.append(NONE, [publication("a", vector=b"never"), publication("c", vector=b"c")]).result()
    for after in range(7):
        batch = store.read(after, 100)
        published = np.flatnonzero(batch.records["kind"] == EntryKind.PUBLISH).tolist()
        assert sorted(batch.features) == published
        names = [batch.features[place].vector for place in published]
        assert names == [name for offset, name in ((3, b"a"), (4, b"b"), (6, b"c")) if offset > after]


def test_withdrawing_and_coming_back(store: Store) -> None:
    store.append(NONE, [publication("a")]).result()
    withdrawal = records([0], kind=EntryKind.WITHDRAW)
    assert store.append(withdrawal).result() == Receipt(2, 1, 0, ())
    (kept,) = store.get([0])
    assert kept is not None
    assert kept[:3] == ("a", publication("a").article, True)
    assert store.append(withdrawal).result() == Receipt(2, 0, 1, ())  # it is withdrawn already
    assert store.append(NONE, [publication("a")]).result() == Receipt(2, 0, 0, (PublishOutcome.WITHDRAWN,))
    restored = store.append(NONE, [publication("a")], restore=["a"]).result()
    assert restored == Receipt(3, 1, 0, (PublishOutcome.UPDATED,))
    (kept,) = store.get([0])
    assert kept is not None
    assert kept[:3] == ("a", publication("a").article, False)
    assert store.append(NONE, [publication("a")]).result() == Receipt(3, 0, 0, (PublishOutcome.UNCHANGED,))
    assert store.read(0, 9).records["kind"].tolist() == [
        EntryKind.PUBLISH,
        EntryKind.WITHDRAW,
        EntryKind.PUBLISH,
    ]


def test_the_id_of_entries_without_one_stays_free(store: Store) -> None:
    store.append(records([0, 0], kind=EntryKind.WITHDRAW), [publication("a")]).result()
    assert store.append(records([0])).result() == Receipt(3, 1, 0, ())


@pytest.mark.parametrize(("field", "index"), [("article", 1), ("article", -1), ("source", 1), ("source", -2)])
def test_an_index_never_given_is_refused_with_all_of_its_append(store: Store, field: str, index: int) -> None:
    store.intern(["a"])
    wrong = records([1, 2])
    wrong[field][1] = index
    neighbours = [store.append(records([3])), store.append(wrong), store.append(records([4]))]
    with pytest.raises(StoreError, match=rf"records\[1\]: {field} {index} is an index that was never given"):
        neighbours[1].result()
    assert [neighbours[place].result().accepted for place in (0, 2)] == [1, 1]
    assert all_ids(store) == [3, 4]
    assert store.append(records([1])).result().accepted == 1


def test_a_refused_append_publishes_nothing(store: Store) -> None:
    with pytest.raises(StoreError):
        store.append(records([1], article=5), [publication("a")]).result()
    assert (store.end(), store.size(), store.find(["a"]).tolist()) == (0, 0, [-1])


def test_what_is_no_log_entry_is_refused_at_once(store: Store) -> None:
    with pytest.raises(ValueError, match="RECORD"):
        store.append(np.zeros(3, np.dtype([("id", np.int64)])))
    with pytest.raises(ValueError, match="PUBLISH"):
        store.append(records([1], kind=EntryKind.PUBLISH))


def test_the_callers_array_may_change_after_the_call(store: Store) -> None:
    store.intern(["a"])
    mine = records(range(1_000))
    future = store.append(mine)
    mine["id"] = 5
    future.result()
    assert all_ids(store) == list(range(1_000))


def test_unused_bytes_of_a_record_do_not_carry_memory_to_disk(store: Store) -> None:
    store.intern(["a"])
    clean = records(range(40))
    dirty = np.frombuffer(bytearray(b"\xab" * clean.nbytes), RECORD)
    for field in RECORD.names or ():
        dirty[field] = clean[field]
    store.append(dirty).result()
    assert undecided(store.read(0, 40).records).tobytes() == clean.tobytes()


def test_an_append_that_was_handed_in_is_kept_and_cannot_be_given_up(store: Store) -> None:
    store.intern(["a"])
    futures = {number: store.append(records([number])) for number in range(300)}
    assert not any(future.cancel() for future in futures.values())
    assert all(future.result().accepted == 1 for future in futures.values())
    assert all_ids(store) == list(range(300))


def test_closing_finishes_what_was_handed_in(opened: Callable[[], Store]) -> None:
    store = opened()
    store.intern(["a"])
    futures = [store.append(records([number])) for number in range(200)]
    store.close()
    assert all(future.done() for future in futures)
    with closing(opened()) as again:
        assert all_ids(again) == list(range(200))
        assert again.find(["a"]).tolist() == [0]


def test_a_closed_store_says_so(opened: Callable[[], Store]) -> None:
    store = opened()
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.append(NONE)
    with pytest.raises(StoreError, match="closed"):
        store.read(0, 1)
    with pytest.raises(StoreError, match="closed"):
        store.intern(["a"])


def test_two_stores_on_one_file_see_each_other(opened: Callable[[], Store]) -> None:
    with closing(opened()) as one, closing(opened()) as other:
        assert one.intern(["a", "b"]).tolist() == [0, 1]
        assert other.find(["c", "b"]).tolist() == [-1, 1]
        assert other.intern(["c", "a"]).tolist() == [2, 0]
        assert one.append(records([1, 2], article=2)).result().offset == 2
        assert other.append(records([2, 3])).result() == Receipt(3, 1, 1, ())
        assert all_ids(one) == all_ids(other) == [1, 2, 3]


def test_many_threads_read_and_write_at_once(store: Store) -> None:
    store.intern(["a"])

    def append_and_read(thread: int) -> bool:
        for number in range(25):
            offset = store.append(records([thread * 1_000 + number])).result().offset
            assert store.end() >= offset
            assert store.read(offset - 1, 1).records["id"][0] == thread * 1_000 + number
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(append_and_read, range(8)))
    assert sorted(all_ids(store)) == sorted(t * 1_000 + n for t in range(8) for n in range(25))
