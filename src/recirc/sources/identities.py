"""Which entries of a source are one article: by the sender's id first, by the address where that is an entry's own."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from recirc.reading.urls import identity_of
from recirc.reading.values import own_id, version_of
from recirc.sources.listing import ListedEntry
from recirc.sources.source import KnownArticle, PollState

MOST_KNOWN = 10_000
"""Articles of a source whose ids are kept; those that were read longest ago are forgotten."""


_TIMES = 100_000_000.0
"""From here on a revision is the time of a version, in seconds since 1970, else its number."""


class DistinctEntries(NamedTuple):
    """The entries of a listing, one an article, by key; and in words what was left out."""

    entries: dict[str, ListedEntry]
    left_out: str | None


def distinct(entries: Sequence[ListedEntry]) -> DistinctEntries:
    """One entry an article: of versions of one the newest, of repetitions the first.

    Entries with an id of their own stay apart although they share an address, such as that of a ticker; it is then
    the address of none of them. An id that entries with other addresses and headlines share is not an id.
    """
    grouped: dict[str, list[ListedEntry]] = defaultdict(list)
    for item in entries:
        grouped[item.key].append(item)
    named: dict[str, ListedEntry] = {}
    for group in grouped.values():
        for item in group if len(group) == 1 else _apart(group):
            kept = named.get(item.key)
            if kept is None or is_older(kept.revision, item.revision):
                named[item.key] = item
    named = _without_shared_addresses(named)
    missing = len(entries) - len(named)
    text = f"{len(entries)} entries are {len(named)} articles: {missing} repeat others" if missing else None
    return DistinctEntries(named, text)


def _apart(group: Sequence[ListedEntry]) -> Iterable[ListedEntry]:
    """Entries with one key: under keys of their own where their headlines say that they are several articles."""
    titles = {title_of(item) for item in group}
    if len(titles) == 1 or all(item.revision for item in group):
        return group
    links = {identity_of(item.url) if item.url else "" for item in group}
    apart: list[ListedEntry] = []
    for item in group:
        if len(links) > 1 and item.url:
            own, guid = identity_of(item.url), None
        else:
            own = f"{item.key}#{_fragment(item.url) or title_of(item)}"
            guid = own
        # A folder's keys begin with the name of the file.
        file, line, _ = item.key.partition("\n")
        key = f"{file}{line}{own}" if line and not own.startswith(file + line) else own
        apart.append(msgspec.structs.replace(item, key=key, guid=guid))
    return apart


def _without_shared_addresses(named: dict[str, ListedEntry]) -> dict[str, ListedEntry]:
    """The entries, those of one address marked as sharing it; of those with one headline too, the newest."""
    by_link: dict[str, list[ListedEntry]] = defaultdict(list)
    for item in named.values():
        if item.url:
            by_link[identity_of(item.url)].append(item)
    for group in by_link.values():
        if len(group) == 1:
            continue
        by_title: dict[str, ListedEntry] = {}
        for item in group:
            before = by_title.get(title_of(item))
            if before is None:
                by_title[title_of(item)] = item
                continue
            newer = item.when is not None and (before.when is None or item.when > before.when)
            by_title[title_of(item)] = item if newer else before
            named.pop((before if newer else item).key)
        if len(by_title) > 1:
            whole = [item for item in by_title.values() if not _fragment(item.url)]
            for item in by_title.values():
                if len(whole) == 1 and item is whole[0]:
                    continue  # the others are places on its page
                named[item.key] = msgspec.structs.replace(
                    item, shared=True, guid=item.guid or f"{item.key}#{title_of(item)}"
                )
    return named


def adopt_changed_ids(state: PollState, named: Mapping[str, ListedEntry]) -> None:
    """Know an article under the new id that its sender gave it, where address and headline or date are the same."""
    senders = {item.sender for item in named.values()}
    by_link = {
        known.link: sender for sender, known in state.known.items() if known.link and sender not in senders
    }
    for item in named.values():
        if item.sender in state.known or item.shared or not item.url:
            continue
        before = by_link.get(identity_of(item.url))
        if before is not None and before in state.known and _same(item, state.known[before]):
            state.known[item.sender] = state.known.pop(before)
            if before in state.seen and item.key not in state.seen:
                state.seen[item.key] = state.seen.pop(before)
            if before in state.pending and item.key not in state.pending:
                state.pending[item.key] = state.pending.pop(before)


def identity(state: PollState, item: ListedEntry, canonical: str | None, address: str) -> str:
    """The id of an entry's article: the one that it had, else its canonical address, else the sender's id.

    Args:
        state: that of the source.
        item: the entry.
        canonical: the canonical address of its page, or its own.
        address: the address of the source.
    """
    known = state.known.get(item.sender)
    if known is not None:
        return known.id
    own = own_id(address, item.sender)
    if item.shared:
        return own
    for link in (canonical, item.url):
        if link and _is_free(state, item, identity_of(link)):
            return identity_of(link)
    return own


def remember(state: PollState, item: ListedEntry, id: str) -> None:
    """Keep under which id an entry was read."""
    state.known.pop(item.sender, None)  # added again, so that the last touched comes last
    state.known[item.sender] = KnownArticle(
        id, identity_of(item.url) if item.url else "", title_of(item), published_of(item), item.revision
    )
    for sender in list(state.known)[:-MOST_KNOWN]:
        del state.known[sender]


def is_older(one: float, other: float) -> bool:
    """Whether a version is older than another; numbers and times of versions are not compared with each other."""
    return 0 < one < other and (one < _TIMES) == (other < _TIMES)


def title_of(item: ListedEntry) -> str:
    """A short hash of an entry's headline."""
    return version_of(item.row.get("headline"))[:12]


def published_of(item: ListedEntry) -> str:
    """An entry's date of publication, as its source wrote it."""
    return str(item.claims.published or item.row.get("published") or "")


def _same(item: ListedEntry, known: KnownArticle) -> bool:
    return known.title == title_of(item) or (known.published == published_of(item) != "")


def _is_free(state: PollState, item: ListedEntry, id: str) -> bool:
    """Whether no other entry has this id; a second listing of the same article has."""
    return all(known.id != id or _same(item, known) for known in state.known.values())


def _fragment(url: str | None) -> str:
    return (url or "").partition("#")[2]
