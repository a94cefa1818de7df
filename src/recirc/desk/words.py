"""The words of the desk that templates do not have, in one place."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from recirc.engine.current_readers import ViewOrigin
from recirc.shelves.registry import strategies

OTHER_SITES: Final = "Other sites"
"""Where views came from whose code has no name."""


def named_origins(origins: Iterable[ViewOrigin], referrers: Mapping[str, str]) -> list[tuple[str, int]]:
    """Where views came from, in words, with their numbers, the most first.

    Args:
        origins: see `current_readers.ViewOrigin`.
        referrers: names of the sender's codes, as `site.referrers` has them.

    >>> origins = [ViewOrigin("outside", 3), ViewOrigin("referrer 1", 4), ViewOrigin("referrer 2", 1)]
    >>> named_origins([*origins, ViewOrigin("referrer 3", 4)], {"1": "Search"})
    [('Other sites', 5), ('Search', 4), ('Not from a shelf', 3)]
    """
    titles = {each.name: each.title for each in strategies()} | {"outside": "Not from a shelf"}
    views: Counter[str] = Counter()
    for kind, number in origins:
        code = kind.removeprefix("referrer ")
        name = titles.get(kind, kind) if code == kind else referrers.get(code, OTHER_SITES)
        views[name] += number
    return views.most_common()


def shelf_title(name: str) -> str:
    """The heading of a shelf."""
    return {each.name: each.title for each in strategies()}.get(name, name)


def share(value: float | None) -> str:
    """A share in per cent; a dash where there is none.

    >>> share(0.0734), share(0.5), share(None)
    ('7.3 %', '50 %', '–')
    """
    if value is None:
        return "–"
    return f"{100 * value:.0f} %" if value >= 0.1 or value == 0 else f"{100 * value:.1f} %"
