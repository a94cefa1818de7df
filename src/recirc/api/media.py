"""Pictures over the API: upload one, and name it in an article."""

import asyncio

from msgspec import Struct
from starlette.responses import Response

from recirc import clock
from recirc.engine import Engine
from recirc.media.decoder import PictureDecoder
from recirc.media.storage import MediaStorage
from recirc.media.variants import RATIOS, PictureError, PictureFiles, file_name
from recirc.store.pictures import UPLOADED
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.pictures import PATH
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest, read_body

MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "image/tiff")


class UploadedPicture(Struct, frozen=True, kw_only=True):
    """A picture that was uploaded.

    Attributes:
        address: what an article names it by, in `pictures`.
        width, height: of its largest file, in pixels.
        files: the paths of its files.
    """

    address: str
    width: int
    height: int
    colour: str
    credit: str
    files: tuple[str, ...]


class MediaApi:
    """The resource `/v1/media`."""

    def __init__(self, engine: Engine, storage: MediaStorage) -> None:
        self._engine = engine
        self._storage = storage
        self._settings = engine.settings.media
        self._decoder = PictureDecoder(self._settings.most_megapixels)

    @operation(
        "POST /v1/media",
        "Upload a picture",
        "The body is the picture itself. An article shows it once its `pictures` name the address of the response; one "
        "that no article names is removed after a day. Position, device and other notes of the camera are not kept.",
        {201: ResponseSpec("The picture is kept; also if it already was.", UploadedPicture)},
        body=Body(media_types=MEDIA_TYPES, schema={"type": "string", "format": "binary"}),
        key="Uploading",
        problems=(problems.REFUSED, problems.STORE_FULL),
    )
    async def post(self, request: HttpRequest) -> Response:
        """Upload a picture."""
        content = await read_body(request, self._settings.most_bytes, MEDIA_TYPES)
        try:
            made = await asyncio.to_thread(self._keep, content)
        except PictureError as error:
            raise ProblemError(problems.REFUSED, f"The picture cannot be shown: {error}.") from None
        except OSError as error:
            raise ProblemError(
                problems.STORE_FULL, f"The picture cannot be kept: {error.strerror or error}."
            ) from None
        facts = made.facts
        future = self._engine.pictures.keep(UPLOADED + facts.key, facts, clock.now_ms())
        await asyncio.wrap_future(future)
        return json_response(
            UploadedPicture(
                address=UPLOADED + facts.key,
                width=facts.width,
                height=facts.height,
                colour=facts.colour,
                credit=facts.credit,
                files=tuple(
                    PATH + file_name(facts.key, size, form)
                    for form, sizes in (("webp", facts.widths), ("avif", facts.widths), ("jpg", RATIOS))
                    for size in sizes
                ),
            ),
            201,
        )

    def _keep(self, content: bytes) -> PictureFiles:
        made = self._decoder.variants(content)
        self._storage.put(made.files)
        return made
