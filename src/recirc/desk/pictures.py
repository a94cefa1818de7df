"""Pictures that nobody has described: counted, listed, and described for readers who do not see them."""

from typing import Any, Final, NamedTuple

from msgspec import to_builtins
from msgspec.structs import replace
from starlette.responses import Response

from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.login import own_path
from recirc.desk.sessions import Visitor
from recirc.ingest.pipeline import IngestPipeline
from recirc.store.ports import NotThereError
from recirc.types import Article, Picture
from recirc.web.corrections import ArticleCorrections, wait_until_folded
from recirc.web.lookups import find_article
from recirc.web.pictures import ShownPicture
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

HERE: Final = "/desk/pictures"
NEWEST: Final = 1_000
"""Published articles that are looked through."""
SHOWN: Final = 30
LONGEST: Final = 500  # characters of a description


class DeskPicture(NamedTuple):
    """A picture of an article; `shown` is None as long as there are no files of it."""

    article: Article
    picture: Picture
    shown: ShownPicture | None

    @property
    def missing(self) -> bool:
        """Whether nobody has said what is on it. An empty description says that the text says it all."""
        return self.picture.alt is None


class PicturePages:
    """`/desk/pictures` and the form below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._gallery = desk.web.renderer.gallery
        self._corrections = ArticleCorrections(self._engine, IngestPipeline(self._engine), desk.web.clock)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/pictures: those of the newest articles that have no description, the newest first."""
        listed, missing, total = await self._desk.web.pools.figures.run(self._undescribed)
        return self._desk.page(
            request, visitor, "pictures.html", listed=listed, missing=missing, total=total, newest=NEWEST
        )

    def _undescribed(self) -> tuple[list[DeskPicture], int, int]:
        """The first of them, their number, and the number of all pictures."""
        articles = self._engine.listing(limit=NEWEST).articles
        pictures = [(article, each) for article in articles for each in article.pictures]
        missing = [(article, each) for article, each in pictures if each.alt is None]
        listed = [
            found for article, each in missing[:SHOWN] for found in self.of(article) if found.picture == each
        ]
        return listed, len(missing), len(pictures)

    def of(self, article: Article) -> list[DeskPicture]:
        """The pictures of an article. Raises StoreError."""
        shown = {each.picture.address: each for each in self._gallery.kept(article)}
        return [DeskPicture(article, each, shown.get(each.address)) for each in article.pictures]

    async def describe(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/pictures/describe: what is on a picture, or that its text says it all (`decorative`)."""
        id_, address, alt = data["id"], data["address"], data.text("alt")
        if "decorative" not in data and not alt:
            raise invalid_field(
                FieldError(text="say what is on it, or that the text says it all", field="alt")
            )
        if len(alt) > LONGEST:
            raise invalid_field(FieldError(text=f"it has at most {LONGEST} characters", field="alt"))
        alt = "" if "decorative" in data else alt
        offset = await self._desk.run(self._described, id_, address, alt)
        await wait_until_folded(self._engine, offset)
        await self._desk.note(visitor, "describe a picture", id_, detail=f"{address}: {alt or 'decorative'}")
        return back(own_path(data["to"]) if data["to"] else HERE, "done")

    def _described(self, id_: str, address: str, alt: str) -> int:
        """The offset of the log with the article whose picture is described."""
        stored = find_article(self._engine, id_)
        pictures = stored.article.pictures if stored.article is not None else ()
        if not any(each.address == address for each in pictures):
            raise NotThereError("this article does not have this picture (any more)")
        row: dict[str, Any] = {
            "pictures": [
                to_builtins(replace(each, alt=alt) if each.address == address else each) for each in pictures
            ]
        }
        _, offset = self._corrections.patch(id_, row, stored.version.hex())
        return offset
