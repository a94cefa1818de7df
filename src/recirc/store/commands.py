"""Everything durable, as data: the closed union of commands, and what the sequencer answers to each.

A command holds all that its effect depends on, so that the same commands in the same order leave the same rows on any
machine. `apply` says what each leaves behind.
"""

from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from recirc.store.erased_names import ErasedName
from recirc.types import ArticleFeatures, PictureFacts


class ArticleRow(Struct, frozen=True, array_like=True):
    """An article on its way into the archive.

    Attributes:
        document: the article as JSON, and its 16-byte blake2b `digest`.
        addresses: the addresses it is found under, most reliable first.
        words: headline, summary and body for the search index, with `published` in ms since 1970, 0: not known.
        based_on: digest of the version that the sender knew, empty: no version; None: whatever is there.
        restore: whether it is published although it, or an article at one of its addresses, is withdrawn.
        pictures: the addresses of its pictures.
        names: of its authors and topics, a line each, for the search index.
    """

    id: str
    document: bytes
    digest: bytes
    features: ArticleFeatures
    addresses: tuple[str, ...]
    words: tuple[str, str, str]
    published: int
    based_on: bytes | None = None
    restore: bool = False
    pictures: tuple[str, ...] = ()
    names: str = ""


class Append(Struct, frozen=True, tag="append", array_like=True):
    """Publish articles, and add entries to the log.

    Attributes:
        records: RECORD (n,) as bytes, without PUBLISH entries; articles are dense indices.
        articles: each becomes a PUBLISH entry, before the records.
        time: of the PUBLISH entries, ms since 1970, UTC.
        received: when the command was handed in, ms; no entry is later than the latest of these so far.
        yesterday: int64 (n,) as bytes, the hash that each record's reader had the day before, 0: not known; empty: none
            is. A reader who is known by it for the article keeps it (`midnight.same_readers`).
    """

    records: bytes
    articles: tuple[ArticleRow, ...]
    time: int
    received: int
    yesterday: bytes = b""


class Intern(Struct, frozen=True, tag="intern", array_like=True):
    """Give dense indices to article ids that have none."""

    ids: tuple[str, ...]


class SetEntries(Struct, frozen=True, tag="set", array_like=True):
    """Set or remove entries of the registry, all of them or none."""

    changes: tuple["Change", ...]


class Change(Struct, frozen=True, array_like=True):
    """One entry of the registry: `value` None removes it.

    Attributes:
        version: the version that the sender knew, 0: no entry; None: whatever is there.
    """

    table: str
    key: str
    value: bytes | None
    version: Annotated[int, Meta(ge=0)] | None = None


class IndexWords(Struct, frozen=True, tag="index", array_like=True):
    """Index the next part of an archive for the search, of a file from before there was one."""


class FillAddresses(Struct, frozen=True, tag="addresses", array_like=True):
    """Set the addresses of all articles, by index, in a file from before addresses were kept; else without effect."""

    addresses: tuple[tuple[int, tuple[str, ...]], ...]


