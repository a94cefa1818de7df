"""Names as they stand in addresses, and as numbers in the state."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from recirc.hashing import hex_digest, key31

LONGEST: Final = 128  # as types.Slug

_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h"}
)
"""Latin letters that Unicode does not take apart."""

_APOSTROPHES: Final = re.compile("['’ʼ`]")


@lru_cache(maxsize=65_536)
def slug(name: str) -> str:
    """A name for an address: lower case, hyphens between words, Latin letters without accents.

    Other scripts are kept as they are. Never empty and at most `LONGEST` characters: a name without letters
    becomes a short hash, and one that is cut ends with one. `slug(slug(name)) == slug(name)`.

    >>> slug("World News"), slug("Łódź & São Paulo"), slug("Київ"), slug("Men’s Football")
    ('world-news', 'lodz-sao-paulo', 'київ', 'mens-football')
    """
    words = "".join(_readable(_APOSTROPHES.sub("", _lower(name)))).split()
    result = unicodedata.normalize("NFC", "-".join(words))
    if not result:
        return _hash(name)
    if len(result) > LONGEST:
        return f"{result[: LONGEST - 9].rstrip('-')}-{_hash(name)}"
    return result


@lru_cache(maxsize=65_536)
def key(slug: str) -> int:
    """A slug as a number from 1 to 2**31 - 1, the same everywhere and always; 0 is left to mean "none"."""
    return key31(_bytes(slug))


def _lower(name: str) -> str:
    # Taking apart can give capitals (ℋ), and lower case can give accents (İ): hence one after the other.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).lower())
    return apart.translate(_LETTERS)


def _readable(apart: str) -> list[str]:
    """The characters that stay, a space for each other; a mark stays with a base that is not Latin."""
    characters = []
    base_keeps_marks = False
    for character in apart:
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
