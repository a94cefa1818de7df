"""What exploration costs and what it finds, in the demo's town, where the appeal of every article is known.

    python benchmarks/exploration.py --plot docs/plots/exploration.svg
    python benchmarks/exploration.py --tune

The same visits are walked through the real engine without and with new articles on trial, for several seeds: other
appeals, readers and visits each. Regret is what was lost against a Recommendation by one who knows the appeal of every
article (but not the single reader): the sum over pages of the difference in the chance of a click.

Two courses part at the first trial, and then differ by chance as well. So each page with a trial is also compared with
itself, the looks being the same: with the item whose slot the trial has, and with the most attractive new article.
"""

import argparse
import json
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from exploration_town import Course, Town, Walk, town_of
from recirc.clock import to_ms
from recirc.demo.paper import pieces
from recirc.demo.readers import Population
from recirc.demo.world import HOUR, world_of
from recirc.settings import ExplorationSettings, Settings
from recirc.types import FloatArray

END = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
READERS = 3_000
DOORS = {"front": "by the front page, search and links", "side": "by search and links to older articles only"}
GOOD = 0.75
"""A new article is good if it draws more, when it is published, than this share of the new ones."""

LONGEST = 48.0
"""Hours; who was not found by then, or by the end, counts as found then."""

TUNING = (101, 102, 103)
"""Seeds that the settings were chosen on; the reported ones are others."""

TRIED = ((0.05, 1), (0.1, 1), (0.2, 1), (0.1, 3))
"""Shares and slots that --tune compares."""

STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""97.5% quantiles of Student's t with 1, 2, … degrees of freedom; beyond, 2.1 is near enough."""


class Outcome(NamedTuple):
    """One walk, in numbers: pages; clicks lost in all and on 1,000 pages; clicks on 1,000 pages; share of slates with
    a trial; clicks won on 1,000 pages with a trial by the trial, and by the best new article instead; hours until a new
    article was found, of the good ones and of all; lost: float64 (hours,), cumulated.
    """

    pages: int
    regret: float
    regret_per_1000: float
    clicks_per_1000: float
    tried: float
    won: float
    winnable: float
    hours_good: float
    hours_new: float
    lost: FloatArray


def main() -> None:
    """Walk, and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doors", choices=[*DOORS, "both"], default="both", help="how readers come")
    parser.add_argument("--seeds", type=int, default=6, help="how many worlds")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=3.0, help="simulated days that are judged")
    parser.add_argument("--visits", type=int, default=4_000, help="visits in them")
    parser.add_argument("--tune", action="store_true", help="compare shares and slots, on other seeds")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--plot", type=Path, help="draw the regret over time into this file")
    options = parser.parse_args()
    policies = {"without": ExplorationSettings(share=0.0)}
    if options.tune:
        policies |= {
            f"{share:g} in slot {slot}": ExplorationSettings(share=share, slot=slot) for share, slot in TRIED
        }
    else:
        policies["with"] = ExplorationSettings()
    seeds = TUNING if options.tune else range(options.first_seed, options.first_seed + options.seeds)
    doors = list(DOORS) if options.doors == "both" else [options.doors]
    walks = {door: walked(door, policies, seeds, options) for door in doors}
    found = {
        door: {name: summary(runs[name], runs["without"]) for name in runs} for door, runs in walks.items()
    }
    if options.json:
        print(json.dumps(found))
    else:
        print(table(found, len(list(seeds)), options))
    if options.plot:
        draw(walks, options.plot)


def walked(
    door: str, policies: dict[str, ExplorationSettings], seeds: Any, options: argparse.Namespace
) -> dict[str, list[Outcome]]:
    """The outcomes of each policy, a seed each."""
    runs: dict[str, list[Outcome]] = {name: [] for name in policies}
    for seed in seeds:
        town = made(seed, door, options.days, options.visits)
        for name, exploring in policies.items():
            begun = time.perf_counter()
            settings = msgspec.structs.replace(Settings(), exploring=exploring)
            with tempfile.TemporaryDirectory() as folder:
                course = Walk(town, settings, seed, Path(folder)).course()
            runs[name].append(outcome(town, course))
            took = time.perf_counter() - begun
            print(f"{door}, seed {seed}, {name}: {runs[name][-1].regret:.0f} ({took:.0f} s)", file=sys.stderr)
    return runs


def made(seed: int, door: str, days: float, visits: int) -> Town:
    """The town of a seed."""
    rng = np.random.default_rng(seed)
    written = pieces(END)
    world = world_of(written, rng)
    population = Population.sample(world, READERS, rng)
    end = to_ms(END)
    return town_of(tuple(written), world, population, end, days, visits, door == "side", rng)


def outcome(town: Town, course: Course) -> Outcome:
    """A course in numbers."""
    lost = course.best - course.chance
    hours = ((course.time - town.start) // HOUR).astype(int)
    by_hour = np.bincount(hours, lost, minlength=round((town.end - town.start) / HOUR))
    world = town.world
    new = world.published > town.start
    strength = world.appeal * (1 + world.heat)
    good = new & (strength >= np.quantile(strength[new], GOOD))
    last = np.minimum((town.end - world.published) / HOUR, LONGEST)
    until = np.minimum(course.found, last)
    return Outcome(
        pages=len(lost),
        regret=float(lost.sum()),
        regret_per_1000=float(1000 * lost.mean()),
        clicks_per_1000=float(1000 * course.chance.mean()),
        tried=float(course.trial.mean()),
        won=_won(course.chance, course),
        winnable=_won(course.known, course),
        hours_good=float(until[good].mean()),
        hours_new=float(until[new].mean()),
        lost=np.cumsum(by_hour),
    )


def _won(chance: FloatArray, course: Course) -> float:
    """Clicks that chances, float64 (p,), win on 1,000 pages with a trial over those with the usual item."""
    trial = course.trial
    return float(1000 * (chance - course.usual)[trial].mean()) if trial.any() else 0.0


def summary(runs: list[Outcome], without: list[Outcome]) -> dict[str, float]:
    """Means over the seeds, and the paired differences to the runs without, each with half a 95% interval."""
    found: dict[str, float] = {}
    for field in (
        "pages",
        "regret",
        "regret_per_1000",
        "clicks_per_1000",
        "tried",
        "won",
        "winnable",
        "hours_good",
        "hours_new",
    ):
        mine = np.array([getattr(run, field) for run in runs])
        theirs = np.array([getattr(run, field) for run in without])
        found[field] = float(mine.mean())
        found[f"{field}_half"] = half(mine)
        found[f"{field}_change"] = float((mine - theirs).mean())
        found[f"{field}_change_half"] = half(mine - theirs)
    return found


def half(values: FloatArray) -> float:
    """Half of the 95% confidence interval of the mean, by Student's t; 0 for a single value."""
    n = len(values)
    if n < 2:
        return 0.0
    quantile = STUDENT[n - 2] if n - 2 < len(STUDENT) else 2.1
    return float(quantile * values.std(ddof=1) / np.sqrt(n))