class Selection(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Events of the log, those to which all that is given applies.

    Attributes:
        first, last: log entries, both included; 0: from the beginning, up to the end as it is then.
        since, until: ms since 1970, UTC; the second is not included.
        reader: the keyed hash in the record.
        article: dense index.
        ids: keys of events, see `ids.record_key`.
        network: the keyed hash in the records of views, which is of one day (UTC): with `since` and `until`.
    """

    first: int = 0
    last: int = 0
    since: int | None = None
    until: int | None = None
    reader: int | None = None
    article: int | None = None
    ids: tuple[int, ...] = ()
    network: int | None = None


class Void(Struct, frozen=True, tag="void", array_like=True):
    """Exclude events that are in the log already, as if they had been excluded when they came.

    Attributes:
        key: names this exclusion; made by the sender.
        by, reason, time: who, why, and when (ms since 1970, UTC).
    """

    key: str
    selection: Selection
    by: str
    reason: str
    time: int


class Unvoid(Struct, frozen=True, tag="unvoid", array_like=True):
    """Take the exclusion with this key back; fields as in `Void`."""

    key: str
    by: str
    time: int


class Withdraw(Struct, frozen=True, tag="withdraw", array_like=True):
    """Withdraw articles, and keep why.

    Attributes:
        records: RECORD (n,) as bytes, WITHDRAW entries of those that are not withdrawn yet.
        changes: the withdrawals in the registry, by the id of the article.
        time: ms since 1970, UTC.
    """

    records: bytes
    changes: tuple[Change, ...]
    time: int


class AddRules(Struct, frozen=True, tag="rules", array_like=True):
    """Make rules for shelves.

    Attributes:
        rules: key and rule (JSON of `rules.Rule`) of each; keys are made by the sender.
        by: who makes them.
        time: ms since 1970, UTC.
        replaces: key of a rule that ends with it, and must stand; empty: none.
        ends: keys of further rules that end with it, and must stand.
    """

    rules: tuple[tuple[str, bytes], ...]
    by: str
    time: int
    replaces: str = ""
    ends: tuple[str, ...] = ()


class EndRules(Struct, frozen=True, tag="unrule", array_like=True):
    """End rules, by key; fields as in `AddRules`."""

    keys: tuple[str, ...]
    by: str
    time: int


class Erase(Struct, frozen=True, tag="erase", array_like=True):
    """Erase articles: nothing of them stays but their ids, and hashes of their addresses.

    Attributes:
        key: names the erasure; made by the sender.
        ids: of the articles, also of those that are not known here.
        addresses: hashes (`addresses.address_hash`) of further addresses at which nothing is published again.
        control: a random text that stays in the list of erasures, by which a search for what was erased is proven.
        by, reason, time: who, why, and when (ms since 1970, UTC).
    """

    key: str
    ids: tuple[str, ...]
    addresses: tuple[bytes, ...]
    control: str
    by: str
    reason: str
    time: int


class EraseNames(Struct, frozen=True, tag="erase-names", array_like=True):
    """Erase names of authors or topics from everything that is kept.

    Attributes:
        names: what is known of them, which is enough to find them; they are not in the command.
        key, control, by, reason, time: as of `Erase`.
    """

    key: str
    names: tuple[ErasedName, ...]
    control: str
    by: str
    reason: str
    time: int


class EraseEvents(Struct, frozen=True, tag="erase-events", array_like=True):
    """Erase what readers did in a time: of each event stay its kind, its article, its day and its id.

    Attributes:
        day: the day in the site's time zone, as text.
        since, until: when it begins and ends, ms since 1970, UTC; the second is not included.
        key, control, by, reason, time: as of `Erase`.
    """

    key: str
    day: str
    since: int
    until: int
    control: str
    by: str
    reason: str
    time: int


class HoldBack(Struct, frozen=True, tag="hold", array_like=True):
    """Keep an article back until it may be published.

    Attributes:
        document: the article as JSON.
        until: ms since 1970, UTC; None: until its sender changes it.
        why: the reason, in words.
    """

    id: str
    document: bytes
    until: int | None
    why: str


class Release(Struct, frozen=True, tag="release", array_like=True):
    """Hold articles no longer; they were published, or their sender gave them up.

    Attributes:
        until: ms since 1970, UTC: only if their time had come by then; None: in any case.
    """

    ids: tuple[str, ...]
    until: int | None = None


class KeepProvisional(Struct, frozen=True, tag="provisional", array_like=True):
    """Keep views of pages that no article is known for: key, address, time (ms since 1970) and observation of each."""

    rows: tuple[tuple[int, str, int, bytes], ...]


class DropProvisional(Struct, frozen=True, tag="counted", array_like=True):
    """Drop such views, by key: they were counted."""

    keys: tuple[int, ...]


class KeepPicture(Struct, frozen=True, tag="picture", array_like=True):
    """Keep what became of a picture.

    Attributes:
        facts: of its files; None: there are none.
        due: when it is fetched again, ms since 1970, UTC, None: never; with `facts` when it was kept.
        attempts: how often that failed in a row.
        problem: why there are no files, in words.
    """

    address: str
    facts: PictureFacts | None
    due: int | None
    attempts: int = 0
    problem: str = ""


class DropPictures(Struct, frozen=True, tag="unpicture", array_like=True):
    """Forget pictures, by address, unless a live article has them."""

    addresses: tuple[str, ...]


class NoteAction(Struct, frozen=True, tag="action", array_like=True):
    """Add an entry to the audit trail; see `actions.AuditEntry`. `key` is made by the sender: it is kept once."""

    key: str
    time: int
    actor: str
    role: str
    action: str
    subject: str
    reason: str = ""
    detail: str = ""


Command: TypeAlias = (
    Append
    | Intern
    | SetEntries
    | IndexWords
    | FillAddresses
    | Withdraw
    | HoldBack
    | Release
    | KeepProvisional
    | DropProvisional
    | KeepPicture
    | DropPictures
    | Void
    | Unvoid
    | NoteAction
    | AddRules
    | EndRules
    | Erase
    | EraseNames
    | EraseEvents
)
