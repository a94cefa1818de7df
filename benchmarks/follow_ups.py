"""Whether follow-ups are on the same event: `python benchmarks/follow_ups.py [--data PATH] [--fit] [--pairs] [--json]`.

*The sample newspaper* says of which running story an article is a part. Pairs of parts of one story, published within
three days and no copies of each other, should be found. Opinion pieces on a story are no parts of it, and stand apart
as the demo's settings say. Half of its stories (`DEVELOPING`) are for developing, with every second article that is in
none; the other half is held.

*Reuters* (`--data`, one JSON object a line, gzipped or not, oldest first): pairs of articles labelled by reading, in
`follow_up_labels.toml`, where the first three weeks are for developing, in two parts, and the last three are held.
Topics are found as at a newsroom that sends none.

`--fit` fits the weights of `recirc.state.follow_ups` to the parts for developing, and prints them with what each
threshold gives there. `--pairs` prints what is found wrongly and what is missed.
"""

import argparse
import gzip
import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.clock import to_ms
from recirc.demo.paper import PaperArticle, pieces
from recirc.settings import LearningSettings
from recirc.state import follow_ups
from recirc.state.follow_ups import FEATURES, LEAST, WITHIN, pair_features, scores
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.slugs import key
from recirc.text.topics import Gazetteer, Topics
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Article, Batch, EntryKind

NOON: Final = datetime(2026, 3, 18, 12, tzinfo=UTC)
LABELS: Final = Path(__file__).with_name("follow_up_labels.toml")
APART: Final = (key("opinion"),)
DEVELOPING: Final = frozenset({"seawall", "library-closure", "cup-run", "cannery", "lantern-festival"})
DEMO_WEIGHT: Final = 3.0
"""A pair of the sample newspaper counts so many times in the fit: its archive is small, as that of a new portal is."""
RIDGE: Final = 1.0
STEPS: Final = 30  # of Newton's method
NEAREST: Final = 80
"""Candidates of an article that the weights are fitted to, of the greatest cosine · terms: all others are easy."""
THRESHOLDS: Final = (0.0, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)

Floats = NDArray[np.float64]
Pair = tuple[int, int]


class LabelledSet(NamedTuple):
    """Articles in a state, those whose follow-ups are looked at, and the pairs that are right."""

    state: State
    names: Sequence[str]
    seeds: Sequence[int]
    right: frozenset[Pair]
    apart: tuple[int, ...] = ()


def published(articles: Iterable[Article]) -> State:
    """The state after all these articles, which have dates."""
    listed = list(articles)
    records = np.zeros(len(listed), RECORD)
    records["kind"], records["source"], records["article"] = EntryKind.PUBLISH, -1, np.arange(len(listed))
    records["time"] = [to_ms(article.published) for article in listed if article.published]
    state = State(LearningSettings(), DIMENSIONS)
    features = {place: extract_features(article) for place, article in enumerate(listed)}
    state.fold(Batch(1, decided(records, 0.0), features))
    return state


def sample_sets() -> dict[str, LabelledSet]:
    """The sample newspaper: all of it, and both of its halves."""
    paper = pieces(NOON)
    state = published(piece.article for piece in paper)
    right = wanted(paper, state)
    names = [piece.article.id for piece in paper]
    seeds = {
        "developing": [place for place, piece in enumerate(paper) if _is_developing(place, piece)],
        "held": [place for place, piece in enumerate(paper) if not _is_developing(place, piece)],
    }
    seeds["all"] = sorted(seeds["developing"] + seeds["held"])
    return {
        f"sample, {part}": LabelledSet(
            state, names, among, frozenset(pair for pair in right if pair[0] in set(among)), APART
        )
        for part, among in seeds.items()
    }


def _is_developing(place: int, piece: PaperArticle) -> bool:
    return piece.story in DEVELOPING if piece.story else place % 2 == 0


def wanted(paper: Sequence[PaperArticle], state: State) -> set[Pair]:
    """Pairs of parts of one story within the time, that are no copies, both ways."""
    times, story = state.catalogue.published, state.stories.all()
    return {
        (a, b)
        for b, second in enumerate(paper)
        for a, first in enumerate(paper)
        if a != b and first.story is not None and first.story == second.story
        if abs(int(times[a]) - int(times[b])) <= WITHIN and story[a] != story[b]
    }


