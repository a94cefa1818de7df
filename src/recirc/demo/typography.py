"""The signs of a printed page in the sample newspapers' texts, which are written with those of a keyboard."""

import re
from typing import Any, Final, NamedTuple


class Quotes(NamedTuple):
    """The quotation marks of a language: of what is said, and of what is quoted within it."""

    double: tuple[str, str]
    single: tuple[str, str]


QUOTES: Final = {"en": Quotes(("“", "”"), ("‘", "’")), "de": Quotes(("„", "“"), ("‚", "‘"))}
APOSTROPHE: Final = "’"

_OPENS: Final = r"(?:^|(?<=[\s(\[“„‘‚—–]))"
_DOUBLE_OPENS: Final = re.compile(rf'{_OPENS}"', re.MULTILINE)
_YEARS: Final = re.compile(r"'(?=\d\ds?\b)")
_QUOTED: Final = re.compile(rf"{_OPENS}'(?=\w)([^'\n]*(?:(?<=\w)'(?=\w)[^'\n]*)*)'(?!\w)", re.MULTILINE)
_SPAN: Final = re.compile(r"(?<=\d)-(?=\d)")
_DASH: Final = re.compile(r"(?<=\s)--?(?=\s)")


def typeset(text: str, language: str) -> str:
    """The text with quotation marks, apostrophes and dashes as its language prints them.

    >>> typeset('"It\\'s the Tide\\'s \\'best\\' year since \\'68," she said - after a 3-0 win.', "en")
    '“It’s the Tide’s ‘best’ year since ’68,” she said – after a 3–0 win.'
    >>> typeset('Er rief: "Das war\\'s!"', "de")
    'Er rief: „Das war’s!“'
    """
    double, single = QUOTES[language]
    text = _YEARS.sub(APOSTROPHE, text)
    text = _DOUBLE_OPENS.sub(double[0], text).replace('"', double[1])
    text = _QUOTED.sub(lambda found: single[0] + found[1] + single[1], text)
    return _DASH.sub("–", _SPAN.sub("–", text.replace("'", APOSTROPHE)))


def typeset_values(table: Any, language: str, kept: frozenset[str] = frozenset()) -> Any:
    """The same for every text in a table of TOML, but for its keys and for texts under the keys in `kept`."""
    if isinstance(table, str):
        return typeset(table, language)
    if isinstance(table, list):
        return [typeset_values(each, language, kept) for each in table]
    if isinstance(table, dict):
        return {
            name: value if name in kept and isinstance(value, str) else typeset_values(value, language, kept)
            for name, value in table.items()
        }
    return table
