"""What a replay found, for people and for programs."""

from typing import Any

import numpy as np
from rich.table import Table

from recirc.replay.metrics import WindowMetric
from recirc.replay.target_ranks import TargetRanks

SHOWN = (
    "hr@20", "ndcg@20", "hr@10", "mrr@10", "recall", "coverage", "novelty", "diversity", "young", "gini",
)  # fmt: skip
"""The columns of the table, where any policy has such a figure."""

Found = dict[str, dict[str, WindowMetric]]


def table(protocol: str, answers: TargetRanks, found: Found) -> Table:
    """One row a policy."""
    windows = len(np.unique(answers.window))
    made = Table(title=f"{protocol}, {windows} windows", title_justify="left")
    made.add_column("policy", no_wrap=True)
    shown = [metric for metric in SHOWN if any(metric in measured for measured in found.values())]
    for metric in shown:
        made.add_column(metric, justify="right")
    for policy, measured in found.items():
        made.add_row(policy, *(_cell(measured.get(metric)) for metric in shown))
    return made


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
    protocol: str, rows: int, answers: TargetRanks, found: Found, seconds: float, **options: int
) -> dict[str, Any]:
    """The same as plain values, ready for JSON; `options` say how it was asked."""
    return {
        "benchmark": "replay",
        "protocol": protocol,
        "data": {
            "rows": rows,
            "windows": [int(answers.window.min()), int(answers.window.max())],
            "queries": len(answers.window),
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
