"""Pictures as other systems describe them: an address, or an object with one of many names for each thing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from itertools import islice
from typing import Final

from recirc.text.addresses import address_of_picture, is_small
from recirc.text.clean import body_html, plain
from recirc.text.figures import figures_of
from recirc.types import Picture

MOST: Final = 30
"""Pictures of an article that are kept."""

_ADDRESS: Final = ("address", "url", "contentUrl", "src", "href", "@id")
_ALT: Final = ("alt", "alternative", "alternateName", "alt_text", "alternativeText")
_CAPTION: Final = ("caption", "description", "title", "description_text", "body_text")
_CREDIT: Final = (
    "credit",
    "creditText",
    "photographer",
    "creator",
    "author",
    "byline",
    "copyrightNotice",
    "copyrightHolder",
)
_LICENCE: Final = ("licence", "license", "usageterms")

_TAG: Final = re.compile(r"<[^<>]*>")
_SIZE: Final = re.compile(r"-(?:\d{2,5}x\d{2,5}|scaled)(?=\.\w{2,5}$)")
_LONGEST: Final = 2_000


def pictures_from(value: object, base: str | None = None) -> tuple[Picture, ...]:
    """The pictures that a value describes: an address, an object, or a list of them; each file once, in whatever size.

    Addresses are http(s), or `media:KEY` of an uploaded picture; what has none is left out, and so are logos, icons and
    pixels, by their addresses and sizes.

    Args:
        value: as decoded from JSON, or made from markup.
        base: what relative addresses are resolved against; None: they are left out.

    >>> (quay,) = pictures_from({"url": "https://a.example/quay.jpg", "photographer": "Ida Roe"})
    >>> quay.address, quay.credit
    ('https://a.example/quay.jpg', 'Ida Roe')
    >>> pictures_from(["https://a.example/logo.png", "quay.jpg"])
    ()
    """
    found: dict[str, Picture] = {}
    for each in _each(value):
        picture = _picture(each, base)
        if picture is not None:
            found.setdefault(file_of(picture.address), picture)
        if len(found) == MOST:
            break
    return tuple(found.values())


def figures_in(html: str, base: str | None = None) -> tuple[Picture, ...]:
    """The pictures in a body, as it was sent or as it is kept, with their captions.

    >>> (mole,) = figures_in('<figure><img src="/mole.jpg" alt=""><figcaption>The mole</figcaption></figure>', "https://a.example")
    >>> mole.address, mole.alt, mole.caption
    ('https://a.example/mole.jpg', '', 'The mole')
    """
    if "<img" not in html.lower():
        return ()
    rows = (
        {
            "address": given.get("src"),
            "alt": given.get("alt"),
            "caption": caption and unescape(_TAG.sub("", caption)),
        }
        for given, caption in figures_of(body_html(html, "html", base))
    )
    return pictures_from(list(islice(rows, MOST)), base)


def picture_row(
    address: object,
    *,
    alt: object = None,
    caption: object = None,
    credit: object = None,
    width: object = None,
    height: object = None,
) -> dict[str, object]:
    """A picture as a row of an article has it (`pictures`), from a source's own fields."""
    row = {
        "address": address,
        "alt": alt,
        "caption": caption,
        "credit": credit,
        "width": width,
        "height": height,
    }
    return {name: value for name, value in row.items() if value is not None}


def file_of(address: str) -> str:
    """An address without its query and without the size that content management systems write into names of files.

    >>> file_of("https://a.example/quay-1024x683.jpg?w=300") == file_of("https://a.example/quay-scaled.jpg")
    True
    """
    return _SIZE.sub("", address.partition("?")[0])


def _each(value: object) -> Iterator[object]:
    if isinstance(value, (list, tuple)):
        yield from value
    elif value is not None:
        yield value


def _picture(written: object, base: str | None) -> Picture | None:
    if isinstance(written, Picture):
        return written
    about: Mapping[str, object] = written if isinstance(written, Mapping) else {"address": written}
    address = next(
        (found for name in _ADDRESS if (found := address_of_picture(about.get(name), base)) is not None), None
    )
    if address is None or is_small(about):
        return None
    alt = next((about[name] for name in _ALT if isinstance(about.get(name), str)), None)
    return Picture(
        address=address,
        alt=plain(str(alt))[:_LONGEST] if alt is not None else None,
        caption=_text(about, _CAPTION),
        credit=_text(about, _CREDIT),
        licence=_text(about, _LICENCE),
        focus=_focus(about.get("focus")),
    )


def _text(about: Mapping[str, object], names: Iterable[str]) -> str | None:
    for name in names:
        value = about.get(name)
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("name") if isinstance(value, Mapping) else value
        if isinstance(value, str) and (text := plain(value)[:_LONGEST]):
            return text
    return None


def _focus(value: object) -> tuple[float, float] | None:
    if isinstance(value, Mapping):
        value = (value.get("x"), value.get("y"))
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    across, down = value
    if not all(isinstance(part, (int, float)) and 0 <= part <= 1 for part in (across, down)):
        return None
    return float(across), float(down)
