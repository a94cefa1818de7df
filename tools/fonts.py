"""Make the portal's fonts from two packages of the npm registry: `python tools/fonts.py FOLDER`.

    npm pack @fontsource-variable/source-serif-4 @fontsource-variable/source-sans-3

FOLDER holds the two archives that this leaves. Of their variable fonts single cuts are kept, of the letters that the
languages of the catalogues in Latin and Cyrillic need, with kerning and ligatures; what is made lies in
`src/recirc/web/static/fonts/`: WOFF2 files, `fonts.css`, and the licence. Their licence reserves the name of the
originals, so what is changed has another one (SIL Open Font License 1.1, 3).

A device's own fonts stand in until the files are there. `fonts.css` gives these the same average width and the same
height of a line (`size-adjust` and others), by the metrics of the npm package `@capsizecss/metrics` 4.3.0.
"""

import argparse
import io
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT: Final = Path(__file__).resolve().parent.parent
FONTS: Final = ROOT / "src" / "recirc" / "web" / "static" / "fonts"


class Cut(NamedTuple):
    """One cut of a family.

    Attributes:
        name: of its files.
        family: its family in the style sheet.
        source: of its original: package, and file with `{}` for the letters.
        axes: where on the original's axes it lies; a pair keeps an axis between two values.
        weight: as in the style sheet.
        letters: which of `LETTERS` it has.
        style: as in the style sheet.
    """

    name: str
    family: str
    source: tuple[str, str]
    axes: Mapping[str, float | tuple[float, float]]
    weight: str
    letters: tuple[str, ...] = ("latin-ext", "latin", "cyrillic")
    style: str = "normal"


SERIF: Final = ("source-serif-4", "source-serif-4-{}-standard-normal.woff2")
ITALIC: Final = ("source-serif-4", "source-serif-4-{}-standard-italic.woff2")
SANS: Final = ("source-sans-3", "source-sans-3-{}-wght-normal.woff2")
CUTS: Final = (
    Cut("serif", "Recirc Serif", SERIF, {"wght": (400, 700), "opsz": 20}, "400 700"),
    Cut("italic", "Recirc Serif", ITALIC, {"wght": 400, "opsz": 20}, "400", style="italic"),
    Cut("sans", "Recirc Sans", SANS, {"wght": 480}, "400 600"),
)
"""One weight of the sans stands for all that labels have: two would be ten kilobytes more."""

LETTERS: Final = {
    "latin-ext": "U+100-130,U+132-151,U+154-17F,U+192,U+218-21B,U+1E9E,U+20BA",
    "latin": "U+20-7E,U+A0-A3,U+A5,U+A7,U+A9-AB,U+AD,U+B0-B3,U+B7,U+BA-BB,U+BD,U+BF-FF,U+131,U+152-153,U+2013-2014,"
    "U+2018-201A,U+201C-201E,U+2022,U+2026,U+2039-203A,U+20AC,U+2212",
    "cyrillic": "U+400-45F,U+490-491,U+2116",
}  # fmt: skip
"""Letters by the names that the packages have for them; what these files do not have is left out."""

RANGES: Final = {
    "latin-ext": "U+100-24F,U+1E9E,U+20B1-20BF",
    "latin": "U+0-FF,U+131,U+152-153,U+2C6-2DC,U+2000-20B0,U+2122-22FF",
    "cyrillic": "U+400-491,U+2116",
}
"""For which letters a browser fetches these files; of two with a letter the latter."""

FEATURES: Final = ("kern", "liga")


class StandIn(NamedTuple):
    """A font of devices. `names` are those of one form, `width` the average of its letters in units of `em`."""

    names: tuple[str, ...]
    width: int
    em: int


STAND_INS: Final[dict[str, dict[str, tuple[StandIn, ...]]]] = {
    "Recirc Serif": {
        "400": (
            StandIn(("Georgia",), 913, 2048),
            StandIn(("Times New Roman", "Liberation Serif"), 832, 2048),
            StandIn(("Noto Serif",), 481, 1000),
        ),
        "700": (
            StandIn(("Georgia Bold",), 1062, 2048),
            StandIn(("Times New Roman Bold", "Liberation Serif Bold"), 886, 2048),
            StandIn(("Noto Serif Bold",), 512, 1000),
        ),
    },
    "Recirc Sans": {
        "400": (
            StandIn(("Arial", "Liberation Sans"), 913, 2048),
            StandIn(("Roboto",), 911, 2048),
        ),
        "600": (
            StandIn(("Arial Bold", "Liberation Sans Bold"), 983, 2048),
            StandIn(("Roboto Bold",), 926, 2048),
        ),
    },
}
"""By family and weight, the most likely first."""

AVERAGES: Final = {"source-serif-4": {"400": 479, "700": 494}, "source-sans-3": {"400": 418, "600": 431}}
"""Average widths of the originals, in thousandths, as those of the stand-ins are measured."""

SAMPLE: Final = (
    "the quick brown fox jumps over a lazy dog and etaoin shrdlu are the most frequent letters of all "
)


def main() -> None:
    """Make all files anew."""
    parser = argparse.ArgumentParser(description="The portal's fonts, anew.")
    parser.add_argument("folder", type=Path, help="where npm pack has left the two archives")
    folder: Path = parser.parse_args().folder
    FONTS.mkdir(parents=True, exist_ok=True)
    faces, made = [], dict[str, TTFont]()
    for cut in CUTS:
        for letters in cut.letters:
            font = cut_of(original(folder, cut, letters), cut, letters)
            path = FONTS / f"{cut.name}-{letters}.woff2"
            font.save(path)
            made.setdefault(cut.family, font)
            faces.append(face(cut, path.name, letters))
            print(f"{path.name}: {path.stat().st_size:,} bytes")
    families = {cut.family: list(stand_ins(folder, cut.family, made)) for cut in CUTS}
    rules = [*faces, *(rule for found in families.values() for _, rule in found)]
    (FONTS / "fonts.css").write_text("\n".join((HEAD, *rules, variables(families))) + "\n", "utf-8")


