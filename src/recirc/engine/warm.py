"""Compiles every hot loop before the first request, at installation or at the first start."""

from collections.abc import Callable
from functools import partial
from time import monotonic

import numpy as np

from recirc.compiled import is_kept, watched
from recirc.rank.candidates import CandidateGenerator
from recirc.rank.features import GROUPS
from recirc.rank.forest import LEAF, Forest, prepare, scores_and_leaves, tree_scores
from recirc.rank.openings import openings
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.recommendation import mean_contributions, supporting_groups
from recirc.shelves.registry import strategies
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.store.decider import warm_up_decisions
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Article, Batch, EntryKind, Window

SAY_SECONDS = 5.0
"""Seconds between two lines on how much is compiled."""


def compile_loops(settings: Settings, say: Callable[[str], None]) -> None:
    """Have machine code for all hot loops, from disk or compiled now; `say` receives a line now and then on the latter.

    Without machine code a first reader would wait for a minute, and all others with him.
    """
    said: float | None = None

    def watcher(ready: int, size: int) -> None:
        nonlocal said
        if said is None:
            say("compiling the hot loops, once; this takes about a minute")
        elif monotonic() - said < SAY_SECONDS:
            return
        else:
            say(f"compiling the hot loops: {ready} of {size}")
        said = monotonic()

    with watched(watcher):
        warm_up(settings)
    if said is not None:
        say("the hot loops are compiled")
    if not is_kept():
        say(
            "the compiled loops cannot be kept, so each start takes that long: let NUMBA_CACHE_DIR name a folder that "
            "this user may write"
        )


def warm_up(settings: Settings) -> None:
    """Run all loops on a state of two articles and four visits, so that their machine code is cached on disk."""
    words = " ".join(f"word{n}" for n in range(40))
    features = extract_features(
        Article(id="a", headline="Warm", body=f"<p>{words}</p>", section="s", language="en")
    )
    records = np.zeros(8, RECORD)
    records["kind"] = [EntryKind.PUBLISH, EntryKind.PUBLISH, *[EntryKind.VIEW] * 5, EntryKind.REACTION]
    records["article"] = [0, 1, 0, 1, 0, 1, 0, 0]
    records["visit"] = [0, 0, 1, 1, 2, 2, 3, 3]
    records["time"], records["id"] = 1_700_000_000_000, np.arange(1, 9)
    records["source"], records["position"] = -1, NO_POSITION
    state = State(settings.learning, DIMENSIONS)
    warm_up_decisions()
    state.fold(Batch(1, decided(records, 0.0), {0: features, 1: features}))
    allowed = np.ones(state.size, bool)
    visit = Visit(np.array([0], np.int32), np.array([1], np.int32), 1, 1, 1)
    context = RankingContext(0, visit, allowed, 0, Window.HOUR, True, None, 1_700_000_000_000)
    for kind in strategies():
        strategy = kind(settings)
        strategy.arranged(state, context, 4, 10, set())
        for proposal in strategy.propose(state, context, 10).proposals:
            proposal.why()
    _warm_up_trees(settings, state, visit)


def _warm_up_trees(settings: Settings, state: State, visit: Visit) -> None:
    """Compute features, scores and contributions with one tree of one split."""
    generator = CandidateGenerator(settings.recommending, settings.learning)
    generator.gather(state, Visit(np.zeros(0, np.int32)), limit=1)
    features = generator.gather(state, visit, features=True).features
    openings(0, np.zeros(3, np.int32), state.visits)
    ints, floats = partial(np.array, dtype=np.int32), partial(np.array, dtype=np.float64)
    leaves = ints([LEAF] * 3)
    tree = Forest(
        ints([0, LEAF, LEAF]), floats([0.0] * 3), leaves.copy(), leaves.copy(), floats([0.0] * 3), ints([0])
    )
    tree.left[0], tree.right[0] = 1, 2
    forest, groups = prepare(tree), generator.catalogue.groups
    tree_scores(forest, features)
    _, leaves = scores_and_leaves(forest, features)
    rows = np.arange(len(features))
    usual = mean_contributions(forest, leaves, rows, groups, len(GROUPS))
    supporting_groups(forest, leaves, rows, groups, usual)
