"""Which articles belong to a brand, where one log serves several brands."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from recirc.settings import BrandSettings, BrandsSettings
from recirc.state.state import State
from recirc.text.slugs import key, slug
from recirc.types import Article, BoolArray


class BrandScope(NamedTuple):
    """The articles of one brand: those in its sections and of its outlets, as keys of slugs; empty means all."""

    sections: tuple[int, ...]
    outlets: tuple[int, ...]

    @classmethod
    def of(cls, brand: BrandSettings) -> Self:
        """The scope defined by a brand's settings."""
        return cls(
            *(tuple(sorted({key(slug(name)) for name in names})) for names in (brand.sections, brand.outlets))
        )

    def mask(self, state: State) -> BoolArray:
        """Which articles belong to the brand, bool (n_articles,). Shared: do not modify."""
        return state.derived(("scope", self), lambda: state.catalogue.within(self.sections, self.outlets))

    def holds(self, article: Article) -> bool:
        """Whether an article belongs to the brand."""
        section, outlet = article.section, article.provenance.outlet
        return (not self.sections or key(slug(section)) in self.sections) and (
            not self.outlets or (outlet is not None and key(slug(outlet)) in self.outlets)
        )


def scopes_of(brands: BrandsSettings) -> Mapping[str, BrandScope]:
    """Scopes by the slug of the brand's name; a brand with all articles is left out."""
    scopes = {slug(brand.name): BrandScope.of(brand) for brand in brands.list}
    return {name: scope for name, scope in scopes.items() if any(scope)}
