"""From a request to its slate, and to one ranking: strategies propose, slots are filled, articles are looked up."""

from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from itertools import takewhile
from math import gcd
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import structs

from recirc.clock import from_ms
from recirc.engine.active_rules import ActiveRules, ShelfRules, shelf_rules, slate_rules
from recirc.engine.addresses import locate_article
from recirc.engine.article_cache import ArticleCache
from recirc.engine.filled_shelves import SPARE, CommonShelves, FilledShelf, fill, shelf_item
from recirc.engine.model_registry import ActiveModel
from recirc.engine.ranking_context import ranking_context, visit_of
from recirc.engine.request_filters import UNFILTERED, impersonal
from recirc.engine.shared_shelves import SharedValues
from recirc.engine.shelf_signatures import ShelfSignatures
from recirc.engine.steering import Steering
from recirc.engine.written_texts import WrittenTexts
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.exploration import KIND as ON_TRIAL
from recirc.shelves.exploration import Explorer
from recirc.shelves.ranking import Ranking
from recirc.shelves.reasons import ReasonNames
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.registry import strategies
from recirc.shelves.shelf import RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.audience import EXCLUDED, RAW, READERS, REPEATED
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.text.slugs import key, slug
from recirc.types import Counts, IntArray, Request, Shelf, ShelfItem, Slate, Window
from recirc.types.responses import NextArticle, NextArticles

Value = TypeVar("Value")

