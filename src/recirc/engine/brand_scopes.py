"""Which articles are a newspaper's own, where several are served from one log."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from recirc.settings import BrandSettings, BrandsSettings
from recirc.state.state import State
from recirc.text.slugs import key, slug
from recirc.types import Article, BoolArray


class BrandScope(NamedTuple):
    """The articles of one newspaper: those of its sections and of its outlets, by hashes of their slugs; none: all."""

    sections: tuple[int, ...]
    outlets: tuple[int, ...]

    @classmethod
    def of(cls, brand: BrandSettings) -> Self:
        """What the settings say of a newspaper."""
        return cls(
            *(tuple(sorted({key(slug(name)) for name in names})) for names in (brand.sections, brand.outlets))
        )

    def mask(self, state: State) -> BoolArray:
        """Which articles are its own, bool (n_articles,); do not change it."""
        return state.derived(("scope", self), lambda: state.catalogue.within(self.sections, self.outlets))

    def holds(self, article: Article) -> bool:
        """Whether an article is its own."""
        section, outlet = article.section, article.provenance.outlet
        return (not self.sections or key(slug(section)) in self.sections) and (
            not self.outlets or (outlet is not None and key(slug(outlet)) in self.outlets)
        )


def scopes_of(branding: BrandsSettings) -> Mapping[str, BrandScope]:
    """Scopes by the slug of the newspaper's name; one that has everything has none."""
    scopes = {slug(brand.name): BrandScope.of(brand) for brand in branding.list}
    return {name: scope for name, scope in scopes.items() if any(scope)}
