"""Filters of requests: values that no article has are errors, since a typing error would empty the shelves."""

from recirc.engine import Engine
from recirc.engine.request_filters import is_filtered
from recirc.types import Request
from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import nearest


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
