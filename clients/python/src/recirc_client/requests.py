"""The calls of the API, each as an `Exchange`, for both clients."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypedDict

import msgspec
from msgspec import structs

from recirc_client.errors import RejectedError
from recirc_client.protocol import ApiCall, ClientConfig, Exchange, Reply, decode, exchange, fetch, problem
from recirc_client.responses import (
    ArticleRecord,
    EventsResult,
    FieldError,
    HealthStatus,
    PublishResult,
    WithdrawResult,
)
from recirc_client.wire import Article, Event, RankBy, Request, Shelf, Slate, Window

MAX_ARTICLES: Final = 200
"""Articles in one request, at most."""
MAX_EVENTS: Final = 5_000
"""Events in one request, at most."""
MAX_BYTES: Final = 4_000_000
"""Size of a body, unless one article alone is larger; the server's `intake.write_bytes` is 32,000,000."""

ArticleLike = Article | Mapping[str, Any]
"""An article, or an object with any of the field names that the API accepts."""


class RequestFields(TypedDict, total=False):
    """The fields of `Request`, as keywords."""

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
    language: str | None
    exclude: tuple[str, ...]
    sections: tuple[str, ...]
    topics: tuple[str, ...]
    authors: tuple[str, ...]
    outlets: tuple[str, ...]
    languages: tuple[str, ...]
    max_age: float | None
    sites: tuple[str, ...]
    last: str | None
    by: RankBy
    labels: tuple[str, ...]
    without: tuple[str, ...]
    min_words: int | None
    since: datetime | None


def with_ids(events: Iterable[Event]) -> list[Event]:
    """The events, each with an id: events that are stored with their ids can be sent again at any time and count once.

    >>> from recirc_client.wire import EventKind
    >>> first = with_ids([Event(kind=EventKind.VIEW, article="a")])
    >>> len(first[0].id or ""), with_ids(first) == first
    (32, True)
    """
    return [
        event if event.id is not None else structs.replace(event, id=secrets.token_hex(16))
        for event in events
    ]


def publish(
    articles: ArticleLike | Iterable[ArticleLike], config: ClientConfig
) -> Exchange[list[PublishResult]]:
    """`POST /v1/articles`, in as many requests as necessary."""
    listed = [articles] if isinstance(articles, (Article, Mapping)) else articles
    results: list[PublishResult] = []
    rejection: RejectedError | None = None
    for batch in _batches([msgspec.json.encode(article) for article in listed], MAX_ARTICLES):
        call = ApiCall("POST", "/v1/articles", body=_json_list(batch))
        reply = yield from exchange(call, config)
        if reply.status == 400:
            rejection = _rejection(reply, call, config, rejection, len(results))
            by_place = {error.index or 0: error for error in rejection.errors[-len(batch) :]}
            start = len(results)
            results += [_refused(row, by_place.get(start + place)) for place, row in enumerate(batch)]
        else:
            results += decode(reply, list[PublishResult], call, config)
    # As the API does for one request, whatever number it took: an error only when every article was refused.
    if rejection is not None and all(result.outcome == "refused" for result in results):
        raise rejection
    return results


def withdraw(article: str, config: ClientConfig) -> Exchange[WithdrawResult]:
    """`DELETE /v1/articles`."""
    return fetch(ApiCall("DELETE", "/v1/articles", (("id", article),)), WithdrawResult, config)


def article(id: str, config: ClientConfig) -> Exchange[ArticleRecord]:
    """`GET /v1/articles`."""
    return fetch(ApiCall("GET", "/v1/articles", (("id", id),)), ArticleRecord, config)


def observe(events: Event | Iterable[Event], config: ClientConfig) -> Exchange[EventsResult]:
    """`POST /v1/events`, in as many requests as necessary."""
    listed = with_ids([events] if isinstance(events, Event) else events)
    total = EventsResult(accepted=0, duplicates=0, excluded=0, refused=())
    sent = 0
    for batch in _batches([msgspec.json.encode(event) for event in listed], MAX_EVENTS):
        call = ApiCall("POST", "/v1/events", body=_json_list(batch))
        result: EventsResult = yield from fetch(call, EventsResult, config)
        total += structs.replace(result, refused=_shifted(result.refused, sent))
        sent += len(batch)
    return total


def shelves(
    request: Request | None, absolute: bool, fields: RequestFields, config: ClientConfig
) -> Exchange[Slate]:
    """`POST /v1/shelves`: proxies do not log a history in the body."""
    if request is not None and fields:
        raise TypeError("give shelves() a Request, or its fields as keywords, not both")
    body = msgspec.json.encode(Request(**fields) if request is None else request)
    query = (("absolute", "true"),) if absolute else ()
    return fetch(ApiCall("POST", "/v1/shelves", query, body), Slate, config)


def ranking(
    section: str | None, window: Window, slots: int | None, brand: str | None, config: ClientConfig
) -> Exchange[Shelf]:
    """`GET /v1/rankings`."""
    parameters = {"section": section, "window": window.value, "slots": slots, "brand": brand}
    query = tuple((name, str(value)) for name, value in parameters.items() if value is not None)
    return fetch(ApiCall("GET", "/v1/rankings", query), Shelf, config)


def health(config: ClientConfig) -> Exchange[HealthStatus]:
    """`GET /healthz`, without retries; the status `failing` is a response, not an error."""
    call = ApiCall("GET", "/healthz")
    once = config._replace(retry=structs.replace(config.retry, attempts=1))
    reply = yield from exchange(call, once)
    try:
        return msgspec.json.decode(reply.body, type=HealthStatus)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return decode(reply, HealthStatus, call, once)


def _batches(encoded: Sequence[bytes], max_items: int) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for item in encoded:
        if batch and (len(batch) == max_items or size + len(item) >= MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item) + 1
    if batch:
        yield batch


def _json_list(encoded: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(encoded) + b"]"


def _shifted(errors: Iterable[FieldError], start: int) -> tuple[FieldError, ...]:
    """The errors of a batch, with their places in the whole list."""
    return tuple(structs.replace(error, index=(error.index or 0) + start) for error in errors)


def _rejection(
    reply: Reply, call: ApiCall, config: ClientConfig, before: RejectedError | None, start: int
) -> RejectedError:
    """The error of a batch of which every article was refused, joined to that of the batches before it."""
    error = problem(reply, call, config)
    if not isinstance(error, RejectedError):
        raise error
    return RejectedError(
        config.describe(call),
        status=error.status,
        kind=error.kind,
        title=error.title,
        detail=before.detail if before else error.detail,
        errors=(before.errors if before else ()) + _shifted(error.errors, start),
        retry_after=error.retry_after,
    )


def _refused(encoded: bytes, error: FieldError | None) -> PublishResult:
    row = msgspec.json.decode(encoded)
    name = row.get("id") if isinstance(row, dict) else None
    return PublishResult(
        id=name if isinstance(name, str) else None,
        outcome="refused",
        field=error.field if error else None,
        text=error.text if error else None,
    )
