"""How often findings are right: what the strength of a finding's signs is worth, as measured."""

from typing import Final

STRONG: Final = 0.8  # strength of the signs from which on they are strong

CONFIDENCES: Final[dict[str, tuple[float, float]]] = {
    "copied": (0.97, 0.98),  # 81.6 of 82.9; 55.8 of 56.2
    "byline": (0.97, 0.97),  # 33.5 of 33.5; 37.5 of 37.5
    "date": (0.98, 0.98),  # 48.3 of 48.3; 64.5 of 64.5
    "injected": (0.98, 0.99),  # 92.9 of 92.9; 51.4 of 51.4
    "section": (0.87, 0.92),  # 11.9 of 12.9; 21.5 of 22.5
    "count": (0.92, 0.92),  # 10.8 of 10.8; 11.0 of 11.0
    "links": (0.96, 0.97),  # 35.9 of 36.1; 21.4 of 21.4
}
"""Of each kind, the share of findings with weak and with strong signs that are right. Fitted by
`python benchmarks/calibrate.py` on the pages on which rules were made; docs/results.md has how it holds on others."""


def calibrated(kind: str, strength: float) -> float:
    """The confidence of a finding: how often findings of its kind with signs as strong are right.

    Args:
        kind: one of `provenance.KINDS`.
        strength: of the signs together, 0 to 1, as the kind's check adds them up.

    >>> calibrated("section", 0.6) <= calibrated("section", 0.9)
    True
    """
    weak, strong = CONFIDENCES[kind]
    return strong if strength >= STRONG else weak
