"""Why a value, line or row from outside is rejected, in words that name its place."""

from msgspec import Struct
from msgspec.structs import force_setattr

from recirc.errors import UserError
from recirc.reading.secrets import without_key


class RejectedValueError(UserError, ValueError):
    """A value from outside is not accepted.

    Attributes:
        field: the field with the value; empty for the whole.
        text: what is wrong, and what would be right.
    """

    def __init__(self, field: str, text: str) -> None:
        text = without_key(text)
        super().__init__(field, text)
        self.field = field
        self.text = text

    def __str__(self) -> str:
        return self.text

    def at(self, line: int, file: str) -> "Rejection":
        """This error as the rejection of a line of a file."""
        return Rejection(line, self.text, self.field, file)


class Rejection(Struct, frozen=True, order=True):
    """A line or row of a file that is left out; as text `articles.jsonl:17: "published" is not a date: …`.

    Attributes:
        line: number of the line, or of the row of a table; the first is 1.
        text: what is wrong.
        field: the field with the wrong value; empty for the whole line.
        file: name of the file.
    """

    line: int
    text: str
    field: str = ""
    file: str = ""

    def __post_init__(self) -> None:
        """Take keys out of its texts."""
        for name in ("text", "file"):
            shown_text = without_key(getattr(self, name))
            if shown_text != getattr(self, name):
                force_setattr(self, name, shown_text)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def shown(value: object, most: int = 80) -> str:
    """A value as error texts show it: quoted, and cut off when it is long."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text[: most + 1])
    return printable if len(printable) <= most else f"{printable[: most - 1]}…"
