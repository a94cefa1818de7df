"""Talk to a Recirc server from Python: publish, tell what readers did, ask for shelves. docs/client.md shows how.

`Client` blocks, `AsyncClient` is awaited; both ask the same questions, and both ask again by the same rules when a
server is busy or a connection breaks.
"""

from recirc.client.answers import Fault, Health, Kept, Put, Taken, Withdrawn
from recirc.client.asynchronous import AsyncClient
from recirc.client.blocking import Client
from recirc.client.errors import (
    AnswerError,
    InvalidError,
    KeyRefusedError,
    NotFoundError,
    RecircError,
    RefusedError,
    ServerError,
    TooManyError,
    UnreachableError,
    UnreadableError,
    WithdrawnError,
)
from recirc.client.questions import identified
from recirc.client.retry import Patience

__all__ = [
    "AnswerError",
    "AsyncClient",
    "Client",
    "Fault",
    "Health",
    "InvalidError",
    "Kept",
    "KeyRefusedError",
    "NotFoundError",
    "Patience",
    "Put",
    "RecircError",
    "RefusedError",
    "ServerError",
    "Taken",
    "TooManyError",
    "UnreachableError",
    "UnreadableError",
    "Withdrawn",
    "WithdrawnError",
    "identified",
]
