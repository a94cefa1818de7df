"""Forms: what was typed, read within bounds, and kept where it cannot be taken at once."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from recirc.desk.sessions import TOKEN
from recirc.web import problems
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest, read_body

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES = 400_000
MOST_FIELDS = 100
SECRET_FIELDS: Final = frozenset({TOKEN, "password", "again", "code", "new"})
"""Fields that are never sent back into a page."""

Typed: TypeAlias = list[tuple[str, str]]
"""Names and values of a form's fields, in order."""


class FormData(Mapping[str, str]):
    """The fields of a form; a field that is missing is an empty text."""

    def __init__(self, fields: Iterable[tuple[str, str]]) -> None:
        self.fields: Typed = list(fields)
        self._by_name = dict(self.fields)

    def __getitem__(self, name: str) -> str:
        return self._by_name.get(name, "")

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def text(self, name: str) -> str:
        """A field of one line, without space around it."""
        return " ".join(self[name].split())

    @property
    def kept(self) -> Typed:
        """What may be shown again in a page."""
        return [(name, value) for name, value in self.fields if name not in SECRET_FIELDS]


async def read_form(request: HttpRequest) -> FormData:
    """The form in a request's body.

    Raises:
        ProblemError: 413, 415, or 400 for what is no form.
    """
    body = await read_body(request, FORM_BYTES, (FORM_TYPE,))
    try:
        fields = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="utf-8"
        )
    except (UnicodeDecodeError, ValueError):
        raise ProblemError(problems.MALFORMED, "The form cannot be read; send it from the page.") from None
    return FormData((name, value.replace("\r\n", "\n")) for name, value in fields)


def packed(typed: Typed) -> str:
    """What was typed, as the text of one hidden field."""
    return msgspec.json.encode(typed).decode()


def unpacked(text: str) -> Typed:
    """What `packed` made; empty where it is none of ours."""
    try:
        return msgspec.json.decode(text, type=Typed) if text else []
    except (msgspec.DecodeError, msgspec.ValidationError):
        return []
