"""The words and stories of the second invented sets, one file for each language, each with portions "a" and "b"."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent
LANGUAGES: Final = ("en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "ar", "zh", "ja")
Parts = dict[str, Any]
"""What a portion of one language tells: strings by name, and lists of them for the body, tags, lists and voices."""


@cache
def parts_of(language: str, portion: str) -> Parts:
    """The words of a portion, "a" or "b"."""
    stored: dict[str, Parts] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return stored[portion]


@cache
def makers(portion: str) -> tuple[dict[str, str], ...]:
    """Makers of HTML pages: parts in order and the template of each."""
    return tuple(tomllib.loads((FOLDER / "makers.toml").read_text("utf-8"))[portion])
