"""Things of pitches, tracks and rings."""

import math

from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    FOAM,
    INK,
    MOSS,
    MUSTARD,
    SAGE,
    SKIN,
    STONE,
    TEAL,
    Canvas,
    placed,
)


def football(c: Canvas, x: float, y: float, s: float) -> None:
    """A ball in the net."""
    for line in range(15):
        c.line(placed([(-66 + line * 9, -44), (-70 + line * 9.6, 30)], x, y, s), 0.35 * s, FOAM)
        c.line(placed([(-68, -44 + line * 5.4), (66, -44 + line * 5.4)], x, y, s), 0.35 * s, FOAM)
    for side in (-68, 68):
        c.line(placed([(side, 34), (side, -46)], x, y, s), 2.4 * s, FOAM)
    c.line(placed([(-68, -46), (68, -46)], x, y, s), 2.4 * s, FOAM)
    c.circle(x + 30 * s, y - 10 * s, 9.4 * s, FOAM)
    for a in range(5):
        angle = math.radians(a * 72 + 18)
        c.circle(x + (30 + 6.4 * math.cos(angle)) * s, y + (-10 + 6.4 * math.sin(angle)) * s, 2.1 * s, INK)
    c.circle(x + 30 * s, y - 10 * s, 2.4 * s, INK)


def player(c: Canvas, x: float, y: float, s: float, shirt: str = CORAL, number: int = 0) -> None:
    """A player who runs to the right."""
    c.line(placed([(-2, 6), (-10, 18), (-22, 20)], x, y, s), 4.4 * s, SKIN[number % 4])
    c.line(placed([(2, 6), (11, 16), (8, 30)], x, y, s), 4.4 * s, SKIN[number % 4])
    c.line(placed([(-22, 20), (-26, 24)], x, y, s), 3.6 * s, INK)
    c.line(placed([(8, 30), (14, 31)], x, y, s), 3.6 * s, INK)
    c.blob(placed([(-7, 9), (-5, 1), (6, 1), (8, 10)], x, y, s), FOAM)
    c.blob(placed([(-7, 4), (-8, -12), (0, -16), (8, -12), (7, 4)], x, y, s), shirt)
    c.line(placed([(-7, -11), (-16, -4), (-10, 2)], x, y, s), 3.6 * s, shirt)
    c.line(placed([(7, -11), (16, -6), (22, -12)], x, y, s), 3.6 * s, SKIN[number % 4])
    c.circle(x + 2 * s, y - 21 * s, 5 * s, SKIN[number % 4])
    c.blob(
        placed([(-3.4, -21), (-2.6, -26), (3, -27), (7, -24), (4, -23.6), (0, -23)], x, y, s),
        (INK, BRICK, MUSTARD)[number % 3],
    )


def players(c: Canvas, x: float, y: float, s: float) -> None:
    """Two players and a ball."""
    player(c, x - 24 * s, y, 1.2 * s, CORAL, 1)
    player(c, x + 22 * s, y + 3 * s, 1.2 * s, TEAL, 3)
    c.circle(x + 52 * s, y + 36 * s, 5 * s, FOAM)
    c.circle(x + 52 * s, y + 36 * s, 1.8 * s, INK)


def runner(c: Canvas, x: float, y: float, s: float) -> None:
    """A runner on a track, the others behind."""
    for lane in range(6):
        c.curve(
            placed([(-90, 24 + lane * 8), (0, 20 + lane * 9), (90, 24 + lane * 11)], x, y, s), 0.7 * s, FOAM
        )
    for place in range(3):
        player(c, x + (-54 + place * 20) * s, y - 6 * s, 0.7 * s, (SAGE, DEEP, STONE)[place], place)
    player(c, x + 26 * s, y, 1.3 * s, MUSTARD, 2)


def keeper(c: Canvas, x: float, y: float, s: float) -> None:
    """A goalkeeper's gloves and a ball."""
    c.circle(x, y - 6 * s, 16 * s, FOAM)
    for a in range(5):
        angle = math.radians(a * 72 - 90)
        c.circle(x + 11 * s * math.cos(angle), y - 6 * s + 11 * s * math.sin(angle), 3.4 * s, INK)
    c.circle(x, y - 6 * s, 4 * s, INK)
    for side in (-1, 1):
        c.line(placed([(side * 60, 44), (side * 26, 4)], x, y, s), 15 * s, MOSS)
        c.circle(x + side * 22 * s, y, 10 * s, MUSTARD)
        for finger in range(4):
            c.line(
                placed([(side * 20, -4 + finger * 4), (side * 9, -12 + finger * 6)], x, y, s), 4 * s, MUSTARD
            )


def bowls(c: Canvas, x: float, y: float, s: float) -> None:
    """Bowls around the jack."""
    for at, down, colour in ((-34, 6, INK), (-12, -8, BRICK), (16, 10, INK), (40, -4, BRICK), (-4, 20, DEEP)):
        c.ellipse(x + at * s, y + (down + 10) * s, 12 * s, 3.4 * s, MOSS)
        c.circle(x + at * s, y + down * s, 11 * s, colour)
        c.circle(x + (at - 3) * s, y + (down - 3) * s, 3 * s, STONE)
    c.circle(x + 14 * s, y - 12 * s, 5 * s, FOAM)


def gloves(c: Canvas, x: float, y: float, s: float) -> None:
    """Boxing gloves on a nail."""
    for side in (-1, 1):
        c.line(placed([(0, -46), (side * 12, -16)], x, y, s), 0.8 * s, FOAM)
        c.blob(
            placed(
                [
                    (side * 6, -14),
                    (side * 20, -16),
                    (side * 26, 2),
                    (side * 22, 20),
                    (side * 8, 22),
                    (side * 3, 8),
                ],
                x,
                y,
                s,
            ),
            CORAL,
        )
        c.blob(placed([(side * 4, -6), (side * -2, 2), (side * 4, 10)], x, y, s), BRICK)
        c.rectangle(x + (side * 14 - 9) * s, y - 20 * s, 18 * s, 8 * s, FOAM, 1)
