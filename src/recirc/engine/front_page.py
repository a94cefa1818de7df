"""What editors' rules make of the front page: pinned articles, and those that may not be on it."""

from collections.abc import Sequence

from recirc.engine.engine import Engine
from recirc.engine.rules import LATEST
from recirc.store.pins import Pin, Pins
from recirc.store.rules import FRONT, Rule, RuleKind, RuleTarget, StoredRule, TargetKind


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

    def put(self, pin: Pin, now: int, reason: str = "") -> None:
        """Pin an article instead of what has its place; from another place it moves. Raises StoreError."""
        self.remove(pin.place, pin.holder)
        for other in self.pins(now):
            if other.article == pin.article:
                self.remove(other.place, pin.holder)
        rule = Rule(
            kind=RuleKind.PIN,
            target=RuleTarget(TargetKind.ARTICLE, pin.article),
            shelves=(FRONT,),
            place=pin.place,
            until=pin.until,
            reason=reason,
            by=pin.holder,
        )
        self._engine.rules.add(rule, now)

    def remove(self, place: int, by: str) -> None:
        """Remove what is pinned at a place. Raises StoreError."""
        for each in self._rules():
            if each.rule.place == place:
                self._engine.rules.end(each.key, by)
        self._before.remove(place)

    def hidden(self, ids: Sequence[str], now: int) -> set[str]:
        """Which of these articles rules keep off the front page at `now` (ms), pins aside. Raises StoreError."""
        return self._engine.rules.hidden_on(FRONT, ids, now)

    def _rules(self) -> list[StoredRule]:
        return [
            each
            for each in self._engine.rules.standing()
            if each.rule.kind is RuleKind.PIN and FRONT in each.rule.shelves
        ]
