"""Story pages: who told an event first, who copied it, and what came of it, in the order of time."""

from collections.abc import Sequence

from litestar import Response

from recirc.engine import Engine
from recirc.portal.articles import known, unknown
from recirc.portal.incoming import Incoming, tail
from recirc.portal.links import article_path, story_path
from recirc.portal.pages import Pages
from recirc.portal.paging import HOME, Crumb
from recirc.portal.timeline import first_of, timeline
from recirc.types import Article


class StoryPages:
    """The handler of `/story/…`."""

    def __init__(self, engine: Engine, pages: Pages) -> None:
        self._engine = engine
        self._pages = pages

    def get(self, request: Incoming) -> Response[bytes]:
        """GET /story/{id} and /story?id=…: the story that an article belongs to."""
        named = request.scope["path"] == "/story"
        article_id = request.query_params.get("id", "") if named else tail(request, "/story/")
        stored = known(self._engine, article_id)
        if stored.article is None:
            raise unknown(article_id)
        versions: Sequence[Article] = (stored.article, *self._engine.story(stored.id))
        first = first_of(versions)
        head = first or stored.article
        told = timeline(versions, self._engine.browse.follow_ups(head.id))
        path = story_path(head.id)
        outlets = {each.article.provenance.outlet for each in told} - {None}
        return self._pages.page(
            request,
            "story.html",
            path=path,
            head=head,
            first=first,
            told=told,
            outlets=len(outlets),
            copies=len(versions) - 1,
            crumbs=(HOME, Crumb(head.headline, article_path(head.id)), Crumb("The whole story", path)),
        )
