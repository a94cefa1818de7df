"""The files of pictures."""

from pathlib import Path

from starlette.responses import Response

from recirc.media.folder import MEDIA_TYPES, MediaFolder
from recirc.messages import message
from recirc.web import problems
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest
from recirc.web.work_pools import WorkPool

FOR_EVER = "public, max-age=31536000, immutable"


class MediaFiles:
    """GET /media/{name}: a file of a picture. Its name has the hash of its content, so caches keep it for ever."""

    def __init__(self, folder: MediaFolder, pool: WorkPool) -> None:
        self._folder = folder
        self._pool = pool

    async def get(self, request: HttpRequest) -> Response:
        """GET /media/{name}."""
        name = request.path_params["name"]
        path = self._folder.path(name)
        content = None if path is None else await self._pool.run(_content, path)
        if path is None or content is None:
            raise ProblemError(problems.NOT_FOUND, message("There is no such picture."))
        etag = f'"{path.stem}"'
        # Shelves on other sites show them too, also on pages with a Cross-Origin-Embedder-Policy.
        headers = {"Cache-Control": FOR_EVER, "ETag": etag, "Cross-Origin-Resource-Policy": "cross-origin"}
        if request.headers.get("if-none-match") == etag:
            return Response(None, 304, headers)
        return Response(content, 200, headers, MEDIA_TYPES[path.suffix[1:]])


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