def table(found: dict[str, dict[str, dict[str, float]]], seeds: int, options: argparse.Namespace) -> str:
    """The figures as Markdown."""
    lines = [
        f"{seeds} seeds, {options.days:g} days, about {options.visits} visits each; ± half a 95% interval",
        "",
    ]
    for door, policies in found.items():
        lines += [
            f"Readers come {DOORS[door]}:",
            "",
            "| | slates with a trial | clicks won on 1,000 of them | by the best new article | clicks lost on 1,000 "
            "pages | change | clicks on 1,000 pages | change | hours until a good new article is found | change |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for name, of in policies.items():
            columns = [f"{of['tried']:.3f}"]
            columns += [
                f"{of[field]:+.1f} ±{of[field + '_half']:.1f}" if of["tried"] else ""
                for field in ("won", "winnable")
            ]
            for field, digits in (("regret_per_1000", 1), ("clicks_per_1000", 0), ("hours_good", 1)):
                columns.append(f"{of[field]:.{digits}f}")
                change, width = of[f"{field}_change"], of[f"{field}_change_half"]
                columns.append("" if name == "without" else f"{change:+.{max(digits, 1)}f} ±{width:.1f}")
            lines.append(f"| {name} | {' | '.join(columns)} |")
        lines.append("")
    return "\n".join(lines)


def draw(walks: dict[str, dict[str, list[Outcome]]], path: Path) -> None:
    """Draw the mean cumulated regret of each policy, and faintly that of each seed."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "recirc"
    from matplotlib import pyplot as plt

    figure, every = plt.subplots(
        1, len(walks), figsize=(5.5 * len(walks), 4.2), layout="constrained", squeeze=False
    )
    for axes, (door, runs) in zip(every[0], walks.items(), strict=True):
        for n, (name, outcomes) in enumerate(runs.items()):
            lost = np.array([run.lost for run in outcomes])
            hours = np.arange(1, lost.shape[1] + 1)
            axes.plot(hours, lost.T, color=f"C{n}", linewidth=0.6, alpha=0.3)
            axes.plot(hours, lost.mean(axis=0), color=f"C{n}", linewidth=2, label=f"{name} exploration")
        axes.set(title=f"Readers come {DOORS[door]}", xlabel="hours", ylabel="clicks lost so far")
        axes.title.set_fontsize(10)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


if __name__ == "__main__":
    main()