HEAD: Final = (
    "/* Written by tools/fonts.py. Until these are there, the device's stand in, as wide and high. */"
)


def archive(folder: Path, package: str) -> tarfile.TarFile:
    """The archive of a package."""
    found = sorted(folder.glob(f"*{package}*.tgz"))
    if not found:
        sys.exit(f"fonts: no archive of {package} in {folder}; npm pack @fontsource-variable/{package}")
    return tarfile.open(found[-1])


def original(folder: Path, cut: Cut, letters: str) -> TTFont:
    """The original font of a cut."""
    package, file = cut.source
    with archive(folder, package) as packed:
        content = packed.extractfile(f"package/files/{file.format(letters)}")
        assert content is not None
        return TTFont(io.BytesIO(content.read()))


def cut_of(font: TTFont, cut: Cut, letters: str) -> TTFont:
    """One cut of a variable font, of these letters, under another name, as WOFF2."""
    licence = [str(record) for record in font["name"].names if record.nameID in (0, 14)]
    options = subset.Options(layout_features=list(FEATURES), name_IDs=[], notdef_outline=True, hinting=False)
    options.drop_tables += ["BASE", "DSIG", "prep", "gasp"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=set(unicodes(LETTERS[letters])))
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, dict(cut.axes), inplace=True)
    style = "Italic" if cut.style == "italic" else "Regular"
    full = f"{cut.family} {style}"
    names = {0: licence[0], 1: cut.family, 2: style, 3: f"{full} {letters}", 4: full, 13: LICENSED}
    names[6] = full.replace(" ", "")
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    if "STAT" in font:
        del font["STAT"]
    font.flavor = "woff2"
    return font


LICENSED: Final = "SIL Open Font License, Version 1.1"


def unicodes(ranges: str) -> Iterator[int]:
    """The code points of a `unicode-range`.

    >>> [hex(each) for each in unicodes("U+41-43,U+20AC")]
    ['0x41', '0x42', '0x43', '0x20ac']
    """
    for part in ranges.split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def face(cut: Cut, file: str, letters: str) -> str:
    """The rule of a file."""
    slant = f"font-style: {cut.style}; " if cut.style != "normal" else ""
    return (
        f'@font-face {{ font-family: "{cut.family}"; src: url({file}); font-weight: {cut.weight}; '
        f"{slant}font-display: optional; unicode-range: {RANGES[letters]}; }}"
    )


def average(font: TTFont) -> float:
    """The average width of the letters of a text, in thousandths."""
    widths, letters = font["hmtx"], font.getBestCmap()
    total = sum(int(widths[letters[ord(each)]][0]) for each in SAMPLE)
    return total / len(SAMPLE) * 1000 / int(font["head"].unitsPerEm)


def stand_ins(folder: Path, family: str, made: Mapping[str, TTFont]) -> Iterator[tuple[str, str]]:
    """The names and rules of the stand-ins of a family."""
    for weight, fonts in STAND_INS[family].items():
        cut = next(each for each in CUTS if each.family == family and weight in each.weight)
        package = cut.source[0]
        # How much wider or narrower the cut is than the original as it is measured, at its usual optical size.
        usual = original(folder, cut, "latin")
        axes = {axis.axisTag: axis.defaultValue for axis in usual["fvar"].axes} | {"wght": float(weight)}
        if "opsz" in axes:
            axes["opsz"] = 14
        usual = instancer.instantiateVariableFont(usual, axes)
        own = original(folder, cut, "latin")
        here = {tag: float(weight) if isinstance(place, tuple) else place for tag, place in cut.axes.items()}
        own = instancer.instantiateVariableFont(own, here)
        width = AVERAGES[package][weight] * average(own) / average(usual)
        line = made[family]["hhea"], made[family]["head"].unitsPerEm
        for number, font in enumerate(fonts):
            name = f"{family.split()[1]} {'ABC'[number]}"
            yield name, stand_in(name, weight, font, width / 1000, line)


def stand_in(name: str, weight: str, font: StandIn, width: float, line: tuple[Any, int]) -> str:
    """The rule of one stand-in. `width`: average of what it stands for, in em; `line`: its table of heights."""
    heights, em = line
    size = width / (font.width / font.em)
    local = ", ".join(f'local("{each}")' for each in font.names)
    return (
        f'@font-face {{ font-family: "{name}"; src: {local}; font-weight: {weight}; size-adjust: {size:.1%}; '
        f"ascent-override: {heights.ascent / em / size:.1%}; descent-override: {-heights.descent / em / size:.1%}; }}"
    )


def variables(families: Mapping[str, list[tuple[str, str]]]) -> str:
    """The rules that put the fonts to use, where the page is written in letters that they have."""
    stacks = {}
    for family, generic in (("Recirc Serif", "serif"), ("Recirc Sans", "sans-serif")):
        names = dict.fromkeys(name for name, _ in families[family])
        stacks[generic] = ", ".join(f'"{name}"' for name in (family, *names)) + f", {generic}"
    return f":root {{ --text: {stacks['serif']}; --label: {stacks['sans-serif']}; }}"


if __name__ == "__main__":
    main()
