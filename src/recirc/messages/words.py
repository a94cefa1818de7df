"""The words of one language: translations, plurals, and how it writes numbers and lists."""

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import get_decimal_symbol, get_group_symbol

from recirc.messages.message import MessageText

FOLDER: Final = Path(__file__).parent / "catalogues"
PSEUDO: Final = "qps-ploc"
"""A language made of the English texts in other letters: what stays as it is on a page, is not translated."""

_SAME: Final = {"zh": "zh-Hans", "pt": "pt-BR", "iw": "he"}
"""Catalogues of languages that have one for a region or script alone."""
_DATES: Final = {"en": "en-GB", PSEUDO: "el"}
_ENGLISH_PLURAL: Final = "n != 1"
MAGIC: Final = 0x950412DE
_ISOLATED: Final = "\u2068{}\u2069"
"""A name whose direction its own letters decide (first strong isolate, Unicode UAX 9)."""


class Words:
    """What is said in one language. Texts that its catalogue lacks stay English.

    Attributes:
        language: the tag, as asked for.
        catalogue: the tag of the catalogue that is used; `en` without one.
        locale: of dates, numbers and lists.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.catalogue = catalogue_of(language)
        self.locale = _locale_of(language)
        self._texts: Mapping[str, Sequence[str]] = {}
        self._plural: Callable[[int], int] = c2py(_ENGLISH_PLURAL)
        if self.catalogue == PSEUDO:
            self._texts = _PseudoTexts()
        elif self.catalogue != "en":
            self._texts = read_catalogue((FOLDER / f"{self.catalogue.replace('-', '_')}.mo").read_bytes())
            self._plural = c2py(plural_rule(self._texts[""][0]))
        self._forms = 1 + max(map(self._plural, range(200)))
        self.isolates = self.locale.text_direction == "rtl"
        self._group = get_group_symbol(self.locale)
        self._decimal = get_decimal_symbol(self.locale)
        # Spanish and Polish write 1234, but 12 345.
        self._least_grouped = 10_000 if self.locale.language in ("es", "pl") else 1000

    def text(self, source: str, **values: object) -> str:
        """The translation of an English text, with its values."""
        found = self._texts.get(source)
        text = source if found is None else found[0]
        return text % self._shown(values) if values else text

    def forms(self, one: str, many: str) -> Sequence[str]:
        """The forms of a text with a plural, in the order of `plural_index`."""
        return self._known_forms(one, many) or (one, many)

    def _known_forms(self, one: str, many: str) -> Sequence[str] | None:
        if isinstance(self._texts, _PseudoTexts):
            return (_pseudo(one), _pseudo(many))
        # A text that its catalogue has without a plural has one form; so has every text of Japanese.
        found = self._texts.get(one)
        return found if found is not None and len(found) == self._forms else None

    def plural_index(self, number: float) -> int:
        """Which of the forms a number needs."""
        return self._plural(int(number))

    def counted(self, one: str, many: str, number: int, **values: object) -> str:
        """The form of a text that a number needs; in the text it is `%(n)s`."""
        return self._form(one, many, number) % self._shown({"n": number, **values})

    def _form(self, one: str, many: str, number: int) -> str:
        forms = self._known_forms(one, many)
        if forms is None:
            return one if number == 1 else many
        return forms[self._plural(number)]

    def say(self, message: MessageText | str) -> str:
        """A message in this language. A string is what somebody else wrote, and stays."""
        if isinstance(message, str):
            return message
        if message.number is not None:
            form = self._form(message.text, message.many, message.number)
            return form % self._shown(message.values)
        return self.text(message.text, **message.values)

    def _shown(self, values: Mapping[str, object]) -> dict[str, object]:
        return {name: self._value(value) for name, value in values.items()}

    def _value(self, value: object) -> object:
        if isinstance(value, MessageText):
            return self.say(value)
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, float):
            return self.decimal(value)
        # Names, and no list of names whose parts are isolated already.
        return self.isolated(value) if type(value) is str else value

    def isolated(self, text: str) -> str:
        """A foreign name within a sentence: in a language that runs from right to left it keeps its own direction."""
        return _ISOLATED.format(text) if self.isolates else text

    def number(self, value: float) -> str:
        """A whole number with its digits in groups; what is behind the point is cut off.

        >>> [words_in(language).number(1234567.8) for language in ("en", "de", "es")], words_in("es").number(1234)
        (['1,234,567', '1.234.567', '1.234.567'], '1234')
        """
        whole = int(value // 1)
        text = str(whole) if abs(whole) < self._least_grouped else f"{whole:,}"
        return text if self._group == "," else text.replace(",", self._group)

    def decimal(self, value: float) -> str:
        """A number as short as it can be written: `0.5`, in German `0,5`."""
        return f"{value:g}".replace(".", self._decimal)

    def percent(self, share: float) -> str:
        """A share.

        >>> [words_in(language).percent(0.125) for language in ("en", "de", "tr")]
        ['12.5%', '12,5\\xa0%', '%12,5']
        """
        pattern = str(self.locale.percent_formats[None].pattern)
        return re.sub(r"[#0,.]+", self.decimal(round(100 * share, 6)), pattern, count=1)

    def list(self, items: Sequence[str]) -> str:
        """Several things, the last with "and".

        >>> words_in("en").list(["a", "b", "c"]), words_in("de").list(["a", "b"])
        ('a, b and c', 'a und b')
        """
        items = [self.isolated(item) for item in items]
        patterns = self.locale.list_patterns["standard"]
        if len(items) < 2:
            return "".join(items)
        if len(items) == 2:
            return str(patterns["2"]).format(*items)
        text = str(patterns["start"]).format(items[0], items[1])
        for item in items[2:-1]:
            text = str(patterns["middle"]).format(text, item)
        return str(patterns["end"]).format(text, items[-1])


@cache
def words_in(language: str) -> Words:
    """The words of a language (BCP 47, such as `pt-BR`), loaded once."""
    return Words(language)


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, English first.

    >>> languages()[:1], "pt-BR" in languages()
    (('en',), True)
    """
    return ("en", *sorted(path.stem.replace("_", "-") for path in FOLDER.glob("*.po")))


