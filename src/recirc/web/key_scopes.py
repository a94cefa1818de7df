"""What the key of another site lets its shelves show: its own site's articles, or what the newsroom says."""

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import structs

from recirc.store.site_keys import SiteKey
from recirc.text.sites import site_key
from recirc.text.slugs import slug
from recirc.types import Request
from recirc.web import problems
from recirc.web.problems import ProblemError, shortened

_SAME: Final[dict[str, Callable[[str], object]]] = {"sections": slug, "outlets": slug, "sites": site_key}
"""What two values of a filter have in common if they name the same."""


def limited(wanted: Request, key: SiteKey | None) -> Request:
    """The request, for articles alone that a page with this key may show; None: without a site key.

    Raises:
        ProblemError: 403, the request asks only for others.
    """
    if key is None:
        return wanted
    scope = key.scope
    if scope.brand is not None and wanted.brand not in (None, scope.brand):
        raise _refused(key, f"the newspaper {wanted.brand!r}")
    allowed = {
        "sections": scope.sections,
        "outlets": scope.outlets,
        "sites": key.origins if scope.own else (),
    }
    filters = {name: _common(key, name, getattr(wanted, name), given) for name, given in allowed.items()}
    return structs.replace(wanted, brand=scope.brand or wanted.brand, **filters)


def _common(key: SiteKey, name: str, wanted: tuple[str, ...], allowed: Iterable[str]) -> tuple[str, ...]:
    """Values of a filter that are wanted and allowed; where nothing is said all are."""
    same, allowed = _SAME[name], tuple(allowed)
    if not allowed or not wanted:
        return wanted or allowed
    known = {same(value) for value in allowed}
    found = tuple(value for value in wanted if same(value) in known)
    if not found:
        raise _refused(key, f"{name} {', '.join(map(repr, wanted))}")
    return found


def _refused(key: SiteKey, asked: str) -> ProblemError:
    return ProblemError(
        problems.CROSS_SITE,
        shortened(
            f"The site key shows {key.scope}, not {asked}; recirc key scope {key.name!r} can change that."
        ),
    )
