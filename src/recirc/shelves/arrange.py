"""Which article gets which slot: no story twice."""

from collections.abc import Sequence, Set

from recirc.shelves.shelf import PlacedItem, Proposal
from recirc.types import IntArray


def arrange(
    slots: int, proposals: Sequence[Proposal], story: IntArray, excluded: Set[int]
) -> list[PlacedItem]:
    """Fill a shelf with the best proposals that have evidence, each of another story.

    Args:
        slots: number of slots; without enough proposals, some stay empty.
        proposals: best first.
        story: int32 (n_articles,): the story of each article.
        excluded: stories that may not appear.
    """
    placed: list[PlacedItem] = []
    seen = set(excluded)
    for proposal in proposals:
        if len(placed) == slots:
            break
        its_story = story.item(proposal.article)
        if its_story in seen:
            continue
        evidence = proposal.why()
        if evidence is not None:
            seen.add(its_story)
            placed.append(PlacedItem(proposal.article, proposal.score, evidence))
    return placed
