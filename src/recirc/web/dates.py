"""Dates as programs read them."""

from datetime import UTC, datetime


def iso(when: datetime) -> str:
    """RFC 3339, for machines."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def rfc2822(when: datetime) -> str:
    """As feeds write dates: `Sun, 22 Nov 2026 07:40:00 +0000`, whatever the server's language."""
    when = when.astimezone(UTC)
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{days[when.weekday()]}, {when:%d} {months[when.month - 1]} {when:%Y %H:%M:%S} +0000"
