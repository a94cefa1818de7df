"""What a shelf is: a strategy that proposes articles for a request, and all that pages and the API say of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence, Set
from typing import ClassVar, NamedTuple

from recirc.messages import MessageText
from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.ranking_measures import PLAIN, RankingTerms
from recirc.shelves.reasons import Evidence, ReasonKind
from recirc.state.state import State
from recirc.types import BoolArray, FloatArray, IntArray, Window


class RankingContext(NamedTuple):
    """A request in the state's own terms.

    Attributes:
        article: index of the article beside which the shelves are shown, -1: none.
        visit: what is known of the reader; `article` is the last of its history.
        allowed: bool (n_articles,): articles that may be shown at all.
        section: hash of the slug of the section that Ranking is limited to, 0: all sections.
        window: how far back Ranking looks.
        widen: whether Ranking may look farther back when the window holds too few articles.
        slots: number of slots of each shelf, None: as in the settings.
        now: ms.
        model: the active learned model, None: the default formula.
        lift: float64 (n_articles,), see `boosts`; None: no article is boosted.
        shared: whether others ask for the same articles, so that it pays to keep what is worked out from `allowed`.
        terms: by what Ranking goes.
    """

    article: int
    visit: Visit
    allowed: BoolArray
    section: int
    window: Window
    widen: bool
    slots: int | None
    now: int
    model: Model | None = None
    lift: FloatArray | None = None
    shared: bool = True
    terms: RankingTerms = PLAIN

    @property
    def history(self) -> IntArray:
        """Articles that the visit opened, int32 (s,), distinct, oldest first."""
        return self.visit.history


class Proposal(NamedTuple):
    """An article for a slot; the higher the score, the earlier.

    Attributes:
        why: gives the evidence, as long as the state is the one that the article was proposed from; None: there is
            not enough.
    """

    article: int
    score: float
    why: Callable[[], Evidence | None]


class PlacedItem(NamedTuple):
    """An article that has a slot. `propensity` is the probability that it has this one, see `exploration`; `rule` is
    the key of the rule that gave it the slot, empty: its evidence did.
    """

    article: int
    score: float
    evidence: Evidence
    propensity: float = 1.0
    rule: str = ""


class ShelfProposal(NamedTuple):
    """The articles that a shelf proposes, best first, the method, and the text for when its slots are not filled.

    A text that is no message is shown as it is, in every language.
    `until` gives the moment (ms) from which on proposals and evidence may be others although the state is the same;
    None: as `ShelfStrategy.steady_ms` says. It is called when no more evidence will be asked for.
    """

    proposals: list[Proposal]
    method: MessageText | str
    when_short: MessageText | str
    until: Callable[[], int] | None = None


class PlacedShelf(NamedTuple):
    """A shelf whose slots its strategy has filled itself.

    Attributes:
        placed: the items, best first.
        proposed: method and texts; its proposals are left out.
        candidates: how many articles it chose from.
    """

    placed: list[PlacedItem]
    proposed: ShelfProposal
    candidates: int


class ShelfStrategy(ABC):
    """One shelf. What it proposes is a pure function of state and context.

    A subclass with the decorator `registry.register` is a shelf of the API, of the article page and of embeds, can be
    named in events, and can be judged by replay.

    Attributes:
        name: in the API, in events and in addresses: a-z, 0-9 and -.
        number: in the log and in the state, 1 to 255; never changed. Numbers from 128 on are for other packages.
        title: heading on pages, in English; pages in other languages show its translation, if there is one.
        embed_titles: heading on pages of other sites, by language; in the others the script's own or `title`.
        meaning: what the shelf is for, a sentence, in English, as `title`.
        reasons: what its evidence can be, by kind.
        place: where pages show it: of two shelves, the one with the lower number comes first.
        turn: when it is filled: of two shelves, the one with the lower number has the first choice of stories.
        personal: it uses what the request says of the reader.
        excludes_read: it shows no story that the reader has opened.
        explores: one of its slots may go to a new article on trial, see `exploration`.
        rearranged: targets and diversity may change the order of its items.
        pausable: pages have a button beneath it that pauses live updates.
        steady_ms: what it proposes stays the same between two multiples of so many ms, while the state does; 1: it may
            change with any.
        css_class: classes of its element on pages, beside `shelf` and its name.
    """

    name: ClassVar[str]
    number: ClassVar[int]
    title: ClassVar[str]
    embed_titles: ClassVar[Mapping[str, str]] = {}
    meaning: ClassVar[str]
    reasons: ClassVar[Mapping[str, ReasonKind]]
    place: ClassVar[int] = 100
    turn: ClassVar[int] = 100
    personal: ClassVar[bool] = False
    excludes_read: ClassVar[bool] = False
    explores: ClassVar[bool] = False
    rearranged: ClassVar[bool] = True
    pausable: ClassVar[bool] = False
    steady_ms: ClassVar[int] = 1
    css_class: ClassVar[str] = ""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __init_subclass__(cls) -> None:
        """Who proposes something else fills no slots in the way of its base."""
        super().__init_subclass__()
        if "propose" in vars(cls) and "arranged" not in vars(cls):
            cls.arranged = ShelfStrategy.arranged  # type: ignore[method-assign]

    @classmethod
    @abstractmethod
    def order(cls, settings: Settings, method: str) -> Sequence[MessageText | str]:
        """What the order of its items depends on, in sentences, the most important first; a string is not translated.

        `method` is that of the shelf's proposal, empty: what the settings say.
        """

    @abstractmethod
    def slots(self) -> int:
        """Number of slots in the settings."""

    @abstractmethod
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        """The best `most` articles, never `context.article`."""

    def arranged(
        self,
        state: State,  # noqa: ARG002  # those who arrange their items themselves use them
        context: RankingContext,  # noqa: ARG002
        slots: int,  # noqa: ARG002
        most: int,  # noqa: ARG002
        excluded: Set[int],  # noqa: ARG002
    ) -> PlacedShelf | None:
        """Fill so many slots at once: the same items as if the best `most` proposals were arranged, none of the stories
        in `excluded`. None: they have to be arranged. Only for shelves on which that takes long.
        """
        return None
