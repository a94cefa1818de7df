"""What cannot be taken from outside, and why, in words that name the place."""

from typing import NamedTuple


class RejectedValueError(ValueError):
    """Something from outside cannot be accepted.

    Attributes:
        field: the field that is wrong, empty when it is the whole.
        text: what is wrong with it and what would be right.
    """

    def __init__(self, field: str, text: str) -> None:
        super().__init__(field, text)
        self.field = field
        self.text = text

    def __str__(self) -> str:
        return self.text


class Rejection(NamedTuple):
    """A line or row of a file that was left out; as text `articles.jsonl:17: "published" is not a date: …`.

    Attributes:
        line: number of the line, or of the row of a table; the first is 1.
        text: what is wrong.
        field: the field that is wrong, empty when it is the whole line.
        file: name of the file.
    """

    line: int
    text: str
    field: str = ""
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def shown(value: object, most: int = 80) -> str:
    """A value as it stands in an error text: quoted, and cut when it is long."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text[: most + 1])
    return printable if len(printable) <= most else f"{printable[: most - 1]}…"
