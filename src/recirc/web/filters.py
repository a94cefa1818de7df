"""Filters of requests: values that no article has are errors, since a typing error would empty the shelves."""

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

from msgspec import Meta, Struct

from recirc.engine import Engine
from recirc.engine.request_filters import is_filtered
from recirc.types import Id, Request, Slug
from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import nearest


class FilterQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which articles are wanted: the filters of `Request`, for queries that have not all of its fields."""

    published_only: bool = False
    exclude: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    sections: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    topics: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    authors: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    outlets: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    languages: Annotated[tuple[Annotated[str, Meta(max_length=16)], ...], Meta(max_length=20)] = ()
    max_age: Annotated[float, Meta(gt=0, le=876_000)] | None = None
    sites: Annotated[tuple[Annotated[str, Meta(max_length=255)], ...], Meta(max_length=20)] = ()
    labels: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    without: Annotated[tuple[Slug, ...], Meta(max_length=20)] = ()
    min_words: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None

    def filters(self) -> dict[str, Any]:
        """The filters by name, as fields of a `Request`."""
        return dict(zip(_NAMES, _VALUES(self), strict=True))


_NAMES = FilterQuery.__struct_fields__
_VALUES = attrgetter(*_NAMES)


def check_filters(engine: Engine, wanted: Request) -> None:
    """Raises ProblemError: 404, as for a section that is not there, with an error for each value no article has."""
    if not is_filtered(wanted):
        return
    errors = []
    for field, value in engine.browse.unknown_filters(wanted):
        near = nearest(value, [slug for slug, _ in engine.sections()]) if field == "sections" else []
        hint = f"; did you mean {', '.join(map(repr, near))}?" if near else ""
        what = "label" if field == "without" else field.removesuffix("s")
        errors.append(FieldError(text=f"no article has the {what} {value!r}{hint}", field=field))
    if errors:
        raise ProblemError(problems.NOT_FOUND, f"{errors[0].field}: {errors[0].text}", errors=errors)
