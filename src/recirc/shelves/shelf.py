"""What a shelf is asked and what it proposes. Each shelf is one file; they are found by their kind."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, NamedTuple

from recirc.rank.model import Model
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.state.state import State
from recirc.types import BoolArray, IntArray, ShelfKind, Window


class RankingContext(NamedTuple):
    """A request in the state's own terms.

    Attributes:
        article: index of the article beside which the shelves stand, -1: none.
        visit: what is known of the reader; `article` is the last of its history.
        allowed: bool (n_articles,): what may be shown at all.
        section: hash of a section's slug, within which Ranking looks, 0: everywhere.
        window: how far back Ranking looks.
        widen: whether Ranking may look farther back when the window holds too few articles.
        slots: how many slots each shelf has, None: as the settings say.
        now: ms.
        model: the learned model in force, None: the default formula serves.
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

    @property
    def history(self) -> IntArray:
        """What the visit opened, int32 (s,), distinct, oldest first."""
        return self.visit.history


class Evidence(NamedTuple):
    """Why an article is proposed, in numbers; `reasons` puts it into words.

    Attributes:
        kind: which sentence it makes.
        numbers: what stands in the sentence.
        about: index of the article that the evidence refers to, -1: none.
        topics: hashes of topics in common.
        section, window: of a ranking; 0 and None: none.
        fallback: what was asked for had no answer, and this is the next best.
    """

    kind: str
    numbers: dict[str, float]
    about: int = -1
    topics: tuple[int, ...] = ()
    section: int = 0
    window: Window | None = None
    fallback: bool = False


class Proposal(NamedTuple):
    """An article for a slot; the higher the score, the earlier.

    Attributes:
        why: tells the evidence, while the state is still the one it was proposed from; None: there is not
            enough.
    """

    article: int
    score: float
    why: Callable[[], Evidence | None]


class PlacedItem(NamedTuple):
    """An article that has a slot. `propensity` is the probability that it has this one, see `exploration`."""

    article: int
    score: float
    evidence: Evidence
    propensity: float = 1.0


class ShelfProposal(NamedTuple):
    """What a shelf proposes, best first, by which method, and what to say when its slots are not filled."""

    proposals: list[Proposal]
    method: str
    when_short: str


class ShelfStrategy(ABC):
    """One kind of shelf. A pure function of state and question: the same arguments give the same
    proposals.
    """

    kind: ClassVar[ShelfKind]

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @abstractmethod
    def slots(self) -> int:
        """How many slots the settings give this shelf."""

    @abstractmethod
    def propose(self, state: State, question: RankingContext, most: int) -> ShelfProposal:
        """The best `most` articles, never `question.article`."""
