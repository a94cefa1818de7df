"""Things of kitchens, desks and gardens."""

from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    FOAM,
    INK,
    MOSS,
    MUSTARD,
    PALE,
    SAGE,
    SAND,
    STONE,
    TEAL,
    Canvas,
    placed,
)


def bread(c: Canvas, x: float, y: float, s: float) -> None:
    """Loaves."""
    for place in range(5):
        at, down = -44 + place * 22, (place % 2) * 10
        c.blob(
            placed(
                [
                    (at - 14, down + 4),
                    (at - 12, down - 7),
                    (at, down - 12),
                    (at + 12, down - 7),
                    (at + 14, down + 4),
                    (at, down + 8),
                ],
                x,
                y,
                s,
            ),
            ("#b9783f", "#c98d4f")[place % 2],
        )
        for cut in (-6, 0, 6):
            c.line(placed([(at + cut - 2, down - 6), (at + cut + 2, down + 1)], x, y, s), 1.2 * s, SAND)


def cup(c: Canvas, x: float, y: float, s: float) -> None:
    """A cup of tea with its steam."""
    c.arc(x + 24 * s, y, 9 * s, -80, 80, 3.4 * s, FOAM)
    c.polygon(placed([(-24, -16), (24, -16), (16, 16), (-16, 16)], x, y, s), FOAM)
    c.ellipse(x, y - 16 * s, 24 * s, 4.4 * s, BRICK)
    c.ellipse(x, y + 19 * s, 34 * s, 4 * s, PALE)
    for at in (-9, 1, 11):
        c.curve(placed([(at, -23), (at + 4, -30), (at - 2, -37), (at + 3, -45)], x, y, s), 1.2 * s, FOAM)


def chess(c: Canvas, x: float, y: float, s: float) -> None:
    """Chess men on a board."""
    for row in range(4):
        for column in range(8):
            wide = 1 + row * 0.14
            left = x + (column - 4) * 15 * wide * s
            c.polygon(
                [
                    (left, y + (16 + row * 7) * s),
                    (left + 15 * wide * s, y + (16 + row * 7) * s),
                    (left + 15 * (wide + 0.14) * s, y + (23 + row * 7) * s),
                    (left - 0.2 * s, y + (23 + row * 7) * s),
                ],
                (FOAM, "#6b4a35")[(row + column) % 2],
            )
    for at, tall, colour in ((-40, 34, FOAM), (-8, 44, INK), (28, 28, FOAM), (52, 36, INK)):
        c.blob(
            placed(
                [
                    (at - 9, 26),
                    (at - 4, 10),
                    (at - 5, 18 - tall),
                    (at + 5, 18 - tall),
                    (at + 4, 10),
                    (at + 9, 26),
                ],
                x,
                y,
                s,
            ),
            colour,
        )
        c.circle(x + at * s, y + (14 - tall) * s, 6.4 * s, colour)
        c.rectangle(x + (at - 11) * s, y + 24 * s, 22 * s, 4 * s, colour, 1)


def coins(c: Canvas, x: float, y: float, s: float) -> None:
    """Stacks of coins beside a card."""
    c.rectangle(x + 2 * s, y - 26 * s, 58 * s, 36 * s, TEAL, 3 * s)
    c.rectangle(x + 2 * s, y - 18 * s, 58 * s, 7 * s, INK)
    for stack, count in ((-50, 8), (-28, 5), (-8, 10)):
        for place in range(count):
            c.ellipse(x + stack * s, y + (26 - place * 4.4) * s, 10 * s, 3.6 * s, "#b57d1f")
            c.ellipse(x + stack * s, y + (24.8 - place * 4.4) * s, 10 * s, 3.4 * s, MUSTARD)


def microphone(c: Canvas, x: float, y: float, s: float) -> None:
    """A microphone on its stand."""
    c.line(placed([(0, 50), (0, -6)], x, y, s), 2 * s, INK)
    c.rectangle(x - 7 * s, y - 40 * s, 14 * s, 30 * s, STONE, 7 * s)
    for bar in range(5):
        c.line(placed([(-6, -34 + bar * 4), (6, -34 + bar * 4)], x, y, s), 0.8 * s, INK)
    c.arc(x, y - 20 * s, 13 * s, 0, 180, 1.6 * s, INK)


