"""Values of a response's headers, none of which is trusted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_RETRY_AFTER: Final = 86_400.0  # seconds: a day, also where a server asks for more
MAX_VALIDATOR_LENGTH: Final = 1_024  # characters of an ETag or date

_SECONDS: Final = re.compile(r"\d{1,12}")
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"\s*([a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80})", re.IGNORECASE)
_LINK: Final = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def retry_after_seconds(retry_after: str | None, now: datetime) -> float | None:
    """The wait that a Retry-After asks for, in seconds, at most a day; None where it cannot be read.

    >>> retry_after_seconds("120", datetime(2026, 11, 22, tzinfo=UTC))
    120.0
    >>> retry_after_seconds("Sun, 22 Nov 2026 01:00:00 GMT", datetime(2026, 11, 22, tzinfo=UTC))
    3600.0
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), MAX_RETRY_AFTER)


def media_type(content_type: str) -> tuple[str, str | None]:
    """Media type in lower case and charset of a Content-Type; empty and None where it has none.

    >>> media_type('Text/HTML; charset="UTF-8"')
    ('text/html', 'utf-8')
    """
    found = _MEDIA_TYPE.match(content_type)
    charset = _CHARSET.search(content_type)
    return found[1].lower() if found else "", charset[1].lower() if charset else None


def links(header: str, absolute: Callable[[str], str | None]) -> dict[str, str]:
    """Addresses by relation of a Link header; the first of a relation counts.

    Args:
        header: the value, several headers joined by commas.
        absolute: makes an address absolute; None: it is not an address.

    >>> links('<https://a.example/?p=2>; rel="next last", <s>; rel=self; title=x', lambda address: address)
    {'next': 'https://a.example/?p=2', 'last': 'https://a.example/?p=2', 'self': 's'}
    """
    found: dict[str, str] = {}
    for written, parameters in _LINK.findall(header):
        relation = _RELATION.search(parameters)
        address = absolute(written.strip()) if relation else None
        if relation is None or address is None:
            continue
        for name in (relation[1] or relation[2] or "").lower().split():
            found.setdefault(name, address)
    return found


def validator(value: str | None) -> str | None:
    """An ETag or Last-Modified, if it can be sent back unchanged."""
    if value is None or not value.isascii() or not value.isprintable():
        return None
    return value.strip()[:MAX_VALIDATOR_LENGTH] if 0 < len(value.strip()) <= MAX_VALIDATOR_LENGTH else None
