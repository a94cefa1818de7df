"""The questions that a client asks, each as a `Exchange`: what both clients share."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypedDict

import msgspec
from msgspec import structs

from recirc.client.answers import (
    ArticleRecord,
    EventsResult,
    FieldError,
    HealthStatus,
    PublishResult,
    WithdrawResult,
)
from recirc.client.errors import RejectedError
from recirc.client.wire import ApiCall, ClientConfig, Exchange, Reply, ask, asked, exchange, problem, read
from recirc.types import Article, Event, Request, Shelf, Slate, Window

ARTICLES: Final = 200
"""Most articles of one request."""
EVENTS: Final = 5_000
"""Most events of one request."""
BYTES: Final = 4_000_000
"""A request's body stays below it, unless one article alone is larger; settings.Intake.write_bytes is 32,000,000."""

ArticleLike = Article | Mapping[str, Any]
"""An article, or an object with any of the names of fields that the API takes."""


class RequestFields(TypedDict, total=False):
    """The fields of `recirc.types.Request`, as keywords."""

    article: str | None
    url: str | None
    history: tuple[str, ...]
    section: str | None
    window: Window
    earlier: tuple[str, ...]
    referrer: int | None
    device: int | None
    region: int | None
    personalised: bool
    slots: int | None
    shelf: tuple[str, ...]
    brand: str | None
    published_only: bool
    draw: str | None


def identified(events: Iterable[Event]) -> list[Event]:
    """The events, each with an id: whoever keeps them can send them again at any time, and they count once.

    >>> from recirc.types import Kind
    >>> first = identified([Event(kind=Kind.VIEW, article="a")])
    >>> len(first[0].id or ""), identified(first) == first
    (32, True)
    """
    return [
        event if event.id is not None else structs.replace(event, id=secrets.token_hex(16))
        for event in events
    ]


def publish(
    articles: ArticleLike | Iterable[ArticleLike], manner: ClientConfig
) -> Exchange[list[PublishResult]]:
    """`POST /v1/articles`, in as many requests as it takes."""
    listed = [articles] if isinstance(articles, (Article, Mapping)) else articles
    puts: list[PublishResult] = []
    refusal: RejectedError | None = None
    for batch in _batches([msgspec.json.encode(article) for article in listed], ARTICLES):
        call = ApiCall("POST", "/v1/articles", body=_list(batch))
        reply = yield from exchange(call, manner)
        if reply.status == 400:
            refusal = _refusal(reply, call, manner, refusal, len(puts))
            by_place = {fault.index or 0: fault for fault in refusal.faults[-len(batch) :]}
            puts += [_refused(batch[place], by_place.get(len(puts) + place)) for place in range(len(batch))]
        else:
            puts += read(reply, list[PublishResult], call, manner)
    # As the API answers for one request, whatever number of them it took: an error only when nothing was taken.
    if refusal is not None and all(put.outcome == "refused" for put in puts):
        raise refusal
    return puts


def withdraw(article: str, manner: ClientConfig) -> Exchange[WithdrawResult]:
    """`DELETE /v1/articles`."""
    return ask(ApiCall("DELETE", "/v1/articles", (("id", article),)), WithdrawResult, manner)


def article(id: str, manner: ClientConfig) -> Exchange[ArticleRecord]:
    """`GET /v1/articles`."""
    return ask(ApiCall("GET", "/v1/articles", (("id", id),)), ArticleRecord, manner)


def observe(events: Event | Iterable[Event], manner: ClientConfig) -> Exchange[EventsResult]:
    """`POST /v1/events`, in as many requests as it takes."""
    listed = identified([events] if isinstance(events, Event) else events)
    taken = EventsResult(accepted=0, duplicates=0)
    before = 0
    for batch in _batches([msgspec.json.encode(event) for event in listed], EVENTS):
        told: EventsResult = yield from ask(
            ApiCall("POST", "/v1/events", body=_list(batch)), EventsResult, manner
        )
        taken += structs.replace(told, refused=_moved(told.refused, before))
        before += len(batch)
    return taken


def shelves(
    request: Request | None, absolute: bool, fields: RequestFields, manner: ClientConfig
) -> Exchange[Slate]:
    """`POST /v1/shelves`: a history in the body stands in no log of a proxy."""
    if request is not None and fields:
        raise TypeError("give shelves() a Request, or its fields as keywords, not both")
    wanted = Request(**fields) if request is None else request
    query = (("absolute", "true"),) if absolute else ()
    return ask(ApiCall("POST", "/v1/shelves", query, msgspec.json.encode(wanted)), Slate, manner)


def ranking(
    section: str | None, window: Window, slots: int | None, brand: str | None, manner: ClientConfig
) -> Exchange[Shelf]:
    """`GET /v1/rankings`."""
    told = {"section": section, "window": window.value, "slots": slots, "brand": brand}
    query = tuple((name, str(value)) for name, value in told.items() if value is not None)
    return ask(ApiCall("GET", "/v1/rankings", query), Shelf, manner)


def health(manner: ClientConfig) -> Exchange[HealthStatus]:
    """`GET /healthz`; a server that says that it is failing has answered."""
    call = ApiCall("GET", "/healthz")
    once = manner._replace(patience=structs.replace(manner.patience, attempts=1))
    reply = yield from exchange(call, once)
    try:
        return msgspec.json.decode(reply.body, type=HealthStatus)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return read(reply, HealthStatus, call, once)


def _batches(encoded: Sequence[bytes], most: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for one in encoded:
        if batch and (len(batch) == most or size + len(one) >= BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one) + 1
    if batch:
        yield batch


def _list(encoded: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(encoded) + b"]"


def _moved(faults: Iterable[FieldError], before: int) -> tuple[FieldError, ...]:
    """The faults of a batch, at their places in the whole."""
    return tuple(structs.replace(fault, index=(fault.index or 0) + before) for fault in faults)


def _refusal(
    reply: Reply, call: ApiCall, manner: ClientConfig, before: RejectedError | None, place: int
) -> RejectedError:
    """The error of a batch of which nothing was taken, with those of the batches before it."""
    error = problem(reply, call, manner)
    if not isinstance(error, RejectedError):
        raise error
    return RejectedError(
        asked(call, manner),
        status=error.status,
        kind=error.kind,
        title=error.title,
        detail=before.detail if before else error.detail,
        faults=(before.faults if before else ()) + _moved(error.faults, place),
        retry_after=error.retry_after,
    )


def _refused(encoded: bytes, fault: FieldError | None) -> PublishResult:
    row = msgspec.json.decode(encoded)
    name = row.get("id") if isinstance(row, dict) else None
    return PublishResult(
        id=name if isinstance(name, str) else None,
        outcome="refused",
        field=fault.field if fault else None,
        text=fault.text if fault else None,
    )
