"""From a request to its slate, and to one ranking: strategies propose, slots are filled, articles are looked up."""

from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import structs

from recirc.clock import from_ms
from recirc.engine.addresses import locate_article
from recirc.engine.article_cache import ArticleCache
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.model_registry import ActiveModel
from recirc.engine.ranking_context import ranking_context, visit_of
from recirc.engine.shelf_signatures import ShelfSignatures
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.arrange import arrange
from recirc.shelves.exploration import KIND as ON_TRIAL
from recirc.shelves.exploration import Explorer
from recirc.shelves.ranking import Ranking
from recirc.shelves.reasons import ReasonNames, reason
from recirc.shelves.registry import strategies
from recirc.shelves.shelf import PlacedItem, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import EXCLUDED, RAW, READERS, REPEATED
from recirc.state.state import State
from recirc.store.ports import ArchivedArticle
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug
from recirc.types import Counts, Request, Shelf, ShelfItem, Slate, Window

NOBODY = Visit(np.zeros(0, np.int32))

SPARE = 3
"""A shelf first proposes this many times its slots, and one for each excluded story: the story of a proposal may have a
slot already, or there may be no evidence.
"""

LEAST = 1e-6
"""The least propensity in an answer."""


class FilledShelf(NamedTuple):
    """A shelf with its items, before their articles are looked up."""

    strategy: ShelfStrategy
    proposed: ShelfProposal
    placed: list[PlacedItem]
    slots: int


class Answer(NamedTuple):
    """What all items of an answer share: its id, its time in ms, and the article beside which it is shown."""

    serve_id: str
    now: int
    source: str | None


