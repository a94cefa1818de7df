"""Names of months and days in the languages of newspapers, from the Unicode CLDR as Babel has it."""

import re
from functools import cache
from typing import Final

LOCALES: Final = (
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ar", "uk", "sv", "da", "nb", "fi", "tr", "cs", "sk", "ro",
    "hu", "el", "ca", "id", "de_AT", "ar_LB", "ar_MA",
)  # fmt: skip
"""Where two languages give a name to different months, the first one in this order counts."""
LEAST: Final = 3  # letters of a name

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９", "0123456789" * 3)
_ENGLISH: Final = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MORE_MONTHS: Final = {"sept": 9, "mrz": 3, "set": 9}
_MORE_DAYS: Final = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}


def western(text: str) -> str:
    """A text with the digits of other scripts as 0 to 9.

    >>> western("٤ سبتمبر ٢٠٢٥")
    '4 سبتمبر 2025'
    """
    return text.translate(_DIGITS)


@cache
def months() -> dict[str, int]:
    """The number, from 1 on, of every name of a month, in lower case and without a dot at its end."""
    return _names("months", _MORE_MONTHS)


@cache
def weekdays() -> dict[str, int]:
    """The number, from 0 for Monday on, of every full name of a weekday, in lower case.

    Short names are other words in other languages; only the English ones are here.
    """
    return {**_MORE_DAYS, **_names("days", {}, ("wide",))}


def month_of(name: str) -> int | None:
    """The number of a month; of two names such as "أيلول/سبتمبر" the first that is known counts.

    >>> month_of("März"), month_of("sept."), month_of("mayor")
    (3, 9, None)
    """
    for part in (name, *name.split("/")):
        bare = part.strip().rstrip(".").casefold()
        if bare in _ENGLISH:  # without Babel
            return _ENGLISH.index(bare) + 1
        number = months().get(bare)
        if number is not None:
            return number
    return None


def weekday_of(name: str) -> int | None:
    """The number of a weekday, from 0 for Monday on.

    >>> weekday_of("Donnerstag"), weekday_of("jeudi"), weekday_of("木曜日"), weekday_of("dawn")
    (3, 3, 3, None)
    """
    if name and name[0] in "月火水木金土日" and name[1:] in ("", "曜", "曜日"):
        return "月火水木金土日".index(name[0])
    found = re.fullmatch("(?:星期|周|週|礼拜)([一二三四五六日天])", name)
    if found:
        return "一二三四五六日".index(found[1].replace("天", "日"))
    return weekdays().get(name.rstrip(".").casefold())


def _names(
    field: str, more: dict[str, int], widths: tuple[str, ...] = ("wide", "abbreviated")
) -> dict[str, int]:
    from babel import Locale  # here, as it is slow to import and most pages need none of it

    found: dict[str, int] = {}
    for code in LOCALES:
        given = getattr(Locale.parse(code), field)
        for context in ("format", "stand-alone"):
            for width in widths:
                for number, name in given[context][width].items():
                    bare = name.rstrip(".").casefold()
                    if len(bare) >= LEAST and not bare[0].isdigit():
                        found.setdefault(bare, number)
    return {**more, **found}
