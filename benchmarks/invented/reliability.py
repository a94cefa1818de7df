"""A reliability plot as SVG: of findings with a confidence, how many are right."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

from invented.measure import JudgedFinding

EDGES: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.93, 0.96, 0.975, 1.001)
"""Of the bins of confidence: finer where the findings are."""
LEAST: Final = 0.5  # where both axes begin
Z: Final = 1.96  # standard deviations of an interval of 95%
_SIZE: Final = 320  # pixels of the square
_MARGIN: Final = 46
_COLOURS: Final = ("#9c2b1f", "#2f5d8a", "#5c574e")


def binned(findings: Sequence[JudgedFinding]) -> list[tuple[float, float, int]]:
    """Mean confidence, share that is right, and number of findings, of each bin that has any.

    >>> pairs = ((0.65, True), (0.65, False), (0.95, True))
    >>> said = [JudgedFinding(confidence, right, "date") for confidence, right in pairs]
    >>> binned(said)
    [(0.65, 0.5, 2), (0.95, 1.0, 1)]
    """
    found = []
    for low, high in pairwise(EDGES):
        inside = [finding for finding in findings if low <= finding.confidence < high]
        if inside:
            count = len(inside)
            mean = round(sum(finding.confidence for finding in inside) / count, 3)
            found.append((mean, round(sum(finding.right for finding in inside) / count, 3), count))
    return found


def interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval of a share (Wilson 1927), 95%.

    >>> [round(each, 2) for each in interval(1.0, 20)]
    [0.84, 1.0]
    """
    middle = share + Z * Z / (2 * count)
    width = Z * math.sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return (middle - width) / (1 + Z * Z / count), min(1.0, (middle + width) / (1 + Z * Z / count))


def error(findings: Sequence[JudgedFinding]) -> float:
    """The mean distance of confidence and share that is right over the bins, weighted by their numbers."""
    bins = binned(findings)
    return sum(abs(mean - share) * count for mean, share, count in bins) / max(1, len(findings))


def draw(sets: Mapping[str, Sequence[JudgedFinding]]) -> str:
    """The plot: confidence to the right, share of right findings upwards, the number of findings beside each point."""
    side = _SIZE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side + 20 * len(sets)}" '
        'font-family="sans-serif" font-size="12" role="img"><title>Reliability of findings</title>',
        f'<rect width="{side}" height="{side + 20 * len(sets)}" fill="#fdfcf9"/>',
        f'<path d="M{_x(LEAST)} {_y(LEAST)}H{_x(1)}M{_x(LEAST)} {_y(LEAST)}V{_y(1)}" stroke="#1b1a17" fill="none"/>',
        f'<path d="M{_x(LEAST)} {_y(LEAST)}L{_x(1)} {_y(1)}" stroke="#d8d2c5" stroke-dasharray="4 4"/>',
        f'<text x="{side / 2}" y="{side - 8}" text-anchor="middle">confidence</text>',
        f'<text x="14" y="{side / 2}" text-anchor="middle" transform="rotate(-90 14 {side / 2})">share right</text>',
    ]
    for tick in (0.5, 0.6, 0.7, 0.8, 0.9, 1):
        parts.append(f'<text x="{_x(tick)}" y="{_y(LEAST) + 16}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_x(LEAST) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:g}</text>')
    for number, (name, findings) in enumerate(sets.items()):
        colour, points = _COLOURS[number % len(_COLOURS)], binned(findings)
        line = " ".join(f"{_x(mean):.1f},{_y(share):.1f}" for mean, share, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for mean, share, count in points:
            low, high = interval(share, count)
            bar = f"M{_x(mean):.1f} {_y(max(low, LEAST)):.1f}V{_y(high):.1f}"
            parts.append(f'<path d="{bar}" stroke="{colour}" stroke-opacity="0.5" fill="none"/>')
            parts.append(f'<circle cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="4" fill="{colour}"/>')
            lower = _y(share) + 16 + 12 * number
            parts.append(
                f'<text x="{_x(mean):.1f}" y="{lower:.1f}" fill="{colour}" text-anchor="middle">{count}</text>'
            )
        parts.append(f'<text x="{_MARGIN}" y="{side + 14 + 20 * number}" fill="{colour}">{name}</text>')
    return "\n".join((*parts, "</svg>\n"))


def _x(value: float) -> float:
    return _MARGIN + (value - LEAST) / (1 - LEAST) * _SIZE


def _y(value: float) -> float:
    return _MARGIN + (1 - value) / (1 - LEAST) * _SIZE
