"""Who gets which slot: no story twice."""

from collections.abc import Sequence, Set

from recirc.shelves.shelf import PlacedItem, Proposal
from recirc.types import IntArray


def arrange(slots: int, proposals: Sequence[Proposal], story: IntArray, taken: Set[int]) -> list[PlacedItem]:
    """Fill a shelf with the best proposals that have evidence and whose story is not on it yet, nor in
    `taken`.

    Args:
        slots: how many there are; an empty slot rather than filler.
        proposals: best first.
        story: int32 (n_articles,): the story of each article.
        taken: stories that may not appear: the reader's own, and those of the shelves that were filled
            before.
    """
    placed: list[PlacedItem] = []
    barred = set(taken)
    for proposal in proposals:
        if len(placed) == slots:
            break
        its_story = story.item(proposal.article)
        if its_story in barred:
            continue
        evidence = proposal.why()
        if evidence is not None:
            barred.add(its_story)
            placed.append(PlacedItem(proposal.article, proposal.score, evidence))
    return placed
