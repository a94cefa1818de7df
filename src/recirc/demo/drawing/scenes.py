"""A picture of a line of text: a ground, its mood, and what stands on it.

`sea dawn: whale 70 56 1.1, gull 30 20` is a whale and a gull at sea at dawn: each thing with its place and its size.
"""

import io
import re
from collections.abc import Callable
from typing import Final

from recirc.demo.drawing import at_sea, festival, household, in_town, science, sport
from recirc.demo.drawing.canvas import Canvas
from recirc.demo.drawing.grounds import GROUNDS
from recirc.demo.drawing.portraits import PortraitFeatures, portrait

THINGS: Final[dict[str, Callable[[Canvas, float, float, float], None]]] = {
    name: thing
    for room in (at_sea, in_town, festival, sport, science, household)
    for name, thing in vars(room).items()
    if callable(thing) and getattr(thing, "__module__", "") == room.__name__
}
_SCENE: Final = re.compile(r"(?P<ground>\w+) (?P<mood>\w+)(?:: (?P<things>.+))?")


def scene(description: str) -> bytes:
    """The picture of a description, as PNG.

    Raises:
        ValueError: it names a ground, a mood or a thing that there is none of.
    """
    found = _SCENE.fullmatch(description.strip())
    if found is None or found["ground"] not in GROUNDS:
        raise ValueError(
            f"{description!r}: a picture is GROUND MOOD: THING X Y SIZE, …; grounds: {', '.join(GROUNDS)}"
        )
    canvas = Canvas(description)
    GROUNDS[found["ground"]](canvas, found["mood"])
    for each in (found["things"] or "").split(","):
        name, *numbers = each.split() or [""]
        if not name:
            continue
        if name not in THINGS:
            raise ValueError(f"{description!r}: there is no {name}; there are {', '.join(sorted(THINGS))}")
        x, y, size = (float(number) for number in numbers)
        THINGS[name](canvas, x, y, size)
    return _png(canvas)


def portrait_of(name: str, face: PortraitFeatures) -> bytes:
    """The portrait of somebody, as PNG; the name chooses the colours of clothes and wall."""
    canvas = Canvas(name)
    portrait(canvas, face)
    return _png(canvas)


def _png(canvas: Canvas) -> bytes:
    target = io.BytesIO()
    canvas.finished().save(target, "PNG", compress_level=1)
    return target.getvalue()