NOBODY = Visit(np.zeros(0, np.int32))


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
        steering: Steering,
        signatures: ShelfSignatures,
    ) -> None:
        self.strategies = {strategy.name: strategy(settings) for strategy in strategies()}
        self._in_turn = sorted(self.strategies.values(), key=lambda each: (each.turn, each.number))
        # Those that come first and do not depend on the reader, and the rest.
        self._same_for_all = [*takewhile(lambda each: not _depends_on_reader(each), self._in_turn)]
        self._others = self._in_turn[len(self._same_for_all) :]
        self._steady_ms = gcd(*(each.steady_ms for each in self._same_for_all)) or 1
        self._recommendation = Recommendation(settings)
        self._explorer = Explorer(settings.exploring)
        self._shared = SharedValues()
        self._stated = settings.shelves.stated_readers
        self._store, self._articles, self._reading = store, articles, reading
        self._written = WrittenTexts(articles)
        self._active, self._steering, self._signatures = active, steering, signatures

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
        model, shared, rules = self._active.model, not of_a_reader(request), self._steering.in_force(now)
        if shared:
            with self._reading() as state:
                kept: Slate | None = self._values(state, model, rules).get((request, now))
            if kept is not None:
                return kept
        found, before = self._opened(request)
        there = self._excluded(request)
        with self._reading() as state:
            values = self._values(state, model, rules)
            known = found[(found >= 0) & (found < state.size)]
            article = int(known[-1]) if request.article and found[-1] in known else -1
            visit = visit_of(request, known, before[(before >= 0) & (before < state.size)])
            scope = self._steering.scope(request.brand)
            context = ranking_context(state, request, visit, article, now, model, scope)
            offset = state.offset
            serve_id = self._serve_id(request, now, offset, model, rules)
            steered = self._steered(state, rules, context, request)
            common = self._common(values, state, context, request, steered, there)
            filled = self._fill(state, context, common, steered, self._seed(request, serve_id))
        names = self._names(request, context)
        if common.items is None:
            common.items = {name: self._items(shelf, names) for name, shelf in common.filled.items()}
        answer, shown = Answer(serve_id, now, request.article), request.article if article >= 0 else None
        shelves = {
            name: self._shelf(
                filled[name], common.items.get(name) or self._items(filled[name], names), answer
            )
            for name in self.strategies
        }
        slate = Slate(shelves=shelves, as_of=from_ms(now), offset=offset, article=shown)
        if shared:
            values[request, now] = slate
        return slate

    def shared(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What `make` returns, the same object until state, model or an article here changes. `key` names all else that
        it depends on. It must not be changed.
        """
        with self._reading() as state:
            values = self._values(state, self._active.model, self._steering.latest)
        kept: Value | None = values.get(key)
        if kept is None:
            kept = values[key] = make()
        return kept

    def _values(self, state: State, model: Model | None, rules: ActiveRules) -> dict[Hashable, Any]:
        """What requests share, for this state, model and rules, and the articles as they are now."""
        return self._shared.of(state, state.offset, state.mends, model, rules, self._articles.generation)

    def _steered(
        self, state: State, rules: ActiveRules, context: RankingContext, request: Request
    ) -> dict[str, ShelfRules]:
        """What the rules make of each shelf that is asked for, by name."""
        asked = (each.name for each in self._in_turn if not request.shelf or each.name in request.shelf)
        return slate_rules(rules, state, context, asked)

    def _excluded(self, request: Request) -> IntArray:
        """Indices of what is on the page already, int32."""
        if not request.exclude:
            return NOBODY.history
        ids = [
            locate_article(self._store, self._articles, name) or name if "://" in name else name
            for name in request.exclude
        ]
        found = self._store.find([*request.exclude, *ids])
        return found[found >= 0]

    def _opened(self, request: Request) -> tuple[IntArray, IntArray]:
        """Indices of what the reader opened, the article of the request last, and of earlier visits; -1: unknown."""
        newest_first = request.history[::-1] if request.personalised else ()
        if request.article:
            newest_first = (request.article, *newest_first)
        # Of an article that was opened again, the last time counts.
        found = self._store.find([*dict.fromkeys(newest_first)][::-1])
        before = self._store.find(
            [*dict.fromkeys(request.earlier[::-1])][::-1] if request.personalised else []
        )
        return found, before

    def ranking(
        self, *, section: str | None, window: Window, slots: int, now: int, brand: str | None = None
    ) -> Shelf:
        """The most read articles in exactly this window that ends `now` (ms), with the counts of each article.
        Raises StoreError.
        """
        request = Request(section=section, window=window, slots=slots, brand=brand)
        rules = self._steering.in_force(now)
        with self._reading() as state:
            scope = self._steering.scope(brand)
            context = ranking_context(state, request, NOBODY, -1, now, None, scope)._replace(widen=False)
            steered = shelf_rules(rules, state, context, Ranking.name)
            filled = fill(self.strategies[Ranking.name], state, steered, slots, set())
            offset = state.offset
            counts = {item.article: counts_of(state, item.article, int(item.score)) for item in filled.placed}
        items = self._items(filled, self._names(request, context), counts)
        answer = Answer(self._serve_id(request, now, offset, None, rules), now, None)
        return self._shelf(filled, items, answer)

    def _common(
        self,
        values: dict[Hashable, Any],
        state: State,
        context: RankingContext,
        request: Request,
        steered: Mapping[str, ShelfRules],
        excluded: IntArray,
    ) -> CommonShelves:
        """The shelves that come first and are the same for every reader; no story of the articles in `excluded`."""
        key = (impersonal(request), context.now // self._steady_ms)
        kept: CommonShelves | None = values.get(key)
        if kept is None:
            story = state.stories.all()
            shown = {story.item(context.article)} if context.article >= 0 else set[int]()
            shown |= set(story[excluded[excluded < state.size]].tolist())
            shown |= {story.item(pin.article) for each in steered.values() for pin in each.pins}
            filled = self._in_turns(self._same_for_all, state, steered, shown, set())
            kept = values[key] = CommonShelves(filled, frozenset(shown))
        return kept

    def next(self, request: Request, now: int) -> NextArticles:
        """What a reader may want next, in the order of Recommendation at `now` (ms), without reasons: at most
        `request.slots`, no story twice and none that the reader has opened. Raises StoreError.
        """
        (found, before), there = self._opened(request), self._excluded(request)
        rules = self._steering.in_force(now)
        recommendation, slots = self._recommendation, request.slots or self._recommendation.slots()
        with self._reading() as state:
            known = found[(found >= 0) & (found < state.size)]
            visit = visit_of(request, known, before[(before >= 0) & (before < state.size)])
            scope = self._steering.scope(request.brand)
            context = ranking_context(state, request, visit, -1, now, self._active.model, scope)
            context = shelf_rules(rules, state, context, recommendation.name).context
            story, offset = state.stories.all(), state.offset
            opened = np.concatenate((context.history, context.visit.earlier, there[there < state.size]))
            seen = set(story[opened].tolist())
            best = recommendation.best(state, context, SPARE * slots + len(seen))
        chosen = list[tuple[int, float]]()
        for article, score in zip(best.articles.tolist(), best.scores.tolist(), strict=True):
            if len(chosen) < slots and story.item(article) not in seen:
                seen.add(story.item(article))
                chosen.append((article, score))
        stored = self._articles.get([article for article, _ in chosen])
        items = tuple(
            NextArticle(article=kept.id, score=round(score, 6))
            for kept, (_, score) in zip(stored, chosen, strict=True)
            if kept is not None
        )
        return NextArticles(items=items, method=best.method, as_of=from_ms(now), offset=offset)

    def _serve_id(
        self, request: Request, now: int, offset: int, model: Model | None, rules: ActiveRules
    ) -> str:
        depends_on = msgspec.json.encode((request, now, offset, model.card.id if model else None))
        return self._signatures.serve_id(
            depends_on.replace(UNFILTERED, b"}", 1) + rules.digest.encode(), request.article
        )

    def _seed(self, request: Request, serve_id: str) -> str:
        """The seed of the random draws: `draw`, if it was issued for this page; nobody chooses what is drawn."""
        draw = request.draw
        return draw if draw and self._signatures.issued(draw, request.article) else serve_id

    def _fill(
        self,
        state: State,
        context: RankingContext,
        common: CommonShelves,
        steered: Mapping[str, ShelfRules],
        seed: str,
    ) -> dict[str, FilledShelf]:
        """Every shelf with its items, by name; `seed` is that of random draws."""
        story, shown = state.stories.all(), set(common.shown)
        read = set(story[np.concatenate((context.history, context.visit.earlier))].tolist())
        filled = common.filled | self._in_turns(self._others, state, steered, shown, read)
        for shelf in list(filled.values()):
            if shelf.strategy.explores and (rules := steered.get(shelf.strategy.name)):
                tried = self._explore(shelf, state, rules.context, shown | read, seed)
                filled[shelf.strategy.name] = tried
                shown |= {story.item(item.article) for item in tried.placed}
        return filled

    def _in_turns(
        self,
        strategies: Sequence[ShelfStrategy],
        state: State,
        steered: Mapping[str, ShelfRules],
        shown: set[int],
        read: Set[int],
    ) -> dict[str, FilledShelf]:
        """Some shelves with their items, one after the other. Their stories are added to `shown`."""
        story, filled = state.stories.all(), dict[str, FilledShelf]()
        for strategy in strategies:
            rules = steered.get(strategy.name)
            if rules is None:
                # A shelf that nobody will see takes no story from the others.
                nothing = ShelfProposal([], "nothing", "This shelf was not requested.")
                filled[strategy.name] = FilledShelf(strategy, nothing, [], 1)
                continue
            excluded = shown | read if strategy.excludes_read else shown
            if rules.pins and strategy.excludes_read:
                rules = rules._replace(
                    pins=[pin for pin in rules.pins if story.item(pin.article) not in read]
                )
            shelf = fill(strategy, state, rules, rules.context.slots or strategy.slots(), excluded)
            filled[strategy.name] = shelf
            shown |= {story.item(item.article) for item in shelf.placed}
        return filled

    def _explore(
        self, shelf: FilledShelf, state: State, context: RankingContext, excluded: Set[int], seed: str
    ) -> FilledShelf:
        """The shelf, perhaps with a new article on trial in one slot."""
        number = shelf.strategy.number
        placed = self._explorer.explore(state, context, number, shelf.placed, shelf.slots, excluded, seed)
        if any(old.rule and old != new for old, new in zip(shelf.placed, placed, strict=False)):
            return shelf  # that slot is not free
        proposed = shelf.proposed
        if any(item.evidence.kind == ON_TRIAL for item in placed):
            proposed = proposed._replace(method=f"{proposed.method}; one new article is on trial")
        return shelf._replace(placed=placed, proposed=proposed)

    def _shelf(self, filled: FilledShelf, items: tuple[ShelfItem, ...], answer: Answer) -> Shelf:
        return Shelf(
            kind=filled.strategy.name,
            items=tuple(self._signed(filled.strategy.name, item, answer) for item in items),
            method=filled.proposed.method,
            as_of=from_ms(answer.now),
            serve_id=answer.serve_id,
            short=filled.proposed.when_short if len(filled.placed) < filled.slots else None,
        )

    def _signed(self, shelf: str, item: ShelfItem, answer: Answer) -> ShelfItem:
        slot = (shelf, item.position, item.article)
        signature = self._signatures.signature(
            slot, answer.serve_id, answer.source, item.propensity, answer.now, by_rule=bool(item.rule)
        )
        return structs.replace(item, signature=signature)

    def _items(
        self, filled: FilledShelf, names: ReasonNames, counts: Mapping[int, Counts] | None = None
    ) -> tuple[ShelfItem, ...]:
        stored = self._articles.get([item.article for item in filled.placed])
        return tuple(
            shelf_item(filled.strategy, place, item, kept, names, (counts or {}).get(item.article))
            for place, (item, kept) in enumerate(zip(filled.placed, stored, strict=True))
            if kept is not None
        )

    def _names(self, request: Request, context: RankingContext) -> ReasonNames:
        topics: dict[int, str] = {}
        if context.article >= 0:
            (stored,) = self._articles.get([context.article])
            if stored is not None and stored.article is not None:
                topics = {key(slug(topic)): topic for topic in stored.article.topics}
        sections = {context.section: title(slug(request.section))} if request.section else {}
        return ReasonNames(
            topics, sections, self._headline, context.article, self._written.phrases, self._stated
        )

    def _headline(self, index: int) -> str | None:
        (stored,) = self._articles.get([index])
        return stored.article.headline if stored is not None and stored.article is not None else None


def of_a_reader(request: Request) -> bool:
    """Whether a request says what its reader opened, or repeats a draw: few others are the same then."""
    return request.draw is not None or (request.personalised and bool(request.history or request.earlier))


def _depends_on_reader(strategy: ShelfStrategy) -> bool:
    return strategy.personal or strategy.excludes_read or strategy.explores


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
