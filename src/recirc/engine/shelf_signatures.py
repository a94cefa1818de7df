"""Signatures of what a shelf showed, so that browsers cannot make up where an article was seen, or how likely.

Position, propensity, `serve_id` and `draw` come back from readers' browsers, and shelves learn from them. Each item of
an answer has a keyed hash of all that an event may say of its slot. Events that came without a valid one are kept
without these values; what a sender with an API key says is believed.
"""

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs

from recirc import hashing
from recirc.settings import StoreSettings
from recirc.store.ports import ConflictError, StoreError
from recirc.store.registry import Registry
from recirc.types import BY_RULE, Event, ShelfItem

log = logging.getLogger("recirc.engine")

KIND, KEY = "secrets", "shelves"
"""The entry of the registry that has the key: all workers and machines of a site share it."""

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 6
"""A forger needs 2⁴⁷ requests on average."""

MARK_BYTES: Final = 2
"""Of the 8 bytes of a serve id, those that show that it was issued here. To find one by trial takes more requests than
to wait for the draw that one wants.
"""

DAY = 86_400_000
MILLION = 1_000_000


class ShelfSignatures:
    """Signs the items of shelves, and checks what comes back, with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # Copied for each item: half the time of a hash that begins with its key.
        self._keyed = hashing.hasher(SIGNATURE_BYTES, key=key, person=b"shelf item")

    @classmethod
    def of_store(cls, settings: StoreSettings) -> "ShelfSignatures":
        """Those with the key of the store, which is made if there is none yet.

        Raises:
            StoreError: the registry cannot be read.
        """
        registry = Registry(Path(settings.path), KIND, busy_seconds=settings.busy_seconds)
        try:
            if KEY not in registry.entries():
                registry.set((KEY, secrets.token_bytes(KEY_BYTES), 0))
        except ConflictError:
            pass  # another process was the first
        except StoreError as error:
            if KEY not in registry.cached:
                log.warning(
                    "slots are signed with a key of this process alone, nothing is learned from them: %s",
                    error,
                )
                return cls(secrets.token_bytes(KEY_BYTES))
        return cls(registry.entries(fresh_seconds=0.0)[KEY].value)

    def serve_id(self, depends_on: bytes, article: str | None) -> str:
        """16 hexadecimal digits: a function of everything that the answer depends on, for shelves beside `article`."""
        name = hashing.digest(depends_on, 8 - MARK_BYTES)
        return (name + self._mark(name, article)).hex()

    def issued(self, serve_id: str, article: str | None) -> bool:
        """Whether `serve_id` is that of an answer for shelves beside `article`."""
        if len(serve_id) != 16:
            return False
        given = bytes.fromhex(serve_id)
        return given[-MARK_BYTES:] == self._mark(given[:-MARK_BYTES], article)

    def signature(
        self,
        slot: tuple[str, int, str],
        serve_id: str,
        source: str | None,
        propensity: float,
        now: int,
        *,
        by_rule: bool = False,
    ) -> str:
        """The signature of an item, 12 hexadecimal digits, valid on the day (UTC) of `now` (ms) and the next.

        Args:
            slot: shelf, position and article; `by_rule`: an editors' rule gave it, which the signature tells as well.
            serve_id: of the answer.
            source: the article beside which the shelf is shown; None: beside none.
            propensity: as in the answer, to six decimal places.
            now: ms since 1970.
        """
        return self._signature(slot, serve_id, source, propensity, now // DAY, by_rule)

    def believed(self, event: Event, now: int) -> Event:
        """The event of a browser that arrived at `now` (ms), without what it says of a slot unless that is signed."""
        said = (event.position, event.propensity, event.serve_id, event.source)
        if all(each is None for each in said) or self._valid(event, now // DAY):
            return event
        if (marked := self.marked(event, now)) is not event:
            return marked
        return structs.replace(event, position=None, propensity=None, serve_id=None, source=None)

    def marked(self, event: Event, now: int) -> Event:
        """The event, with the propensity BY_RULE if it comes from a slot that a rule gave."""
        by_rule = event.signature is not None and self._valid(event, now // DAY, by_rule=True)
        return structs.replace(event, propensity=BY_RULE) if by_rule else event

    def _valid(self, event: Event, day: int, *, by_rule: bool = False) -> bool:
        if (
            event.shelf is None
            or event.position is None
            or event.propensity is None
            or event.serve_id is None
            or event.signature is None
        ):
            return False
        slot = (event.shelf, event.position, event.article)
        return any(
            secrets.compare_digest(
                event.signature,
                self._signature(slot, event.serve_id, event.source, event.propensity, each, by_rule),
            )
            for each in (day, day - 1)
        )

    def _signature(
        self,
        slot: tuple[str, int, str],
        serve_id: str,
        source: str | None,
        propensity: float,
        day: int,
        by_rule: bool,
    ) -> str:
        sign = self.signer(serve_id, source, day * DAY)
        return sign(msgspec.json.encode(slot), round(propensity * MILLION), by_rule)

    def signer(self, serve_id: str, source: str | None, now: int) -> Callable[[bytes, int, bool], str]:
        """As `signature`, for the items of one answer: a function of the JSON of a slot, of the millionths of its
        propensity, and of whether a rule gave it.
        """
        ids, day, keyed = msgspec.json.encode((serve_id, source or ""))[1:-1], now // DAY, self._keyed
        usual = b",%b,%d,%d]" % (ids, MILLION, day)  # of all items but those on trial and of rules

        def sign(slot: bytes, millionths: int, by_rule: bool) -> str:
            copied = keyed.copy()
            if millionths == MILLION and not by_rule:
                copied.update(b"[" + slot + usual)
            else:
                end = b',"rule"' if by_rule else b""
                copied.update(b"[%b,%b,%d,%d%b]" % (slot, ids, millionths, day, end))
            return copied.hexdigest()

        return sign

    def _mark(self, name: bytes, article: str | None) -> bytes:
        return hashing.digest(name + (article or "").encode(), MARK_BYTES, key=self._key, person=b"serve id")


def signed(shelf: str, item: ShelfItem, sign: Callable[[bytes, int, bool], str]) -> str:
    """The signature of an item of a shelf, by the `signer` of its answer."""
    slot = msgspec.json.encode((shelf, item.position, item.article))
    return sign(slot, round(item.propensity * MILLION), bool(item.rule))
