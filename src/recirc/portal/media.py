"""The files of pictures."""

import logging
from collections.abc import Callable

from starlette.responses import Response

from recirc.media.folder import FILE, MEDIA_TYPES
from recirc.media.storage import MediaStorage
from recirc.messages import message
from recirc.web import problems
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest
from recirc.web.work_pools import WorkPool

logger = logging.getLogger("recirc")

FOR_EVER = "public, max-age=31536000, immutable"


class MediaFiles:
    """GET /media/{name}: a file of a picture. Its name has the hash of its content, so caches keep it for ever."""

    def __init__(self, storage: MediaStorage, is_kept: Callable[[str], bool], pool: WorkPool) -> None:
        self._storage = storage
        self._is_kept = is_kept
        self._pool = pool

    async def get(self, request: HttpRequest) -> Response:
        """GET /media/{name}."""
        name = request.path_params["name"]
        found = FILE.fullmatch(name)
        content = None if found is None else await self._pool.run(self._content, name)
        if found is None or content is None:
            raise ProblemError(problems.NOT_FOUND, message("There is no such picture."))
        etag = f'"{name.rpartition(".")[0]}"'
        # Shelves on other sites show them too, also on pages with a Cross-Origin-Embedder-Policy.
        headers = {"Cache-Control": FOR_EVER, "ETag": etag, "Cross-Origin-Resource-Policy": "cross-origin"}
        if request.headers.get("if-none-match") == etag:
            return Response(None, 304, headers)
        return Response(content, 200, headers, MEDIA_TYPES[found["form"]])

    def _content(self, name: str) -> bytes | None:
        # A bucket is asked for what the store knows alone: not for invented names, nor for what was erased.
        if self._storage.folder is None and not self._is_kept(name.partition("-")[0]):
            return None
        try:
            return self._storage.read(name)
        except OSError as error:
            logger.warning("a picture is not shown: %s", error)
            raise ProblemError(problems.STORE, "The picture cannot be read at the moment.") from None
