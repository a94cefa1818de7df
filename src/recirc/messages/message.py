"""A message: an English text with named places for values, said in a language when it is known.

`recirc messages extract` finds the texts that are written as arguments of `message`, `counted` and `marked`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Listed(str):
    """Names in a row, each of them isolated already where that is needed."""

    __slots__ = ()


class MessageText(NamedTuple):
    """A text with values, in no language yet.

    Attributes:
        text: in English, with places such as `%(name)s`; the key of its translations.
        values: what stands in the places: other messages, numbers (whole ones are grouped), or names as they are.
        many: the text for more than one, or empty.
        number: how many there are; None: the text has no plural. In the texts it is `%(n)s`.
    """

    text: str
    values: Mapping[str, object] = MappingProxyType({})
    many: str = ""
    number: int | None = None


def message(text: str, /, **values: object) -> MessageText:
    """A message without a plural.

    >>> message("No section is called %(name)s.", name="town").values["name"]
    'town'
    """
    return MessageText(text, values)


def counted(one: str, many: str, number: int, /, **values: object) -> MessageText:
    """A message that depends on a number; it has the place `%(n)s`.

    >>> counted("1 article", "%(n)s articles", 3).many
    '%(n)s articles'
    """
    return MessageText(one, {"n": number, **values}, many, number)


def marked(text: str, /) -> str:
    """The text itself: it is only marked as one that is translated where it is shown."""
    return text
