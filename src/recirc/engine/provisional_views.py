"""Views of pages that no article is known for yet: kept, and counted when the article arrives."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from recirc.engine.addresses import address_in
from recirc.engine.engine import Engine
from recirc.engine.observations import Observation
from recirc.store.article_life import ProvisionalRow
from recirc.store.ids import record_key
from recirc.types import Event, Exclusion

MOST_AT_ONCE: Final = 500
"""Views of one page that are counted together."""


class _Kept(Struct, frozen=True, array_like=True):
    """An `Observation` as it is stored."""

    event: Event
    received: int
    reader: int
    visit: int
    exclusion: int


_decoder = msgspec.json.Decoder(_Kept)


class ProvisionalViews:
    """The views in the store of an engine. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, observations: Sequence[Observation]) -> None:
        """Keep views whose articles are addresses of pages. Raises StoreError."""
        rows: list[ProvisionalRow] = []
        for each in observations:
            address = address_in(each.event.article)
            if address is None:
                continue
            # With an id it is counted once, also if it is handed in twice.
            own = each.event.id or f"provisional {each.reader} {each.received}"
            event = msgspec.structs.replace(each.event, id=own)
            kept = _Kept(event, each.received, each.reader, each.visit, int(each.exclusion))
            key = record_key("provisional", address, own)
            rows.append(ProvisionalRow(key, address, each.received, msgspec.json.encode(kept)))
        if rows:
            self._engine.life.keep_provisional(rows).result()

    def count_arrived(self) -> int:
        """Count the views of pages whose articles are here now; returns how many. Raises StoreError."""
        counted = 0
        for address in self._engine.life.provisional_arrived():
            article = self._engine.locate(address)
            if article is None:
                continue
            rows = self._engine.life.provisional(address, MOST_AT_ONCE)
            self._engine.observe([_observation(row, article) for row in rows]).result()
            self._engine.life.drop_provisional([row.key for row in rows]).result()
            counted += len(rows)
        return counted


def _observation(row: ProvisionalRow, article: str) -> Observation:
    kept = _decoder.decode(row.observation)
    event = msgspec.structs.replace(kept.event, article=article)
    return Observation(event, kept.received, kept.reader, kept.visit, Exclusion(kept.exclusion))
