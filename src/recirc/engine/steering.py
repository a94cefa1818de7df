"""What limits shelves beside a request itself: the newspapers of a site, and the editors' rules."""

from collections.abc import Mapping

from recirc.engine.active_rules import ActiveRules
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.rule_book import RuleBook


class Steering:
    """The scopes of newspapers and the rules in force.

    Attributes:
        latest: the rules that were asked for last.
    """

    def __init__(self, scopes: Mapping[str, BrandScope], book: RuleBook) -> None:
        """`scopes` are those of the brands, by key."""
        self._scopes = scopes
        self._book = book
        self.latest: ActiveRules = book.in_force(0)

    def scope(self, brand: str | None) -> BrandScope | None:
        """The articles of a brand; None: all."""
        return self._scopes.get(brand) if brand else None

    def in_force(self, now: int) -> ActiveRules:
        """The rules in force at `now` (ms)."""
        self.latest = self._book.in_force(now)
        return self.latest
