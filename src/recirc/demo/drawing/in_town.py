"""Things of the town: its buildings, its vehicles, its people."""

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
    SAGE,
    SAND,
    STONE,
    TEAL,
    Canvas,
    placed,
)  # fmt: skip

CROWD = (CORAL, TEAL, MUSTARD, FOAM, SAGE, BRICK, PALE, PLUM)
SLEEVES = (CORAL, TEAL, MUSTARD, FOAM, SAGE, INK, PALE)
"""None has the colour of a room's floor."""


def crowd(c: Canvas, x: float, y: float, s: float) -> None:
    """Three rows of people, seen from the front."""
    for row in range(3):
        for place in range(9 + row):
            at = -64 + place * (128 / (8 + row)) + c.random.uniform(-2, 2)
            person(
                c,
                x + at * s,
                y + row * 11 * s,
                0.72 * s,
                CROWD[c.random.randrange(8)],
                c.random.randrange(16),
            )


def council(c: Canvas, x: float, y: float, s: float) -> None:
    """Councillors around a table, under the town's arms."""
    c.polygon(placed([(-12, -52), (12, -52), (12, -38), (0, -29), (-12, -38)], x, y, s), CORAL)
    c.curve(placed([(-8, -40), (-3, -43), (2, -40), (8, -43)], x, y, s), 1.4 * s, FOAM)
    c.curve(placed([(-8, -45), (-3, -48), (2, -45), (8, -48)], x, y, s), 1.4 * s, FOAM)
    for place in range(7):
        person(
            c, x + (-54 + place * 18) * s, y - 2 * s, 0.8 * s, (INK, PLUM, DEEP, MOSS)[place % 4], place + 1
        )
    c.blob(placed([(-72, 2), (0, -4), (72, 2), (66, 20), (0, 26), (-66, 20)], x, y, s), "#6b4a35")
    for place in range(7):
        c.rectangle(x + (-57 + place * 18) * s, y + 3 * s, 7 * s, 4.6 * s, FOAM)


def hands(c: Canvas, x: float, y: float, s: float) -> None:
    """Raised hands, as in a vote."""
    for place in range(7):
        at, up = -54 + place * 18, c.random.uniform(-8, 8)
        c.line(placed([(at, 40), (at, up)], x, y, s), 8 * s, SLEEVES[place])
        c.circle(
            x + at * s, y + (up - 6) * s, 4.6 * s, ("#e3b793", "#b97f5c", "#7d5138", "#f0cdb0")[place % 4]
        )
        for finger in (-3, -1, 1, 3):
            c.line(
                placed([(at + finger, up - 7), (at + finger * 1.3, up - 15)], x, y, s),
                1.8 * s,
                ("#e3b793", "#b97f5c", "#7d5138", "#f0cdb0")[place % 4],
            )


def ballot(c: Canvas, x: float, y: float, s: float) -> None:
    """A ballot box with a paper in its slot."""
    c.polygon(placed([(-12, -16), (10, -34), (22, -22), (0, -4)], x, y, s), FOAM)
    for place in range(3):
        c.line(
            placed([(-2 + place * 5, -17 - place * 4), (6 + place * 5, -17 - place * 5)], x, y, s),
            0.7 * s,
            STONE,
        )
    c.rectangle(x - 28 * s, y - 8 * s, 56 * s, 42 * s, INK)
    c.rectangle(x - 32 * s, y - 10 * s, 64 * s, 7 * s, DEEP, 1)
    c.rectangle(x - 16 * s, y - 8 * s, 32 * s, 2.4 * s, "#0f1626")
    c.polygon(placed([(-9, 12), (-4, 18), (9, 3), (11, 6), (-4, 24), (-12, 15)], x, y, s), MUSTARD)


def library(c: Canvas, x: float, y: float, s: float) -> None:
    """A library with columns."""
    c.rectangle(x - 50 * s, y - 34 * s, 100 * s, 38 * s, SAND)
    c.polygon(placed([(-56, -34), (0, -56), (56, -34)], x, y, s), "#d3bd8b")
    c.rectangle(x - 56 * s, y - 35 * s, 112 * s, 3 * s, FOAM)
    for place in range(6):
        c.rectangle(x + (-46 + place * 17.2) * s, y - 32 * s, 6 * s, 34 * s, FOAM)
    c.rectangle(x - 7 * s, y - 22 * s, 14 * s, 26 * s, BRICK)
    for step in range(3):
        c.rectangle(
            x - (54 + step * 3) * s,
            y + (3 + step * 3) * s,
            (108 + step * 6) * s,
            3.2 * s,
            (FOAM, SAND, STONE)[step],
        )
    c.blob(placed([(-8, -42), (0, -40), (8, -42), (8, -48), (0, -46), (-8, -48)], x, y, s), INK)


