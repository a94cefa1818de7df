"""Responses whose body many requests have in common."""

import gzip
from collections.abc import Mapping

from starlette.responses import Response


class SharedAnswer:
    """The body of an answer, compressed once.

    Attributes:
        article: id of the article that it is about; None: it is about none, or about one that is not known.
    """

    def __init__(self, body: bytes, article: str | None) -> None:
        self.body = body
        self.article = article
        self._compressed: bytes | None = None

    def compressed(self, level: int) -> bytes:
        """The body as gzip."""
        if self._compressed is None:
            self._compressed = gzip.compress(self.body, level, mtime=0)
        return self._compressed


class SharedResponse(Response):
    """A response with such a body."""

    def __init__(self, answer: SharedAnswer, headers: Mapping[str, str], media_type: str) -> None:
        super().__init__(answer.body, 200, headers, media_type)
        self.answer = answer
