"""From the bytes of a picture to the files that pages show."""

import io
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, features

from drawn_pictures import bomb
from recirc.media.decoder import PictureDecoder
from recirc.media.folder import FILE, MediaFolder
from recirc.media.variants import PictureError, variants


def drawn(width: int, height: int, form: str = "JPEG", mode: str = "RGB", **options: object) -> bytes:
    """A picture with a red upper left quarter on blue."""
    picture = Image.new(
        mode, (width, height), (20, 60, 160, 255)[: len(mode)] if mode.startswith("RGB") else 100
    )
    if mode.startswith("RGB"):
        ImageDraw.Draw(picture).rectangle((0, 0, width // 2, height // 2), fill=(200, 30, 30))
    target = io.BytesIO()
    picture.save(target, form, **options)
    return target.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.fixture(scope="module")
def decoder() -> Iterator[PictureDecoder]:
    with PictureDecoder(30.0) as made:
        yield made


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP"])
def test_each_format_becomes_four_widths_and_three_crops(form: str) -> None:
    made = variants(drawn(2000, 1500, form), most_megapixels=10)
    assert made.facts.widths == (320, 640, 1024, 1600)
    assert (made.facts.width, made.facts.height) == (1600, 1200)
    assert all(FILE.fullmatch(name) for name in made.files)
    sizes = {name.rpartition("-")[2]: opened(content).size for name, content in made.files.items()}
    assert sizes["320.webp"] == sizes["320.avif"] == (320, 240)
    assert sizes["wide.jpg"] == (1200, 675)
    assert sizes["square.jpg"] == (1200, 1200)


def test_a_small_picture_is_not_enlarged() -> None:
    made = variants(drawn(500, 300), most_megapixels=10)
    assert made.facts.widths == (320, 500)
    assert opened(made.files[f"{made.facts.key}-wide.jpg"]).size == (500, 281)


def test_orientation_is_applied_and_notes_are_removed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "A camera"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (54.0, 30.0, 0.0)
    content = drawn(1200, 600, exif=exif)
    assert b"A camera" in content
    made = variants(content, most_megapixels=10)
    assert (made.facts.width, made.facts.height) == (600, 1200)
    for file in made.files.values():
        assert b"A camera" not in file
        assert not opened(file).getexif()
    # The red quarter of the upper left is in the upper right now.
    shown = opened(made.files[f"{made.facts.key}-600.webp"]).convert("RGB")
    assert shown.getpixel((500, 100))[0] > 150 > shown.getpixel((100, 100))[0]  # type: ignore[index]


def test_transparent_pictures_stand_on_white_and_odd_modes_are_read() -> None:
    clear = drawn(400, 300, "PNG", "RGBA")
    picture = opened(clear).convert("RGBA")
    picture.putalpha(0)
    target = io.BytesIO()
    picture.save(target, "PNG")
    made = variants(target.getvalue(), most_megapixels=10)
    assert made.facts.colour == "#ffffff"
    for mode, form in (("L", "PNG"), ("P", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("1", "PNG")):
        content = io.BytesIO()
        Image.new(mode, (400, 300), 0 if mode != "CMYK" else (0, 0, 0, 0)).save(content, form)
        assert variants(content.getvalue(), most_megapixels=10).facts.width == 400


def test_crops_keep_the_focus_in_sight() -> None:
    picture = Image.new("RGB", (1600, 400), "white")
    ImageDraw.Draw(picture).rectangle((1300, 0, 1599, 399), fill="red")
    target = io.BytesIO()
    picture.save(target, "PNG")
    square = "{}-square.jpg"
    right = variants(target.getvalue(), most_megapixels=10, focus=(1.0, 0.5))
    middle = variants(target.getvalue(), most_megapixels=10)
    assert opened(right.files[square.format(right.facts.key)]).getpixel((350, 200))[1] < 60  # type: ignore[index]
    assert opened(middle.files[square.format(middle.facts.key)]).getpixel((350, 200))[1] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"<!doctype html><p>404", "a page of HTML"),
        (
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "SVG",
        ),
        (b"\x00\x01\x02" * 50, "no format that is known"),
        (drawn(800, 600)[:3000], "damaged"),
        (drawn(1, 1, "GIF"), "smaller than 160 × 90"),
        (drawn(1200, 40), "smaller than 160 × 90"),
        (bomb(60_000, 60_000), "60,000 × 60,000 pixels; at most 30 million"),
        (bomb(5_000, 5_000), "damaged"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(decoder: PictureDecoder, content: bytes, why: str) -> None:
    with pytest.raises(PictureError, match=why):
        decoder.variants(content)
    assert decoder.variants(drawn(400, 300)).facts.width == 400  # the decoder goes on


def test_a_decoder_that_hangs_is_ended_and_the_next_picture_is_decoded() -> None:
    with PictureDecoder(500.0, seconds=0.01) as decoder:
        with pytest.raises(PictureError, match=r"more than 0\.01 s"):
            decoder.variants(drawn(6000, 4000))
        decoder._seconds = 30.0
        assert decoder.variants(drawn(400, 300)).facts.width == 400


def test_the_decoder_ends_with_the_process_that_had_it_even_if_that_was_killed() -> None:
    script = (
        "import time; from recirc.media.decoder import PictureDecoder; from recirc.media.variants import PictureError\n"
        "if __name__ == '__main__':\n"
        "    decoder = PictureDecoder(1.0)\n"
        "    try: decoder.variants(b'')\n"
        "    except PictureError: print(*decoder._pool._processes, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        decoder = Path(f"/proc/{int(process.stdout.readline())}/cmdline")
        assert b"spawn" in decoder.read_bytes()
        process.kill()
        give_up = time.monotonic() + 60
        while decoder.exists() and decoder.read_bytes():
            assert time.monotonic() < give_up, "the decoder outlived its parent"
            time.sleep(0.1)  # a process that ends tells nobody


def test_whose_it_is_is_read_from_the_file() -> None:
    credit = b"Ida Roe / Tide"
    record = b"\x1c\x02\x6e" + struct.pack(">H", len(credit)) + credit
    resource = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + record + b"\x00" * (len(record) % 2)
    segment = b"Photoshop 3.0\x00" + resource
    plain = drawn(400, 300)
    content = plain[:2] + b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment + plain[2:]
    assert variants(content, most_megapixels=10).facts.credit == "Ida Roe / Tide"


def test_the_folder_keeps_whole_files_under_their_names_alone(tmp_path: object) -> None:
    folder = MediaFolder(Path(str(tmp_path)) / "media")
    made = variants(drawn(400, 300), most_megapixels=10)
    folder.put(made.files)
    assert folder.written().keys() == {made.facts.key}
    for name in ("../recirc.db", "x.webp", f"{made.facts.key}-0.webp", f"{made.facts.key}-320.svg", ""):
        assert folder.path(name) is None
    path = folder.path(f"{made.facts.key}-320.webp")
    assert path is not None
    assert path.read_bytes() == made.files[path.name]
    assert folder.remove(made.facts.key) == len(made.files)
    assert folder.written().keys() == set()
    with pytest.raises(ValueError, match="not the name"):
        folder.put({"../x": b""})


def test_pillow_can_write_what_pages_name() -> None:
    assert features.check("avif")
    assert features.check("webp")
