"""A request in the state's terms: indices instead of ids, what may be shown, and the id of its answer."""

from typing import cast

import numpy as np

from recirc.engine.brand_scopes import BrandScope
from recirc.engine.request_filters import NO_FILTERS, filters_of
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.shelves.ranking_measures import RankingTerms, span_ms
from recirc.shelves.shelf import RankingContext
from recirc.state.catalogue import COPY, LIVE, WITHDRAWN
from recirc.state.state import State
from recirc.text.slugs import key, slug
from recirc.types import BoolArray, IntArray, RankBy, Request


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

    `scope`: the newspaper that it is limited to, None: all.
    """
    allowed = state.derived(
        ("allowed", request.published_only, scope), lambda: _allowed(state, request.published_only, scope)
    )
    section = key(slug(request.section)) if request.section else 0
    filters = filters_of(request, now)
    if filters is not NO_FILTERS:
        allowed = allowed & filters.mask(state)
    asked = (section, request.window, True, request.slots, now, model)
    context = RankingContext(article, visit, allowed, *asked, shared=filters is NO_FILTERS)
    if request.last is None and request.by is RankBy.READERS:
        return context
    return context._replace(terms=RankingTerms(span_ms(request.last), request.by))


def request_context(
    state: State,
    request: Request,
    opened: tuple[IntArray, IntArray],
    now: int,
    model: Model | None,
    scope: BrandScope | None,
) -> RankingContext:
    """The same for a request for shelves. `opened`: indices, int32, of what its reader opened, the article of the
    request last, and of earlier visits; -1: unknown.
    """
    found, before = opened
    article = found.item(-1) if request.article else -1
    article = article if article < state.size else -1
    visit = visit_of(request, known_indices(found, state), known_indices(before, state))
    return ranking_context(state, request, visit, article, now, model, scope)


def visit_of(request: Request, history: IntArray, earlier: IntArray) -> Visit:
    """What a request says of its reader. `history` and `earlier` are int32 and distinct, as `Visit` has them.

    A request that is not personalised says nothing but the article that the history then ends with.
    """
    if not request.personalised:
        return Visit(history[-1:])
    codes = (request.referrer or 0, request.device or 0, request.region or 0)
    if len(earlier):
        earlier = earlier[~np.isin(earlier, history)]
    return Visit(history, earlier, *codes)


def known_indices(indices: IntArray, state: State) -> IntArray:
    """Those of some indices that the state knows."""
    if not len(indices):
        return indices
    known = [index for index in indices.tolist() if 0 <= index < state.size]
    return indices if len(known) == len(indices) else np.array(known, np.int32)


def _allowed(state: State, published_only: bool, scope: BrandScope | None) -> BoolArray:
    """Articles that may be shown at all, bool (n_articles,)."""
    status = state.catalogue.status[: state.size]
    shown = status == LIVE if published_only else (status != WITHDRAWN) & (status != COPY)
    return cast(BoolArray, shown if scope is None else shown & scope.mask(state))
