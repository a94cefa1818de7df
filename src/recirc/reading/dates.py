"""The date of a field: a moment in UTC, or a rejection."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from recirc.reading.rejections import RejectedValueError, shown
from recirc.text.dates import FIRST_YEAR, LAST_YEAR, LONGEST, UNKNOWN, DateContext, is_zero, moment_of

_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds the year 5138, as milliseconds March 1973
_SMALLEST: Final = (
    100_000_000  # below it a number is a year, 20180501 or a zero rather than seconds since 1970
)
_YEAR: Final = re.compile(r"\s*(\d{4})-\d\d-\d\d")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment(value: object, field: str, context: DateContext = UNKNOWN) -> datetime:
    """A moment in UTC, from a text in any form that `text.dates.moment_of` reads, or a number.

    Without a zone it is UTC; a date alone is its midnight. Numbers are seconds since 1970, from
    100,000,000,000 on milliseconds.

    Raises:
        RejectedValueError: `value` has none of these forms, or lies before the year 1600 or after 2100.
    """
    found = date_of(value, context)
    year = _YEAR.match(value) if found is None and isinstance(value, str) else None
    if (found and not _is_plausible(found.year)) or (year and not _is_plausible(int(year[1]))):
        raise RejectedValueError(
            field, f'"{field}" lies outside the years {FIRST_YEAR} to {LAST_YEAR}: {shown(value)}'
        )
    if found is None:
        raise RejectedValueError(
            field,
            f'"{field}" is not a date: {shown(value)}; '
            "write it as 2026-11-22T15:04:05Z, 2026-11-22 or seconds since 1970",
        )
    return found


def _is_plausible(year: int) -> bool:
    return FIRST_YEAR <= year <= LAST_YEAR


def date_of(value: object, context: DateContext = UNKNOWN) -> datetime | None:
    """The moment of a value in UTC, past or future; None where it cannot be read."""
    if isinstance(value, datetime):
        found: datetime | None = value if value.tzinfo else value.replace(tzinfo=UTC)
    elif isinstance(value, str):
        text = value.strip()
        found = moment_of(text, context, alone=True) if len(text) <= LONGEST else None
        if found is None and text.lstrip("-").isascii() and text.lstrip("-").isdigit() and len(text) <= 14:
            found = _from_number(int(text)) if len(text.lstrip("-")) in (9, 10, 13) else None
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _from_number(value)
    else:
        found = None
    return None if found is None or is_zero(found) else found.astimezone(UTC)


def _from_number(number: float) -> datetime | None:
    if not _SMALLEST <= abs(number) < 1e16:
        return None
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
