"""Slugs, which identify names in URLs, and their integer keys for the state."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from recirc.hashing import hex_digest, key63

MAX_LENGTH: Final = 128  # as types.Slug

_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
"""Latin letters without a decomposition in Unicode."""

_APOSTROPHES: Final = re.compile("['’ʼ`]")


@lru_cache(maxsize=65_536)
def slug(name: str) -> str:
    """A name for a URL: lower case, hyphens between words, Latin letters without accents.

    Other scripts are kept. A slug has 1 to `MAX_LENGTH` characters: a name without letters becomes a short hash, and a
    truncated one ends with a hash. `slug(slug(name)) == slug(name)`.

    >>> slug("World News"), slug("Łódź & São Paulo"), slug("Київ"), slug("Men’s Football")
    ('world-news', 'lodz-sao-paulo', 'київ', 'mens-football')
    """
    words = "".join(_readable(_APOSTROPHES.sub("", _lower(name)))).split()
    result = unicodedata.normalize("NFC", "-".join(words))
    if not result:
        return _hash(name)
    if len(result) > MAX_LENGTH:
        return f"{result[: MAX_LENGTH - 9].rstrip('-')}-{_hash(name)}"
    return result


def title_of(slug: str) -> str:
    """The name of a section for people, where no more than its slug is known.

    >>> title_of("world-news")
    'World news'
    """
    words = slug.replace("-", " ").replace("_", " ").strip() or slug
    return words[:1].upper() + words[1:]


@lru_cache(maxsize=65_536)
def key(slug: str) -> int:
    """A stable hash of a slug from 1 to 2**63 - 1; 0 is left to mean "none"."""
    return key63(_bytes(slug))


def _lower(name: str) -> str:
    # Decomposition can yield capitals (ℋ), and lower-casing can yield accents (İ), so decompose twice.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).lower())
    return decomposed.translate(_LETTERS)


def _readable(decomposed: str) -> list[str]:
    """The characters to keep, and a space for each other one; a combining mark is kept after a non-Latin base."""
    characters = []
    base_keeps_marks = False
    for character in decomposed:
        if unicodedata.category(character)[0] == "M":
            if base_keeps_marks:
                characters.append(character)
            continue
        readable = character.isalnum()
        base_keeps_marks = readable and not unicodedata.name(character, "").startswith("LATIN")
        characters.append(character if readable else " ")
    return characters


def _hash(name: str) -> str:
    return hex_digest(_bytes(name), 4)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
