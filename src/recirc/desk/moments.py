"""Moments as a browser's field of date and time has them, on the site's clocks."""

from datetime import datetime, tzinfo

from recirc.clock import from_ms
from recirc.web.problems import FieldError
from recirc.web.requests import invalid_field

LATEST_YEAR = 2200


def moment_of(text: str, field: str, zone: tzinfo) -> datetime:
    """A date and time; without a zone of its own it is on the clocks of `zone`.

    Raises:
        ProblemError: 400, it is none, or too far from now to be meant; the field is named.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid_field(
            FieldError(text=f"{text!r} is no date and time, such as 2026-12-24T18:00", field=field)
        ) from None
    if not 1970 < moment.year < LATEST_YEAR:
        raise invalid_field(FieldError(text=f"{text} is too far away", field=field))
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def moment_ahead(text: str, field: str, zone: tzinfo, now: int) -> datetime:
    """As `moment_of`, later than `now` (ms). Raises ProblemError."""
    moment = moment_of(text, field, zone)
    if not from_ms(now) < moment:
        raise invalid_field(FieldError(text=f"{text} is not ahead", field=field))
    return moment


def as_field(moment: int | None, zone: tzinfo) -> str:
    """A moment (ms) as such a field has it; empty: none.

    >>> from datetime import UTC
    >>> as_field(64_800_000, UTC), as_field(None, UTC)
    ('1970-01-01T18:00', '')
    """
    return "" if not moment else f"{from_ms(moment).astimezone(zone):%Y-%m-%dT%H:%M}"