def books(c: Canvas, x: float, y: float, s: float) -> None:
    """Shelves of books."""
    for row in range(3):
        base = y + (-8 + row * 24) * s
        at = -66.0
        while at < 62:
            width, height = c.random.uniform(3.5, 7), c.random.uniform(13, 20)
            c.rectangle(
                x + at * s, base - height * s, width * s, height * s, CROWD[c.random.randrange(8)], 0.3
            )
            at += width + 0.5
        c.rectangle(x - 70 * s, base, 140 * s, 3 * s, "#6b4a35")


def cannery(c: Canvas, x: float, y: float, s: float) -> None:
    """The old cannery with its chimney."""
    c.polygon(placed([(26, -22), (34, -22), (32.6, -66), (27.4, -66)], x, y, s), BRICK)
    c.rectangle(x + 26.6 * s, y - 67 * s, 7 * s, 3 * s, INK)
    c.rectangle(x - 60 * s, y - 28 * s, 120 * s, 34 * s, "#a5544a")
    for place in range(5):
        c.polygon(
            placed([(-60 + place * 24, -28), (-60 + place * 24, -42), (-36 + place * 24, -28)], x, y, s), INK
        )
        c.rectangle(x + (-55 + place * 24) * s, y - 21 * s, 13 * s, 11 * s, PALE, 0.6)
        c.line(placed([(-48.5 + place * 24, -21), (-48.5 + place * 24, -10)], x, y, s), 0.6 * s, INK)
    c.rectangle(x - 8 * s, y - 8 * s, 16 * s, 14 * s, INK)


def clock_tower(c: Canvas, x: float, y: float, s: float) -> None:
    """A tower with a clock."""
    c.rectangle(x - 15 * s, y - 58 * s, 30 * s, 66 * s, SAND)
    c.polygon(placed([(-18, -58), (0, -78), (18, -58)], x, y, s), INK)
    c.circle(x, y - 40 * s, 11.4 * s, INK)
    c.circle(x, y - 40 * s, 10 * s, FOAM)
    for hour in range(12):
        c.circle(
            x + 8.4 * s * ((hour % 6) / 3 - 0.83 if hour < 6 else 0.83 - (hour % 6) / 3),
            y - 40 * s,
            0.01,
            INK,
        )
    c.line(placed([(0, -40), (0, -47.6)], x, y, s), 1 * s, INK)
    c.line(placed([(0, -40), (5, -37)], x, y, s), 1.4 * s, CORAL)
    c.rectangle(x - 4 * s, y - 12 * s, 8 * s, 20 * s, BRICK)


def train(c: Canvas, x: float, y: float, s: float) -> None:
    """A train on its track."""
    for car in range(3):
        left = x + (-66 + car * 45) * s
        c.rectangle(left, y - 24 * s, 43 * s, 22 * s, (CORAL, FOAM, FOAM)[car], 2 * s)
        for pane in range(5):
            c.rectangle(left + (3 + pane * 7.8) * s, y - 20 * s, 5.6 * s, 7 * s, MUSTARD, 0.5)
        c.rectangle(left, y - 8 * s, 43 * s, 2 * s, INK)
        for wheel in (9, 33):
            c.circle(left + wheel * s, y, 3.2 * s, INK)
    c.rectangle(x - 80 * s, y + 3 * s, 160 * s, 1.4 * s, STONE)
    for tie in range(20):
        c.rectangle(x + (-80 + tie * 8) * s, y + 4.4 * s, 4 * s, 2 * s, "#6b4a35")


def bins(c: Canvas, x: float, y: float, s: float) -> None:
    """Bins with lids."""
    for place, colour in enumerate((MOSS, CORAL, DEEP)):
        at = x + (-34 + place * 34) * s
        c.polygon(
            [
                (at - 12 * s, y - 30 * s),
                (at + 12 * s, y - 30 * s),
                (at + 10 * s, y + 8 * s),
                (at - 10 * s, y + 8 * s),
            ],
            colour,
        )
        c.rectangle(at - 14 * s, y - 35 * s, 28 * s, 6 * s, INK, 2)
        for bar in (-5, 0, 5):
            c.line([(at + bar * s, y - 25 * s), (at + bar * 0.9 * s, y + 3 * s)], 0.8 * s, FOAM)


