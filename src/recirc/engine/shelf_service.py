"""From a request to the three shelves, and to one ranking: looked up, filled, told."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import numpy as np
from msgspec import structs

from recirc.engine.addresses import locate_article
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.model_registry import ActiveModel
from recirc.engine.shelf_assembly import (
    FilledShelf,
    counts_of,
    explored,
    fill,
    ranking_context,
    serve_id_of,
    shelf_item,
    visit_of,
)
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.exploration import Explorer
from recirc.shelves.ranking import Ranking
from recirc.shelves.reasons import ReasonNames
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.related import Related
from recirc.shelves.shelf import RankingContext, ShelfProposal
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug
from recirc.types import Counts, Request, Shelf, Slate, Window

NOBODY = Visit(np.zeros(0, np.int32))


class ShelfService:
    """Answers requests from the state that `reading` gives, with the model that is in force."""

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        bookshelf: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
        in_force: ActiveModel,
        scopes: Mapping[str, BrandScope],
    ) -> None:
        """`scopes` are those of the brands, by key."""
        self.ranker, self.related = Ranking(settings), Related(settings)
        self.recommendation = Recommendation(settings)
        self._explorer = Explorer(settings.exploring)
        self._store, self._bookshelf, self._reading = store, bookshelf, reading
        self._in_force, self._scopes = in_force, scopes

    def shelves(self, request: Request, now: int) -> Slate:
        """The three shelves beside an article, for a reader, at `now` (ms). The same state, request and `now`
        give the same answer.

        Recommendation goes by all that the request tells of the reader, or by the article alone where the request is
        not personalised. An unknown article is as none. Raises StoreError.
        """
        if request.url is not None:
            request = structs.replace(
                request,
                article=request.article or locate_article(self._store, self._bookshelf, request.url),
                url=None,
            )
        model = self._in_force.model
        newest_first = request.history[::-1] if request.personalised else ()
        if request.article:
            newest_first = (request.article, *newest_first)
        # Of an article that was opened again, the last time counts.
        found = self._store.find([*dict.fromkeys(newest_first)][::-1])
        before = self._store.find(
            [*dict.fromkeys(request.earlier[::-1])][::-1] if request.personalised else []
        )
        with self._reading() as state:
            known = found[(found >= 0) & (found < state.size)]
            article = int(known[-1]) if request.article and found[-1] in known else -1
            visit = visit_of(request, known, before[(before >= 0) & (before < state.size)])
            scope = self._scopes.get(request.brand or "")
            question = ranking_context(state, request, visit, article, now, model, scope)
            offset = state.offset
            serve_id = serve_id_of(request, now, offset, model)
            filled = self._fill(state, question, request, request.draw or serve_id)
        names = self._names(request, question)
        ranking, related, recommendation = (self._shelf(shelf, names, now, serve_id) for shelf in filled)
        return Slate(
            ranking=ranking,
            related=related,
            recommendation=recommendation,
            as_of=ranking.as_of,
            offset=offset,
            article=request.article if article >= 0 else None,
        )

    def _fill(self, state: State, question: RankingContext, request: Request, lot: str) -> list[FilledShelf]:
        """Ranking, Related and Recommendation with their items, as of now; `lot` is what is drawn from."""
        # Ranking chooses first: it is one list for all, and the others have more to choose from.
        shelvers = (self.ranker, self.related, self.recommendation)
        story = state.stories.all()
        shown = {story.item(question.article)} if question.article >= 0 else set[int]()
        read = set(story[np.concatenate((question.history, question.visit.earlier))].tolist())
        filled = []
        for shelver in shelvers:
            if request.shelf and shelver.kind not in request.shelf:
                # What nobody will see takes no article away from the others.
                nothing = ShelfProposal([], "nothing", "This shelf was not asked for.")
                filled.append(FilledShelf(shelver.kind, nothing, [], 1))
                continue
            taken = shown | read if shelver is self.recommendation else shown
            filled.append(fill(shelver, state, question, request.slots or shelver.slots(), taken))
            shown |= {story.item(item.article) for item in filled[-1].placed}
        if not request.shelf or self.recommendation.kind in request.shelf:
            filled[-1] = explored(filled[-1], self._explorer, state, question, shown | read, lot)
        return filled

    def ranking(
        self, *, section: str | None, window: Window, slots: int, now: int, brand: str | None = None
    ) -> Shelf:
        """What is read most in exactly this window that ends `now` (ms), with the counts of each article.
        Raises StoreError.
        """
        request = Request(section=section, window=window, slots=slots, brand=brand)
        with self._reading() as state:
            scope = self._scopes.get(brand or "")
            question = ranking_context(state, request, NOBODY, -1, now, None, scope)._replace(widen=False)
            filled = fill(self.ranker, state, question, slots, set())
            offset = state.offset
            counts = {item.article: counts_of(state, item.article, int(item.score)) for item in filled.placed}
        return self._shelf(
            filled, self._names(request, question), now, serve_id_of(request, now, offset, None), counts
        )

    def _shelf(
        self,
        filled: FilledShelf,
        names: ReasonNames,
        now: int,
        serve_id: str,
        counts: Mapping[int, Counts] | None = None,
    ) -> Shelf:
        stored = self._bookshelf.get([item.article for item in filled.placed])
        return Shelf(
            kind=filled.kind,
            items=tuple(
                shelf_item(place, item, kept, names, (counts or {}).get(item.article))
                for place, (item, kept) in enumerate(zip(filled.placed, stored, strict=True))
                if kept is not None
            ),
            method=filled.proposed.method,
            as_of=datetime.fromtimestamp(now / 1000, UTC),
            serve_id=serve_id,
            short=filled.proposed.when_short if len(filled.placed) < filled.slots else None,
        )

    def _names(self, request: Request, question: RankingContext) -> ReasonNames:
        topics: dict[int, str] = {}
        if question.article >= 0:
            (stored,) = self._bookshelf.get([question.article])
            if stored is not None and stored.article is not None:
                topics = {key(slug(topic)): topic for topic in stored.article.topics}
        sections = {question.section: title(slug(request.section))} if request.section else {}
        return ReasonNames(topics, sections, self._headline, question.article)

    def _headline(self, index: int) -> str | None:
        (stored,) = self._bookshelf.get([index])
        return stored.article.headline if stored is not None and stored.article is not None else None


def title(section: str) -> str:
    """
    >>> title("world-news")
    'World news'
    """
    return section.replace("-", " ").capitalize()
