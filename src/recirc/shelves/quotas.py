"""Slots that are for certain articles: an arrangement with at least so many of each kind."""

from collections.abc import Sequence, Set
from typing import NamedTuple

from recirc.shelves.arrange import arrange
from recirc.shelves.shelf import PlacedItem, Proposal
from recirc.types import BoolArray, IntArray


class Quota(NamedTuple):
    """At least `least` slots are for articles in `among`, bool (n_articles,); `rule` is the key of the rule."""

    least: int
    among: BoolArray
    rule: str


class QuotaArrangement(NamedTuple):
    """The items, and whether every quota is met."""

    placed: list[PlacedItem]
    met: bool


def arrange_with_quotas(
    slots: int,
    proposals: Sequence[Proposal],
    story: IntArray,
    excluded: Set[int],
    quotas: Sequence[Quota],
) -> QuotaArrangement:
    """As `arrange`, with at least so many items of each quota as have evidence; best first all the same.

    An item that would not be there without its quota bears the key of the rule.
    """
    free = arrange(slots, proposals, story, excluded)
    placed, met = list(free), True
    keep: set[int] = set()  # articles that a quota needs
    for quota in quotas:
        own = [item.article for item in placed if quota.among[item.article]][: quota.least]
        keep |= set(own)
        missing = min(quota.least, slots) - len(own)
        if missing <= 0:
            continue
        taken = excluded | {story.item(item.article) for item in placed}
        others = [each for each in proposals if quota.among[each.article]]
        found = arrange(missing, others, story, taken)
        met &= len(found) == missing
        for item in found:
            spare = [each for each in placed if each.article not in keep]
            if len(placed) >= slots:
                if not spare:
                    break
                placed.remove(spare[-1])
            placed.append(item._replace(rule=quota.rule))
            keep.add(item.article)
    rank = {proposal.article: place for place, proposal in enumerate(proposals)}
    return QuotaArrangement(sorted(placed, key=lambda item: rank[item.article]), met)
