"""Shelves that a newsroom defines by setting: another shelf's candidates, order and reasons, within its own limits."""

from collections.abc import Sequence, Set
from typing import ClassVar, Final

from recirc.messages import MessageText, message
from recirc.settings import Settings, SettingsError, ShelfDefinition
from recirc.shelves.filters import COLUMNS, ArticleFilters
from recirc.shelves.ranking import Ranking
from recirc.shelves.ranking_measures import WORDS, RankingTerms, span_ms
from recirc.shelves.recommendation import Recommendation
from recirc.shelves.registry import register, registered, unregister
from recirc.shelves.related import Related
from recirc.shelves.shelf import PlacedShelf, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.state import State
from recirc.types import RankBy, Window

BASES: Final[dict[str, type[ShelfStrategy]]] = {
    each.name: each for each in (Related, Ranking, Recommendation)
}
HOUR: Final = 3_600_000
MINUTE: Final = 60_000

_defined: Final[dict[str, ShelfDefinition]] = {}
"""Those of this process, by name."""


def define(settings: Settings) -> None:
    """Make the shelves of the settings, and no others of before, part of all shelves.

    Raises:
        SettingsError: a name or a number is another shelf's.
    """
    wanted = {each.name: each for each in settings.shelves.list}
    if len(wanted) < len(settings.shelves.list):
        names = [each.name for each in settings.shelves.list]
        twice = next(name for name in names if names.count(name) > 1)
        raise SettingsError(f"'shelves.list' defines {twice!r} twice; give one of them another name")
    if wanted == _defined:
        return
    for name in list(_defined):
        del _defined[name]
        if registered(name) is not None:
            unregister(name)
    for name, definition in wanted.items():
        try:
            register(_strategy(definition))
        except ValueError as error:
            raise SettingsError(f"'shelves.list': {error}") from None
        _defined[name] = definition


def limits_of(definition: ShelfDefinition, now: int) -> ArticleFilters:
    """Which articles a defined shelf may have at `now` (ms); ages to the minute."""

    def moment(hours: float) -> int | None:
        return None if not hours else (now - round(hours * HOUR)) // MINUTE * MINUTE

    names = {field: getattr(definition, field) for field in COLUMNS}
    filters = ArticleFilters.of(
        names, definition.languages, moment(definition.max_age), moment(definition.min_age)
    )
    return filters.limited(definition.without, definition.min_words)


def _strategy(definition: ShelfDefinition) -> type[ShelfStrategy]:
    base = BASES[definition.base]

    class DefinedShelf(base):  # type: ignore[misc, valid-type]  # which one, the settings say
        """The base within the limits of the definition."""

        name: ClassVar[str] = definition.name
        number: ClassVar[int] = definition.number
        title: ClassVar[str] = definition.title
        meaning: ClassVar[str] = definition.meaning or base.meaning
        place: ClassVar[int] = definition.place
        turn: ClassVar[int] = ShelfStrategy.turn
        explores: ClassVar[bool] = False
        # With an age among the limits what passes changes by the minute.
        steady_ms: ClassVar[int] = (
            base.steady_ms if not definition.min_age and not definition.max_age else ShelfStrategy.steady_ms
        )

        @classmethod
        def order(cls, settings: Settings, method: str) -> Sequence[MessageText | str]:
            of_base = base.order(settings, method)
            if _measures(definition):  # its first sentence says that readers alone count
                of_base = of_base[1:]
            return (*of_base, *_limits_in_words(definition))

        def slots(self) -> int:
            return definition.slots

        def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
            proposal: ShelfProposal = super().propose(state, _limited(definition, state, context), most)
            return proposal

        def arranged(
            self, state: State, context: RankingContext, slots: int, most: int, excluded: Set[int]
        ) -> PlacedShelf | None:
            limited = _limited(definition, state, context)
            filled: PlacedShelf | None = super().arranged(state, limited, slots, most, excluded)
            return filled

    DefinedShelf.__name__ = DefinedShelf.__qualname__ = f"DefinedShelf_{definition.name}"
    return DefinedShelf


def _limited(definition: ShelfDefinition, state: State, context: RankingContext) -> RankingContext:
    """The request within the limits of a defined shelf."""
    allowed = context.allowed & limits_of(definition, context.now).mask(state)
    context = context._replace(allowed=allowed, shared=False)
    own_window = definition.last is not None or definition.window is not None
    span = span_ms(definition.last) if own_window else context.terms.span
    context = context._replace(terms=RankingTerms(span, RankBy(definition.by)))
    if definition.window is None:
        return context
    return context._replace(window=Window(definition.window), widen=False)


def _measures(definition: ShelfDefinition) -> bool:
    """Whether it is a ranking by something else than readers alone."""
    return definition.base == Ranking.name and definition.by != RankBy.READERS.value


def _limits_in_words(definition: ShelfDefinition) -> list[MessageText | str]:
    names = [name for field in (*COLUMNS, "languages") for name in getattr(definition, field)]
    words: list[MessageText | str] = []
    if _measures(definition):
        words.append(message("Ordered by: %(what)s.", what=MessageText(WORDS[RankBy(definition.by)])))
    if names:
        words.append(message("Limited to: %(names)s.", names=", ".join(names)))
    if definition.without:
        words.append(message("Without: %(names)s.", names=", ".join(definition.without)))
    if definition.min_words:
        words.append(message("Only articles of at least %(words)s words.", words=definition.min_words))
    if definition.min_age:
        words.append(
            message("Only articles that are at least %(hours)s hours old.", hours=definition.min_age)
        )
    if definition.max_age:
        words.append(message("Only articles that are at most %(hours)s hours old.", hours=definition.max_age))
    return words
