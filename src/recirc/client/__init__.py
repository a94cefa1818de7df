"""Talk to a Recirc server from Python: publish, tell what readers did, ask for shelves. docs/client.md shows how.

`Client` blocks, `AsyncClient` is awaited; both ask the same questions, and both ask again by the same rules when a
server is busy or a connection breaks.
"""

from recirc.client.asynchronous import AsyncClient
from recirc.client.blocking import Client
from recirc.client.errors import (
    AnswerError,
    InvalidError,
    KeyRejectedError,
    NotFoundError,
    RecircError,
    RejectedError,
    ServerError,
    TooManyError,
    UnreachableError,
    UnreadableError,
    WithdrawnError,
)
from recirc.client.questions import identified
from recirc.client.retry import RetryPolicy
from recirc.types.responses import (
    ArticleRecord,
    EventsResult,
    FieldError,
    HealthStatus,
    PublishResult,
    WithdrawResult,
)

__all__ = [
    "AnswerError",
    "ArticleRecord",
    "AsyncClient",
    "Client",
    "EventsResult",
    "FieldError",
    "HealthStatus",
    "InvalidError",
    "KeyRejectedError",
    "NotFoundError",
    "PublishResult",
    "RecircError",
    "RejectedError",
    "RetryPolicy",
    "ServerError",
    "TooManyError",
    "UnreachableError",
    "UnreadableError",
    "WithdrawResult",
    "WithdrawnError",
    "identified",
]
