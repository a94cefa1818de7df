"""Who gets which slot: no story twice, on all three shelves together."""

from collections.abc import Sequence

from recirc.shelves.shelf import Proposal
from recirc.types import IntArray


def arrange(
    offers: Sequence[tuple[int, Sequence[Proposal]]], story: IntArray, taken: set[int]
) -> list[list[Proposal]]:
    """Fill shelves in the order given, each with the best proposals whose story has no slot yet.

    Args:
        offers: for each shelf its slots and its proposals, best first.
        story: int32 (n_articles,): the story of each.
        taken: stories that may not appear; those that get a slot are added.

    Returns:
        For each shelf its items, at most as many as its slots: an empty slot rather than filler.
    """
    shelves: list[list[Proposal]] = []
    for slots, proposals in offers:
        items: list[Proposal] = []
        for proposal in proposals:
            if len(items) == slots:
                break
            if int(story[proposal.article]) not in taken:
                taken.add(int(story[proposal.article]))
                items.append(proposal)
        shelves.append(items)
    return shelves
