"""The fonts of pages: the portal's own, those of a folder, or those of readers' devices alone.

A folder of fonts has a style sheet `fonts.css` and the WOFF2 files that it names. The rules of the sheet become a part
of the newspaper's style sheet, so that they cost no request; the files are served among the static ones.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from recirc.settings.portal import OWN_FONTS, SHEET, SYSTEM_FONTS

OWN: Final = Path(__file__).parent / "static" / "fonts"

SAMPLES: Final = {
    "Latn": "a", "Cyrl": "и", "Grek": "α", "Arab": "ا", "Hebr": "א", "Deva": "अ", "Beng": "অ", "Thai": "ก",
    "Hans": "的", "Hant": "的", "Jpan": "の", "Kore": "다", "Armn": "ա", "Geor": "ა",
}  # fmt: skip
"""A letter of each script: fonts that have it have the others."""


class FontFace(NamedTuple):
    """One rule of a sheet.

    Attributes:
        file: name of its file.
        ranges: code points that it has, first and last.
        is_first: a reader sees it at once: an upright one that is used only if it is there in time, so it is fetched
            early.
    """

    file: str
    ranges: tuple[tuple[int, int], ...]
    is_first: bool

    def has(self, letter: str) -> bool:
        """Whether it has a letter."""
        return any(first <= ord(letter) <= last for first, last in self.ranges)


class Typefaces(NamedTuple):
    """The fonts of a folder.

    Attributes:
        rules: the style sheet.
        files: the font files, by name.
        faces: the rules for these files.
        chosen: a newspaper chose them itself, for its own language.
    """

    rules: str = ""
    files: Mapping[str, bytes] = {}
    faces: tuple[FontFace, ...] = ()
    chosen: bool = False

    def suit(self, language: str) -> bool:
        """Whether they have the letters of a language; a sheet without files suits all. Of a script without a sample it
        is not known: fonts that a newspaper chose itself do, Recirc's own do not.
        """
        letter = SAMPLES.get(script_of(language), "")
        if not self.faces or not letter:
            return not self.faces or self.chosen
        return any(face.has(letter) for face in self.faces)

    def first(self, language: str) -> tuple[str, ...]:
        """The files that a page in a language fetches at once, in the order of the sheet."""
        letter = SAMPLES.get(script_of(language), "")
        return tuple(
            dict.fromkeys(face.file for face in self.faces if letter and face.is_first and face.has(letter))
        )


def typefaces_of(given: str) -> Typefaces:
    """The fonts that `portal.fonts` names. Raises OSError: a file cannot be read."""
    if given == SYSTEM_FONTS:
        return Typefaces()
    folder = OWN if given == OWN_FONTS else Path(given)
    rules = (folder / SHEET).read_text("utf-8")
    faces = tuple(_faces(rules))
    files = {face.file: (folder / face.file).read_bytes() for face in faces}
    return Typefaces(rules, files, faces, chosen=folder != OWN)


def _faces(rules: str) -> Iterator[FontFace]:
    for rule in _RULE.findall(rules):
        file = _FILE.search(rule)
        if file is None:  # a font of the reader's device
            continue
        given = _RANGES.search(rule)
        ranges = tuple(_range(part) for part in given[1].split(",")) if given else ((0, 0x10FFFF),)
        upright = _STYLE.search(rule) is None
        yield FontFace(file[1], ranges, upright and _OPTIONAL.search(rule) is not None)


def _range(part: str) -> tuple[int, int]:
    """First and last code point of a part of a `unicode-range`.

    >>> _range(" U+20AC"), _range("U+4??"), _range("u+0-7f")
    ((8364, 8364), (1024, 1279), (0, 127))
    """
    first, _, last = part.strip()[2:].partition("-")
    return int(first.replace("?", "0"), 16), int((last or first).replace("?", "F"), 16)


def script_of(language: str) -> str:
    """The script in which a language is usually written; empty: it is not known.

    >>> [script_of(language) for language in ("de", "pt-BR", "uk", "sr-Latn", "ar", "zh-Hans", "ja", "xx")]
    ['Latn', 'Latn', 'Cyrl', 'Latn', 'Arab', 'Hans', 'Jpan', '']
    """
    try:
        locale = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return ""
    if locale.script:
        return locale.script
    likely = get_global("likely_subtags").get(locale.language, "")
    return likely.split("_")[1] if likely else ""


_RULE: Final = re.compile(r"@font-face\s*\{([^}]*)\}")
_FILE: Final = re.compile(r"""url\(\s*["']?([\w.-]+\.woff2)["']?\s*\)""")
_RANGES: Final = re.compile(r"unicode-range\s*:\s*([^;}]+)", re.IGNORECASE)
_STYLE: Final = re.compile(r"font-style\s*:\s*(?:italic|oblique)")
_OPTIONAL: Final = re.compile(r"font-display\s*:\s*optional")
