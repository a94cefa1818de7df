"""Charts as SVG made on the server, of classes that the stylesheet colours; a table beneath each says the same."""

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT = 600, 120
WIDEST = 60.0
"""Width of a bar at most, with its gap: the one bar of a first day is no wall."""


def bars(values: Sequence[float], label: str, *, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    """Bars from left to right; `label` says in words what they show.

    >>> print(bars([1, 2], "Readers", width=20, height=10))
    <svg class="chart" role="img" aria-label="Readers" viewBox="0 0 20 10" preserveAspectRatio="none">\
<rect x="0.5" y="5" width="9" height="5"/><rect x="10.5" y="0" width="9" height="10"/></svg>
    """
    most = max(values, default=0) or 1
    step = min(width / max(len(values), 1), WIDEST)
    gap = min(1.0, step / 5)
    shapes = "".join(
        f'<rect x="{place * step + gap / 2:g}" y="{round(height - height * value / most, 1):g}"'
        f' width="{round(step - gap, 2):g}" height="{round(height * value / most, 1):g}"/>'
        for place, value in enumerate(values)
        if value > 0
    )
    return _svg("chart", label, width, height, shapes)


def spark(values: Sequence[float], label: str, *, width: int = 72, height: int = 22) -> Markup:
    """A small curve for a row of a table."""
    most = max(values, default=0) or 1
    step = width / max(len(values) - 1, 1)
    points = " ".join(
        f"{place * step:.1f},{height - 1 - (height - 2) * value / most:.1f}"
        for place, value in enumerate(values)
    )
    return _svg("spark", label, width, height, f'<polyline points="{points}"/>')


def _svg(name: str, label: str, width: int, height: int, shapes: str) -> Markup:
    return Markup(
        f'<svg class="{name}" role="img" aria-label="{escape(label)}" viewBox="0 0 {width} {height}"'
        f' preserveAspectRatio="none">{shapes}</svg>'
    )
