"""Things of the coast: whales, boats, the mole, birds."""

from recirc.demo.drawing.canvas import (
    BRICK,
    CORAL,
    DEEP,
    FOAM,
    INK,
    MOSS,
    MUSTARD,
    PALE,
    SAND,
    STONE,
    TEAL,
    Canvas,
    placed,
)  # fmt: skip


def whale(c: Canvas, x: float, y: float, s: float) -> None:
    """A whale's back, head to the left, with its blow."""
    back = [
        (-34, 7),
        (-31, 0),
        (-22, -6),
        (-8, -9),
        (8, -7),
        (17, -4),
        (20, -8),
        (23, -3),
        (32, 3),
        (38, 8),
        (0, 12),
    ]
    c.blob(placed(back, x, y, s), INK)
    c.blob(placed([(-34, 7), (-28, 3), (-14, 6), (2, 9), (-12, 12), (-28, 11)], x, y, s), "#3d4b68")
    c.circle(x - 25 * s, y + 1.4 * s, 0.8 * s, FOAM)
    for side in (-1, 1):
        c.curve(
            placed(
                [(-15, -9), (-15 + side * 2, -18), (-15 + side * 7, -21), (-15 + side * 10, -17)], x, y, s
            ),
            1.5 * s,
            FOAM,
        )
    c.blob(placed([(-42, 10), (-20, 8), (10, 9), (44, 10), (20, 14), (-20, 14)], x, y, s), PALE)


def flukes(c: Canvas, x: float, y: float, s: float) -> None:
    """A whale's tail as it dives."""
    c.blob(
        placed(
            [
                (-3, 14),
                (-4, 0),
                (-18, -10),
                (-26, -18),
                (-12, -17),
                (0, -8),
                (12, -17),
                (26, -18),
                (18, -10),
                (4, 0),
                (3, 14),
            ],
            x,
            y,
            s,
        ),
        INK,
    )
    c.blob(placed([(-22, 14), (0, 11), (22, 14), (0, 17)], x, y, s), FOAM)


def ferry(c: Canvas, x: float, y: float, s: float) -> None:
    """A car ferry, bow to the right."""
    c.polygon(placed([(-38, -4), (40, -4), (32, 9), (-34, 9)], x, y, s), INK)
    c.polygon(placed([(-38, -7), (42, -7), (40, -3), (-38, -3)], x, y, s), CORAL)
    c.rectangle(x - 32 * s, y - 19 * s, 56 * s, 12 * s, FOAM)
    c.rectangle(x - 24 * s, y - 27 * s, 36 * s, 8 * s, SAND)
    for place in range(8):
        c.rectangle(x + (-29 + place * 6.6) * s, y - 15 * s, 3.6 * s, 3.6 * s, DEEP)
    for place in range(5):
        c.rectangle(x + (-21 + place * 6.6) * s, y - 25 * s, 4 * s, 3.4 * s, DEEP)
    c.polygon(placed([(-16, -27), (-4, -27), (-6, -37), (-14, -37)], x, y, s), CORAL)
    c.rectangle(x - 14.4 * s, y - 37 * s, 9 * s, 2.4 * s, INK)
    c.line(placed([(10, -27), (10, -38)], x, y, s), 0.6 * s, INK)
    c.blob(placed([(-44, 9), (0, 7.4), (46, 9), (20, 12), (-20, 12)], x, y, s), PALE)


def boat(c: Canvas, x: float, y: float, s: float, colour: str = CORAL) -> None:
    """A small fishing boat."""
    c.polygon(placed([(-14, -3), (15, -6), (11, 4), (-11, 4)], x, y, s), colour)
    c.line(placed([(-14, -3), (15, -6)], x, y, s), 0.9 * s, FOAM)
    c.rectangle(x - 8 * s, y - 10 * s, 8 * s, 7 * s, FOAM)
    c.rectangle(x - 6.4 * s, y - 8.6 * s, 4.6 * s, 3 * s, DEEP)
    c.line(placed([(4, -5), (4, -19)], x, y, s), 0.6 * s, INK)
    c.line(placed([(4, -18), (13, -6)], x, y, s), 0.3 * s, INK)
    c.blob(placed([(-18, 4), (0, 3), (18, 4), (0, 6)], x, y, s), PALE)


def boats(c: Canvas, x: float, y: float, s: float) -> None:
    """Seven boats in a line."""
    colours = (CORAL, MUSTARD, INK, BRICK, FOAM, MOSS, STONE)  # none is that of the sea
    for place, colour in enumerate(colours):
        boat(c, x + (place - 3) * 20 * s, y + (place % 2) * 6 * s - abs(place - 3) * 1.5 * s, 0.5 * s, colour)


def gig(c: Canvas, x: float, y: float, s: float) -> None:
    """A long rowing boat with six rowers."""
    c.blob(placed([(-44, -4), (0, 0), (46, -7), (36, 5), (0, 8), (-36, 5)], x, y, s), BRICK)
    for place in range(6):
        at = -30 + place * 11
        person(c, x + at * s, y - 3 * s, 0.42 * s, (FOAM, MUSTARD)[place % 2], place)
        c.line(placed([(at + 2, 0), (at + 13, 11)], x, y, s), 0.6 * s, SAND)


