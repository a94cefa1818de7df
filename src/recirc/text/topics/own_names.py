"""Reads the newsroom's own names and aliases from a hand-edited TOML file."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Final

from recirc.errors import UserError
from recirc.text.topics.gazetteer import KIND_OF, OwnNames

NEVER: Final = "never"
MAX_LENGTH: Final = 200  # characters of a name


class OwnNamesError(UserError, ValueError):
    """The file of own names is invalid; the message says where, what is wrong and what to do."""


def read_own_names(path: Path) -> OwnNames:
    """Read a file such as the following; a missing file means no names.

        never = ["Reading"]        # never found as a topic

        [people]
        "Joe Biden" = ["Uncle Joe"]

        [places]
        "Kiev" = ["Kyiv"]          # the package's topic Kyiv is renamed to Kiev

        [organisations]
        "Harbour Board" = []

    Raises:
        OwnNamesError: the file is not TOML or has unknown or invalid entries.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return OwnNames({})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise OwnNamesError(f"{path}: cannot be read as TOML: {error}") from None
    for key in table:
        if key not in (*KIND_OF, NEVER):
            near = difflib.get_close_matches(key, (*KIND_OF, NEVER), n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join((*KIND_OF, NEVER))}"
            raise OwnNamesError(f"{path}: unknown table {key!r}: {hint}")
    owners: dict[tuple[str, str], str] = {}
    names = {}
    for plural, kind in KIND_OF.items():
        given = table.get(plural, {})
        if not isinstance(given, dict):
            raise OwnNamesError(
                f'{path}: {plural!r} is a table, such as [{plural}] and then "Name" = ["Alias"]'
            )
        names[kind] = {name: _forms(path, f"{plural}.{name}", forms) for name, forms in given.items()}
        for name, forms in names[kind].items():
            _check_once(path, plural, name, forms, owners)
    return OwnNames(names, frozenset(_forms(path, NEVER, table.get(NEVER, []))))


def _forms(path: Path, where: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(form, str) for form in given):
        raise OwnNamesError(f"{path}: {where!r} is not a list of names: {given!r}")
    for form in given:
        if not form.strip() or len(form) > MAX_LENGTH:
            raise OwnNamesError(
                f"{path}: {where!r} has a name that is empty or longer than {MAX_LENGTH}: {form!r}"
            )
    return tuple(form.strip() for form in given)


def _check_once(
    path: Path, plural: str, name: str, forms: tuple[str, ...], owners: dict[tuple[str, str], str]
) -> None:
    if not name.strip() or len(name) > MAX_LENGTH:
        raise OwnNamesError(
            f"{path}: {plural!r} has a name that is empty or longer than {MAX_LENGTH}: {name!r}"
        )
    for form in (name, *forms):
        owner = owners.setdefault((plural, form.lower()), name)
        if owner != name:
            raise OwnNamesError(
                f"{path}: {form!r} is given to both {owner!r} and {name!r} in {plural!r}: keep one"
            )
