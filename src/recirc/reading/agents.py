"""Browsers by family and version, as one small number: too coarse to recognise anybody, fine enough to see a crowd."""

import re
from functools import lru_cache
from typing import Final

from recirc import hashing

NUMBERS: Final = 255
"""Numbers given: 0 to 254. Different browsers may share one."""

_LONGEST: Final = 1024
_FAMILY: Final = re.compile(
    r"(EdgA?|OPR|SamsungBrowser|YaBrowser|Vivaldi|FxiOS|CriOS|GSA|FBAV|Instagram|Firefox|Chrome|Version|Trident)/(\d+)"
)
_PLATFORM: Final = re.compile(r"iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux")


@lru_cache(maxsize=16_384)
def _number(user_agent: str) -> int:
    found, platform = _FAMILY.findall(user_agent), _PLATFORM.search(user_agent)
    # The engine's own name comes first; what was built on it names itself after it.
    family, version = next(
        (each for each in found if each[0] not in ("Chrome", "Version")), (found or [("", "")])[0]
    )
    key = hashing.key63(f"{family} {version} {platform[0] if platform else ''}".encode())
    return key % NUMBERS


def agent_number(user_agent: str) -> int:
    """The number of a browser's family, major version and platform, 0 to NUMBERS - 1.

    >>> phone = "Mozilla/5.0 (iPhone; CPU iPhone OS {} like Mac OS X) Version/{} Mobile/15E148 Safari/604.1"
    >>> agent_number(phone.format("18_5", "18.5")) == agent_number(phone.format("18_1", "18.1"))
    True
    >>> agent_number(phone.format("18_5", "18.5")) == agent_number(phone.format("17_1", "17.1"))
    False
    """
    return _number(user_agent[:_LONGEST].strip())