def person(c: Canvas, x: float, y: float, s: float, colour: str = TEAL, number: int = 0) -> None:
    """Head and shoulders of somebody, by the middle of the shoulders' base."""
    from recirc.demo.drawing.canvas import SKIN

    c.blob(placed([(-9, 4), (-8, -8), (-3, -12), (3, -12), (8, -8), (9, 4)], x, y, s), colour)
    c.circle(x, y - 17 * s, 5.2 * s, SKIN[number % len(SKIN)])
    c.blob(
        placed(
            [(-5.4, -17), (-4.6, -22), (0, -23.6), (4.8, -22), (5.4, -17), (2, -19.6), (-2, -19.6)], x, y, s
        ),
        (INK, BRICK, STONE, MUSTARD)[number % 4],
    )


def mole(c: Canvas, x: float, y: float, s: float) -> None:
    """The breakwater with its gap, and the light at its end."""
    for start, end in ((-80, -8), (14, 58)):
        c.polygon(placed([(start, 0), (end, 0), (end + 3, 13), (start - 3, 13)], x, y, s), STONE)
        for _ in range(int(end - start)):
            at, down = c.random.uniform(start, end), c.random.uniform(1.5, 11)
            c.rectangle(
                x + at * s,
                y + down * s,
                3.2 * s,
                1.9 * s,
                c.random.choice(("#7d7872", "#a39d95", "#6d6964")),
                0.4,
            )
    for _ in range(16):
        at, down = c.random.uniform(-9, 15), c.random.uniform(8, 15)
        c.circle(x + at * s, y + down * s, c.random.uniform(1, 2.2) * s, "#7d7872")
    c.curve(placed([(-10, 9), (-4, -9), (2, -16), (8, -8), (14, 8)], x, y, s), 2.6 * s, FOAM)
    c.curve(placed([(-6, 12), (0, -3), (6, -6), (10, 9)], x, y, s), 2.2 * s, PALE)
    lighthouse(c, x + 50 * s, y, 0.62 * s)


def lighthouse(c: Canvas, x: float, y: float, s: float) -> None:
    """A striped lighthouse by the middle of its base."""
    c.polygon(placed([(-8, 0), (8, 0), (5, -44), (-5, -44)], x, y, s), FOAM)
    for low, high in ((-10, -19), (-28, -37)):
        c.polygon(
            placed(
                [
                    (-8 - low * 0.07, low),
                    (8 + low * 0.07, low),
                    (8 + high * 0.07, high),
                    (-8 - high * 0.07, high),
                ],
                x,
                y,
                s,
            ),
            CORAL,
        )
    c.rectangle(x - 6.6 * s, y - 46 * s, 13.2 * s, 2.4 * s, INK)
    c.rectangle(x - 3.6 * s, y - 53 * s, 7.2 * s, 7 * s, MUSTARD)
    c.polygon(placed([(-5, -53), (5, -53), (0, -59)], x, y, s), INK)


def island(c: Canvas, x: float, y: float, s: float) -> None:
    """An island with its lighthouse."""
    lighthouse(c, x + 6 * s, y - 8 * s, 0.6 * s)
    c.blob(placed([(-34, 4), (-22, -6), (-6, -9), (10, -10), (24, -4), (36, 4), (0, 7)], x, y, s), MOSS)
    c.blob(placed([(-38, 4), (-20, 1), (20, 1), (40, 4), (20, 8), (-20, 8)], x, y, s), STONE)
    c.blob(placed([(-46, 7), (0, 5), (48, 7), (0, 10)], x, y, s), PALE)


def wave(c: Canvas, x: float, y: float, s: float) -> None:
    """A breaking wave."""
    c.blob(
        placed(
            [
                (-60, 30),
                (-50, 2),
                (-26, -22),
                (4, -28),
                (24, -18),
                (28, -4),
                (16, -12),
                (4, -8),
                (2, 8),
                (20, 24),
                (60, 30),
            ],
            x,
            y,
            s,
        ),
        DEEP,
    )
    c.curve(placed([(-44, 6), (-22, -18), (4, -25), (22, -16), (26, -6)], x, y, s), 3 * s, FOAM)
    for _ in range(30):
        c.circle(
            x + c.random.uniform(0, 34) * s,
            y + c.random.uniform(-26, 4) * s,
            c.random.uniform(0.4, 1.3) * s,
            FOAM,
        )


def gull(c: Canvas, x: float, y: float, s: float) -> None:
    """A gull in flight."""
    c.curve(placed([(-16, -4), (-8, -9), (0, 0), (8, -9), (16, -4)], x, y, s), 2.2 * s, FOAM)
    c.blob(placed([(-5, 0), (0, -2.4), (7, -1), (3, 2.4), (-3, 2)], x, y, s), FOAM)
    c.polygon(placed([(6.4, -0.8), (10, 0.2), (6.4, 1)], x, y, s), MUSTARD)
    for side in (-1, 1):
        c.circle(x + side * 15.5 * s, y - 4.2 * s, 1 * s, INK)


