"""What editors' rules make of the front page: its arrangement, and articles that may not be on it."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from recirc.engine.active_rules import FORBIDDING, HIDING
from recirc.engine.engine import Engine
from recirc.engine.rules import KEY_BYTES, LATEST
from recirc.hashing import hex_digest
from recirc.store.pins import Pin, Pins
from recirc.store.ports import ConflictError
from recirc.store.rules import FRONT, Rule, RuleKind, RuleTarget, StoredRule, TargetKind
from recirc.text.slugs import slug

ARRANGED: Final = 10
"""Places at the head of the front page that are arranged together."""
MOST_PAST: Final = 10
"""Former arrangements that are listed, the latest ones."""


class PastArrangement(NamedTuple):
    """What had which place of the front page until a moment.

    Attributes:
        until: ms since 1970: it was in force before.
        by: who changed it then.
        places: ids of articles by place.
    """

    until: int
    by: str
    places: Mapping[int, str]


class FrontRules:
    """The rules of the front page. Pins that were set before there were rules stand until they end."""

    def __init__(self, engine: Engine, before: Pins) -> None:
        """`before` has the pins from before there were rules."""
        self._engine = engine
        self._before = before

    def pins(self, now: int) -> tuple[Pin, ...]:
        """What is pinned at `now` (ms), by place; of two pins for one place the newer. Raises StoreError."""
        found = {pin.place: pin for pin in self._before.all(now)}
        for each in self._rules():
            rule = each.rule
            if rule.covers(now):
                until = LATEST if rule.until is None else rule.until
                found[rule.place] = Pin(rule.place, rule.target.value, until, rule.by)
        return tuple(found[place] for place in sorted(found))

    def before(self, now: int) -> tuple[Pin, ...]:
        """What is pinned at `now` (ms) from before there were rules. Raises StoreError."""
        return self._before.all(now)

    def put(self, pin: Pin, now: int, reason: str = "") -> None:
        """Pin an article instead of what has its place; from another place it moves. Raises StoreError."""
        self.remove(pin.place, pin.holder)
        for other in self.pins(now):
            if other.article == pin.article:
                self.remove(other.place, pin.holder)
        self._engine.rules.add(_pinning(pin.place, pin.article, pin.until, pin.holder, reason), now)

    def remove(self, place: int, by: str) -> None:
        """Remove what is pinned at a place. Raises StoreError."""
        for each in self._rules():
            if each.rule.place == place:
                self._engine.rules.end(each.key, by)
        self._before.remove(place)

    def layouts(self, now: int) -> dict[str, str]:
        """The layouts that the desk chose for sections at `now` (ms), by slug; of two the newer. Raises StoreError."""
        return {slug(each.rule.target.value): each.rule.label for each in self._layout_rules(now)}

    def lay_out(self, layouts: Mapping[str, str], now: int, by: str, reason: str = "") -> bool:
        """Give sections these layouts, by slug, and let go of all others that are in force at `now` (ms), in one
        command: one that begins later still does. Returns whether anything changed. Raises RuleError, ConflictError
        and StoreError.
        """
        chosen = self.layouts(now)
        ends = [
            each.key
            for each in self._layout_rules(now)
            if layouts.get(name := slug(each.rule.target.value)) != chosen[name]
        ]
        made = [
            (secrets.token_hex(KEY_BYTES), _layout(name, layout, by, reason))
            for name, layout in layouts.items()
            if chosen.get(name) != layout
        ]
        if made:
            self._engine.rules.add_all(made, now, by, ends=ends)
        elif ends:
            self._engine.rules.end_all(ends, by)
        return bool(made or ends)

    def _layout_rules(self, now: int) -> list[StoredRule]:
        return [
            each
            for each in self._engine.rules.standing()
            if each.rule.kind is RuleKind.LAYOUT and each.rule.covers(now)
        ]

    def version(self, now: int) -> str:
        """Changes with what is pinned at `now` (ms). Raises StoreError."""
        keys = [each.key for each in self._rules() if each.rule.covers(now)]
        return hex_digest(msgspec.json.encode([keys, self._before.all(now)]), 8)

    def arrange(
        self,
        places: Mapping[int, str],
        now: int,
        *,
        version: str | None,
        until: int | None,
        by: str,
        reason: str = "",
        keep: Collection[str] = (),
    ) -> bool:
        """Give articles the first ARRANGED places, and let go of all others that were pinned there, in one command.
        Returns whether anything changed.

        Args:
            places: ids of articles by place, 1 is the top. One that has its place already keeps the end of its pin.
            version: `version` of the page that it was made from; None: whatever is there.
            until: end of the new pins, ms; None: none.
            by, reason: who, and why.
            keep: ids of articles whose pins stay as they are: those of other newspapers.

        Raises:
            ConflictError: somebody else changed the front page meanwhile.
            RuleError: an article cannot be pinned.
            StoreError: it cannot be stored.
        """
        if version is not None and version != self.version(now):
            raise ConflictError("somebody arranged the front page since you opened it; look, and do it again")
        standing = [
            each for each in self._rules() if each.rule.covers(now) and each.rule.target.value not in keep
        ]
        kept = {each.rule.place for each in standing if places.get(each.rule.place) == each.rule.target.value}
        ends = [
            each
            for each in standing
            if each.rule.place not in kept
            and (each.rule.place <= ARRANGED or each.rule.target.value in places.values())
        ]
        ending = {each.rule.target.value: each.rule.until for each in ends}
        made = [
            (secrets.token_hex(KEY_BYTES), _pinning(place, article, ending.get(article, until), by, reason))
            for place, article in sorted(places.items())
            if place not in kept
        ]
        if made:
            self._engine.rules.add_all(made, now, by, ends=[each.key for each in ends])
        elif ends:
            self._engine.rules.end_all([each.key for each in ends], by)
        former = self._forget(now, keep)
        return bool(made or ends or former)

    def _forget(self, now: int, keep: Collection[str]) -> bool:
        """End pins from before there were rules; whether there were any."""
        former = [pin for pin in self._before.all(now) if pin.place <= ARRANGED and pin.article not in keep]
        for pin in former:
            self._before.remove(pin.place)
        return bool(former)

    def past(self) -> list[PastArrangement]:
        """What was pinned before each change, the latest first, at most MOST_PAST. Raises StoreError."""
        pins = [each for each in self._engine.rules.past() if _is_front_pin(each)]
        changes = {each.added: each.rule.by for each in pins}
        changes |= {each.ended: each.ended_by or "" for each in pins if each.ended is not None}
        found = []
        for moment in sorted(changes, reverse=True)[:MOST_PAST]:
            stood = [
                each
                for each in pins
                if each.added < moment
                and (each.ended is None or each.ended >= moment)
                and each.rule.covers(moment - 1)
            ]
            places = {each.rule.place: each.rule.target.value for each in stood}
            found.append(PastArrangement(moment, changes[moment], places))
        return found

    def hidden(self, ids: Sequence[str], now: int) -> set[str]:
        """Which of these articles rules keep off the front page at `now` (ms), pins aside. Raises StoreError."""
        return self._engine.rules.hidden_on(FRONT, ids, now, HIDING)

    def forbidden(self, ids: Sequence[str], now: int) -> set[str]:
        """Which of these articles may not even be pinned there. Raises StoreError."""
        return self._engine.rules.hidden_on(FRONT, ids, now, FORBIDDING)

    def _rules(self) -> list[StoredRule]:
        return [each for each in self._engine.rules.standing() if _is_front_pin(each)]


def moved(order: Sequence[str], held: Mapping[int, str], place: int, to: int) -> dict[int, str]:
    """What is held at which place after the article at a place of the front page moved to another: that article, and
    all that were held, which make room for it; the others flow around them.

    Args:
        order: ids of the articles as they are, the top one first.
        held: ids of those with a place of their own, by place from 1.

    >>> moved(["a", "b", "c", "d"], {2: "b"}, 4, 1)
    {1: 'd', 3: 'b'}
    >>> moved(["a", "b", "c", "d"], {2: "b"}, 1, 2)
    {1: 'b', 2: 'a'}
    """
    listed = list(order)
    article = listed.pop(place - 1)
    listed.insert(to - 1, article)
    wanted = {*held.values(), article}
    return {at: id_ for at, id_ in enumerate(listed, 1) if id_ in wanted}


def _pinning(place: int, article: str, until: int | None, by: str, reason: str) -> Rule:
    return Rule(
        kind=RuleKind.PIN,
        target=RuleTarget(TargetKind.ARTICLE, article),
        shelves=(FRONT,),
        place=place,
        until=until,
        reason=reason,
        by=by,
    )


def _layout(section: str, layout: str, by: str, reason: str) -> Rule:
    return Rule(
        kind=RuleKind.LAYOUT,
        target=RuleTarget(TargetKind.SECTION, section),
        shelves=(FRONT,),
        label=layout,
        reason=reason,
        by=by,
    )


def _is_front_pin(each: StoredRule) -> bool:
    return each.rule.kind is RuleKind.PIN and FRONT in each.rule.shelves
