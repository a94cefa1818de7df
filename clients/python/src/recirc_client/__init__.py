"""The Python client of a Recirc server: publish articles, send reader events, request shelves. See docs/client.md.

`Client` blocks and `AsyncClient` is awaited; both make the same calls and retry by the same rules when a server is
busy or a connection breaks.
"""

from recirc_client._version import __version__
from recirc_client.async_client import AsyncClient
from recirc_client.client import Client
from recirc_client.errors import (
    InvalidError,
    InvalidResponseError,
    KeyRejectedError,
    NotFoundError,
    ProblemError,
    RecircError,
    RejectedError,
    ServerError,
    TooManyRequestsError,
    UnreachableError,
    WithdrawnError,
)
from recirc_client.requests import with_ids
from recirc_client.responses import (
    ArticleRecord,
    EventsResult,
    FieldError,
    HealthStatus,
    PublishResult,
    WithdrawResult,
)
from recirc_client.retry import RetryPolicy
from recirc_client.wire import (
    Article,
    Author,
    Claims,
    Counts,
    Event,
    EventKind,
    ItemPicture,
    Provenance,
    Reason,
    Request,
    Shelf,
    ShelfItem,
    Slate,
    Window,
)

__all__ = [
    "Article",
    "ArticleRecord",
    "AsyncClient",
    "Author",
    "Claims",
    "Client",
    "Counts",
    "Event",
    "EventKind",
    "EventsResult",
    "FieldError",
    "HealthStatus",
    "InvalidError",
    "InvalidResponseError",
    "ItemPicture",
    "KeyRejectedError",
    "NotFoundError",
    "ProblemError",
    "Provenance",
    "PublishResult",
    "Reason",
    "RecircError",
    "RejectedError",
    "Request",
    "RetryPolicy",
    "ServerError",
    "Shelf",
    "ShelfItem",
    "Slate",
    "TooManyRequestsError",
    "UnreachableError",
    "Window",
    "WithdrawResult",
    "WithdrawnError",
    "__version__",
    "with_ids",
]
