"""The newsroom's own names and aliases, in a file that is edited by hand."""

import difflib
import tomllib
from pathlib import Path
from typing import Any, Final

from recirc.text.topics.gazetteer import KIND_OF, OwnNames

NEVER: Final = "never"
LONGEST: Final = 200  # characters of a name


class OwnNamesError(ValueError):
    """The file of own names cannot be read; the text says where, what is wrong, and what to do."""


def read_own_names(path: Path) -> OwnNames:
    """The names in a file like this one; a file that is not there has none.

        never = ["Reading"]        # is found by nobody

        [people]
        "Joe Biden" = ["Uncle Joe"]

        [places]
        "Kiev" = ["Kyiv"]          # what the package calls Kyiv is called Kiev

        [organisations]
        "Harbour Board" = []

    Raises:
        OwnNamesError: it is not TOML, or has something else in it.
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
        if not form.strip() or len(form) > LONGEST:
            raise OwnNamesError(
                f"{path}: {where!r} has a name that is empty or longer than {LONGEST}: {form!r}"
            )
    return tuple(form.strip() for form in given)


def _check_once(
    path: Path, plural: str, name: str, forms: tuple[str, ...], owners: dict[tuple[str, str], str]
) -> None:
    if not name.strip() or len(name) > LONGEST:
        raise OwnNamesError(f"{path}: {plural!r} has a name that is empty or longer than {LONGEST}: {name!r}")
    for form in (name, *forms):
        owner = owners.setdefault((plural, form.lower()), name)
        if owner != name:
            raise OwnNamesError(
                f"{path}: {form!r} is given to both {owner!r} and {name!r} in {plural!r}: keep one"
            )
