"""What lies behind everything: sky and sea, streets, rooms, fields."""

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
    WIDTH,
    Canvas,
)  # fmt: skip

SKIES = {
    "day": (PALE, "#c3d8d0", "#dfe6d8"),
    "dawn": ("#e9b79a", "#efcfa9", "#f3e3c2"),
    "dusk": (PLUM, "#9a5a5e", "#d98a5c"),
    "night": (INK, "#26385a", "#34506d"),
    "storm": ("#4a5566", "#66717c", "#8a9396"),
}
SEAS = {
    "day": (TEAL, "#437b86", DEEP),
    "dawn": ("#6f9aa0", TEAL, DEEP),
    "dusk": ("#4a4a68", "#39405c", INK),
    "night": ("#22355a", "#1d2c4d", INK),
    "storm": ("#3f5560", "#334852", "#27394a"),
}


def sky(c: Canvas, mood: str, horizon: float) -> None:
    """The sky down to the horizon, with sun, moon, stars or rain."""
    c.bands(0, horizon + 2, SKIES[mood])
    if mood == "night":
        for _ in range(60):
            c.circle(
                c.random.uniform(0, WIDTH), c.random.uniform(0, horizon), c.random.uniform(0.15, 0.4), FOAM
            )
        c.circle(122, 18, 6, FOAM)
        c.circle(119.5, 16.5, 5.4, SKIES["night"][0])
    elif mood in ("dawn", "dusk"):
        c.circle(112, horizon - 6, 8, MUSTARD if mood == "dawn" else CORAL)
    elif mood == "storm":
        for x, y, r in ((20, 14, 15), (44, 9, 18), (78, 12, 16), (108, 8, 19), (138, 15, 14)):
            c.ellipse(x, y, r, r * 0.55, "#3b4554")
        for _ in range(90):
            left, top = c.random.uniform(0, WIDTH), c.random.uniform(10, 100)
            c.line([(left, top), (left - 1.6, top + 5)], 0.2, "#b9c3c6")
    else:
        for x, y in ((28, 16), (96, 11), (130, 24)):
            c.ellipse(x, y, 11, 2.6, FOAM)
            c.ellipse(x + 6, y - 2, 6, 2.4, FOAM)


def sea(c: Canvas, mood: str, horizon: float = 48) -> None:
    """Sky and sea."""
    sky(c, mood, horizon)
    c.bands(horizon, 100, SEAS[mood])
    for _ in range(26):
        x, y = c.random.uniform(0, WIDTH), c.random.uniform(horizon + 4, 98)
        size = 1.5 + (y - horizon) / 14
        c.curve(
            [(x - size, y), (x, y - size * 0.28), (x + size, y)], 0.35, PALE if mood != "night" else "#5f7c98"
        )


def harbour(c: Canvas, mood: str) -> None:
    """The town's houses above the water."""
    sea(c, mood, 56)
    colours = (SAND, CORAL, FOAM, SAGE, MUSTARD, PALE, BRICK)
    x = -3.0
    while x < WIDTH:
        width, height = c.random.uniform(8, 14), c.random.uniform(11, 21)
        house(
            c, x, 56, width, height, colours[c.random.randrange(len(colours))], lit=mood in ("night", "dusk")
        )
        x += width + 0.4
    c.rectangle(0, 55.6, WIDTH, 3.2, STONE)
    c.rectangle(0, 58.4, WIDTH, 0.8, "#6d6964")


