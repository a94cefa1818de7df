"""The figures of `attack.py` as a picture."""

from pathlib import Path
from typing import Any


def draw(figures: dict[str, Any], path: Path) -> None:
    """The share of false views that rank, and of honest readers who count."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "recirc"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.5), layout="constrained")
    titles = list(figures["attacks"])
    for times in range(max(len(runs) for runs in figures["attacks"].values())):
        at = [place + 0.38 * times for place in range(len(titles))]
        shares = [100 * figures["attacks"][title][times]["share"] for title in titles]
        bars = left.barh(at, shares, 0.36, label=("usual strength", "twice as much")[times])
        counted = [figures["attacks"][title][times]["ranked"] for title in titles]
        left.bar_label(bars, [str(n) for n in counted], padding=3, fontsize=8)
    left.set_yticks([place + 0.19 for place in range(len(titles))], titles)
    left.axvline(5, color="grey", linewidth=0.8, linestyle="--")
    left.set(title="False views that rank (number at the bar)", xlabel="% of those sent", xlim=(0, 110))
    left.invert_yaxis()
    left.legend(frameon=False, loc="center right")
    names = list(figures["honest"])
    right.barh(names, [100 * figures["honest"][name]["share"] for name in names], color="C2")
    right.set(title="Honest readers who count", xlabel="%", xlim=(80, 101))
    right.invert_yaxis()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)
