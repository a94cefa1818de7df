"""Webhooks: CMSs and WebSub hubs tell what is published, changed or removed, and it is here at once."""

import asyncio
from datetime import UTC, datetime

from msgspec import Struct, field, structs
from starlette.responses import Response

from recirc.ingest.push import PushReceiver
from recirc.reading.rejections import RejectedValueError
from recirc.settings import SourceEntry
from recirc.sources.fetching.response_headers import media_type
from recirc.store.api_keys import ApiKeys, Scope
from recirc.store.source_registry import SourceRegistry
from recirc.store.subscriptions import Subscription, Subscriptions
from recirc.web import problems
from recirc.web.access import require_key
from recirc.web.operations import TEXT, Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, read_body
from recirc.web.signatures import is_signed

SIGNATURES = ("x-recirc-signature", "x-ghost-signature", "x-hub-signature-256", "x-hub-signature")
LONGEST_LEASE = 2_592_000.0
"""Seconds after which a subscription is renewed at the latest."""

MEDIA_TYPES = (
    "application/json",
    "application/feed+json",
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "application/x-ndjson",
    "text/xml",
    "text/plain",
)


class HookResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a message."""

    articles: dict[str, int]  # by outcome: new, updated, unchanged, held, withdrawn
    refused: tuple[str, ...] = ()
    polled: bool = False  # the source is polled now


class SubscriptionQuery(Struct, frozen=True, kw_only=True):
    """What a hub asks before it sends anything (WebSub, 5.3)."""

    mode: str | None = field(name="hub.mode", default=None)
    topic: str | None = field(name="hub.topic", default=None)
    challenge: str | None = field(name="hub.challenge", default=None)
    lease_seconds: str | None = field(name="hub.lease_seconds", default=None)
    reason: str | None = field(name="hub.reason", default=None)
    verify_token: str | None = field(name="hub.verify_token", default=None)


class HooksApi:
    """The resource `/v1/hooks`."""

    def __init__(
        self,
        receiver: PushReceiver,
        sources: SourceRegistry,
        subscriptions: Subscriptions,
        keys: ApiKeys,
        clock: Clock,
        write_bytes: int,
    ) -> None:
        self._receiver = receiver
        self._sources = sources
        self._subscriptions = subscriptions
        self._keys = keys
        self._clock = clock
        self._write_bytes = write_bytes

    @operation(
        "POST /v1/hooks/{source}",
        "Receive a message of a source",
        "For WordPress (with the plugin in plugins/wordpress), the webhooks of Ghost, and WebSub hubs: what they "
        "publish, change or remove is here at once. `source` is the name that `recirc sources list` shows. The message "
        "is signed with the source's secret, or has an API key.",
        {202: ResponseSpec("What became of the articles in the message.", HookResult)},
        body=Body(
            media_types=MEDIA_TYPES,
            schema={"type": "object"},
            example={"event": "publish", "post": {"id": 7}},
        ),
        optional_key=True,
        problems=(problems.NOT_FOUND, problems.REFUSED, problems.STORE_FULL),
    )
    async def post(self, request: HttpRequest, source: str) -> Response:
        """Receive a message of a CMS or of a hub."""
        entry = await asyncio.to_thread(self._entry, source)
        content = await read_body(request, self._write_bytes, MEDIA_TYPES)
        now = self._clock()
        header = next((value for name in SIGNATURES if (value := request.headers.get(name))), None)
        if header is None:
            await require_key(request, self._keys, "A webhook without a signature", Scope.PUBLISH)
        elif not is_signed(content, header, await asyncio.to_thread(self._secret, entry, request), now):
            if "x-hub-signature" in request.headers:
                return json_response(HookResult(articles={}), 202)  # WebSub, 7.1.2: without effect
            raise ProblemError(
                problems.KEY_NEEDED,
                "The signature was not made with the secret of this source, or is older than five minutes.",
                headers={"WWW-Authenticate": 'Bearer realm="recirc"'},
            )
        _, charset = media_type(request.headers.get("content-type", ""))
        at = datetime.fromtimestamp(now / 1000, UTC)
        try:
            result = await asyncio.to_thread(self._receiver.receive, entry, content, charset, at)
        except RejectedValueError as error:
            refused = FieldError(text=error.text, field=error.field or None)
            raise ProblemError(problems.REFUSED, error.text, errors=[refused]) from None
        answer = HookResult(articles=result.outcomes, refused=result.refused, polled=result.polled)
        return json_response(answer, 202)

    @operation(
        "GET /v1/hooks/{source}",
        "Confirm a subscription at a hub",
        "A WebSub hub asks this before it sends anything; the answer is its challenge, if this source was subscribed.",
        {200: ResponseSpec("The challenge.", media=TEXT)},
        problems=(problems.NOT_FOUND,),
    )
    async def get(self, _: HttpRequest, source: str, query: SubscriptionQuery) -> Response:
        """Confirm what was asked of a hub."""
        entry = await asyncio.to_thread(self._entry, source)
        known = await asyncio.to_thread(self._subscriptions.find, entry.address)
        wanted = known is not None and query.topic == known.topic
        if query.mode == "unsubscribe" and not wanted and query.challenge:
            return _challenge(query.challenge)
        if known is None or not wanted or query.mode not in ("subscribe", "denied"):
            raise ProblemError(
                problems.NOT_FOUND, "This source was not subscribed at a hub under that topic."
            )
        if query.mode == "denied":
            await asyncio.to_thread(self._subscriptions.put, entry.address, structs.replace(known, until=0.0))
            return _challenge("")
        if not query.challenge:
            raise ProblemError(problems.NOT_FOUND, "The hub sent no challenge.")
        await asyncio.to_thread(self._subscriptions.put, entry.address, self._confirmed(known, query))
        return _challenge(query.challenge)

    def _confirmed(self, known: Subscription, query: SubscriptionQuery) -> Subscription:
        given = query.lease_seconds or ""
        lease = min(float(given[:9]), LONGEST_LEASE) if given.isdecimal() else LONGEST_LEASE
        return structs.replace(known, until=self._clock() / 1000 + lease)

    def _entry(self, source: str) -> SourceEntry:
        entry = self._sources.by_hook(source)
        if entry is None:
            raise ProblemError(
                problems.NOT_FOUND, f"No source has the hook {source!r}; recirc sources list shows them."
            )
        return entry

    def _secret(self, entry: SourceEntry, request: HttpRequest) -> str:
        if "x-hub-signature" in request.headers or "x-hub-signature-256" in request.headers:
            known = self._subscriptions.find(entry.address)
            if known is not None:
                return known.secret
        return entry.secret or ""


def _challenge(text: str) -> Response:
    return Response(text, media_type=TEXT, headers={"Cache-Control": "no-store"})
