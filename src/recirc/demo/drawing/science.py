"""Things of laboratories and of the sea's bottom."""

import math

from recirc.demo.drawing.at_sea import person
from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    FOAM,
    INK,
    MOSS,
    MUSTARD,
    PALE,
    PLUM,
    SAND,
    SKIN,
    STONE,
    TEAL,
    Canvas,
    placed,
)


def eels(c: Canvas, x: float, y: float, s: float) -> None:
    """Eels that swim upwards."""
    for place in range(9):
        at = -60 + place * 15
        c.curve(
            placed([(at, 40), (at + 6, 24), (at - 4, 8), (at + 5, -8), (at, -22 - place % 3 * 8)], x, y, s),
            2.4 * s,
            (INK, DEEP, MOSS)[place % 3],
        )


def mussels(c: Canvas, x: float, y: float, s: float) -> None:
    """Mussels on a rope."""
    c.curve(placed([(-70, -10), (-20, 4), (30, -6), (76, 6)], x, y, s), 4 * s, SAND)
    for place in range(12):
        at, down = -60 + place * 11, (place % 3) * 8 - 6
        c.blob(
            placed(
                [(at, down - 10), (at + 7, down), (at + 4, down + 12), (at - 4, down + 12), (at - 7, down)],
                x,
                y,
                s,
            ),
            (INK, DEEP)[place % 2],
        )
        c.curve(placed([(at - 3, down - 2), (at, down + 4), (at - 1, down + 10)], x, y, s), 0.6 * s, PALE)


def crab(c: Canvas, x: float, y: float, s: float) -> None:
    """A crab."""
    for side in (-1, 1):
        for leg in range(3):
            c.curve(
                placed(
                    [(side * 16, 4 + leg * 4), (side * 32, -2 + leg * 8), (side * 40, 10 + leg * 8)], x, y, s
                ),
                2.4 * s,
                BRICK,
            )
        c.curve(placed([(side * 16, -4), (side * 32, -16), (side * 26, -26)], x, y, s), 4 * s, CORAL)
        c.blob(
            placed(
                [
                    (side * 18, -26),
                    (side * 22, -40),
                    (side * 28, -32),
                    (side * 36, -38),
                    (side * 34, -24),
                    (side * 26, -20),
                ],
                x,
                y,
                s,
            ),
            CORAL,
        )
        c.line(placed([(side * 6, -8), (side * 7, -18)], x, y, s), 1.2 * s, CORAL)
        c.circle(x + side * 7 * s, y - 19 * s, 2 * s, INK)
    c.blob(placed([(-24, 0), (-14, -12), (14, -12), (24, 0), (14, 14), (-14, 14)], x, y, s), CORAL)


def telescope(c: Canvas, x: float, y: float, s: float) -> None:
    """A telescope under the stars."""
    c.polygon(placed([(-30, 14), (-24, 22), (34, -22), (26, -32)], x, y, s), FOAM)
    c.polygon(placed([(26, -34), (37, -20), (44, -26), (33, -40)], x, y, s), CORAL)
    for leg in (-18, 0, 16):
        c.line(placed([(0, 4), (leg, 46)], x, y, s), 2 * s, "#11182b")
    person(c, x - 46 * s, y + 40 * s, 1.1 * s, PLUM, 1)


def ledger(c: Canvas, x: float, y: float, s: float) -> None:
    """An open ledger with a curve of the tides."""
    c.blob(placed([(-62, -26), (-30, -32), (0, -26), (0, 34), (-30, 28), (-62, 34)], x, y, s), FOAM)
    c.blob(placed([(62, -26), (30, -32), (0, -26), (0, 34), (30, 28), (62, 34)], x, y, s), SAND)
    for row in range(8):
        c.line(placed([(-54, -18 + row * 6), (-8, -19 + row * 6)], x, y, s), 0.5 * s, STONE)
    points = [(8 + step * 4.4, 2 + 14 * math.sin(step * 1.1)) for step in range(11)]
    c.curve(placed(points, x, y, s), 1.6 * s, TEAL)


def glider(c: Canvas, x: float, y: float, s: float) -> None:
    """A yellow underwater glider."""
    c.blob(placed([(-40, 0), (-30, -8), (26, -8), (42, 0), (26, 8), (-30, 8)], x, y, s), MUSTARD)
    c.polygon(placed([(-8, -5), (10, -5), (-4, -34), (-14, -34)], x, y, s), INK)
    c.polygon(placed([(-8, 5), (10, 5), (-4, 34), (-14, 34)], x, y, s), INK)
    c.polygon(placed([(-36, -2), (-50, -18), (-42, -18), (-28, -4)], x, y, s), CORAL)
    c.line(placed([(-40, 0), (-66, -6)], x, y, s), 0.8 * s, INK)


def layers(c: Canvas, x: float, y: float, s: float) -> None:
    """Layers of earth with a band of sand."""
    c.rectangle(x - 40 * s, y - 46 * s, 80 * s, 92 * s, "#3b2f2a")
    for top, bottom, colour in (
        (-46, -30, MOSS),
        (-30, -4, "#5b4636"),
        (-4, 8, SAND),
        (8, 30, "#4a3a2e"),
        (30, 46, STONE),
    ):
        c.blob(
            placed(
                [(-40, top), (0, top + 2), (40, top), (40, bottom), (0, bottom + 2), (-40, bottom)], x, y, s
            ),
            colour,
        )
    c.rectangle(x + 48 * s, y - 46 * s, 5 * s, 92 * s, FOAM)
    for mark in range(9):
        c.rectangle(x + 48 * s, y + (-46 + mark * 11) * s, 5 * s, 5.5 * s, CORAL)


def ear(c: Canvas, x: float, y: float, s: float) -> None:
    """An ear, and waves of sound."""
    c.blob(
        placed(
            [(-14, 30), (-22, 4), (-16, -24), (6, -32), (22, -18), (18, 2), (6, 12), (2, 28), (-6, 34)],
            x,
            y,
            s,
        ),
        SKIN[0],
    )
    c.curve(placed([(-8, -10), (0, -20), (10, -14), (8, -2), (-2, 4), (-4, 16)], x, y, s), 3 * s, SKIN[1])
    for ring in range(4):
        c.arc(x + 16 * s, y - 6 * s, (22 + ring * 11) * s, -38, 38, 2 * s, (CORAL, MUSTARD, TEAL, PALE)[ring])
