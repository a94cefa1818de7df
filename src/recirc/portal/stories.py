"""Story pages: who told an event first, who copied it, and what came of it, in the order of time."""

from collections.abc import Sequence

from litestar import Response

from recirc.engine import Engine
from recirc.portal.timeline import first_of, timeline
from recirc.types import Article
from recirc.web import problems
from recirc.web.brands import Brands, Site
from recirc.web.incoming import Incoming, tail
from recirc.web.links import article_path, story_path
from recirc.web.lookups import known, unknown
from recirc.web.page_responder import PageResponder
from recirc.web.paging import HOME, Breadcrumb
from recirc.web.problems import ProblemError


class StoryPages:
    """The handler of `/story/…`."""

    def __init__(self, engine: Engine, pages: PageResponder) -> None:
        self._engine = engine
        self._pages = pages
        self._brands = Brands(engine.settings)

    def get(self, request: Incoming) -> Response[bytes]:
        """GET /story/{id} and /story?id=…: the story that an article belongs to."""
        named = request.scope["path"] == "/story"
        article_id = request.query_params.get("id", "") if named else tail(request, "/story/")
        stored = known(self._engine, article_id)
        if stored.article is None:
            raise unknown(article_id)
        face = self._brands.of(request)
        if not self._shows(face, stored.article):
            return self._elsewhere(face, stored.article)
        versions: Sequence[Article] = (stored.article, *self._engine.story(stored.id))
        first = first_of(versions)
        # Who was first is told whoever it was; the page is headed by what this newspaper has itself.
        head = first_of(each for each in versions if self._shows(face, each)) or stored.article
        event = [each for each in self._engine.browse.follow_ups(head.id) if self._shows(face, each)]
        told = timeline(versions, event)
        path, home = story_path(head.id), self._brands.home(face, head)
        base = self._pages.base(request) if home is face else home.url or self._pages.base(request)
        outlets = {each.article.provenance.outlet for each in told} - {None}
        return self._pages.page(
            request,
            "story.html",
            path=path,
            canonical=base + path,
            head=head,
            first=first,
            told=told,
            outlets=len(outlets),
            copies=len(versions) - 1,
            crumbs=(
                HOME,
                Breadcrumb(head.headline, article_path(head.id)),
                Breadcrumb("The whole story", path),
            ),
        )

    def _shows(self, face: Site, article: Article) -> bool:
        return self._brands.cross or self._brands.holds(face, article)

    def _elsewhere(self, face: Site, article: Article) -> Response[bytes]:
        """The story in the article's own newspaper, for an article of which this newspaper shows nothing."""
        home = self._brands.home(face, article)
        if not home.url:
            raise ProblemError(problems.NOT_FOUND, f"This story is in {home.name}, not here.")
        return Response(b"", status_code=307, headers={"Location": home.url + story_path(article.id)})
