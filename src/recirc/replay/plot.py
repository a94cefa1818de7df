"""A plot of the hit rate over time, one line for each policy."""

import importlib.util
from pathlib import Path

import numpy as np

from recirc.replay.metrics import ReplayError, hit_rate_by_window
from recirc.replay.protocols import CHUNK
from recirc.replay.result import ReplayResult
from recirc.types import FloatArray, IntArray

SMOOTHED = 6
"""Number of tested windows in the running mean."""


def check_plot(path: Path) -> None:
    """Check before a long run that a plot can be drawn there.

    Raises:
        ReplayError: matplotlib is not installed, or `path` is no picture in a folder that exists.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise ReplayError("--plot needs matplotlib: pip install 'matplotlib>=3.9'")
    if path.suffix not in (".png", ".svg") or not path.parent.is_dir():
        raise ReplayError(f"--plot {path}: name a .png or .svg file in a folder that exists")


def running_mean(windows: IntArray, rate: FloatArray, over: int = SMOOTHED) -> FloatArray:
    """For each window, int32 (w,), ascending: the mean rate of it and those less than `over` before, float64 (w,).

    >>> running_mean(np.array([1, 2, 9]), np.array([0.25, 0.5, 1.0])).tolist()
    [0.25, 0.375, 1.0]
    """
    total = np.r_[0.0, np.cumsum(rate)]
    stop = np.arange(1, len(windows) + 1)
    start = np.searchsorted(windows, windows - over, side="right")
    mean: FloatArray = (total[stop] - total[start]) / (stop - start)
    return mean


def draw(result: ReplayResult, protocol: str, path: Path) -> None:
    """Draw each policy's hit rate over the windows into a PNG or SVG file: at 20, or at 10 with sampled negatives.

    Raises:
        ModuleNotFoundError: matplotlib is not installed (`pip install recirc[plot]`).
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    k, over = (10, SMOOTHED * CHUNK) if result.sampled else (20, SMOOTHED)
    figure, axes = plt.subplots(figsize=(11, 4.5), layout="constrained")
    lowest, highest = 1.0, 0.0
    for n, (policy, ranks) in enumerate(result.ranks.items()):
        windows, rate = hit_rate_by_window(ranks, result.window, k)
        smooth = running_mean(windows, rate, over)
        lowest, highest = min(lowest, smooth.min()), max(highest, smooth.max())
        # No line across hours without queries.
        gaps = np.flatnonzero(np.diff(windows) > 2 * over // SMOOTHED) + 1
        hours, rate, smooth = (
            np.insert(each.astype(float), gaps, np.nan) for each in (windows, rate, smooth)
        )
        axes.plot(hours, rate, color=f"C{n % 10}", linewidth=0.6, alpha=0.2)
        style = "-" if n < 10 else "--"
        axes.plot(hours, smooth, style, color=f"C{n % 10}", linewidth=1.6, label=policy)
    axes.set(
        title=f"Hit rate at {k}, protocol {protocol}: mean of {over} hours, faint: each hour",
        xlabel="window (hours)",
        ylabel=f"HR@{k}",
        ylim=(max(lowest - 0.1, 0), min(highest + 0.1, 1)),
    )
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(path, dpi=120)
    plt.close(figure)
