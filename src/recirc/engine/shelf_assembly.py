"""The steps from a request to a shelf: the question in the state's terms, the slots filled, the items told."""

from collections.abc import Set
from typing import NamedTuple, cast

import msgspec
import numpy as np

from recirc.engine.brand_scopes import BrandScope
from recirc.hashing import hex_digest
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.shelves.arrange import arrange
from recirc.shelves.exploration import KIND as TRIED
from recirc.shelves.exploration import Explorer
from recirc.shelves.reasons import ReasonNames, reason
from recirc.shelves.shelf import PlacedItem, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import EXCLUDED, RAW, READERS, REPEATED
from recirc.state.catalogue import COPY, LIVE, WITHDRAWN
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.text.slugs import key, slug
from recirc.types import BoolArray, Counts, IntArray, Request, ShelfItem, ShelfKind

SPARE = 3
"""A shelf proposes so many times its slots at first, and one for each story that may not appear: some proposals tell a
story that has its slot already, or have no evidence.
"""

LEAST = 1e-6
"""The least propensity that is told."""


class FilledShelf(NamedTuple):
    """A shelf with its items, before their articles are looked up."""

    kind: ShelfKind
    proposed: ShelfProposal
    placed: list[PlacedItem]
    slots: int


def fill(
    shelver: ShelfStrategy, state: State, question: RankingContext, slots: int, taken: Set[int]
) -> FilledShelf:
    """A shelf with its items. Where many proposals tell a story twice, more are asked for."""
    most, story = SPARE * slots + len(taken), state.stories.all()
    while True:
        proposed = shelver.propose(state, question, most)
        placed = arrange(slots, proposed.proposals, story, taken)
        if len(placed) == slots or len(proposed.proposals) < most:
            return FilledShelf(shelver.kind, proposed, placed, slots)
        most *= 4


def explored(
    filled: FilledShelf,
    explorer: Explorer,
    state: State,
    question: RankingContext,
    barred: Set[int],
    lot: str,
) -> FilledShelf:
    """The shelf, perhaps with a new article on trial in a slot of it; `barred` and `lot` as in `Explorer.explore`."""
    placed = explorer.explore(state, question, filled.placed, filled.slots, barred, lot)
    proposed = filled.proposed
    if any(item.evidence.kind == TRIED for item in placed):
        proposed = proposed._replace(method=f"{proposed.method}; one new article is being tried")
    return filled._replace(placed=placed, proposed=proposed)


def ranking_context(
    state: State,
    request: Request,
    visit: Visit,
    article: int,
    now: int,
    model: Model | None,
    scope: BrandScope | None = None,
) -> RankingContext:
    """A request in the state's terms; the visit's last article is `article` (-1: none), `now` is in ms.

    `scope`: the newspaper within which it stays, None: all.
    """
    allowed = state.derived(
        ("allowed", request.published_only, scope), lambda: _allowed(state, request.published_only, scope)
    )
    section = key(slug(request.section)) if request.section else 0
    return RankingContext(article, visit, allowed, section, request.window, True, request.slots, now, model)


def visit_of(request: Request, history: IntArray, earlier: IntArray) -> Visit:
    """What a request tells of its reader. `history` and `earlier` are int32 and distinct, as `Visit` has them.

    A request that is not personalised tells nothing but the article that the history then ends with.
    """
    if not request.personalised:
        return Visit(history[-1:])
    context = (request.referrer or 0, request.device or 0, request.region or 0)
    if len(earlier):
        earlier = earlier[~np.isin(earlier, history)]
    return Visit(history, earlier, *context)


def _allowed(state: State, published_only: bool, scope: BrandScope | None) -> BoolArray:
    """What may be shown at all, bool (n_articles,)."""
    status = state.catalogue.status[: state.size]
    shown = status == LIVE if published_only else (status != WITHDRAWN) & (status != COPY)
    return cast(BoolArray, shown if scope is None else shown & scope.mask(state))


def counts_of(state: State, index: int, window_readers: int) -> Counts:
    """What was counted of the article with an index; `window_readers` of them in the window asked for."""
    totals = state.audience.totals[index]
    raw, excluded, repeated = (int(totals[column]) for column in (RAW, EXCLUDED, REPEATED))
    return Counts(
        raw=raw,
        excluded=excluded,
        repeated=repeated,
        views=raw - excluded - repeated,
        readers=int(totals[READERS]),
        window_readers=window_readers,
    )


def shelf_item(
    place: int, item: PlacedItem, kept: ArchivedArticle, names: ReasonNames, counts: Counts | None
) -> ShelfItem:
    """A slot as it is told: the article as the archive keeps it, and why it is there."""
    article = kept.article
    return ShelfItem(
        article=kept.id,
        position=place,
        score=round(item.score, 6),
        reason=reason(item.evidence, names),
        propensity=max(round(item.propensity, 6), LEAST),
        headline=article.headline if article else None,
        section=article.section if article else None,
        published=article.published if article else None,
        counts=counts,
    )


def serve_id_of(request: Request, now: int, offset: int, model: Model | None) -> str:
    """16 hexadecimal digits: a function of what the answer is a function of."""
    told = msgspec.json.encode((request, now, offset, model.card.id if model else None))
    return hex_digest(told, 8)