def catalogue_of(language: str) -> str:
    """The catalogue for a language: its own, that of the language without the region, else English.

    >>> [catalogue_of(language) for language in ("de-AT", "zh-CN", "pt", "en-US", "tlh")]
    ['de', 'zh-Hans', 'pt-BR', 'en', 'en']
    """
    wanted, known = language.replace("_", "-").lower(), _known()
    first = wanted.partition("-")[0]
    return known.get(wanted) or known.get(first) or known.get(_SAME.get(first, "").lower()) or "en"


@cache
def _known() -> dict[str, str]:
    return {each.lower(): each for each in (*languages(), PSEUDO)}


def _locale_of(language: str) -> Locale:
    """The CLDR locale of a language, or of its catalogue's where CLDR has none."""
    tag = _DATES.get(language, language)
    while tag:
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            tag = tag.rpartition("-")[0]
    return Locale.parse("en-GB", sep="-")


def plural_rule(header: str) -> str:
    """The rule in the `Plural-Forms` of a catalogue's header."""
    found = re.search(r"plural=([^;\n]+)", header)
    return found[1].strip() if found else _ENGLISH_PLURAL


def read_catalogue(content: bytes) -> dict[str, Sequence[str]]:
    """A compiled catalogue (GNU gettext's MO): the forms of each text, by the English one.

    Raises:
        ValueError: it is no such file.
    """
    try:
        magic, _, count, sources, targets = struct.unpack_from("<5I", content)
        if magic != MAGIC:
            raise ValueError("this is no compiled catalogue")
        found = dict[str, Sequence[str]]()
        for place in range(count):
            one = _entry(content, sources + 8 * place).partition("\0")[0]
            found[one] = tuple(_entry(content, targets + 8 * place).split("\0"))
    except struct.error as error:
        raise ValueError(f"this is no whole compiled catalogue: {error}") from None
    return found


def _entry(content: bytes, at: int) -> str:
    length, start = struct.unpack_from("<2I", content, at)
    return content[start : start + length].decode()


class _PseudoTexts(dict[str, Sequence[str]]):
    """Every text, in other letters."""

    def get(self, source: str, _: object = None) -> Sequence[str]:
        return (_pseudo(source),)


_KEPT: Final = re.compile(r"(<[^>]*>|&\w+;|%\(\w+\)s|%%)")
_WIDE: Final = {
    ord(letter): ord(letter) + 0xFEE0 for letter in map(chr, range(0x41, 0x7B)) if letter.isalpha()
}


def _pseudo(text: str) -> str:
    """
    >>> _pseudo("by <b>%(name)s</b>")
    'ｂｙ <b>%(name)s</b>'
    """
    return "".join(
        part if place % 2 else part.translate(_WIDE) for place, part in enumerate(_KEPT.split(text))
    )