def house(
    c: Canvas, x: float, base: float, width: float, height: float, colour: str, *, lit: bool = False
) -> None:
    """A house by the left corner of its base."""
    c.rectangle(x, base - height, width, height, colour)
    c.polygon(
        [
            (x - 0.7, base - height),
            (x + width / 2, base - height - width * 0.45),
            (x + width + 0.7, base - height),
        ],
        INK,
    )
    for row in range(max(1, int(height // 6))):
        for place in (0.2, 0.6):
            pane = MUSTARD if lit and c.random.random() < 0.6 else DEEP
            c.rectangle(x + width * place, base - height + 2 + row * 6, width * 0.2, 3, pane)


def street(c: Canvas, mood: str) -> None:
    """A row of houses behind a square."""
    sky(c, mood, 50)
    for place, (colour, height) in enumerate(
        ((SAND, 34), (BRICK, 28), (FOAM, 38), (SAGE, 30), (CORAL, 35), (PALE, 29))
    ):
        house(c, place * 26 - 2, 70, 25.2, height, colour, lit=mood in ("night", "dusk"))
    c.bands(70, 100, ("#b9aa8e", "#a89a80"))
    for y in (78, 86, 94):
        for _ in range(12):
            x = c.random.uniform(0, WIDTH)
            c.line([(x, y), (x + 5, y)], 0.3, "#8f836d")


def room(c: Canvas, mood: str) -> None:
    """A wall and a floor; the mood chooses the paint."""
    wall = {"day": SAND, "dawn": "#efd9bd", "dusk": PLUM, "night": DEEP, "storm": STONE}[mood]
    floor = {"day": BRICK, "dawn": "#a66b4f", "dusk": INK, "night": INK, "storm": "#5c5650"}[mood]
    c.rectangle(0, 0, WIDTH, 72, wall)
    c.rectangle(0, 72, WIDTH, 28, floor)
    c.rectangle(0, 70.5, WIDTH, 1.8, FOAM)


def field(c: Canvas, mood: str) -> None:
    """Grass under a sky, with hills."""
    sky(c, mood, 45)
    c.blob([(-10, 52), (20, 38), (60, 47), (100, 36), (160, 50), (160, 110), (-10, 110)], MOSS)
    c.bands(54, 100, (SAGE, "#7d9a72", "#71906a"))
    for _ in range(70):
        x, y = c.random.uniform(0, WIDTH), c.random.uniform(58, 98)
        c.line([(x, y), (x + c.random.uniform(-0.5, 0.5), y - 1.6)], 0.25, MOSS)


def stadium(c: Canvas, mood: str) -> None:
    """A pitch before a full stand."""
    c.rectangle(0, 0, WIDTH, 46, {"night": INK, "dusk": PLUM}.get(mood, DEEP))
    colours = (CORAL, FOAM, MUSTARD, PALE, BRICK, SAGE)
    for row in range(8):
        for seat in range(50):
            x, y = seat * 3.1 + (row % 2) * 1.5, 7 + row * 4.6
            c.circle(x, y, 1.15, colours[c.random.randrange(len(colours))])
            c.rectangle(x - 1.2, y + 1, 2.4, 3, colours[c.random.randrange(len(colours))])
    c.rectangle(0, 43, WIDTH, 5, FOAM)
    for number in range(7):
        c.rectangle(number * 24 - 8, 48, 12, 52, "#5f8a5c")
        c.rectangle(number * 24 + 4, 48, 12, 52, "#6c9766")
    c.line([(-2, 60), (152, 60)], 0.7, FOAM)


def seabed(c: Canvas, mood: str) -> None:
    """Under water."""
    c.bands(0, 100, ("#6fa3a6", TEAL, "#3f7480", DEEP) if mood != "night" else (DEEP, "#25425a", INK))
    c.blob([(-5, 92), (30, 86), (70, 91), (110, 85), (160, 92), (160, 110), (-10, 110)], SAND)
    for _ in range(18):
        x = c.random.uniform(0, WIDTH)
        height = c.random.uniform(8, 24)
        c.curve([(x, 95), (x + 2, 95 - height / 2), (x - 1, 95 - height)], 0.8, MOSS)
    for _ in range(14):
        c.circle(c.random.uniform(0, WIDTH), c.random.uniform(5, 80), c.random.uniform(0.4, 1.1), PALE)


def desk(c: Canvas, mood: str) -> None:
    """The top of a table, seen from above."""
    base = {"night": PLUM, "dusk": BRICK, "storm": STONE, "dawn": SAGE}.get(mood, "#b98d5d")
    c.rectangle(0, 0, WIDTH, 100, base)
    for y in range(6, 100, 12):
        c.curve(
            [(-5, y), (40, y + c.random.uniform(-2, 2)), (100, y + c.random.uniform(-2, 2)), (156, y)],
            0.3,
            INK,
        )


GROUNDS = {
    "sea": sea, "harbour": harbour, "street": street, "room": room, "field": field, "stadium": stadium,
    "seabed": seabed, "desk": desk,
}  # fmt: skip
