"""Dates of publication in many forms. What is not a date is rejected, never guessed."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from recirc.reading.rejections import RejectedValueError, shown

FIRST_YEAR: Final = 1600  # newspapers began in 1605
LAST_YEAR: Final = 2100
_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds the year 5138, as milliseconds March 1973
_SMALLEST: Final = (
    100_000_000  # below it a number is a year, 20180501 or a zero rather than seconds since 1970
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAIL: Final = re.compile(
    r"(?:[A-Za-z]{3},\s{0,9})?\d{1,2}\s{1,9}[A-Za-z]{3}\s{1,9}\d{4}\s{1,9}\d[\d:]{3,7}(?:\s{1,9}\S{1,9})?"
)
_EPOCH_TEXT: Final = re.compile(r"-?\d{9,10}|-?\d{12,13}")


def moment(value: object, field: str) -> datetime:
    """A moment in UTC, from RFC 3339, ISO 8601, a date alone, RFC 2822, or a number.

    Without a zone it is UTC; a date alone is its midnight. Numbers are seconds since 1970, from
    100,000,000,000 on milliseconds.

    Raises:
        RejectedValueError: `value` has none of these forms, or lies before the year 1600 or after 2100.
    """
    if isinstance(value, str):
        found = _from_text(value.strip())
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found = _from_number(value)
    else:
        found = None
    if found is None:
        raise RejectedValueError(
            field,
            f'"{field}" is not a date: {shown(value)}; '
            "write it as 2026-11-22T15:04:05Z, 2026-11-22 or seconds since 1970",
        )
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise RejectedValueError(
            field, f'"{field}" lies outside the years {FIRST_YEAR} to {LAST_YEAR}: {shown(value)}'
        )
    return found


def _from_text(text: str) -> datetime | None:
    try:
        if _EPOCH_TEXT.fullmatch(text):
            return _from_number(int(text))
        written = parsedate_to_datetime(text) if _MAIL.fullmatch(text) else datetime.fromisoformat(text)
        return _in_utc(written)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _from_number(number: float) -> datetime | None:
    if not _SMALLEST <= abs(number) < 1e16:
        return None
    seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _in_utc(written: datetime) -> datetime:
    if written.tzinfo is None:
        return written.replace(tzinfo=UTC)
    return written.astimezone(UTC)
