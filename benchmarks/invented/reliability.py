"""A reliability plot as SVG: of findings with a confidence, how many are right."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

EDGES: Final = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.001)
"""Of the bins of confidence."""
_SIZE: Final = 320  # pixels of the square
_MARGIN: Final = 46
_COLOURS: Final = ("#9c2b1f", "#2f5d8a", "#5c574e")


def binned(findings: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    """Mean confidence, share that is right, and number of findings, of each bin that has any.

    >>> binned([(0.65, True), (0.65, False), (0.95, True)])
    [(0.65, 0.5, 2), (0.95, 1.0, 1)]
    """
    found = []
    for low, high in pairwise(EDGES):
        inside = [(confidence, right) for confidence, right in findings if low <= confidence < high]
        if inside:
            count = len(inside)
            mean = round(sum(confidence for confidence, _ in inside) / count, 3)
            found.append((mean, round(sum(right for _, right in inside) / count, 3), count))
    return found


def draw(sets: Mapping[str, Sequence[tuple[float, bool]]]) -> str:
    """The plot: confidence to the right, share of right findings upwards, the number of findings beside each point."""
    side = _SIZE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side + 20 * len(sets)}" '
        'font-family="sans-serif" font-size="12" role="img"><title>Reliability of findings</title>',
        f'<rect width="{side}" height="{side + 20 * len(sets)}" fill="#fdfcf9"/>',
        f'<path d="M{_x(0)} {_y(0)}H{_x(1)}M{_x(0)} {_y(0)}V{_y(1)}" stroke="#1b1a17" fill="none"/>',
        f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#d8d2c5" stroke-dasharray="4 4"/>',
        f'<text x="{side / 2}" y="{side - 8}" text-anchor="middle">confidence</text>',
        f'<text x="14" y="{side / 2}" text-anchor="middle" transform="rotate(-90 14 {side / 2})">share right</text>',
    ]
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for number, (name, findings) in enumerate(sets.items()):
        colour, points = _COLOURS[number % len(_COLOURS)], binned(findings)
        line = " ".join(f"{_x(mean):.1f},{_y(share):.1f}" for mean, share, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for mean, share, count in points:
            parts.append(f'<circle cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="4" fill="{colour}"/>')
            lower = _y(share) + 16 + 12 * number
            parts.append(
                f'<text x="{_x(mean):.1f}" y="{lower:.1f}" fill="{colour}" text-anchor="middle">{count}</text>'
            )
        parts.append(f'<text x="{_MARGIN}" y="{side + 14 + 20 * number}" fill="{colour}">{name}</text>')
    return "\n".join((*parts, "</svg>\n"))


def _x(value: float) -> float:
    return _MARGIN + value * _SIZE


def _y(value: float) -> float:
    return _MARGIN + (1 - value) * _SIZE