def lamp(c: Canvas, x: float, y: float, s: float) -> None:
    """A street lamp with moths."""
    c.line(placed([(0, 40), (0, -34)], x, y, s), 2.2 * s, "#11182b")
    c.circle(x, y - 40 * s, 17 * s, "#4a4a58")
    c.circle(x, y - 40 * s, 12 * s, "#7c6b4b")
    c.circle(x, y - 40 * s, 6.4 * s, MUSTARD)
    for at, up in ((-18, -50), (14, -58), (22, -38), (-12, -30), (-26, -36), (8, -26), (30, -52)):
        c.blob(
            placed(
                [
                    (at - 3.4, up - 2),
                    (at, up),
                    (at + 3.4, up - 2),
                    (at + 2, up + 2),
                    (at, up + 1),
                    (at - 2, up + 2),
                ],
                x,
                y,
                s,
            ),
            FOAM,
        )


def market(c: Canvas, x: float, y: float, s: float) -> None:
    """Market stalls with striped awnings."""
    for stall, colour in ((-36, CORAL), (14, TEAL)):
        c.rectangle(x + stall * s, y - 10 * s, 42 * s, 16 * s, "#6b4a35")
        for stripe in range(7):
            c.polygon(
                placed(
                    [
                        (stall - 3 + stripe * 7, -24),
                        (stall + 4 + stripe * 7, -24),
                        (stall + 4.6 + stripe * 7, -34),
                        (stall - 2.4 + stripe * 7, -34),
                    ],
                    x,
                    y,
                    s,
                ),
                (colour, FOAM)[stripe % 2],
            )
        for post in (0, 40):
            c.line(placed([(stall + 1 + post, 6), (stall + 1 + post, -26)], x, y, s), 1.2 * s, INK)
        for place in range(12):
            c.circle(x + (stall + 4 + place * 3.1) * s, y - 12 * s, 2 * s, (MUSTARD, CORAL, SAGE)[place % 3])


def pipe(c: Canvas, x: float, y: float, s: float) -> None:
    """A burst pipe with a fountain."""
    c.rectangle(x - 60 * s, y + 10 * s, 50 * s, 12 * s, STONE, 1)
    c.rectangle(x + 10 * s, y + 10 * s, 50 * s, 12 * s, STONE, 1)
    for end in (-14, 8):
        c.rectangle(x + end * s, y + 7 * s, 6 * s, 18 * s, "#6d6964", 1)
    for lean in (-16, -9, -3, 3, 9, 16):
        c.curve(
            placed(
                [(0, 14), (lean * 0.4, -20), (lean, -40 + abs(lean)), (lean * 1.9, -18 + abs(lean))], x, y, s
            ),
            2.6 * s,
            PALE,
        )


def swan(c: Canvas, x: float, y: float, s: float) -> None:
    """A swan."""
    c.blob(placed([(-26, 4), (-14, -8), (8, -7), (22, -14), (20, 2), (6, 10), (-14, 10)], x, y, s), FOAM)
    c.curve(placed([(-22, 2), (-28, -12), (-20, -22), (-25, -31), (-32, -29)], x, y, s), 4.6 * s, FOAM)
    c.polygon(placed([(-34, -31), (-41, -26.6), (-33, -26.4)], x, y, s), CORAL)
    c.circle(x - 30.6 * s, y - 30 * s, 0.8 * s, INK)


def wires(c: Canvas, x: float, y: float, s: float) -> None:
    """Pylons and wires."""
    for at in (-54, 54):
        c.line(placed([(at - 9, 44), (at, -44), (at + 9, 44)], x, y, s), 1.2 * s, INK)
        for up, wide in ((-32, 15), (-18, 18)):
            c.line(placed([(at - wide, up), (at + wide, up)], x, y, s), 1 * s, INK)
    for up in (-32, -18):
        c.curve(
            placed([(-84, up + 8), (-54, up), (0, up + 12), (54, up), (84, up + 8)], x, y, s), 0.6 * s, INK
        )


def path(c: Canvas, x: float, y: float, s: float) -> None:
    """A cliff path that ends at a fence."""
    c.blob(placed([(-90, 60), (-80, -6), (-30, -16), (6, -12), (14, 6), (8, 24), (18, 60)], x, y, s), SAGE)
    c.blob(placed([(6, -12), (14, 6), (8, 24), (18, 60), (34, 60), (22, 20), (26, 2)], x, y, s), "#b08d62")
    c.curve(placed([(-70, 50), (-50, 20), (-24, 4), (4, -8)], x, y, s), 4 * s, SAND)
    for post in (-14, -4, 6):
        c.line(placed([(post, -6), (post, -24)], x, y, s), 1.4 * s, "#6b4a35")
    c.line(placed([(-17, -19), (9, -21)], x, y, s), 1.2 * s, CORAL)
    c.line(placed([(-17, -12), (9, -14)], x, y, s), 1.2 * s, FOAM)
