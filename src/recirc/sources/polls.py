"""One poll of a listing: which entries are new, changed, waiting or taken down, and what becomes of each."""

from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, NamedTuple

from recirc.reading.holds import HeldArticle
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.secrets import without_key
from recirc.reading.urls import identity_of
from recirc.reading.values import own_id
from recirc.sources.identities import adopt_changed_ids, distinct, identity, is_older, remember
from recirc.sources.listing import EntryArticle, ListedEntry, ListingReader, Read
from recirc.sources.rereads import MOST as MOST_REREADS
from recirc.sources.rereads import is_paused, reread
from recirc.sources.source import (
    Fetch,
    FetchError,
    PendingEntry,
    PollItem,
    PollState,
    Source,
    SourceNotice,
    Takedown,
)

RETRY_SECONDS: Final = 900.0
"""Pause before the third request for a page that failed; the second comes with the next poll. Each further one doubles
it, up to `LONGEST_RETRY`.
"""
LONGEST_RETRY: Final = 86_400.0
MISMATCHES: Final = 4
"""Requests for a page that turns out to be another one, after which the source's own text stays until it changes."""

_NO_DATE: Final = datetime.min.replace(tzinfo=UTC)


class PollResult(NamedTuple):
    """The number of entries that were tried, and whether none is left for the next poll."""

    tried: int
    finished: bool


def poll_listing(
    source: Source, read: Read, fetch: Fetch, state: PollState, now: datetime
) -> Iterator[PollItem]:
    """The articles that are new in a source with one response for everything: the common `Source.poll`."""
    answer = fetch(source.entry.address, etag=state.etag, last_modified=state.last_modified)
    if answer.status == 304:
        return
    try:
        listing = read(answer, now)
    except RejectedValueError as error:
        raise RejectedValueError(error.field, f"{without_key(answer.url)}: {error.text}") from None
    state.wait_seconds = listing.wait_seconds
    state.hub = answer.links.get("hub") or listing.hub
    state.topic = answer.links.get("self") or listing.topic or answer.url
    finished = (yield from poll_entries(listing.entries, ListingReader(source, fetch, now), state)).finished
    # The rest is read in the next poll, which needs the whole listing again.
    state.etag = answer.etag if finished else None
    state.last_modified = answer.last_modified if finished else None


def poll_entries(
    entries: Sequence[ListedEntry],
    reader: ListingReader,
    state: PollState,
    *,
    most: int | None = None,
    keep: bool = False,
) -> Generator[PollItem, None, PollResult]:
    """The articles of the new and changed entries, the newest first, at most `most` (None: `SourceEntry.most`).

    An entry that fails for the moment is pending, and is tried again; it is never noted as read. The state forgets
    entries that are no longer listed, unless `keep`.
    """
    most = reader.entry.most if most is None else most
    named, left_out = distinct(entries)
    adopt_changed_ids(state, named)
    if not keep:
        state.seen = {key: state.seen[key] for key in named if key in state.seen}
        state.pending = {key: state.pending[key] for key in named if key in state.pending}
        state.rereads = {key: state.rereads[key] for key in named if key in state.rereads}
    for key in list(state.rereads)[:-MOST_REREADS]:
        del state.rereads[key]
    new = [item for item in named.values() if _is_due(item, state, reader.now)]
    # Those that failed before come last: a host that does not answer must not keep the others from being read.
    new.sort(key=lambda item: (item.key not in state.pending, item.when or _NO_DATE), reverse=True)
    if new and left_out:
        yield SourceNotice(0, left_out, "", reader.place)
    for item in new[:most]:
        yield from _read(item, reader, state)
    waiting = any(key in state.pending and state.pending[key].next is not None for key in named)
    return PollResult(min(len(new), most), len(new) <= most and not waiting)


def version_of_entry(item: ListedEntry) -> str:
    """Differs once an entry has changed, its hold and its status included."""
    parts = [item.version]
    if item.hold is not None:
        parts += [item.hold.field, item.hold.written]
    if item.takedown is not None:
        parts += ["-", item.takedown]
    return " ".join(parts)


