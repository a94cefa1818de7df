"""How the time of an inspection grows with the page: `python benchmarks/inspection_size.py [--plot FILE.svg]`.

Pages of HTML whose article is 250 to 16,000 words, invented stories one after another with headings and links between
them, and the same as text. Of each the least processor time of three readings and inspections, and the exponent of the
line through them: 1 is linear.
"""

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from invented.stories_developing import STORIES
from recirc.extraction.html import read_html
from recirc.extraction.text import read_text
from recirc.provenance.inspect import inspect

SIZES: Final = (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000)  # words
ROUNDS: Final = 3
_COLOURS: Final = {"html": "#9c2b1f", "text": "#2f5d8a"}


def main() -> None:
    """Measure, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    found: dict[str, list[tuple[int, float]]] = {}
    for form in _COLOURS:
        found[form] = [(size, least_time(page_of(size, form), form)) for size in SIZES]
        logs = np.log(np.array(found[form]))
        exponent = float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0])
        print(
            form,
            " ".join(f"{size}: {taken:.0f} ms" for size, taken in found[form]),
            f"exponent {exponent:.2f}",
        )
    if given.plot:
        given.plot.write_text(draw(found), "utf-8")


def page_of(words: int, form: str) -> str:
    """A page whose article has so many words: paragraphs of English stories, each time with other numbers in them."""
    english = [text for story in STORIES if story.language == "en" for text in story.paragraphs]
    lines: list[str] = []
    count = number = 0
    while count < words:
        line = f"{english[number % len(english)]} It was the {number + 1}th of its kind."
        lines.append(line)
        count += len(line.split())
        number += 1
    head, by, day = "A very long report on the pier", "By Nora Lind", "4 September 2025"
    if form == "text":
        return "\n\n".join((head, by, day, *lines))
    inner = "".join(
        f"<p>{line}</p>" + ("<h2>Further on</h2>" if place % 8 == 7 else "")
        for place, line in enumerate(lines)
    )
    above = f"<html><head><title>{head} | Tide</title></head><body><h1>{head}</h1><p>{by}</p><p>{day}</p>"
    return f"{above}{inner}</body></html>"


def least_time(page: str, form: str) -> float:
    """Milliseconds of processor time to read and inspect a page."""
    taken = math.inf
    for _ in range(ROUNDS):
        begin = time.process_time()
        inspect(read_html(page) if form == "html" else read_text(page))
        taken = min(taken, 1000 * (time.process_time() - begin))
    return taken


def draw(found: dict[str, Sequence[tuple[int, float]]] | dict[str, list[tuple[int, float]]]) -> str:
    """Both curves on logarithmic axes, and a line that is linear."""
    most = max(taken for points in found.values() for _, taken in points)

    def x(words: float) -> float:
        return 60 + 340 * math.log(words / SIZES[0]) / math.log(SIZES[-1] / SIZES[0])

    def y(taken: float) -> float:
        return 320 - 290 * math.log(max(taken, 1.0)) / math.log(most * 1.2)

    first = found["html"][0]
    last = first[1] * SIZES[-1] / SIZES[0]
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 380" font-family="sans-serif" font-size="11" '
        'role="img">',
        "<title>Processor time of an inspection by the words of the page</title>",
        '<rect width="420" height="380" fill="#fdfcf9"/>',
        f'<path d="M{x(SIZES[0])} {y(first[1])}L{x(SIZES[-1])} {y(last)}" stroke="#d8d2c5" stroke-dasharray="4 4"/>',
        '<text x="230" y="372" text-anchor="middle">words; dashed: linear</text>',
        '<text x="14" y="180" text-anchor="middle" transform="rotate(-90 14 180)">ms of processor time</text>',
    ]
    parts += [f'<text x="{x(size):.0f}" y="338" text-anchor="middle">{size}</text>' for size in SIZES]
    parts += [
        f'<text x="52" y="{y(t):.0f}" text-anchor="end">{t}</text>'
        for t in (1, 10, 100, 1000)
        if t <= most * 1.2
    ]
    for place, (form, points) in enumerate(found.items()):
        line = " ".join(f"{x(size):.1f},{y(taken):.1f}" for size, taken in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{_COLOURS[form]}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(s):.1f}" cy="{y(t):.1f}" r="3" fill="{_COLOURS[form]}"/>' for s, t in points
        ]
        parts.append(f'<text x="{60 + 60 * place}" y="358" fill="{_COLOURS[form]}">{form}</text>')
    return "\n".join((*parts, "</svg>\n"))


if __name__ == "__main__":
    main()
