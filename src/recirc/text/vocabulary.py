"""The words that newspapers of many languages put around their articles, from `vocabulary.txt`."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("vocabulary.txt")
_EDGES: Final = re.compile(r"^[\W_]+|[\W_]+$")


@cache
def words(name: str) -> frozenset[str]:
    """The phrases under a name of the file, in lower case.

    >>> "startseite" in words("home"), "teilen" in words("share")
    (True, True)
    """
    return _file()[name]


@cache
def starts(*names: str) -> re.Pattern[str]:
    """A pattern that matches any of the phrases at the beginning of a line, the longest first."""
    return re.compile(f"(?:{_either(phrase for name in names for phrase in words(name))})", re.IGNORECASE)


@cache
def only(*names: str) -> re.Pattern[str]:
    """A pattern for lines that consist of these phrases and of signs between them."""
    return re.compile(
        rf"(?:(?:{_either(phrase for name in names for phrase in words(name))})(?![^\W_])[\W_]*)+",
        re.IGNORECASE,
    )


def is_one_of(line: str, *names: str) -> bool:
    """Whether a line is one of the phrases, but for case and for signs at its ends.

    >>> is_one_of("Lesen Sie auch:", "relating"), is_one_of("Related to the king", "relating")
    (True, False)
    """
    bare = folded(line)
    return any(bare in words(name) for name in names)


def folded(line: str) -> str:
    """A line in lower case, without signs at its ends."""
    return _EDGES.sub("", unicodedata.normalize("NFC", line).casefold().replace("’", "'"))


def _either(phrases: Iterable[str]) -> str:
    return "|".join(
        re.escape(phrase) for phrase in sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    )


@cache
def _file() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    name = ""
    for line in FILE.read_text("utf-8").split("\n"):
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1]
            found[name] = set()
        elif line and not line.startswith("#"):
            found[name].update(folded(phrase) for phrase in line.split("|") if phrase.strip())
    found["sections"] = {each.removeprefix("section ") for each in found if each.startswith("section ")}
    return {name: frozenset(phrases) for name, phrases in found.items()}
