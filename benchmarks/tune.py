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

from recirc.replay.evaluation import evaluate
from recirc.replay.log_reader import read_replay_log
from recirc.replay.metrics import metrics
from recirc.replay.policies import policies
from recirc.replay.protocols import protocols
from recirc.replay.replay_log import ReplayLog, replay_log_from
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
    parser.add_argument("--every", type=int, default=10, help="test only every Nth query")
    parser.add_argument("tries", nargs="*", metavar="table.setting=value,value")
    options = parser.parse_args()
    every, _ = read_replay_log(options.data, time.time_ns() // 1_000_000, lambda *_: None)
    log = first_windows(every, options.last)
    report("as it is", log, Settings(), options)
    for wanted in options.tries:
        name, _, values = wanted.partition("=")
        for value in values.split(","):
            report(f"{name} = {value}", log, changed(Settings(), name, value), options)


def first_windows(log: ReplayLog, last: int) -> ReplayLog:
    """The clicks of windows up to `last`."""
    chosen = log.window <= last
    return replay_log_from(log.records[chosen], log.window[chosen])


def changed(settings: Settings, name: str, value: str) -> Settings:
    """`settings` with one of them set, as `table.setting`; a list's values are separated by `:`."""
    table, _, key = name.partition(".")
    tree = msgspec.to_builtins(settings)
    tree[table][key] = (
        [float(part) for part in value.split(":")] if isinstance(tree[table][key], tuple) else value
    )
    return msgspec.convert(tree, Settings, strict=False)


def report(title: str, log: ReplayLog, settings: Settings, options: argparse.Namespace) -> None:
    """Replay and print one line."""
    policy = policies()[options.policy](settings)
    state = State(settings.learning, DIMENSIONS)
    result = evaluate(protocols()[options.protocol](options.every), log, state, [policy], lambda _: None)
    found = metrics(np.asarray(result.ranks[policy.name]), result.window)
    print(f"{title:50} hr@20 {found['hr@20'].mean:.4f}  ndcg@20 {found['ndcg@20'].mean:.4f}", flush=True)


if __name__ == "__main__":
    main()
