"""From the bytes of a picture to the files that pages show. Runs in the decoder's own process.

What a camera or an editing program noted in the file (position, device, time) is in none of the files made here.
"""

import io
import warnings
from typing import Final

from msgspec import Struct
from PIL import Image, ImageCms, ImageFile, ImageOps, IptcImagePlugin, UnidentifiedImageError

from recirc.hashing import hex_digest
from recirc.types import PictureFacts

WIDTHS: Final = (320, 640, 1024, 1600)
"""Widths of the variants, in pixels; a picture is never enlarged."""

SHARED_WIDTH: Final = 1200
"""Width of the JPEG files for other sites and search engines, in pixels, one for each of `RATIOS`."""

RATIOS: Final = {"wide": (16, 9), "standard": (4, 3), "square": (1, 1)}
"""Width to height of the crops that search engines and messengers ask for."""

LEAST_WIDTH: Final = 160
LEAST_HEIGHT: Final = 90
"""Smaller ones are logos, icons and tracking pixels."""

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""Pillow's names of the formats that are read. SVG is not: it is a program as much as a picture."""

_CREDIT: Final = ((2, 110), (2, 80), (2, 116))
"""IPTC records that name whose picture it is: credit, by-line, copyright notice (IPTC-IIM 4.2)."""


class PictureError(Exception):
    """The bytes are no picture that can be shown; the text says why."""


class PictureFiles(Struct, frozen=True, kw_only=True):
    """The facts, and the content of each file by its name."""

    facts: PictureFacts
    files: dict[str, bytes]


def file_name(key: str, size: int | str, form: str) -> str:
    """Name of a file: `KEY-640.webp`, or `KEY-wide.jpg` of a crop."""
    return f"{key}-{size}.{form}"


def variants(
    content: bytes, *, most_megapixels: float, focus: tuple[float, float] = (0.5, 0.5)
) -> PictureFiles:
    """The files of a picture.

    Args:
        content: the picture as it was sent.
        most_megapixels: larger ones are refused before they are decoded.
        focus: the point that crops keep in sight, as shares of width and height from the upper left corner.

    Raises:
        PictureError: it cannot be read, is too large or too small, or of a format that is not shown.
    """
    decoded = _decoded(content, most_megapixels)
    key, credit = hex_digest(content, 16), _credit(decoded)
    picture = _plain(decoded)
    if picture.width < LEAST_WIDTH or picture.height < LEAST_HEIGHT:
        raise PictureError(
            f"it has {picture.width} × {picture.height} pixels; "
            f"smaller than {LEAST_WIDTH} × {LEAST_HEIGHT} is not shown"
        )
    widths = tuple(sorted({min(width, picture.width) for width in WIDTHS}))
    files: dict[str, bytes] = {}
    for width in reversed(widths):  # each from the next larger one, which is much quicker than from the whole
        picture = _resized(picture, width)
        if width == widths[-1]:
            largest = picture
        files[file_name(key, width, "webp")] = _encoded(picture, "WEBP", quality=78, method=4)
        files[file_name(key, width, "avif")] = _encoded(picture, "AVIF", quality=58, speed=8)
    for name, ratio in RATIOS.items():
        files[file_name(key, name, "jpg")] = _encoded(
            _cropped(largest, ratio, focus), "JPEG", quality=80, progressive=True, optimize=True
        )
    facts = PictureFacts(
        key=key,
        width=largest.width,
        height=largest.height,
        widths=widths,
        colour=_colour(picture),
        credit=credit,
    )
    return PictureFiles(facts=facts, files=files)


def _decoded(content: bytes, most_megapixels: float) -> ImageFile.ImageFile:
    Image.MAX_IMAGE_PIXELS = None  # the bound below is the one, and an error instead of a warning
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content), formats=FORMATS)
            width, height = picture.size
            if width * height > most_megapixels * 1e6:
                raise PictureError(
                    f"it has {width:,} × {height:,} pixels; at most {most_megapixels:g} million are decoded"
                )
            picture.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))  # JPEG: decoded at a fraction of its size
            picture.seek(0)
            picture.load()
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"{_kind_of(content)}; {', '.join(FORMATS)} are shown") from None
    except MemoryError:
        raise PictureError("decoding it takes more memory than is allowed") from None
    except Exception as error:  # decoders of a dozen formats raise many kinds
        raise PictureError(f"it is damaged: {str(error)[:200] or type(error).__name__}") from None
    return picture


def _kind_of(content: bytes) -> str:
    start = content[:1000].lstrip().lower()
    if not start:
        return "it is empty"
    if b"<svg" in start:
        return "it is SVG, which is not shown"
    if start.startswith((b"<!doctype html", b"<html")):
        return "it is a page of HTML, not a picture"
    return "it is of no format that is known"


def _plain(picture: Image.Image) -> Image.Image:
    """Upright, in sRGB, on white where it was transparent, and without any of the file's notes."""
    profile = picture.info.get("icc_profile")
    try:
        picture = ImageOps.exif_transpose(picture)
    except Exception:  # damaged notes: the picture as it lies in the file
        picture = picture.copy()
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        shown = picture.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        picture = Image.alpha_composite(ground, shown).convert("RGB")
    elif picture.mode.startswith("I"):  # 16 bits of grey
        picture = picture.point(lambda value: value / 256).convert("L").convert("RGB")
    if profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(
                picture, own, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            picture = converted if converted is not None else picture
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a damaged profile, or one for another kind of colours
    picture = picture.convert("RGB")
    picture.info.clear()
    return picture


def _resized(picture: Image.Image, width: int) -> Image.Image:
    if width >= picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _cropped(picture: Image.Image, ratio: tuple[int, int], focus: tuple[float, float]) -> Image.Image:
    wide, high = ratio
    width = min(SHARED_WIDTH, picture.width, picture.height * wide // high)
    size = (max(width, 1), max(width * high // wide, 1))
    return ImageOps.fit(picture, size, Image.Resampling.LANCZOS, centering=focus)


def _encoded(picture: Image.Image, form: str, **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def _colour(picture: Image.Image) -> str:
    pixel = picture.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return "#" + "".join(f"{int(part):02x}" for part in pixel[:3])


def _credit(picture: ImageFile.ImageFile) -> str:
    try:
        notes = IptcImagePlugin.getiptcinfo(picture) or {}
    except Exception:  # damaged notes are none
        return ""
    for record in _CREDIT:
        value = notes.get(record)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, bytes) and (text := " ".join(value.decode("utf-8", "replace").split())):
            return text[:200]
    return ""
