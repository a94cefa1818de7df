"""From a request to its slate, and to one ranking: strategies propose, slots are filled, articles are looked up."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeVar

import msgspec
import numpy as np
from msgspec import structs

from recirc.clock import from_ms
from recirc.engine.active_rules import ActiveRules, ShelfRules, shelf_rules, slate_rules
from recirc.engine.answers import Answer, Answered, AnswerTemplate, KnownAnswer, KnownSlate, shelf_texts
from recirc.engine.article_cache import ArticleCache
from recirc.engine.bounded_values import SizedValue
from recirc.engine.editorial_limits import EditorialLimits, ServedModel
from recirc.engine.encoded_shelves import (
    EncodedItem,
    EncodedShelf,
    EncodedSlate,
    PathFunction,
    SlateTemplate,
    encoded_slate,
)
from recirc.engine.filled_shelves import SPARE, FilledShelf, SizedSlate, fill, item_in, shelf_item
from recirc.engine.follow_suggestions import FollowSuggester
from recirc.engine.item_encoder import ItemEncoder
from recirc.engine.kept_forms import FormPlace, KeptForms
from recirc.engine.list_order import list_order
from recirc.engine.ranking_context import known_indices, ranking_context, request_context, visit_of
from recirc.engine.reason_namer import ReasonNamer
from recirc.engine.request_articles import RequestArticles
from recirc.engine.request_filters import UNFILTERED, bytes_of
from recirc.engine.shared_shelves import MOMENT_MS, SharedMoment, SharedValues, VersionValues
from recirc.engine.shelf_signatures import ShelfSignatures, signed
from recirc.engine.slate_filler import SlateFiller, of_a_reader
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.ranking import Ranking, window_readers
from recirc.shelves.reasons import ReasonNames
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.registry import strategies
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.store.sqlite import SqliteStore
from recirc.types import Counts, Request, Shelf, ShelfItem, Slate, Window
from recirc.types.responses import NextArticle, NextArticles

Value = TypeVar("Value")

NOBODY = Visit(np.zeros(0, np.int32))


class ShelfService:
    """Answers requests from the state that `reading` gives, with the active model.

    Attributes:
        strategies: the shelves by name, in the order in which pages show them.
        follow: what a reader may want to follow.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        articles: ArticleCache,
        reading: Callable[[], AbstractContextManager[State]],
        active: ServedModel,
        limits: EditorialLimits,
        signatures: ShelfSignatures,
    ) -> None:
        self.strategies = {strategy.name: strategy(settings) for strategy in strategies()}
        self._filler = SlateFiller(settings, list(self.strategies.values()))
        self._recommendation = Recommendation(settings)
        self._store, self._articles, self._reading = store, articles, reading
        self._named = RequestArticles(store, articles)
        self._namer = ReasonNamer(settings, articles)
        self._shared, self._forms, self._encoder = SharedValues(), KeptForms(articles), ItemEncoder()
        self._active, self._limits, self._signatures = active, limits, signatures
        self.follow = FollowSuggester(settings, store, articles, reading, limits)

    def shelves(self, request: Request, now: int) -> Slate:
        """The shelves beside an article, for a reader, at `now` (ms). The same state, request and `now` give the same
        answer.

        Personal shelves use all that the request says of the reader, or the article alone where the request is not
        personalised. An unknown article is treated as no article. Raises StoreError.
        """
        request = self._named.located(request)
        if of_a_reader(request):
            return self._slate(self._answered(request, now))
        self._limits.in_force(now)  # what is shared is that of the rules of now
        return self.shared(
            request, lambda: SizedSlate.of(self._slate(self._answered(request, now)), request), now
        ).slate

    def encoded(self, request: Request, now: int, path: PathFunction) -> EncodedSlate:
        """The JSON of the same slate, in which each item has its path. Raises StoreError."""
        request = self._named.located(request)
        if of_a_reader(request) or request.max_age is not None:
            return self._encoded_slate(self._answered(request, now), path)
        answered, values = self._known(request, now)
        found, key = answered.found, ("known slate", request, path)
        if answered.on_trial:
            return self._encoded_slate(found, path)
        kept: KnownSlate | None = values.get(key)
        if kept is None or kept.shelves is not found.shared[1]:
            template = self._json_template(path, found)
            kept = values[key] = KnownSlate(found.shared[1], template, bytes_of(request))
        return self._at(found.answer, kept.template)

    def in_form(
        self, key: Hashable, request: Request, now: int, make: Callable[[Shelf], AnswerTemplate[Value]]
    ) -> list[Value]:
        """The shelves of such a slate without a reader in another form: `make` makes the template of one, without its
        scores, kept as long as it shows the same; `key` names all else that it depends on. Raises StoreError.
        """
        request, rules = self._named.located(request), self._limits.in_force(now)
        with self._reading() as state:
            edition = self._forms.edition(state, self._active.model, rules)
        known, values = self._known(request, now)
        found, answers = known.found, list[Value]()
        for name in self.strategies:
            shelf, made = found.filled[name], partial(self._made, found, name, make)
            place = FormPlace(edition, (name, key, request), values.number)
            form = self._forms.form(place, shelf, found.answer, made)
            answers.append(self._at(found.answer, form))
        return answers

    def _made(self, found: Answered, name: str, make: Callable[[Shelf], Value]) -> Value:
        shelf = found.filled[name]
        return make(self._shelf(shelf, self._items(shelf, found.names, found.labels), found.answer))

    def _at(self, answer: Answer, template: AnswerTemplate[Value]) -> Value:
        return template.at(answer.now, answer.serve_id, self._signatures.signer(*answer[:3]))

    def _known(self, request: Request, now: int) -> tuple[KnownAnswer, VersionValues]:
        """The answer to a request without a reader, again if it was given before, and the values of its version."""
        key, size = ("answered", request), bytes_of(request)
        with self._reading() as state:
            values = self._values(state, self._active.model, self._limits.in_force(now))
            kept: KnownAnswer | None = values.get(key)
            if kept is not None and kept.lasts(now):
                return KnownAnswer(self._answered_again(state, kept.found, request, now), size), values
        kept = values[key] = KnownAnswer(self._answered(request, now), size)
        return kept, values

    def _json_template(self, path: PathFunction, found: Answered) -> SlateTemplate:
        """The JSON of a slate with the items of each shelf."""
        items = {name: self._encoded(found, name, path) for name in self.strategies}
        return SlateTemplate(self._slate(found, empty=True), items)

    def _answered_again(self, state: State, found: Answered, request: Request, now: int) -> Answered:
        """A known slate at another moment at which it is the same but for trials."""
        model, rules = self._active.model, self._limits.in_force(now)
        serve_id = self._serve_id(request, now, found.offset, model, rules)
        context = request_context(state, request, found.opened, now, model, self._limits.scope(request.brand))
        ruled = self._ruled(state, rules, context, request)
        filled = self._filler.with_trials(state, ruled, found.shared[1], self._seed(request, serve_id))
        return found._replace(answer=found.answer._replace(serve_id=serve_id, now=now), filled=filled)

    def _encoded_slate(self, found: Answered, path: PathFunction) -> EncodedSlate:
        answer = found.answer
        shelves = [
            EncodedShelf(name, *shelf_texts(found.filled[name], answer), self._encoded(found, name, path))
            for name in self.strategies
        ]
        sign = self._signatures.signer(*answer[:3])
        beside = answer.source if found.known else None
        return encoded_slate(shelves, answer.now, found.offset, beside, answer.serve_id, sign)

    def _answered(self, request: Request, now: int) -> Answered:
        """The shelves with their items, and what their words need."""
        opened, there = self._named.opened(request), self._named.excluded(request)
        with self._reading() as state:
            model, rules = self._active.model, self._limits.in_force(now)
            values = self._values(state, model, rules)
            scope, offset = self._limits.scope(request.brand), state.offset
            context = request_context(state, request, opened, now, model, scope)
            serve_id = self._serve_id(request, now, offset, model, rules)
            ruled = self._ruled(state, rules, context, request)
            common = self._filler.common(values, state, context, request, ruled, there)
            others = self._filler.others(values, state, context, request, ruled, common)
            filled = self._filler.with_trials(state, ruled, others, self._seed(request, serve_id))
        names = self._namer.names(request, context)
        answer = Answer(serve_id, request.article, now, names.words)
        beside = context.article >= 0
        return Answered(answer, filled, (common, others), names, rules.labels, offset, beside, opened)

    def _slate(self, found: Answered, *, empty: bool = False) -> Slate:
        """The slate, or with `empty` the same without the items of its shelves."""
        answer = found.answer
        return Slate(
            shelves={
                name: self._shelf(found.filled[name], () if empty else self._items_of(found, name), answer)
                for name in self.strategies
            },
            as_of=from_ms(answer.now),
            offset=found.offset,
            article=answer.source if found.known else None,
        )

    def _items_of(self, found: Answered, name: str) -> tuple[ShelfItem, ...]:
        """The items of a shelf, once for all requests that share it."""
        shelf = found.filled[name]
        for shared in found.shared:
            if shared.filled.get(name) is shelf:
                if name not in shared.items:
                    shared.items[name] = self._items(shelf, found.names, found.labels)
                    self._shared.recount(shared.key)
                return shared.items[name]
        return self._items(shelf, found.names, found.labels)

    def _encoded(self, found: Answered, name: str, path: PathFunction) -> list[EncodedItem]:
        """The same items, encoded."""
        shelf, key = found.filled[name], (name, path)
        kept = next((each for each in found.shared if each.filled.get(name) is shelf), None)
        if kept is not None and key in kept.encoded:
            return kept.encoded[key]
        stored = self._articles.get([item.article for item in shelf.placed])
        encoded = [
            self._encoder.encoded(shelf, place, article, found.names, found.labels, path)
            for place, article in enumerate(stored)
            if article is not None
        ]
        if kept is not None:
            kept.encoded[key] = encoded
            self._shared.recount(kept.key)
        return encoded

    def shared(self, key: Hashable, make: Callable[[], Value], at: Hashable = None) -> Value:
        """What `make` returns, the same object until state, model or an article here changes. `key` names all else that
        it depends on, but for `at`, of which the last one is kept. It must not be changed.
        """
        with self._reading() as state:
            values = self._values(state, self._active.model, self._limits.latest)
        kept: SizedValue | None = values.get(key)
        if kept is None or kept.at != at:
            kept = values[key] = SizedValue(at, make())
        found: Value = kept.value
        return found

    def moment(self, now: int) -> SharedMoment:
        """The moment as of which answers without a reader are given at `now` (ms): that of the first of them since
        state, model or articles changed, and at most MOMENT_MS ago. It is the same object as long as they are the same.
        """
        with self._reading() as state:
            values = self._values(state, self._active.model, self._limits.in_force(now))
        kept = values.moment
        if kept is None or not kept.time <= now < kept.time + MOMENT_MS:
            kept = values.moment = SharedMoment(now, values.number)
        return kept

    def _values(self, state: State, model: Model | None, rules: ActiveRules) -> VersionValues:
        """What requests share, for this state, model and rules, and the articles as they are now."""
        numbers = (state.offset, state.mends, self._articles.generation)
        return self._shared.of(numbers, state, model, rules)

    def _ruled(
        self, state: State, rules: ActiveRules, context: RankingContext, request: Request
    ) -> dict[str, ShelfRules]:
        """What the rules make of each shelf that is asked for, by name."""
        asked = (
            each.name for each in self._filler.in_turn if not request.shelf or each.name in request.shelf
        )
        return slate_rules(rules, state, context, asked)

    def ranking(
        self,
        *,
        section: str | None,
        window: Window,
        slots: int,
        now: int,
        brand: str | None = None,
        filters: Request | None = None,
        column: int = -1,
    ) -> Shelf:
        """The most read articles in exactly this window that ends `now` (ms), with the counts of each article, of those
        that pass the filters of a request and by its terms. `column` of `Contexts`: what is read there; -1: everywhere.
        Raises StoreError.
        """
        request = structs.replace(
            filters or Request(), section=section, window=window, slots=slots, brand=brand
        )
        rules, there = self._limits.in_force(now), self._named.excluded(request)
        with self._reading() as state:
            scope = self._limits.scope(brand)
            context = ranking_context(state, request, NOBODY, -1, now, None, scope)
            context = context._replace(widen=False, terms=context.terms._replace(column=column))
            ruled, offset = shelf_rules(rules, state, context, Ranking.name), state.offset
            shown = set(state.stories.all()[there[there < state.size]].tolist())
            filled = fill(self.strategies[Ranking.name], state, ruled, slots, shown)
            counts = {
                item.article: state.audience.counts(
                    item.article, window_readers(state, item, context.terms, window, now)
                )
                for item in filled.placed
            }
        names = self._namer.names(request, context)
        answer = Answer(self._serve_id(request, now, offset, None, rules), None, now, names.words)
        return self._shelf(filled, self._items(filled, names, rules.labels, counts), answer)

    def next(self, request: Request, now: int) -> NextArticles:
        """What a reader may want next, in the order of Recommendation at `now` (ms), without reasons: at most
        `request.slots`, no story twice and none that the reader has opened. Raises StoreError.
        """
        (found, before), there = self._named.opened(request), self._named.excluded(request)
        rules = self._limits.in_force(now)
        recommendation, slots = self._recommendation, request.slots or self._recommendation.slots()
        with self._reading() as state:
            visit = visit_of(request, known_indices(found, state), known_indices(before, state))
            scope = self._limits.scope(request.brand)
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

    def ordered(self, ids: Sequence[str], request: Request, now: int) -> Shelf:
        """A list of articles as the reader of a request may want them, see `list_order`. Raises StoreError."""
        (found, before), given = self._named.opened(request), self._store.find(list(dict.fromkeys(ids)))
        rules, strategy = self._limits.in_force(now), self._recommendation
        with self._reading() as state:
            visit = visit_of(request, known_indices(found, state), known_indices(before, state))
            scope = self._limits.scope(request.brand)
            context = ranking_context(state, request, visit, -1, now, self._active.model, scope)
            context = shelf_rules(rules, state, context, strategy.name).context
            placed, proposed = list_order(strategy, state, context, given), strategy.nothing(context)
            offset = state.offset
        names = self._namer.names(request, context)
        answer = Answer(self._serve_id(request, now, offset, context.model, rules), None, now, names.words)
        filled = FilledShelf(strategy, proposed, placed, len(placed))
        return self._shelf(filled, self._items(filled, names, rules.labels), answer)

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

    def _shelf(self, filled: FilledShelf, items: tuple[ShelfItem, ...], answer: Answer) -> Shelf:
        name, (method, short) = filled.strategy.name, shelf_texts(filled, answer)
        sign = self._signatures.signer(*answer[:3])
        return Shelf(
            kind=name,
            items=tuple([structs.replace(item, signature=signed(name, item, sign)) for item in items]),
            method=method,
            as_of=from_ms(answer.now),
            serve_id=answer.serve_id,
            short=short,
        )

    def _items(
        self,
        filled: FilledShelf,
        names: ReasonNames,
        labels: Mapping[str, str],
        counts: Mapping[int, Counts] | None = None,
    ) -> tuple[ShelfItem, ...]:
        stored = self._articles.get([item.article for item in filled.placed])
        return tuple(
            shelf_item(
                filled.strategy,
                place,
                item_in(filled.placed, place),
                kept,
                names,
                (counts or {}).get(item.article),
                labels.get(kept.id, ""),
            )
            for place, (item, kept) in enumerate(zip(filled.placed, stored, strict=True))
            if kept is not None
        )
