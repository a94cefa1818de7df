"""Portraits of the paper's authors."""

from typing import NamedTuple

from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    HEIGHT,
    INK,
    MOSS,
    MUSTARD,
    PALE,
    PLUM,
    SAGE,
    SAND,
    SKIN,
    STONE,
    TEAL,
    WIDTH,
    Canvas,
    placed,
)  # fmt: skip

BACKS = (PALE, SAND, SAGE, "#d9b7a0", "#c3d8d0")
CLOTHES = (INK, BRICK, TEAL, MOSS, PLUM, DEEP, CORAL)
SKINS = {"fair": SKIN[3], "light": SKIN[0], "brown": SKIN[1], "dark": SKIN[2]}
SHADES = {"fair": "#d8b094", "light": "#c99a76", "brown": "#9c6546", "dark": "#633d29"}
HAIRS = {"black": INK, "brown": "#6b4a35", "grey": STONE, "blond": MUSTARD, "red": BRICK}


class PortraitFeatures(NamedTuple):
    """What somebody looks like; the names are those of `SKINS` and `HAIRS`."""

    skin: str
    hair: str
    long: bool
    glasses: bool
    beard: bool


def portrait(c: Canvas, face: PortraitFeatures) -> None:
    """Somebody's head and shoulders."""
    skin, shade, hair = SKINS[face.skin], SHADES[face.skin], HAIRS[face.hair]
    c.rectangle(0, 0, WIDTH, HEIGHT, c.random.choice(BACKS))
    x, y, s = 75.0, 52.0, 1.25
    if face.long:
        c.blob(
            placed(
                [(-19, 18), (-20, -12), (-10, -27), (10, -27), (20, -12), (19, 18), (10, 22), (-10, 22)],
                x,
                y,
                s,
            ),
            hair,
        )
    c.blob(
        placed([(-38, 48), (-32, 26), (-14, 18), (14, 18), (32, 26), (38, 48)], x, y, s),
        c.random.choice(CLOTHES),
    )
    c.blob(placed([(-7, 24), (-7, 8), (7, 8), (7, 24), (0, 28)], x, y, s), shade)
    c.blob(
        placed([(-14, -6), (-11, -20), (0, -24), (11, -20), (14, -6), (10, 10), (0, 17), (-10, 10)], x, y, s),
        skin,
    )
    c.blob(
        placed(
            [
                (-15, -6),
                (-15, -20),
                (-4, -28),
                (10, -26),
                (16, -14),
                (14, -7),
                (8, -17),
                (-6, -18),
                (-12, -12),
            ],
            x,
            y,
            s,
        ),
        hair,
    )
    _features(c, face, x, y, s)


def _features(c: Canvas, face: PortraitFeatures, x: float, y: float, s: float) -> None:
    """Eyes, glasses, nose, beard and mouth of a head in the middle of (x, y)."""
    shade, hair = SHADES[face.skin], HAIRS[face.hair]
    for side in (-1, 1):
        c.ellipse(x + side * 5.4 * s, y - 4 * s, 1.2 * s, 1.5 * s, INK)
        c.curve(placed([(side * 3, -8.6), (side * 5.6, -9.6), (side * 8.4, -8.4)], x, y, s), 0.9 * s, hair)
        if face.glasses:
            c.arc(x + side * 5.6 * s, y - 4 * s, 4 * s, 0, 360, 0.8 * s, INK)
    if face.glasses:
        c.line(placed([(-1.6, -4), (1.6, -4)], x, y, s), 0.8 * s, INK)
    c.curve(placed([(0, -4), (1.8, 2), (-0.6, 3)], x, y, s), 0.9 * s, shade)
    if face.beard:
        c.blob(
            placed([(-12, 2), (-6, 7), (0, 6), (6, 7), (12, 2), (9, 13), (0, 20), (-9, 13)], x, y, s), hair
        )
    c.curve(placed([(-4, 8.4), (0, 10), (4.4, 8)], x, y, s), 1.1 * s, BRICK)
