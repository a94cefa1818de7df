"""The steps from a request to a shelf: the question in the state's terms, the slots filled, the items told."""

import hashlib
from collections.abc import Set
from typing import NamedTuple

import msgspec

from recirc.shelves.arrange import arrange
from recirc.shelves.reasons import Names, reason
from recirc.shelves.shelf import Placed, Proposed, Question, Shelver
from recirc.state.audience import EXCLUDED, RAW, READERS, REPEATED
from recirc.state.catalogue import LIVE, WITHDRAWN
from recirc.state.state import State
from recirc.store.ports import Stored
from recirc.text.slugs import key, slug
from recirc.types import Counts, IntArray, Item, Request, ShelfKind

SPARE = 3
"""A shelf proposes so many times its slots at first: some proposals tell a story that has its slot already."""


class Filled(NamedTuple):
    """A shelf with its items, before their articles are looked up."""

    kind: ShelfKind
    proposed: Proposed
    placed: list[Placed]
    slots: int


def fill(shelver: Shelver, state: State, question: Question, slots: int, taken: Set[int]) -> Filled:
    """A shelf with its items. Where many proposals tell a story twice, more are asked for."""
    most, story = SPARE * slots, state.stories.all()
    while True:
        proposed = shelver.propose(state, question, most)
        placed = arrange(slots, proposed.proposals, story, taken)
        if len(placed) == slots or len(proposed.proposals) < most:
            return Filled(shelver.kind, proposed, placed, slots)
        most *= 4


def question_of(state: State, request: Request, history: IntArray, article: int, now: int) -> Question:
    """A request in the state's terms; `history` is int32 (s,), its last is `article` (-1: none), `now` ms."""
    status = state.catalogue.status[: state.size]
    allowed = status == LIVE if request.published_only else status != WITHDRAWN
    section = key(slug(request.section)) if request.section else 0
    return Question(article, history, allowed, section, request.window, True, request.slots, now)


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


def item_of(place: int, item: Placed, kept: Stored, names: Names, counts: Counts | None) -> Item:
    """A slot as it is told: the article as the archive keeps it, and why it is there."""
    article = kept.article
    return Item(
        article=kept.id,
        position=place,
        score=round(item.score, 6),
        reason=reason(item.evidence, names),
        headline=article.headline if article else None,
        section=article.section if article else None,
        published=article.published if article else None,
        counts=counts,
    )


def serve_id_of(request: Request, now: int, offset: int) -> str:
    """16 hexadecimal digits: a function of what the answer is a function of."""
    told = msgspec.json.encode((request, now, offset))
    return hashlib.blake2b(told, digest_size=8).hexdigest()