def _is_due(item: ListedEntry, state: PollState, now: datetime) -> bool:
    version = version_of_entry(item)
    known = state.known.get(item.sender)
    if known is not None and item.takedown is None and is_older(item.revision, known.revision):
        return False  # an older version, which was sent later
    waiting = state.pending.get(item.key)
    if waiting is not None and waiting.version == version:
        return waiting.next is not None and now.timestamp() >= waiting.next
    if known is not None and known.link and item.url and known.link != identity_of(item.url):
        return True  # it has moved, perhaps with the same text
    if state.seen.get(item.key) == version:
        return False
    return not is_paused(state.rereads.get(item.key), item, now.timestamp())


def _read(item: ListedEntry, reader: ListingReader, state: PollState) -> Iterator[PollItem]:
    version = version_of_entry(item)
    before = state.pending.get(item.key)
    attempts = before.attempts if before is not None and before.version == version else 0
    if item.takedown is not None:
        _note(state, item, version)
        yield taken_down(item, reader, state, item.takedown)
        return
    identify = partial(_identify, state, item, reader.entry.address)
    try:
        read = reader.article(item, identify)
    except RejectedValueError as error:
        _note(state, item, version)
        yield Rejection(item.number, reader.named(item, error.text), error.field, reader.place)
    except FetchError as error:
        state.pending[item.key] = _pending(version, attempts, reader.now, error)
        text = f"its page cannot be read, it will be asked again: {error}"
        outcome = SourceNotice if attempts else Rejection  # it is counted once
        yield outcome(item.number, reader.named(item, text), "", reader.place)
    else:
        remember(state, item, read.fetched.article.id)
        yield from _outcome(item, read, reader, state, attempts)


def _outcome(
    item: ListedEntry, read: EntryArticle, reader: ListingReader, state: PollState, attempts: int
) -> Iterator[PollItem]:
    version = version_of_entry(item)
    if read.hold is not None:
        until = read.hold.until
        at = until.timestamp() if until is not None else None
        state.pending[item.key] = PendingEntry(version, attempts, at, read.hold.text)
        text = reader.named(item, read.hold.text)
        yield HeldArticle(item.number, text, read.hold.field, reader.place, read.fetched.article, until)
        return
    yield read.fetched
    if read.retry is not None:
        state.pending[item.key] = _pending(version, attempts, reader.now, read.retry)
        text = f"its page cannot be read, it will be asked again: {read.retry}"
        yield SourceNotice(item.number, reader.named(item, text), "", reader.place)
        return
    if read.other_page is not None:
        text = f"the text of the source is shown, its page is not the article: {read.other_page}"
        yield SourceNotice(item.number, reader.named(item, text), "", reader.place)
        if attempts + 1 < MISMATCHES:
            error = FetchError(item.url or "", read.other_page)
            state.pending[item.key] = _pending(version, attempts + 1, reader.now, error)
            return
    page = read.fetched.page
    if page is not None and item.page is None:
        before = state.rereads.pop(item.key, None)
        state.rereads[item.key] = reread(before, item, page, reader.now.timestamp())
    _note(state, item, version)


def _note(state: PollState, item: ListedEntry, version: str) -> None:
    """Keep that a version of an entry was read."""
    state.pending.pop(item.key, None)
    state.seen.pop(item.key, None)  # added again, so that the last touched comes last
    state.seen[item.key] = version


def taken_down(item: ListedEntry, reader: ListingReader, state: PollState, reason: str) -> Takedown:
    """The takedown of an entry that its source lists as not published."""
    known = state.known.get(item.sender)
    if known is not None:
        known.gone = True
    candidates = [
        known.id if known else None,
        own_id(reader.entry.address, item.sender),
        identity_of(item.url) if item.url and not item.shared else None,
    ]
    articles = tuple(dict.fromkeys(filter(None, candidates)))
    text = reader.named(item, f"its source does not publish it: {reason}")
    return Takedown(item.number, text, "", reader.place, articles, reason, reader.name)


def _identify(state: PollState, item: ListedEntry, address: str, canonical: str | None) -> str:
    return identity(state, item, canonical, address)


def _pending(version: str, attempts: int, now: datetime, error: FetchError) -> PendingEntry:
    """The second request comes with the next poll; then the pause doubles; `Retry-After` is the minimum."""
    pause = min(RETRY_SECONDS * 2.0 ** min(attempts - 1, 20), LONGEST_RETRY) if attempts else 0.0
    seconds = max(pause, error.wait_seconds or 0.0)
    return PendingEntry(version, attempts + 1, now.timestamp() + seconds, str(error))
