"""Flat shapes in a palette of ten colours, on a sheet of 150 × 100 units whose origin is the upper left corner."""

import math
import random
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Point: TypeAlias = tuple[float, float]

WIDTH: Final = 150
HEIGHT: Final = 100
PIXELS: Final = 10
"""Pixels of a unit in the finished picture; drawn at twice that, so that edges are smooth."""

INK: Final = "#1f2a44"
DEEP: Final = "#2f5166"
TEAL: Final = "#4d8a92"
PALE: Final = "#a9c9c4"
FOAM: Final = "#f4efe2"
SAND: Final = "#e6d3a8"
MUSTARD: Final = "#dfa23a"
CORAL: Final = "#c6523b"
BRICK: Final = "#8d3a34"
SAGE: Final = "#8aa37b"
MOSS: Final = "#4c6b52"
PLUM: Final = "#54405f"
STONE: Final = "#8f8a84"
SKIN: Final = ("#e3b793", "#b97f5c", "#7d5138", "#f0cdb0")


class Canvas:
    """A sheet that shapes are put on, one over the other. `seed` makes what is strewn the same each time."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self._scale = 2 * PIXELS
        self._image = Image.new("RGB", (WIDTH * self._scale, HEIGHT * self._scale), FOAM)
        self._draw = ImageDraw.Draw(self._image)

    def polygon(self, points: Iterable[Point], colour: str) -> None:
        """A shape with straight sides."""
        self._draw.polygon([self._at(point) for point in points], fill=colour)

    def blob(self, points: Sequence[Point], colour: str) -> None:
        """A shape with a smooth outline through the points (closed Catmull-Rom spline)."""
        self.polygon(smooth(points, closed=True), colour)

    def rectangle(
        self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0
    ) -> None:
        """A rectangle by its upper left corner; `radius` rounds its corners."""
        corners = (*self._at((x, y)), *self._at((x + width, y + height)))
        self._draw.rounded_rectangle(corners, radius * self._scale, fill=colour)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        """An ellipse by its centre and half axes."""
        self._draw.ellipse(
            (*self._at((x - across, y - down)), *self._at((x + across, y + down))), fill=colour
        )

    def circle(self, x: float, y: float, radius: float, colour: str) -> None:
        """A circle by its centre."""
        self.ellipse(x, y, radius, radius, colour)

    def line(self, points: Sequence[Point], width: float, colour: str) -> None:
        """A line with round ends."""
        drawn = [self._at(point) for point in points]
        self._draw.line(drawn, fill=colour, width=max(1, round(width * self._scale)), joint="curve")
        for x, y in (points[0], points[-1]):
            self.circle(x, y, width / 2, colour)

    def curve(self, points: Sequence[Point], width: float, colour: str) -> None:
        """A smooth line through the points."""
        self.line(smooth(points, closed=False), width, colour)

    def arc(
        self, x: float, y: float, radius: float, start: float, end: float, width: float, colour: str
    ) -> None:
        """Part of a circle's outline, from one angle to another in degrees, clockwise from the right."""
        steps = [math.radians(start + (end - start) * step / 24) for step in range(25)]
        self.line([(x + radius * math.cos(a), y + radius * math.sin(a)) for a in steps], width, colour)

    def bands(self, top: float, bottom: float, colours: Sequence[str]) -> None:
        """Horizontal bands over the whole width, with wavering edges."""
        step = (bottom - top) / len(colours)
        for number, colour in enumerate(colours):
            edge = top + number * step
            points = [(float(x), edge + self.random.uniform(-0.5, 0.5)) for x in range(-5, WIDTH + 16, 15)]
            if number == 0:
                points = [(-5.0, edge), (WIDTH + 10.0, edge)]
            self.polygon([*smooth(points, closed=False), (WIDTH + 10, bottom), (-5, bottom)], colour)

    def finished(self) -> Image.Image:
        """The picture, with the grain of paper."""
        picture = self._image.resize((WIDTH * PIXELS, HEIGHT * PIXELS), Image.Resampling.LANCZOS)
        grain = Image.frombytes("L", (300, 200), self.random.randbytes(60_000))
        grain = grain.filter(ImageFilter.GaussianBlur(0.8)).resize(picture.size, Image.Resampling.BICUBIC)
        shade = grain.point([236 + value * 19 // 255 for value in range(256)])
        return ImageChops.multiply(picture, Image.merge("RGB", (shade, shade, shade)))

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale


def smooth(points: Sequence[Point], *, closed: bool, steps: int = 12) -> list[Point]:
    """Points on a Catmull-Rom spline through the given ones."""
    count = len(points)
    found: list[Point] = []
    for number in range(count if closed else count - 1):
        before, start, end, after = (
            points[(number + offset) % count] if closed else points[min(max(number + offset, 0), count - 1)]
            for offset in (-1, 0, 1, 2)
        )
        for step in range(steps):
            t = step / steps
            found.append(
                (
                    _spline(before[0], start[0], end[0], after[0], t),
                    _spline(before[1], start[1], end[1], after[1], t),
                )
            )
    return found if closed else [*found, points[-1]]


def _spline(before: float, start: float, end: float, after: float, t: float) -> float:
    return 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t * t
        + (3 * start - before - 3 * end + after) * t * t * t
    )


def placed(points: Iterable[Point], x: float, y: float, size: float, *, flipped: bool = False) -> list[Point]:
    """Points moved to a place, enlarged, and mirrored if `flipped`."""
    return [(x + (-px if flipped else px) * size, y + py * size) for px, py in points]