def kittiwakes(c: Canvas, x: float, y: float, s: float) -> None:
    """Birds on ledges of a wall."""
    c.rectangle(x - 60 * s, y - 40 * s, 120 * s, 90 * s, BRICK)
    for row in range(3):
        c.rectangle(x - 60 * s, y + (-14 + row * 24) * s, 120 * s, 3 * s, STONE)
        for place in range(5):
            at, down = -44 + place * 21 + row * 5, -14 + row * 24
            c.blob(
                placed(
                    [
                        (at - 6, down - 1),
                        (at - 4, down - 7),
                        (at + 3, down - 8),
                        (at + 8, down - 4),
                        (at + 3, down),
                    ],
                    x,
                    y,
                    s,
                ),
                FOAM,
            )
            c.circle(x + (at - 5) * s, y + (down - 9) * s, 2.6 * s, FOAM)
            c.polygon(
                placed([(at - 7, down - 9.6), (at - 10.4, down - 8.6), (at - 7, down - 8)], x, y, s), MUSTARD
            )
            c.line(placed([(at + 3, down - 4), (at + 9, down - 3)], x, y, s), 1.4 * s, STONE)


def otter(c: Canvas, x: float, y: float, s: float) -> None:
    """An otter's head above the water."""
    c.blob(placed([(-20, 12), (-18, -4), (-9, -14), (9, -14), (18, -4), (20, 12)], x, y, s), "#6b4a35")
    c.blob(placed([(-10, 8), (-8, -1), (0, -4), (8, -1), (10, 8), (0, 12)], x, y, s), SAND)
    for side in (-1, 1):
        c.circle(x + side * 13 * s, y - 11 * s, 3 * s, "#6b4a35")
        c.circle(x + side * 7 * s, y - 5 * s, 1.5 * s, INK)
        for lean in (-1.5, 0.5, 2.5):
            c.line(placed([(side * 4, 3), (side * 17, 2 + lean)], x, y, s), 0.3 * s, INK)
    c.ellipse(x, y + 1 * s, 2.8 * s, 1.9 * s, INK)
    c.blob(placed([(-34, 14), (0, 10), (34, 14), (0, 18)], x, y, s), PALE)


def pots(c: Canvas, x: float, y: float, s: float) -> None:
    """Lobster pots, stacked."""
    for row, count in ((0, 4), (1, 3), (2, 2)):
        for place in range(count):
            left, base = x + (-38 + place * 19 + row * 9.5) * s, y - row * 13 * s
            c.rectangle(left, base - 12 * s, 17 * s, 12 * s, (TEAL, CORAL, MUSTARD)[(row + place) % 3], 4 * s)
            for bar in range(4):
                c.line(
                    [(left + (2 + bar * 4.3) * s, base - 11 * s), (left + (2 + bar * 4.3) * s, base - 1 * s)],
                    0.5 * s,
                    INK,
                )
            c.line([(left, base - 6 * s), (left + 17 * s, base - 6 * s)], 0.5 * s, INK)


def rope(c: Canvas, x: float, y: float, s: float) -> None:
    """A coil of rope."""
    for ring in range(6):
        c.arc(x, y, (8 + ring * 5) * s, 0, 360, 4 * s, SAND if ring % 2 else "#cdb583")
    c.curve(placed([(33, 0), (44, 14), (70, 18)], x, y, s), 4 * s, SAND)


def turbine(c: Canvas, x: float, y: float, s: float) -> None:
    """A floating wind turbine."""
    c.polygon(placed([(-1.6, 30), (1.6, 30), (0.9, -22), (-0.9, -22)], x, y, s), FOAM)
    for tip in ((0, -52), (-26, -6), (26, -6)):
        c.polygon(
            [
                *placed([(0, -22)], x, y, s),
                *placed([(tip[0] * 0.5 - 2.4, -22 + (tip[1] + 22) * 0.5)], x, y, s),
                *placed([tip], x, y, s),
            ],
            FOAM,
        )
    c.circle(x, y - 22 * s, 2.2 * s, INK)
    c.rectangle(x - 9 * s, y + 29 * s, 18 * s, 4 * s, MUSTARD, 1)


def bags(c: Canvas, x: float, y: float, s: float) -> None:
    """A wall of bags filled with stone."""
    for row in range(5):
        for place in range(8 - row):
            left = x + (-64 + place * 16 + row * 8) * s
            c.rectangle(
                left,
                y - (row + 1) * 8.4 * s,
                15.4 * s,
                8 * s,
                (SAND, "#d3bd8b", "#c6ae79")[(row + place) % 3],
                3.4 * s,
            )
            c.line(
                [(left + 6 * s, y - (row + 1) * 8.4 * s), (left + 9 * s, y - (row + 1) * 8.4 * s)],
                0.9 * s,
                CORAL,
            )
