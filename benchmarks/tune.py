"""Try other values of the settings that the default formula and its statistics go by, one setting at a time.

    python benchmarks/tune.py --data ../shared/data/globo/clicks_hours_000_191.parquet \\
        recommending.popularity=0.05,0.1,0.2 learning.coreading_half_life=21600,43200

Only the first windows (--last, 95) are looked at, so that the later ones can judge what was chosen.
"""

import argparse
import time
from pathlib import Path

import msgspec
import numpy as np

from recirc.replay.log import read_clicks
from recirc.replay.metrics import metrics
from recirc.replay.policies import policies
from recirc.replay.protocols import protocols
from recirc.replay.replay_fold import play
from recirc.replay.replay_log import ReplayLog, clicks_of
from recirc.settings import Settings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS


def main() -> None:
    """Print HR@20 and NDCG@20 for the settings as they are, and for each value tried."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--protocol", default="hourly", choices=sorted(protocols()))
    parser.add_argument("--policy", default="default", choices=sorted(policies()))
    parser.add_argument("--last", type=int, default=95, help="last window that is looked at")
    parser.add_argument("--every", type=int, default=10, help="ask each so many-th query")
    parser.add_argument("tries", nargs="*", metavar="table.setting=value,value")
    options = parser.parse_args()
    every, _ = read_clicks(options.data, time.time_ns() // 1_000_000, lambda *_: None)
    clicks = first_windows(every, options.last)
    report("as it is", clicks, Settings(), options)
    for wanted in options.tries:
        name, _, values = wanted.partition("=")
        for value in values.split(","):
            report(f"{name} = {value}", clicks, changed(Settings(), name, value), options)


def first_windows(clicks: ReplayLog, last: int) -> ReplayLog:
    """The clicks of windows up to `last`."""
    chosen = clicks.window <= last
    return clicks_of(clicks.records[chosen], clicks.window[chosen])


def changed(settings: Settings, name: str, value: str) -> Settings:
    """`settings` with one of them set, as `table.setting`; a list's values are separated by `:`."""
    table, _, key = name.partition(".")
    tree = msgspec.to_builtins(settings)
    tree[table][key] = (
        [float(part) for part in value.split(":")] if isinstance(tree[table][key], tuple) else value
    )
    return msgspec.convert(tree, Settings, strict=False)


def report(title: str, clicks: ReplayLog, settings: Settings, options: argparse.Namespace) -> None:
    """Replay and print one line."""
    policy = policies()[options.policy](settings)
    state = State(settings.learning, DIMENSIONS)
    answers = play(protocols()[options.protocol](options.every), clicks, state, [policy], lambda _: None)
    found = metrics(np.asarray(answers.ranks[policy.name]), answers.window)
    print(f"{title:50} hr@20 {found['hr@20'].mean:.4f}  ndcg@20 {found['ndcg@20'].mean:.4f}", flush=True)


if __name__ == "__main__":
    main()
