"""Things of stages and festivals."""

import math

from recirc.demo.drawing.at_sea import person
from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    FOAM,
    INK,
    MUSTARD,
    PALE,
    SAND,
    STONE,
    TEAL,
    Canvas,
    placed,
)


def heron(c: Canvas, x: float, y: float, s: float) -> None:
    """The lantern heron, lit from within."""
    for radius, colour in ((40, "#3a3550"), (30, "#5a4556"), (22, "#7d5a52")):
        c.circle(x, y - 10 * s, radius * s, colour)
    c.blob(placed([(-24, 2), (-8, -14), (12, -12), (30, 6), (14, 8), (-6, 12)], x, y, s), MUSTARD)
    c.curve(placed([(-16, -4), (-26, -18), (-14, -30), (-22, -40)], x, y, s), 5 * s, MUSTARD)
    c.polygon(placed([(-22, -44), (-46, -39), (-22, -37)], x, y, s), CORAL)
    c.curve(placed([(-20, -43), (-10, -47), (-2, -45)], x, y, s), 1 * s, FOAM)
    for leg in (-4, 5):
        c.line(placed([(leg, 10), (leg - 1, 24), (leg + 2, 38)], x, y, s), 1 * s, FOAM)
    for rib in range(6):
        c.curve(
            placed([(-18 + rib * 8, 3 - rib * 0.4), (-14 + rib * 7, -6), (-10 + rib * 8, 8)], x, y, s),
            0.5 * s,
            BRICK,
        )


def lanterns(c: Canvas, x: float, y: float, s: float) -> None:
    """Paper lanterns on strings."""
    for row in range(2):
        up = -34 + row * 26
        c.curve(
            placed([(-80, up - 4), (-40, up + 6), (0, up), (40, up + 7), (80, up - 3)], x, y, s),
            0.5 * s,
            FOAM,
        )
        for place in range(7):
            at, low = x + (-66 + place * 22 + row * 8) * s, y + (up + 9 + (place % 2) * 3) * s
            c.circle(at, low, 9 * s, "#6a4a58")
            c.ellipse(at, low, 5 * s, 6.4 * s, (MUSTARD, CORAL, SAND)[place % 3])
            c.rectangle(at - 2 * s, low - 7.4 * s, 4 * s, 1.6 * s, INK)
            c.rectangle(at - 2 * s, low + 5.8 * s, 4 * s, 1.6 * s, INK)


def fiddle(c: Canvas, x: float, y: float, s: float) -> None:
    """A violin and its bow."""
    c.blob(
        placed(
            [
                (-30, 4),
                (-26, -12),
                (-12, -13),
                (-2, -8),
                (8, -11),
                (18, -6),
                (18, 8),
                (8, 12),
                (-2, 9),
                (-12, 15),
                (-26, 16),
            ],
            x,
            y,
            s,
        ),
        BRICK,
    )
    c.polygon(placed([(2, -2), (54, -2), (54, 3), (2, 3)], x, y, s), INK)
    c.circle(x + 57 * s, y + 0.5 * s, 3.4 * s, INK)
    for string in (-0.8, 0.4, 1.6):
        c.line(placed([(-20, string), (54, string)], x, y, s), 0.25 * s, FOAM)
    for side in (-7, 8):
        c.curve(placed([(-12, side - 1), (-7, side), (-2, side + 1)], x, y, s), 0.8 * s, INK)
    c.curve(placed([(-40, 30), (10, 22), (60, 24)], x, y, s), 1.2 * s, "#6b4a35")


def tuba(c: Canvas, x: float, y: float, s: float) -> None:
    """A tuba."""
    c.polygon(placed([(-20, -44), (20, -44), (7, -14), (-7, -14)], x, y, s), MUSTARD)
    c.ellipse(x, y - 44 * s, 20 * s, 5.4 * s, "#b57d1f")
    c.arc(x, y + 8 * s, 20 * s, 0, 360, 7 * s, MUSTARD)
    c.arc(x, y + 8 * s, 9 * s, 0, 360, 4 * s, "#b57d1f")
    for valve in range(3):
        c.rectangle(x + (-12 + valve * 8) * s, y - 4 * s, 4 * s, 20 * s, SAND, 1)
    c.curve(placed([(-19, 2), (-32, -8), (-36, -20)], x, y, s), 3 * s, MUSTARD)


def organ(c: Canvas, x: float, y: float, s: float) -> None:
    """Organ pipes."""
    for place in range(15):
        at, tall = -63 + place * 9, 58 - abs(place - 7) * 4.4
        c.rectangle(
            x + (at - 3.6) * s, y - tall * s, 7.2 * s, (tall + 18) * s, (SAND, MUSTARD)[place % 2], 2 * s
        )
        c.polygon(placed([(at - 2, 4), (at + 2, 4), (at, -3)], x, y, s), INK)
    c.rectangle(x - 70 * s, y + 16 * s, 140 * s, 16 * s, "#6b4a35")


def stage(c: Canvas, x: float, y: float, s: float) -> None:
    """A stage between curtains."""
    c.rectangle(x - 75 * s, y + 24 * s, 150 * s, 30 * s, "#6b4a35")
    c.ellipse(x, y + 27 * s, 34 * s, 5 * s, MUSTARD)
    for side in (-1, 1):
        for fold in range(5):
            c.blob(
                placed(
                    [
                        (side * (78 - fold * 10), -60),
                        (side * (68 - fold * 9), -60),
                        (side * (66 - fold * 7), -4),
                        (side * (72 - fold * 4), 30),
                        (side * (80 - fold * 4), 30),
                    ],
                    x,
                    y,
                    s,
                ),
                (BRICK, CORAL)[fold % 2],
            )
    person(c, x, y + 22 * s, 1.1 * s, TEAL, 2)
    c.polygon(
        placed([(-7, 0), (-4, -9), (-1, -3), (1, -10), (3, -3), (6, -9), (8, 0)], x, y - 2 * s, s), MUSTARD
    )


def projector(c: Canvas, x: float, y: float, s: float) -> None:
    """A film projector and its beam."""
    c.polygon(placed([(22, -2), (90, -30), (90, 34), (22, 6)], x, y, s), "#d9c68e")
    c.rectangle(x - 26 * s, y - 12 * s, 40 * s, 28 * s, INK, 2)
    c.rectangle(x + 13 * s, y - 5 * s, 10 * s, 12 * s, STONE)
    for at in (-22, 8):
        c.circle(x + at * s, y - 28 * s, 15 * s, DEEP)
        c.circle(x + at * s, y - 28 * s, 3 * s, FOAM)
        for hole in range(5):
            a = math.radians(hole * 72)
            c.circle(x + (at + 9 * math.cos(a)) * s, y + (-28 + 9 * math.sin(a)) * s, 2.8 * s, PALE)
    for leg in (-20, 8):
        c.line(placed([(leg, 16), (leg * 1.6, 46)], x, y, s), 2 * s, INK)


def photographs(c: Canvas, x: float, y: float, s: float) -> None:
    """Old plates and prints, strewn."""
    for place in range(7):
        at, down = x + (-56 + place * 18) * s, y + ((place * 37) % 30 - 20) * s
        c.rectangle(at - 12 * s, down - 15 * s, 26 * s, 32 * s, FOAM)
        c.rectangle(at - 10 * s, down - 13 * s, 22 * s, 24 * s, (INK, STONE, "#4a453f")[place % 3])
        person(c, at + 1 * s, down + 9 * s, 0.6 * s, (STONE, FOAM, PALE)[place % 3], place)
