"""Whether follow-ups belong to the same running story: `python benchmarks/follow_ups.py [--pairs] [--json]`.

The sample newspaper says of which running story an article is a part; opinion pieces on it do not count as parts, and
so are found wrongly, by that measure. Pairs of parts of one story, published within three days and no copies of each
other, should be found; `--pairs` prints what was found and is not one of them, to be checked by eye.
"""

import argparse
import json
from datetime import UTC, datetime

import numpy as np

from recirc.clock import to_ms
from recirc.demo.paper import PaperArticle, pieces
from recirc.settings import LearningSettings
from recirc.state import follow_ups
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.vector import DIMENSIONS
from recirc.types import RECORD, Batch, EntryKind

NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


def published(paper: tuple[PaperArticle, ...]) -> State:
    """The state after the whole newspaper."""
    records = np.zeros(len(paper), RECORD)
    records["kind"], records["source"], records["article"] = EntryKind.PUBLISH, -1, np.arange(len(paper))
    records["time"] = [_milliseconds(piece) for piece in paper]
    state = State(LearningSettings(), DIMENSIONS)
    state.fold(
        Batch(
            1,
            decided(records, 0.0),
            {place: extract_features(piece.article) for place, piece in enumerate(paper)},
        )
    )
    return state


def _milliseconds(piece: PaperArticle) -> int:
    assert piece.article.published is not None
    return to_ms(piece.article.published)


def wanted(paper: tuple[PaperArticle, ...], state: State) -> set[tuple[int, int]]:
    """Pairs of parts of one story within the time, that are no copies."""
    times = [_milliseconds(piece) for piece in paper]
    story = state.stories.all()
    return {
        (a, b)
        for b, second in enumerate(paper)
        for a, first in enumerate(paper[:b])
        if first.story is not None and first.story == second.story
        if abs(times[a] - times[b]) <= follow_ups.WITHIN and story[a] != story[b]
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure whether follow-ups belong to one running story.")
    parser.add_argument(
        "--pairs", action="store_true", help="print pairs that are found and not of one story"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    paper = pieces(NOON)
    state = published(paper)
    right = wanted(paper, state)
    found = {
        (min(a, b), max(a, b)) for a in range(len(paper)) for b in follow_ups.follow_ups(state, a).tolist()
    }
    later, reached = ({b for _, b in pairs} for pairs in (right, right & found))
    figures = {
        "pairs": len(found),
        "precision": round(len(found & right) / max(len(found), 1), 3),
        "recall": round(len(found & right) / max(len(right), 1), 3),
        "parts led back": round(len(reached) / max(len(later), 1), 3),
    }
    if options.json:
        data = {"rows": len(paper), "windows": None}
        print(
            json.dumps(
                {"benchmark": "follow_ups", "protocol": None, "data": data, "policies": {"recirc": figures}}
            )
        )
        return
    for name, figure in figures.items():
        print(f"{name:<16} {figure:>8}")
    for a, b in sorted(found - right) if options.pairs else ():
        print(f"{paper[a].article.id} | {paper[b].article.id}")


if __name__ == "__main__":
    main()