def labelled_sets(path: Path) -> dict[str, LabelledSet]:
    """The articles of a collection whose follow-ups are labelled."""
    stored = path.read_bytes()
    rows = [
        json.loads(line)
        for line in (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    ]
    topics = Topics(Gazetteer())
    state = published(_article(row, topics) for row in rows)
    titles = [str(row["title"]) for row in rows]
    sets = {}
    for part, labels in tomllib.loads(LABELS.read_text("utf-8")).items():
        right = frozenset((int(seed), other) for seed, others in labels.items() for other in others)
        sets[f"Reuters, {part}"] = LabelledSet(state, titles, [int(seed) for seed in labels], right)
    return sets


def _article(row: Mapping[str, str], topics: Topics) -> Article:
    body = f"{row.get('dateline') or ''} {row['body']}"
    return Article(
        id=row["id"],
        headline=row["title"],
        body=f"<p>{escape(body, quote=False)}</p>",
        topics=tuple(topic.name for topic in topics.find(row["title"], body)),
        published=datetime.fromisoformat(row["published"]),
        language="en",
    )


def found(labelled: LabelledSet) -> set[Pair]:
    """What the rule finds: pairs of an article that is looked at and another one."""
    return {
        (a, b)
        for a in labelled.seeds
        for b in follow_ups.follow_ups(labelled.state, a, labelled.apart).tolist()
    }


def figures(pairs: set[Pair], labelled: LabelledSet) -> dict[str, float]:
    """Precision, recall, and the share of later parts that lead back to an earlier one."""
    right = labelled.right
    times = labelled.state.catalogue.published
    later, reached = ({a for a, b in some if times[b] < times[a]} for some in (right, right & pairs))
    return {
        "pairs": len(pairs),
        "precision": round(len(pairs & right) / max(len(pairs), 1), 3),
        "recall": round(len(pairs & right) / max(len(right), 1), 3),
        "parts led back": round(len(reached) / max(len(later), 1), 3),
    }


def candidates(labelled: LabelledSet) -> tuple[list[Pair], Floats, Floats]:
    """All pairs that a threshold would decide on, their features and whether they are right."""
    state = labelled.state
    pairs: list[Pair] = []
    features = []
    for seed in labelled.seeds:
        among = follow_ups.candidates(state, seed, labelled.apart)
        pairs += [(seed, other) for other in among.tolist()]
        features.append(pair_features(state, seed, among))
    return pairs, np.concatenate(features), np.array([pair in labelled.right for pair in pairs], np.float64)


def fitted(features: Floats, right: Floats, weight: Floats) -> Floats:
    """Weights of a logistic regression with a constant, by Newton's method with a ridge on features of equal spread."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    x = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    weights = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (weight * (right - p)) - ridge * weights
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-6)
        weights = weights + np.linalg.solve(curve, slope)
    plain = weights[1:] / spread
    return np.concatenate([[weights[0] - plain @ mean], plain])


def print_fit(sets: Mapping[str, LabelledSet]) -> None:
    """Fit to the parts for developing, and print the weights and what thresholds give there, in each and together."""
    parts = {
        name: candidates(labelled)
        for name, labelled in sets.items()
        if name.endswith(("developing", "drawn"))
    }
    chosen = {name: _nearest(pairs, features) for name, (pairs, features, _) in parts.items()}
    weight = [np.full(len(chosen[name]), DEMO_WEIGHT if name.startswith("sample") else 1.0) for name in parts]
    weights = fitted(
        np.concatenate([features[chosen[name]] for name, (_, features, _) in parts.items()]),
        np.concatenate([right[chosen[name]] for name, (_, _, right) in parts.items()]),
        np.concatenate(weight),
    )
    print("constant, " + ", ".join(FEATURES) + ":", ", ".join(f"{each:.3f}" for each in weights))
    scored = {name: weights[0] + features @ weights[1:] for name, (_, features, _) in parts.items()}
    for least in THRESHOLDS:
        right_found = all_found = all_right = 0
        for name, (pairs, _, _) in parts.items():
            kept = {pair for pair, each in zip(pairs, scored[name].tolist(), strict=True) if each >= least}
            print(f"{name}, at least {least}: {figures(kept, sets[name])}")
            right_found += len(kept & sets[name].right)
            all_found, all_right = all_found + len(kept), all_right + len(sets[name].right)
        print(f"together: precision {right_found / all_found:.3f}, recall {right_found / all_right:.3f}")


def _nearest(pairs: Sequence[Pair], features: Floats) -> NDArray[np.intp]:
    """The places of the `NEAREST` pairs of each article."""
    seeds = np.array([seed for seed, _ in pairs])
    near = features[:, FEATURES.index("cosine")] * features[:, FEATURES.index("terms")]
    order = np.lexsort((-near, seeds))
    _, begins, counts = np.unique(seeds[order], return_index=True, return_counts=True)
    within = np.arange(len(order)) - np.repeat(begins, counts)
    chosen: NDArray[np.intp] = np.sort(order[within < NEAREST])
    return chosen


def print_pairs(labelled: LabelledSet) -> None:
    """Print what is found wrongly, and what is missed, with scores."""
    pairs = found(labelled)
    for title, some in (("wrong", pairs - labelled.right), ("missed", labelled.right - pairs)):
        for a, b in sorted(some):
            score = scores(pair_features(labelled.state, a, np.array([b], np.int32)))[0]
            print(f"{title} {score:6.2f}  {labelled.names[a]} | {labelled.names[b]}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure whether follow-ups are on the same event.")
    parser.add_argument("--data", type=Path, help="for instance ../shared/data/reuters/articles.jsonl.gz")
    parser.add_argument("--fit", action="store_true", help="fit the weights, and print them")
    parser.add_argument(
        "--pairs", action="store_true", help="print what is found wrongly, and what is missed"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sets = sample_sets() | (labelled_sets(options.data) if options.data else {})
    if options.fit:
        print_fit(sets)
        return
    results = {name: figures(found(labelled), labelled) for name, labelled in sets.items()}
    if options.json:
        rows = sum(len(labelled.seeds) for labelled in sets.values())
        head = {"benchmark": "follow_ups", "protocol": None, "data": {"rows": rows, "windows": None}}
        print(json.dumps({**head, "policies": results}))
        return
    print(f"at least {LEAST}")
    for name, row in results.items():
        print(f"{name:<20}", *(f"{what} {figure:g}" for what, figure in row.items()), sep="  ")
        if options.pairs:
            print_pairs(sets[name])


if __name__ == "__main__":
    main()
