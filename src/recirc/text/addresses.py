"""Which addresses are pictures of an article: not logos, icons, pixels and what stands on no web server."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

LEAST_WIDTH: Final = 160
LEAST_HEIGHT: Final = 90
"""Of those that say their size in pixels, smaller ones are no pictures of an article."""

_UPLOADED: Final = re.compile(r"media:[0-9a-f]{32}")
_NONE: Final = re.compile(
    r"(?:^|[/_.-])(?:logos?|favicon|icons?|avatars?|gravatar|pixel|spacer|blank|placeholder|sprites?|1x1|emoji|badge"
    r"|advert|ads?|banner-ad|button|share)(?:[/_.-]|\d|$)|^https?://[^/]*(?:gravatar|doubleclick|feedburner|pixel\.wp)",
    re.IGNORECASE,
)


def address_of_picture(written: object, base: str | None = None) -> str | None:
    """The absolute address of a picture; None: it has none, or is a logo, an icon or a pixel by its address."""
    if not isinstance(written, str):
        return None
    text = written.strip()
    if _UPLOADED.fullmatch(text):
        return text
    try:
        address = urljoin(base or "", text)
        parts = urlsplit(address)
    except ValueError:
        return None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or re.search(r"[\s<>\"\x00-\x1f]", address)
    ):
        return None
    if len(address) > 2_048 or parts.path.lower().endswith(".svg") or _NONE.search(address.partition("?")[0]):
        return None
    return address


def is_small(about: Mapping[str, object]) -> bool:
    """Whether a picture says that it is too small, by its `width` and `height` in pixels."""
    width, height = _pixels(about.get("width")), _pixels(about.get("height"))
    return (width is not None and width < LEAST_WIDTH) or (height is not None and height < LEAST_HEIGHT)


def _pixels(value: object) -> int | None:
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(\d{1,6})\s*(?:px)?\s*", value)):
        return int(found[1])
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
