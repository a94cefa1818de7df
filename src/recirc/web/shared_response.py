"""Responses whose body many requests have in common."""

import gzip
from collections.abc import Callable, Mapping
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Scope


class SharedAnswer:
    """The body of an answer, compressed once.

    Attributes:
        article: id of the article that it is about; None: it is about none, or about one that is not known.
    """

    def __init__(self, body: bytes, article: str | None) -> None:
        self.body = body
        self.article = article
        self._compressed: bytes | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the body, plain and compressed, about."""
        return 2 * len(self.body)

    def compressed(self, level: int) -> bytes:
        """The body as gzip."""
        if self._compressed is None:
            self._compressed = gzip.compress(self.body, level, mtime=0)
        return self._compressed


class Lasting(NamedTuple):
    """For how long a response is right.

    Attributes:
        lasts: whether the same request would be answered in the same way now.
        note: notes of such a request what is noted of each.
        again: answers the same request as of now, without looking at it anew; None: it has to be looked at.
    """

    lasts: Callable[[], bool]
    note: Callable[[Scope], None]
    again: Callable[[], "SharedResponse | None"] = lambda: None


class SharedResponse(Response):
    """A response with such a body.

    Attributes:
        lasting: None: each request has to be looked at anew.
    """

    def __init__(
        self,
        answer: SharedAnswer,
        headers: Mapping[str, str],
        media_type: str,
        lasting: Lasting | None = None,
    ) -> None:
        super().__init__(answer.body, 200, headers, media_type)
        self.answer = answer
        self.lasting = lasting
