"""The JSON of items from parts that are known already: what is the article's, and reasons that were said before."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec

from recirc.engine.encoded_shelves import EncodedItem, PathFunction, encoded_item
from recirc.engine.filled_shelves import LEAST, FilledShelf, item_in, shelf_item
from recirc.engine.shelf_signatures import MILLION
from recirc.shelves.reasons import EDITORS_CHOICE, REASONS, Evidence, ReasonNames, reason
from recirc.shelves.shelf import PlacedItem, ShelfStrategy
from recirc.store.ports import ArchivedArticle
from recirc.types import Reason, ShelfItem

MOST_FRAGMENTS: Final = 8192
"""Number of articles whose part is kept; beyond it all are dropped."""

MOST_REASONS: Final = 16_384
"""The same for reasons."""


class _Fragment(NamedTuple):
    """The JSON of what is the same wherever an article stands.

    Attributes:
        kept, path: what it was made from.
        name: its id; tail: all behind the signature.
    """

    kept: ArchivedArticle
    path: PathFunction
    name: bytes
    tail: bytes


class ItemEncoder:
    """Encodes items; the result is that of `encoded_item`, to the byte. Threads may share it: at worst a part is made
    twice.
    """

    def __init__(self) -> None:
        self._fragments: dict[int, _Fragment] = {}
        self._reasons: dict[tuple[object, ...], bytes] = {}

    def encoded(
        self,
        filled: FilledShelf,
        place: int,
        kept: ArchivedArticle,
        names: ReasonNames,
        labels: Mapping[str, str],
        path: PathFunction,
    ) -> EncodedItem:
        """The item in the slot `place` of a shelf, whose article is `kept`."""
        strategy, item = filled.strategy, item_in(filled.placed, place)
        if item.rule or kept.id in labels:
            label = labels.get(kept.id, "")
            whole = shelf_item(strategy, place, item, kept, names, None, label)
            return encoded_item(strategy.name, whole, path)
        part = self._fragment(item.article, kept, path)
        propensity = 1.0 if item.propensity == 1.0 else max(round(item.propensity, 6), LEAST)
        head = b'{"article":%b,"position":%d,"score":%b,"reason":%b,"propensity":%b,"signature":"' % (
            part.name,
            place,
            msgspec.json.encode(round(item.score, 6)),
            self._reason(item, strategy, names),
            b"1.0" if propensity == 1.0 else msgspec.json.encode(propensity),
        )
        slot = b'["%b",%d,%b]' % (strategy.name.encode(), place, part.name)
        return EncodedItem(slot, round(propensity * MILLION), False, head, part.tail)

    def _fragment(self, index: int, kept: ArchivedArticle, path: PathFunction) -> _Fragment:
        known = self._fragments.get(index)
        if known is not None and known.kept is kept and known.path is path:
            return known
        article = kept.article
        item = ShelfItem(
            article=kept.id,
            position=0,
            score=0.0,
            reason=Reason(kind="", text=""),
            propensity=1.0,
            headline=article.headline if article else None,
            section=article.section if article else None,
            published=article.published if article else None,
        )
        made = _Fragment(kept, path, msgspec.json.encode(kept.id), encoded_item("", item, path).tail)
        if len(self._fragments) >= MOST_FRAGMENTS:
            self._fragments.clear()
        self._fragments[index] = made
        return made

    def _reason(self, item: PlacedItem, strategy: ShelfStrategy, names: ReasonNames) -> bytes:
        evidence = item.evidence
        kinds = REASONS if evidence.kind == EDITORS_CHOICE else strategy.reasons
        key = _key(evidence, names) if kinds.get(evidence.kind) is REASONS.get(evidence.kind) else None
        known = self._reasons.get(key) if key is not None else None
        if known is None:
            known = msgspec.json.encode(reason(evidence, kinds, names))
            if key is not None:
                if len(self._reasons) >= MOST_REASONS:
                    self._reasons.clear()
                self._reasons[key] = known
        return known


def _key(evidence: Evidence, names: ReasonNames) -> tuple[object, ...] | None:
    """All that a reason depends on; None: on more, such as the texts of two articles."""
    if evidence.terms or evidence.topics or evidence.section:
        return None
    about = evidence.about
    if about == names.current:
        article: object = True
    else:
        article = names.headline(about) if about >= 0 else None
    numbers, said = evidence.numbers, (names.least, names.words)
    return (
        evidence.kind, *numbers, *numbers.values(), evidence.window, evidence.fallback, evidence.leads, article,
        *said,
    )  # fmt: skip
