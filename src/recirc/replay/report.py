"""The report of a replay, as a table and as JSON."""

from typing import Any

import numpy as np
from rich.table import Table

from recirc.replay.metrics import WindowMetric
from recirc.replay.result import ReplayResult

SHOWN = (
    "hr@20", "ndcg@20", "hr@10", "mrr@10", "recall", "coverage", "novelty", "diversity", "young", "gini",
    "calibration", "representation", "fragmentation",
)  # fmt: skip
"""The columns of the table; those without figures are left out."""

Figures = dict[str, dict[str, WindowMetric]]


def table(protocol: str, result: ReplayResult, found: Figures) -> Table:
    """One row for each policy."""
    windows = len(np.unique(result.window))
    rows = Table(title=f"{protocol}, {windows} windows", title_justify="left")
    rows.add_column("policy", no_wrap=True)
    shown = [metric for metric in SHOWN if any(metric in measured for measured in found.values())]
    for metric in shown:
        rows.add_column(metric, justify="right")
    for policy, measured in found.items():
        rows.add_row(policy, *(_cell(measured.get(metric)) for metric in shown))
    return rows


def _cell(value: WindowMetric | None) -> str:
    if value is None:
        return "–"
    mean = _plain(value.mean, 4)
    return mean if value.margin is None else f"{mean} ±{_plain(value.margin, 3)}"


def _plain(value: float, digits: int) -> str:
    """
    >>> _plain(0.6987, 4), _plain(11.25, 4)
    ('.6987', '11.2500')
    """
    return f"{value:.{digits}f}".removeprefix("0")


def document(
    protocol: str, entries: int, result: ReplayResult, found: Figures, seconds: float, **options: int
) -> dict[str, Any]:
    """The same as plain values, ready for JSON; `options`: how the replay was run."""
    return {
        "benchmark": "replay",
        "protocol": protocol,
        "data": {
            "rows": entries,
            "windows": [int(result.window.min()), int(result.window.max())],
            "queries": len(result.window),
        }
        | options,
        "policies": {policy: _figures(measured) for policy, measured in found.items()},
        "seconds": round(seconds, 2),
    }


def _figures(measured: dict[str, WindowMetric]) -> dict[str, float]:
    figures = {metric: round(value.mean, 5) for metric, value in measured.items()}
    margins = {
        f"{metric}_margin": round(value.margin, 5)
        for metric, value in measured.items()
        if value.margin is not None
    }
    return figures | margins