def plans(c: Canvas, x: float, y: float, s: float) -> None:
    """A plan of a building, with a pencil."""
    c.polygon(placed([(-60, -32), (52, -38), (60, 32), (-52, 38)], x, y, s), DEEP)
    for start, end in (
        ((-44, 22), (40, 18)),
        ((-44, 22), (-46, -16)),
        ((-46, -16), (-6, -18)),
        ((-6, -18), (-5, 0)),
        ((-5, 0), (38, -2)),
        ((38, -2), (40, 18)),
        ((-22, -17), (-21, 21)),
    ):
        c.line(placed([start, end], x, y, s), 1.1 * s, PALE)
    c.line(placed([(10, 34), (56, -8)], x, y, s), 4 * s, MUSTARD)
    c.polygon(placed([(12, 29), (16, 33), (6, 38)], x, y, s), SAND)


def letters(c: Canvas, x: float, y: float, s: float) -> None:
    """Envelopes."""
    for place in range(6):
        at, down = x + (-60 + (place % 3) * 42) * s, y + (-28 + (place // 3) * 32) * s
        c.rectangle(at, down, 38 * s, 25 * s, (FOAM, SAND)[place % 2], 1)
        c.line([(at, down), (at + 19 * s, down + 14 * s), (at + 38 * s, down)], 0.7 * s, STONE)
        c.rectangle(at + 29 * s, down + 15 * s, 6 * s, 7 * s, CORAL)


def bear(c: Canvas, x: float, y: float, s: float) -> None:
    """A toy bear with a patch."""
    for side in (-1, 1):
        c.circle(x + side * 13 * s, y - 34 * s, 6.4 * s, "#9a6a3f")
        c.blob(placed([(side * 14, -6), (side * 30, 4), (side * 26, 14), (side * 12, 8)], x, y, s), "#9a6a3f")
        c.blob(placed([(side * 4, 26), (side * 20, 24), (side * 24, 36), (side * 6, 38)], x, y, s), "#9a6a3f")
    c.blob(placed([(-18, 4), (0, -10), (18, 4), (18, 28), (0, 36), (-18, 28)], x, y, s), "#b07c4c")
    c.circle(x, y - 22 * s, 17 * s, "#9a6a3f")
    c.ellipse(x, y - 16 * s, 8 * s, 6 * s, SAND)
    c.ellipse(x, y - 19 * s, 2.6 * s, 2 * s, INK)
    for side in (-1, 1):
        c.circle(x + side * 6.4 * s, y - 27 * s, 1.7 * s, INK)
    c.rectangle(x + 2 * s, y + 8 * s, 11 * s, 11 * s, CORAL, 1)


def brush(c: Canvas, x: float, y: float, s: float) -> None:
    """A sign painter's board and brush."""
    c.rectangle(x - 56 * s, y - 30 * s, 112 * s, 50 * s, MOSS, 2)
    c.rectangle(x - 53 * s, y - 27 * s, 106 * s, 44 * s, FOAM, 1)
    c.curve(placed([(-42, 6), (-36, -16), (-28, 6), (-20, -16), (-14, 6)], x, y, s), 3.4 * s, CORAL)
    c.curve(placed([(-2, 6), (4, -14), (14, 2), (24, -14), (28, 6)], x, y, s), 3.4 * s, INK)
    c.curve(placed([(38, -16), (42, -20), (44, -14), (40, -10)], x, y, s), 3 * s, MUSTARD)
    c.line(placed([(24, 44), (52, 4)], x, y, s), 3 * s, "#6b4a35")
    c.blob(placed([(50, 8), (56, 4), (60, -10), (48, 2)], x, y, s), CORAL)


def allotment(c: Canvas, x: float, y: float, s: float) -> None:
    """Allotment beds with cabbages and a fork."""
    for row in range(3):
        c.blob(
            placed(
                [
                    (-70, -8 + row * 18),
                    (0, -12 + row * 18),
                    (70, -8 + row * 18),
                    (70, 0 + row * 18),
                    (-70, 0 + row * 18),
                ],
                x,
                y,
                s,
            ),
            "#5b4636",
        )
        for place in range(8):
            at, down = -60 + place * 17, -10 + row * 18
            c.circle(x + at * s, y + down * s, 6 * s, SAGE)
            c.circle(x + (at + 1) * s, y + (down - 1) * s, 3.4 * s, PALE)
    c.line(placed([(56, -50), (56, -12)], x, y, s), 2 * s, "#6b4a35")
    for tine in (-5, 0, 5):
        c.line(placed([(56 + tine, -12), (56 + tine, 6)], x, y, s), 1.2 * s, STONE)
