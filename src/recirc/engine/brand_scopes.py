"""Which articles belong to a brand, where one log serves several brands."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from recirc.settings import BrandSettings, Settings
from recirc.settings.days import zone_named
from recirc.state.state import State
from recirc.text.slugs import key, slug
from recirc.types import Article, BoolArray


class BrandScope(NamedTuple):
    """The articles of one brand: those in its sections and of its outlets, as keys of slugs; empty means all.

    `without`: scopes whose articles do not belong to it.
    """

    sections: tuple[int, ...] = ()
    outlets: tuple[int, ...] = ()
    without: "tuple[BrandScope, ...]" = ()

    @classmethod
    def of(cls, brand: BrandSettings) -> Self:
        """The scope defined by a brand's settings."""
        return cls(_keys(brand.sections), _keys(brand.outlets))

    def mask(self, state: State) -> BoolArray:
        """Which articles belong to the brand, bool (n_articles,). Shared: do not modify."""
        return state.derived(("scope", self), lambda: self._mask(state))

    def _mask(self, state: State) -> BoolArray:
        mask = state.catalogue.within(self.sections, self.outlets)
        for other in self.without:
            mask = mask & ~other.mask(state)
        return mask

    def holds(self, article: Article) -> bool:
        """Whether an article belongs to the brand."""
        section, outlet = article.section, article.provenance.outlet
        return (
            (not self.sections or key(slug(section)) in self.sections)
            and (not self.outlets or (outlet is not None and key(slug(outlet)) in self.outlets))
            and not any(other.holds(article) for other in self.without)
        )


def _keys(names: Iterable[str]) -> tuple[int, ...]:
    return tuple(sorted({key(slug(name)) for name in names}))


def zones_of(settings: Settings) -> dict[str | None, ZoneInfo]:
    """The time zone of each brand by its slug, and of the whole site by None."""
    default = settings.site.timezone
    zones: dict[str | None, ZoneInfo] = {None: zone_named(default)}
    for brand in settings.brands.list:
        zones[slug(brand.name)] = zone_named(brand.timezone or default)
    return zones


def scopes_of(settings: Settings) -> Mapping[str, BrandScope]:
    """Scopes by the slug of the newspaper's name; a newspaper with all articles is left out."""
    scopes = {slug(brand.name): BrandScope.of(brand) for brand in settings.brands.list}
    others = {name: scope for name, scope in scopes.items() if any(scope)}
    if settings.brands.apart and others:
        return {slug(settings.site.name): BrandScope(without=tuple(others.values()))} | others
    return others
