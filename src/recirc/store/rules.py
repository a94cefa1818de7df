"""What editors say of shelves: rules, each with its reason, its time and who made it.

A rule is never changed or deleted: it is made, and it ends. So the rules of any moment of the past can be told.
"""

import sqlite3
from enum import Enum
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from recirc.store.commands import AddRules, EndRules
from recirc.store.ports import ConflictError, NotThereError

TABLES: Final = (
    # `added` and `ended` are the order's times in ms, neither ever falls; `ended` is NULL while a rule stands.
    "CREATE TABLE IF NOT EXISTS rules (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, added INTEGER NOT NULL,"
    " ended INTEGER, ended_by TEXT, rule BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS rules_standing ON rules (number) WHERE ended IS NULL",
)
"""Files from before there were any get them when they are opened."""

VERSION: Final = "rules"
"""Key in `meta` of the number of changes so far."""

FRONT: Final = "front"
"""Where a rule may apply beside the shelves: the front page."""


class RuleKind(Enum):
    """What a rule does to the articles that it is about."""

    PIN = "pin"  # it has this place
    BOOST = "boost"  # it comes earlier than its evidence alone would place it
    BURY = "bury"  # nothing puts it forward by itself; a pin still may
    BAN = "ban"  # it has no place, a pin included
    EMBARGO = "embargo"  # nobody sees it before a time
    SLOT = "slot"  # so many slots are for these
    SHARE = "share"  # at least, or at most, so much of what shelves show
    JOIN = "join"  # it tells the same story as the article beside
    PART = "part"  # it is no part of the story of the article beside
    LABEL = "label"  # readers see a word beside its headline
    LAYOUT = "layout"  # the part of the front page that is a section's has this form


class ArticleLabel(Enum):
    """What readers are told of an article, beside its headline."""

    LIVE = "live"  # it is being written while things happen
    BREAKING = "breaking"  # it has only just happened


STORY_KINDS: Final = (RuleKind.JOIN, RuleKind.PART)
"""Kinds that say which articles tell one story: everywhere, not on a shelf."""


class TargetKind(Enum):
    """By what a rule selects articles."""

    ARTICLE = "article"
    STORY = "story"  # the articles that tell the same event as this one
    TOPIC = "topic"
    SECTION = "section"
    AUTHOR = "author"
    OUTLET = "outlet"
    LABEL = "label"  # the newsroom's own
    NEW_ARTICLES = "new articles"  # published within so many hours
    NEW_AUTHORS = "new authors"  # whose first article here is at most so many days old


class RuleTarget(Struct, frozen=True, forbid_unknown_fields=True):
    """Articles: `value` is an article's id, the name of a topic, section, author or
    outlet, or of new ones the number of hours or days.
    """

    by: TargetKind
    value: str


