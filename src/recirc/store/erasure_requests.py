"""Erasures of names and of days, each with its receipt."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Final, Literal

import numpy as np
from msgspec import structs

from recirc.store.commands import EraseEvents, EraseNames
from recirc.store.erased_names import ErasedName, NameScanner, erased_names
from recirc.store.erasure_receipts import FIRST, SAID, ErasureReceipt
from recirc.store.ports import NotThereError
from recirc.store.sqlite import SqliteStore
from recirc.store.traces import LONG, Traces, new_base, texts_of, traces_of, traces_of_bytes
from recirc.types import RECORD, RecordArray

ALL_EVENTS: Final = 50_000
"""Events of which each has a trace; of more every second, and so on, up to one of SPARSEST."""
SPARSEST: Final = 32
"""A page of the file has 64 events, so that none is left without a trace."""


def erase_names(
    store: SqliteStore,
    kind: Literal["author", "topic"],
    names: Sequence[str],
    by: str,
    reason: str,
    time: int,
    *,
    texts: bool,
    remove_pictures: Callable[[set[str]], int],
) -> ErasureReceipt:
    """Erase names of an author, or of a topic, in all their spellings; the receipt.

    Args:
        store: where they stand.
        kind: whose they are.
        names: spellings, at least one.
        by, reason, time: who, why and when (ms since 1970, UTC).
        texts: whether they leave the texts of articles too.
        remove_pictures: removes the files of pictures by their keys; how many there were.

    Raises:
        UnsuitableNameError: a name is too short.
        NotThereError: the names stand nowhere.
        ConflictError: an account of the desk has an author's name.
        StoreError: the store refuses.
    """
    wanted = erased_names(kind, names, texts=texts)
    if not _stand_somewhere(store, wanted):
        raise NotThereError(
            f"nothing that is kept has the name {names[0]!r}; `recirc erase list` shows what was erased"
        )
    pictures, control = store.picture_keys(), SAID + secrets.token_hex(24)
    command = EraseNames(secrets.token_hex(8), wanted, control, by, reason, time)
    removed = store.erase(command)
    gone = pictures - store.picture_keys()
    left, shared_with = _forms_left(store, wanted)
    receipt = _receipt(command, store, removed, Traces(new_base(), (), ()))
    return structs.replace(
        receipt,
        files=remove_pictures(gone),
        pictures=tuple(sorted(gone)),
        names=tuple(_without_forms(each, left) for each in wanted),
        shared=len(left),
        shared_with=shared_with,
    )


def articles_with(
    store: SqliteStore, kind: Literal["author", "topic"], names: Sequence[str]
) -> tuple[int, list[str]]:
    """Number of articles in which names stand, and the ids of the FIRST ones. Raises UnsuitableNameError."""
    scanners = [NameScanner(each) for each in erased_names(kind, names, texts=True)]
    found = {
        id_: None for id_, document in store.all_documents() if any(each.find(document) for each in scanners)
    }
    return len(found), list(found)[:FIRST]


def erase_day(
    store: SqliteStore, day: str, since: int, until: int, by: str, reason: str, time: int
) -> ErasureReceipt:
    """Erase the events from `since` to `until` (ms, the second not included), which are those of `day`; the receipt.

    Raises:
        NotThereError: there are none.
        StoreError: the store refuses.
    """
    base, control = new_base(), SAID + secrets.token_hex(24)
    count, traces = _traces_of_events(store.events_between(since, until), since, base)
    command = EraseEvents(secrets.token_hex(8), day, since, until, control, by, reason, time)
    removed = store.erase(command)
    return structs.replace(_receipt(command, store, removed, traces), events=count)


def _receipt(
    command: EraseNames | EraseEvents, store: SqliteStore, removed: dict[str, int], traces: Traces
) -> ErasureReceipt:
    kept = next(each for each in store.erasures() if each.key == command.key)
    return ErasureReceipt(
        key=command.key,
        by=command.by,
        reason=command.reason,
        time=datetime.fromtimestamp(command.time / 1000, UTC),
        what=kept.what,
        removed=removed,
        files=0,
        texts=(),
        traces=traces,
        shared=0,
        shared_with=(),
        short=0,
        pictures=(),
        control=command.control,
        control_traces=traces_of([command.control], traces.base),
    )


def _stand_somewhere(store: SqliteStore, names: Iterable[ErasedName]) -> bool:
    scanners = [NameScanner(each) for each in names]
    return any(scanner.find(document) for _, document in store.all_documents() for scanner in scanners)


def _forms_left(store: SqliteStore, names: Iterable[ErasedName]) -> tuple[set[str], tuple[str, ...]]:
    """Hashes of the forms that stand in articles still, within other words, and the ids of these."""
    scanners = [NameScanner(each) for each in names]
    left: set[str] = set()
    articles: dict[str, None] = {}
    for id_, document in chain(store.all_documents(), store.all_addresses()):
        # As it is kept, and as it is indexed.
        said = document + b"\n" + "\n".join(texts_of(document)).encode("utf-8", "replace")
        found = {form for scanner in scanners for form in scanner.forms_in(said)}
        if found:
            left |= found
            articles[id_] = None
    return left, tuple(articles)[:FIRST]


def _without_forms(name: ErasedName, left: set[str]) -> ErasedName:
    return structs.replace(name, forms=tuple(form for form in name.forms if form[2] not in left))


def _traces_of_events(events: Iterable[RecordArray], since: int, base: str) -> tuple[int, Traces]:
    """Number of events, and traces of what each began with: its id, time, reader and visit."""
    parts = [part[["id", "time", "reader", "visit"]].copy() for part in events]
    count = sum(map(len, parts))
    stride = max(1, min(SPARSEST, count // ALL_EVENTS))
    chosen = [part[part["time"] != since][::stride] for part in parts]
    whole = [each for each in chosen if len(each)]
    if not whole:
        return count, Traces(base, (), ())
    begins = np.zeros((sum(map(len, whole)), LONG), np.uint8)
    at = 0
    for part in whole:
        full = np.zeros(len(part), RECORD)
        for field in ("id", "time", "reader", "visit"):
            full[field] = part[field]
        begins[at : at + len(part)] = full.view(np.uint8).reshape(len(part), RECORD.itemsize)[:, :LONG]
        at += len(part)
    return count, traces_of_bytes(begins, base)
