"""What limits shelves beside a request itself: the newspapers of a site, and the editors' rules."""

from collections.abc import Mapping
from typing import Protocol

from recirc.engine.active_rules import ActiveRules
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.rule_book import RuleBook
from recirc.rank.model import Model


class ServedModel(Protocol):
    """Whatever has the model that serves; None: the default formula."""

    @property
    def model(self) -> Model | None:
        """The model."""


class EditorialLimits:
    """The scopes of newspapers and the rules in force.

    Attributes:
        scopes: by key of the brand.
    """

    def __init__(self, scopes: Mapping[str, BrandScope], book: RuleBook) -> None:
        """`scopes` are those of the brands, by key."""
        self.scopes = scopes
        self._book = book
        self._asked = 0

    def scope(self, brand: str | None) -> BrandScope | None:
        """The articles of a brand; None: all."""
        return self.scopes.get(brand) if brand else None

    def in_force(self, now: int) -> ActiveRules:
        """The rules in force at `now` (ms)."""
        self._asked = now
        return self._book.in_force(now)

    @property
    def latest(self) -> ActiveRules:
        """The rules in force at the moment that was asked for last, as they are known now."""
        return self._book.in_force(self._asked)