class ShelfService:
    """Answers requests from the state that `reading` gives, with the active model.

    Attributes:
        strategies: the shelves by name, in the order in which pages show them.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        articles: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
        active: ActiveModel,
        scopes: Mapping[str, BrandScope],
        signatures: ShelfSignatures,
    ) -> None:
        """`scopes` are those of the brands, by key."""
        self.strategies = {strategy.name: strategy(settings) for strategy in strategies()}
        self._in_turn = sorted(self.strategies.values(), key=lambda each: (each.turn, each.number))
        self._explorer = Explorer(settings.exploring)
        self._store, self._articles, self._reading = store, articles, reading
        self._active, self._scopes, self._signatures = active, scopes, signatures

    def shelves(self, request: Request, now: int) -> Slate:
        """The shelves beside an article, for a reader, at `now` (ms). The same state, request and `now` give the same
        answer.

        Personal shelves use all that the request says of the reader, or the article alone where the request is not
        personalised. An unknown article is treated as no article. Raises StoreError.
        """
        if request.url is not None:
            request = structs.replace(
                request,
                article=request.article or locate_article(self._store, self._articles, request.url),
                url=None,
            )
        model = self._active.model
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
            context = ranking_context(state, request, visit, article, now, model, scope)
            offset = state.offset
            serve_id = self._serve_id(request, now, offset, model)
            filled = self._fill(state, context, request, self._seed(request, serve_id))
        names = self._names(request, context)
        answer = Answer(serve_id, now, request.article)
        return Slate(
            shelves={name: self._shelf(filled[name], names, answer) for name in self.strategies},
            as_of=from_ms(now),
            offset=offset,
            article=request.article if article >= 0 else None,
        )

    def ranking(
        self, *, section: str | None, window: Window, slots: int, now: int, brand: str | None = None
    ) -> Shelf:
        """The most read articles in exactly this window that ends `now` (ms), with the counts of each article.
        Raises StoreError.
        """
        request = Request(section=section, window=window, slots=slots, brand=brand)
        with self._reading() as state:
            scope = self._scopes.get(brand or "")
            context = ranking_context(state, request, NOBODY, -1, now, None, scope)._replace(widen=False)
            filled = fill(self.strategies[Ranking.name], state, context, slots, set())
            offset = state.offset
            counts = {item.article: counts_of(state, item.article, int(item.score)) for item in filled.placed}
        answer = Answer(self._serve_id(request, now, offset, None), now, None)
        return self._shelf(filled, self._names(request, context), answer, counts)

    def _serve_id(self, request: Request, now: int, offset: int, model: Model | None) -> str:
        depends_on = msgspec.json.encode((request, now, offset, model.card.id if model else None))
        return self._signatures.serve_id(depends_on, request.article)

    def _seed(self, request: Request, serve_id: str) -> str:
        """The seed of the random draws: `draw`, if it was issued for this page; nobody chooses what is drawn."""
        draw = request.draw
        return draw if draw and self._signatures.issued(draw, request.article) else serve_id

    def _fill(
        self, state: State, context: RankingContext, request: Request, seed: str
    ) -> dict[str, FilledShelf]:
        """Every shelf with its items, by name; `seed` is that of random draws."""
        story = state.stories.all()
        shown = {story.item(context.article)} if context.article >= 0 else set[int]()
        read = set(story[np.concatenate((context.history, context.visit.earlier))].tolist())
        filled = {}
        for strategy in self._in_turn:
            if request.shelf and strategy.name not in request.shelf:
                # A shelf that nobody will see takes no story from the others.
                nothing = ShelfProposal([], "nothing", "This shelf was not requested.")
                filled[strategy.name] = FilledShelf(strategy, nothing, [], 1)
                continue
            excluded = shown | read if strategy.excludes_read else shown
            shelf = fill(strategy, state, context, request.slots or strategy.slots(), excluded)
            filled[strategy.name] = shelf
            shown |= {story.item(item.article) for item in shelf.placed}
        for shelf in list(filled.values()):
            if shelf.strategy.explores and (not request.shelf or shelf.strategy.name in request.shelf):
                tried = self._explore(shelf, state, context, shown | read, seed)
                filled[shelf.strategy.name] = tried
                shown |= {story.item(item.article) for item in tried.placed}
        return filled

    def _explore(
        self, shelf: FilledShelf, state: State, context: RankingContext, excluded: Set[int], seed: str
    ) -> FilledShelf:
        """The shelf, perhaps with a new article on trial in one slot."""
        number = shelf.strategy.number
        placed = self._explorer.explore(state, context, number, shelf.placed, shelf.slots, excluded, seed)
        proposed = shelf.proposed
        if any(item.evidence.kind == ON_TRIAL for item in placed):
            proposed = proposed._replace(method=f"{proposed.method}; one new article is on trial")
        return shelf._replace(placed=placed, proposed=proposed)

    def _shelf(
        self,
        filled: FilledShelf,
        names: ReasonNames,
        answer: Answer,
        counts: Mapping[int, Counts] | None = None,
    ) -> Shelf:
        stored = self._articles.get([item.article for item in filled.placed])
        return Shelf(
            kind=filled.strategy.name,
            items=tuple(
                self._item(
                    filled.strategy, place, item, kept, names, answer, (counts or {}).get(item.article)
                )
                for place, (item, kept) in enumerate(zip(filled.placed, stored, strict=True))
                if kept is not None
            ),
            method=filled.proposed.method,
            as_of=from_ms(answer.now),
            serve_id=answer.serve_id,
            short=filled.proposed.when_short if len(filled.placed) < filled.slots else None,
        )

    def _item(
        self,
        strategy: ShelfStrategy,
        place: int,
        item: PlacedItem,
        kept: ArchivedArticle,
        names: ReasonNames,
        answer: Answer,
        counts: Counts | None,
    ) -> ShelfItem:
        article, propensity = kept.article, max(round(item.propensity, 6), LEAST)
        return ShelfItem(
            article=kept.id,
            position=place,
            score=round(item.score, 6),
            reason=reason(item.evidence, strategy.reasons, names),
            propensity=propensity,
            signature=self._signatures.signature(
                (strategy.name, place, kept.id), answer.serve_id, answer.source, propensity, answer.now
            ),
            headline=article.headline if article else None,
            section=article.section if article else None,
            published=article.published if article else None,
            counts=counts,
        )

    def _names(self, request: Request, context: RankingContext) -> ReasonNames:
        topics: dict[int, str] = {}
        if context.article >= 0:
            (stored,) = self._articles.get([context.article])
            if stored is not None and stored.article is not None:
                topics = {key(slug(topic)): topic for topic in stored.article.topics}
        sections = {context.section: title(slug(request.section))} if request.section else {}
        return ReasonNames(topics, sections, self._headline, context.article)

    def _headline(self, index: int) -> str | None:
        (stored,) = self._articles.get([index])
        return stored.article.headline if stored is not None and stored.article is not None else None


def fill(
    strategy: ShelfStrategy, state: State, context: RankingContext, slots: int, excluded: Set[int]
) -> FilledShelf:
    """A shelf with its items, none of the stories in `excluded`."""
    most, story = SPARE * slots + len(excluded), state.stories.all()
    while True:
        proposed = strategy.propose(state, context, most)
        placed = arrange(slots, proposed.proposals, story, excluded)
        if len(placed) == slots or len(proposed.proposals) < most:
            return FilledShelf(strategy, proposed, placed, slots)
        most *= 4


def counts_of(state: State, index: int, window_readers: int) -> Counts:
    """The counts of the article with an index; `window_readers` of its readers were in the requested window."""
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


def title(section: str) -> str:
    """
    >>> title("world-news")
    'World news'
    """
    return section.replace("-", " ").capitalize()
