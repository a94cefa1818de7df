"""What lists of what was shown add to a model that learns from candidates, judged by what simulated readers want.

    python benchmarks/shown_lists.py --seeds 5

The demo's readers fill a log for two weeks. Models are trained on all but its last two days, with several weights for
the lists of what Recommendation had shown, with and without the clicks' inverse propensities. What each reader wants is
known here: `wanted` is Σ p^-0.9 · (weight by which the reader would choose the p-th), over the best 8 candidates, as a
share of the most that could be had. About 40 seconds a seed, one core.
"""

import argparse
import tempfile
from collections.abc import Callable
from datetime import datetime

import numpy as np

from recirc.clock import to_ms
from recirc.demo.paper import pieces
from recirc.demo.past import fill_past
from recirc.demo.readers import POSITION_DECAY, Population, attraction
from recirc.demo.run import READERS
from recirc.demo.world import World, world_of
from recirc.engine import Engine
from recirc.engine.store_log import StoreLog
from recirc.rank.features import feature_catalogue
from recirc.rank.forest import scores
from recirc.rank.training import TrainingQueries, train
from recirc.replay.training import FORMULA
from recirc.replay.training_set import (
    SHOWN_WEIGHT,
    HoldoutQueries,
    TrainingSet,
    build_training_set,
)
from recirc.settings import Settings, StoreSettings, TrainingSettings
from recirc.types import EntryKind, FloatArray, IntArray, RecordArray

SLOTS = 8
Weigh = Callable[[FloatArray], FloatArray]
TRIES: dict[str, Weigh] = {
    "candidates alone": lambda ips: 0 * ips,
    "shown × 0.3": lambda ips: 0.3 + 0 * ips,
    "shown × 0.1 × inverse propensity": lambda ips: 0.1 * ips,
    "shown × 0.3 × inverse propensity": lambda ips: 0.3 * ips,
    "shown × inverse propensity": lambda ips: ips,
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(1, parser.parse_args().seeds + 1)
    found = [figures(seed) for seed in seeds]
    print(f"{'learned from':36}{'wanted':>8}{'more than candidates alone':>30}")
    for name in found[0]:
        values = np.array([each[name] for each in found])
        more = values - [each["candidates alone"] for each in found]
        margin = 1.96 * more.std(ddof=1) / np.sqrt(len(more)) if len(more) > 1 else float("nan")
        print(f"{name:36}{values.mean():8.4f}{more.mean():+22.4f} ±{margin:.4f}")


def figures(seed: int) -> dict[str, float]:
    """How much of what readers want each try shows, for one seed."""
    rng = np.random.default_rng(seed)
    now = datetime.now().astimezone()
    written = pieces(now)
    world = world_of(written, rng)
    population = Population.sample(world, READERS, rng)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            store=StoreSettings(path=f"{folder}/recirc.db"),
            training=TrainingSettings(window_hours=336.0, held_hours=48.0, max_queries=20_000),
        )
        engine = Engine.open(settings)
        try:
            engine.publish([piece.article for piece in written]).result()
            engine.catch_up()
            fill_past(engine, world, population, to_ms(now), 0, rng)
            index = engine.intern(world.ids)
        finally:
            engine.close()
        with StoreLog(settings) as log:
            lists = build_training_set(log, settings, 0, lambda *_: None)
            records = log.records(0, lists.offset).records
    want = wanted(world, population, index, records, lists.holdout)
    held = lists.holdout.queries
    formula = held.features[:, feature_catalogue(settings.learning).names.index(FORMULA)]
    told = {"(the default formula)": shown(formula.astype(float), held, want)}
    for name, weigh in TRIES.items():
        forest = train(weighed(lists, weigh), settings.training, 1)
        told[name] = shown(scores(forest, held.features), held, want)
    return told


def wanted(
    world: World, population: Population, index: IntArray, records: RecordArray, held: HoldoutQueries
) -> FloatArray:
    """How much each candidate attracts each held reader, float64 (n,), see `readers.attraction`."""
    article = np.full(int(max(index.max(), held.articles.max())) + 1, -1)
    article[index] = np.arange(len(index))
    rows = {key: row for row, key in enumerate(population.keys.tolist())}
    first = np.r_[0, np.cumsum(held.queries.sizes)]
    found = np.zeros(len(held.articles))
    for number, offset in enumerate(held.offset.tolist()):
        click = records[offset - 1]
        visit = records[: offset - 1][records["visit"][: offset - 1] == click["visit"]]
        last = article[visit["article"][visit["kind"] == EntryKind.VIEW][-1]]
        these = article[held.articles[first[number] : first[number + 1]]]
        pull = world.pull(np.array([click["time"]]))[0][these]
        taste = population.taste[rows[int(click["reader"])]][these]
        weight = attraction(taste, pull, world.likeness[last][these])
        found[first[number] : first[number + 1]] = np.where((pull > 0) & (these >= 0), weight, 0.0)
    return found


def shown(score: FloatArray, held: TrainingQueries, want: FloatArray) -> float:
    """The mean of `wanted` over the held lists, in the order of a score, float64 (n,)."""
    seen = (np.arange(SLOTS) + 1.0) ** -POSITION_DECAY
    shares = []
    for begin, size in zip(np.r_[0, np.cumsum(held.sizes)[:-1]], held.sizes, strict=True):
        of, by = want[begin : begin + size], score[begin : begin + size]
        best, most = of[np.argsort(-by, kind="stable")][:SLOTS], np.sort(of)[::-1][:SLOTS]
        shares.append((best * seen[: len(best)]).sum() / (most * seen[: len(most)]).sum())
    return float(np.mean(shares))


def weighed(lists: TrainingSet, weigh: Weigh) -> TrainingQueries:
    """The lists with other weights for what was shown; `weigh` is told the inverse propensities."""
    weight = lists.queries.weight.copy()
    if lists.shown_queries:
        weight[-lists.shown_queries :] = weigh(weight[-lists.shown_queries :] / SHOWN_WEIGHT)
    return lists.queries._replace(weight=weight)


if __name__ == "__main__":
    main()
