"""Names of months and days in the languages of newspapers, from the Unicode CLDR as Babel has it."""

import re
import unicodedata
from functools import cache
from typing import Final

LOCALES: Final = (
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ar", "uk", "sv", "da", "nb", "nn", "fi", "tr", "cs", "sk",
    "ro", "hu", "el", "ca", "id", "ms", "de_AT", "ar_LB", "ar_MA", "bg", "sr", "sr_Latn", "sl", "lt", "lv", "et", "is",
    "ga", "gl", "eu", "sq", "mk", "he", "hi", "bn", "th", "ta", "ur", "be", "ka", "hy", "az", "kk", "af", "sw", "fa",
    "hr", "bs",
)  # fmt: skip
"""Where two languages give a name to different months, the first one in this order counts (see `month_of`)."""
LEAST: Final = 3  # letters of a name
_WITH_CUT_NAMES: Final = (
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "pl",
    "ru",
    "uk",
    "bg",
    "be",
    "sr",
    "el",
    "hu",
    "ro",
)
"""Languages whose months programs cut to three letters, where the CLDR cuts them otherwise: "ноя", not "нояб."."""

_DIGITS: Final = str.maketrans(
    "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙", "0123456789" * 6
)
_OTHER_DIGITS: Final = re.compile(f"[{''.join(map(chr, _DIGITS))}]")
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_ENGLISH: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
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
    # Polish and Russian weekdays as sentences have them: "w środę", "в пятницу", "do soboty".
    "poniedzialku": 0,
    "wtorku": 1,
    "srode": 2,
    "srody": 2,
    "czwartku": 3,
    "piatku": 4,
    "sobote": 5,
    "soboty": 5,
    "niedziele": 6,
    "niedzieli": 6,
    "понедельника": 0,
    "вторника": 1,
    "среду": 2,
    "среды": 2,
    "четверга": 3,
    "пятницу": 4,
    "пятницы": 4,
    "субботу": 5,
    "субботы": 5,
    "воскресенья": 6,
}
_OTHER_MONTHS: Final = frozenset({"hr", "bs"})
"""Languages whose names of months mean other months in Polish, Czech and Ukrainian, such as "listopad"."""


def western(text: str) -> str:
    """A text with the digits of other scripts as 0 to 9.

    >>> western("٤ سبتمبر ٢٠٢٥")
    '4 سبتمبر 2025'
    """
    return text if text.isascii() or not _OTHER_DIGITS.search(text) else text.translate(_DIGITS)


def plain_name(name: str) -> str:
    """A name in lower case, without accents and without a dot at its end.

    >>> plain_name("Févr."), plain_name("EKİM"), plain_name("Kasım")
    ('fevr', 'ekim', 'kasim')
    """
    bare = unicodedata.normalize("NFKD", name.strip().rstrip(".॰׳'").casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", bare)).replace("ı", "i")


@cache
def months() -> dict[str, int]:
    """The number, from 1 on, of every name of a month, as `plain_name` makes it."""
    return _names("months", _MORE_MONTHS)


@cache
def weekdays() -> dict[str, int]:
    """The number, from 0 for Monday on, of every full name of a weekday, as `plain_name` makes it.

    Short names are other words in other languages; only the English ones are here.
    """
    return {**_MORE_DAYS, **_names("days", {}, ("wide",))}


@cache
def short_weekdays() -> frozenset[str]:
    """Full and short names of weekdays in all languages, for texts that are known to be a date."""
    short = _names("days", {}, ("abbreviated", "short"), least=1)
    return frozenset((*weekdays(), *short))


@cache
def _cut_months() -> dict[str, int]:
    """The first three letters of names of months in the languages with an alphabet, where they mean one month only."""
    found: dict[str, set[int]] = {}
    for name, number in _names("months", {}, ("wide",), locales=_WITH_CUT_NAMES).items():
        found.setdefault(name[:LEAST], set()).add(number)
    return {cut: next(iter(numbers)) for cut, numbers in found.items() if len(numbers) == 1}


@cache
def _months_in(language: str) -> dict[str, int]:
    return _names("months", {}, locales=(language,))


def month_of(name: str, language: str | None = None) -> int | None:
    """The number of a month; of two names such as "أيلول/سبتمبر" the first that is known counts.

    >>> month_of("März"), month_of("sept."), month_of("mayor")
    (3, 9, None)
    >>> month_of("listopada"), month_of("listopada", "hr")
    (11, 10)
    """
    own = (language or "")[:2].lower()
    for part in (name, *name.split("/")):
        bare = plain_name(part)
        if bare in _ENGLISH:  # without Babel
            return _ENGLISH.index(bare) + 1
        if own in _OTHER_MONTHS and bare in _months_in(own):
            return _months_in(own)[bare]
        number = months().get(bare) or _cut_months().get(bare)
        if number is None and bare[:1] == "ב":  # Hebrew "in", written together with the name
            number = months().get(bare[1:])
        if number is not None:
            return number
    return None


@cache
def _parts_of_months() -> frozenset[str]:
    return frozenset(part for name in months() if " " in name for part in name.split() if len(part) > LEAST)


def is_part_of_month(name: str) -> bool:
    """Whether a word is one of the two of a month's name.

    >>> is_part_of_month("تشرين"), is_part_of_month("May")
    (True, False)
    """
    return not name.isascii() and plain_name(name) in _parts_of_months()


def cut_month_of(name: str) -> int | None:
    """The month of an English name that is cut or misspelt after its third letter, such as "Septem"."""
    bare = name.lower()[:4]
    if len(bare) < 4:
        return None
    return next((number for number, each in enumerate(_ENGLISH, 1) if each.startswith(bare)), None)


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
    return weekdays().get(plain_name(name))


def _names(
    field: str,
    more: dict[str, int],
    widths: tuple[str, ...] = ("wide", "abbreviated"),
    *,
    least: int = LEAST,
    locales: tuple[str, ...] = LOCALES,
) -> dict[str, int]:
    from babel import Locale  # here, as it is slow to import and most pages need none of it

    found: dict[str, int] = {}
    for code in locales:
        given = getattr(Locale.parse(code), field)
        for context in ("format", "stand-alone"):
            for width in widths:
                for number, name in given[context].get(width, {}).items():
                    bare = plain_name(name)
                    if len(bare) >= least and not bare[0].isdigit():
                        found.setdefault(bare, number)
    return {**more, **found}