class Rule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule.

    Attributes:
        target: the articles that it is about.
        beside: it applies on shelves beside these articles only; None: beside all.
        shelves: names of shelves, and FRONT; empty: all of them.
        place: of a pin, 1 is the first.
        strength: of a boost: by how many standard deviations of the shelf's scores.
        count: of a slot rule: how many slots.
        label: of a label, a value of ArticleLabel; of a layout, its name.
        share: of a share: of the slots, between 0 and 1; at least, with `most` at most.
        since, until: ms since 1970, UTC; `until` is not included, None: no end.
        reason: why, in words.
        by: who made it.
    """

    kind: RuleKind
    target: RuleTarget
    beside: RuleTarget | None = None
    shelves: tuple[str, ...] = ()
    place: int = 0
    strength: float = 0.0
    count: int = 0
    since: int = 0
    until: int | None = None
    reason: str = ""
    by: str = ""
    label: str = ""
    share: float = 0.0
    most: bool = False

    def covers(self, now: int) -> bool:
        """Whether `now` (ms) lies within its time."""
        return self.since <= now and (self.until is None or now < self.until)

    def applies_on(self, shelf: str) -> bool:
        """Whether it is about this shelf, or FRONT."""
        return not self.shelves or shelf in self.shelves


class StoredRule(NamedTuple):
    """A rule in the file. `added` and `ended` are ms since 1970; a rule that stands has not ended."""

    number: int
    key: str
    added: int
    ended: int | None
    ended_by: str | None
    rule: Rule

    def stood(self, now: int) -> bool:
        """Whether it was in force at `now` (ms)."""
        return self.added <= now and (self.ended is None or now < self.ended) and self.rule.covers(now)


_decoder = msgspec.json.Decoder(Rule)


def make_missing(connection: sqlite3.Connection) -> None:
    """Make the tables in a file from before there were any."""
    for statement in TABLES:
        connection.execute(statement)


def add(connection: sqlite3.Connection, command: AddRules) -> None:
    """Add rules, all or none. A key that is known has no second effect.

    Raises:
        ConflictError: a rule that is replaced has ended already: somebody else changed it first.
    """
    known = {key for key, _ in command.rules if _number(connection, key)}
    if not known.issuperset(key for key, _ in command.rules):
        replaced = [each for each in (command.replaces, *command.ends) if each]
        for old in replaced:
            if not _standing(connection, old):
                raise ConflictError(
                    f"the rule {old!r} was changed or removed meanwhile; read the rules again"
                )
        for old in replaced:
            _end(connection, old, command.by, _now(connection, command.time))
    now = _now(connection, command.time)
    fresh = [(key, rule) for key, rule in dict(command.rules).items() if key not in known]
    connection.executemany(
        "INSERT INTO rules (key, added, rule) VALUES (?, ?, ?)", ((key, now, rule) for key, rule in fresh)
    )
    if fresh:
        count_change(connection)


def end(connection: sqlite3.Connection, command: EndRules) -> None:
    """End rules that stand. Raises NotThereError when one of them was never made."""
    now, changed = _now(connection, command.time), False
    for key in command.keys:
        if not _number(connection, key):
            raise NotThereError(f"there is no rule {key!r}; `recirc rule list` shows them")
        changed |= _end(connection, key, command.by, now)
    if changed:
        count_change(connection)


def end_pins(connection: sqlite3.Connection, articles: set[str], time: int) -> None:
    """End the pins of articles that are withdrawn: they do not come back with the article."""
    now, changed = _now(connection, time), False
    for each in stored(connection):
        if each.rule.kind is RuleKind.PIN and each.rule.target.value in articles:
            changed |= _end(connection, each.key, "withdrawal", now)
    if changed:
        count_change(connection)


def end_one(connection: sqlite3.Connection, key: str, by: str, time: int) -> None:
    """End a rule that stands; `count_change` must follow."""
    _end(connection, key, by, _now(connection, time))


def stored(connection: sqlite3.Connection, *, ended: bool = False) -> list[StoredRule]:
    """The rules that stand, and with `ended` all that ever were, the oldest first."""
    where = "" if ended else " WHERE ended IS NULL"
    found = connection.execute(
        f"SELECT number, key, added, ended, ended_by, rule FROM rules{where} ORDER BY number"
    )
    return [
        StoredRule(number, key, added, ended, ended_by, _decoder.decode(rule))
        for number, key, added, ended, ended_by, rule in found
    ]


def version(connection: sqlite3.Connection) -> int:
    """How often rules have changed."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (VERSION,)).fetchone()
    return int(row[0]) if row else 0


def _number(connection: sqlite3.Connection, key: str) -> int:
    row = connection.execute("SELECT number FROM rules WHERE key = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def _standing(connection: sqlite3.Connection, key: str) -> bool:
    found = connection.execute("SELECT 1 FROM rules WHERE key = ? AND ended IS NULL", (key,)).fetchone()
    return found is not None


def _end(connection: sqlite3.Connection, key: str, by: str, now: int) -> bool:
    ended = connection.execute(
        "UPDATE rules SET ended = ?, ended_by = ? WHERE key = ? AND ended IS NULL", (now, by, key)
    )
    return ended.rowcount > 0


def _now(connection: sqlite3.Connection, time: int) -> int:
    """The time of a change: never before that of an earlier one, whatever the sender's clock says."""
    (latest,) = connection.execute(
        "SELECT max(coalesce(max(added), 0), coalesce(max(ended), 0)) FROM rules"
    ).fetchone()
    return max(time, int(latest))


def count_change(connection: sqlite3.Connection) -> None:
    """Let processes that follow the rules read them again."""
    connection.execute(
        "INSERT INTO meta VALUES (?, '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)",
        (VERSION,),
    )
