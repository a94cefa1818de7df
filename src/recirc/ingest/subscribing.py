"""Subscribes feeds at their hubs (WebSub), so that what they publish is here at once."""

import logging
import secrets
from typing import Protocol

from recirc.reading.secrets import without_key
from recirc.settings import SourceEntry
from recirc.sources.source import FetchError, PollState
from recirc.store.source_registry import hook_of
from recirc.store.subscriptions import Subscription, Subscriptions

logger = logging.getLogger("recirc.sources")

LEASE_SECONDS = 864_000
"""Time that is asked for; hubs may give another."""
RENEW_SECONDS = 86_400.0
"""A subscription is renewed so long before its end; one that was not confirmed is asked for again after this time."""


class FormPoster(Protocol):
    """Sends forms."""

    def post_form(self, source: str, url: str, form: dict[str, str]) -> int:
        """Send a form for the source at `source`; returns the status. Raises FetchError."""
        ...


class Subscriber:
    """Subscribes sources whose feeds name a hub; `base` is the public address of this server, empty: not known."""

    def __init__(self, subscriptions: Subscriptions, poster: FormPoster, base: str) -> None:
        self._subscriptions = subscriptions
        self._poster = poster
        self._base = base.rstrip("/")

    def follow(self, entry: SourceEntry, state: PollState, now: float) -> None:
        """Subscribe a source after a poll, where that is due at `now` (seconds since 1970). Raises StoreError."""
        if not self._base or state.hub is None or state.topic is None:
            return
        known = self._subscriptions.find(entry.address)
        if known is not None and (known.hub, known.topic) == (state.hub, state.topic):
            asked = now - known.requested < RENEW_SECONDS
            if known.until - RENEW_SECONDS > now or asked:
                return
        secret = known.secret if known is not None else secrets.token_urlsafe(24)
        until = known.until if known is not None else 0.0
        wanted = Subscription(hub=state.hub, topic=state.topic, secret=secret, requested=now, until=until)
        self._subscriptions.put(entry.address, wanted)  # first: the hub may ask before it answers
        form = {
            "hub.mode": "subscribe",
            "hub.topic": state.topic,
            "hub.callback": f"{self._base}/v1/hooks/{hook_of(entry.address)}",
            "hub.lease_seconds": str(LEASE_SECONDS),
            "hub.secret": secret,
        }
        try:
            status = self._poster.post_form(entry.address, state.hub, form)
        except FetchError as error:
            logger.warning("%s: its hub cannot be asked: %s", without_key(entry.address), error)
            return
        if not 200 <= status < 300:
            logger.warning("%s: its hub answers %d to the subscription", without_key(entry.address), status)
