"""Figures of a benchmark as people read them."""

from collections.abc import Mapping


def show(part: str, figures: Mapping[str, float]) -> None:
    """Print one part of the table."""
    print(part)
    for name, value in figures.items():
        shown = f"{value:,.0f}" if value >= 1000 or value == int(value) else f"{value:.3g}"
        print(f"  {name:<28} {shown:>12}", flush=True)
