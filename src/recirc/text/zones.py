"""Time zones as dates name them: offsets, abbreviations, names of the IANA database."""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

OFFSET: Final = r"[+-]\d{1,2}(?::?\d{2})?(?!\d)"
PATTERN: Final = (
    rf"(?:(?:GMT|UTC|Z)\s?{OFFSET}|{OFFSET}|(?:Africa|America|Asia|Atlantic|Australia|Europe|Pacific)/[A-Za-z_/]{{2,30}}"
    r"|[A-Za-z]{1,5}(?![A-Za-z])|МСК(?!\w)|北京时间|北京時間|日本時間|한국\s?시간)"
)
"""What may be a zone; `zone_of` says whether it is."""

_HOURS: Final = {
    "Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "UCT": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "MEZ": 1, "WAT": 1,
    "CEST": 2, "MESZ": 2, "MEST": 2, "EET": 2, "CAT": 2, "SAST": 2, "EEST": 3, "MSK": 3, "МСК": 3, "TRT": 3, "EAT": 3,
    "IDT": 3, "IRST": 3.5, "GST": 4, "SAMT": 4, "AFT": 4.5, "PKT": 5, "YEKT": 5, "UZT": 5, "IST": 5.5, "NPT": 5.75,
    "OMST": 6, "ICT": 7, "WIB": 7, "KRAT": 7, "NOVT": 7, "HKT": 8, "SGT": 8, "PHT": 8, "MYT": 8, "AWST": 8, "WITA": 8,
    "IRKT": 8, "北京时间": 8, "北京時間": 8, "JST": 9, "日本時間": 9, "KST": 9, "한국시간": 9, "WIT": 9, "YAKT": 9,
    "ACST": 9.5, "AEST": 10, "VLAT": 10, "ACDT": 10.5, "AEDT": 11, "MAGT": 11, "NZST": 12, "PETT": 12, "NZDT": 13,
    "AZOT": -1, "BRT": -3, "ART": -3, "UYT": -3, "CLST": -3, "ADT": -3, "NDT": -2.5, "NST": -3.5, "AST": -4,
    "CLT": -4, "BOT": -4, "VET": -4, "EDT": -4, "EST": -5, "COT": -5, "PET": -5, "CDT": -5, "CST": -6, "MDT": -6,
    "MST": -7, "PDT": -7, "PST": -8, "AKDT": -8, "AKST": -9, "HST": -10,
}  # fmt: skip
"""Hours ahead of UTC. Of a name with several meanings the one of RFC 5322 or of the larger press; Chinese and
Cuban CST are written as offsets."""
_PLACES: Final = {
    "ET": "America/New_York",
    "CT": "America/Chicago",
    "MT": "America/Denver",
    "PT": "America/Los_Angeles",
}
_ANY_CASE: Final = frozenset({"z", "utc", "gmt", "cet", "cest", "edt", "pdt", "jst", "msk"})
"""Names that count in small letters too; "et", "est" and "art" are words."""
_SIGNED: Final = re.compile(rf"(?:GMT|UTC|Z)?\s?({OFFSET})", re.IGNORECASE)


def zone_of(written: str) -> tzinfo | None:
    """The zone of a name or an offset; None for any other.

    >>> zone_of("GMT+0100").utcoffset(None), zone_of("MSK").utcoffset(None), zone_of("Uhr")
    (datetime.timedelta(seconds=3600), datetime.timedelta(seconds=10800), None)
    """
    signed = _SIGNED.fullmatch(written)
    if signed:
        return _offset(signed[1])
    name = "".join(written.split())
    name = name.upper() if name.lower() in _ANY_CASE else name
    if name in _HOURS:
        return timezone(timedelta(hours=_HOURS[name])) if _HOURS[name] else UTC
    place = _PLACES.get(name) or (written if "/" in written else None)
    if place is None:
        return None
    try:
        return ZoneInfo(place)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a machine without the table of zones
        return None


def _offset(written: str) -> tzinfo | None:
    digits = written[1:].replace(":", "")
    hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
    if int(hours) > 14 or int(minutes) > 59:
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if written[0] == "-" else offset) if offset else UTC
