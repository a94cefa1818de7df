"""Story pages: who reported an event first, who copied it, and what followed, in order of time."""

from collections.abc import Sequence

from starlette.responses import Response

from recirc.engine import Engine
from recirc.messages import message
from recirc.portal.timeline import first_of, timeline
from recirc.types import Article
from recirc.web import problems
from recirc.web.brands import Brands, Site
from recirc.web.links import page_path, story_path
from recirc.web.lookups import article_id_of, article_not_found, find_article, listed_follow_ups
from recirc.web.page_responder import PageResponder
from recirc.web.paging import Breadcrumb, home_of
from recirc.web.problems import ProblemError
from recirc.web.requests import Clock, HttpRequest


class StoryPages:
    """The page `/story/…`."""

    def __init__(self, engine: Engine, brands: Brands, pages: PageResponder, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._pages = pages
        self._brands = brands

    def get(self, request: HttpRequest) -> Response:
        """GET /story/{id} and /story?id=…: the story that an article belongs to."""
        article_id = article_id_of(request)
        stored = find_article(self._engine, article_id)
        if stored.article is None:
            raise article_not_found(article_id)
        site = self._brands.of(request)
        if not self._brands.shows(site, stored.article):
            return self._elsewhere(site, stored.article)
        versions: Sequence[Article] = (stored.article, *self._engine.story(stored.id))
        first = first_of(versions)
        # The first report may be of any newspaper; the page's headline is of this one's own articles.
        head = first_of(each for each in versions if self._brands.shows(site, each)) or stored.article
        event = listed_follow_ups(
            self._engine, head.id, self._clock(), lambda each: self._brands.shows(site, each)
        )
        items = timeline(versions, event)
        path, home = story_path(head.id), self._brands.home(site, head)
        base = self._pages.base(request) if home is site else home.url or self._pages.base(request)
        outlets = {each.article.provenance.outlet for each in items} - {None}
        return self._pages.page(
            request,
            "story.html",
            path=path,
            canonical=base + path,
            head=head,
            first=first,
            items=items,
            outlets=len(outlets),
            copies=len(versions) - 1,
            crumbs=(
                home_of(site.words),
                Breadcrumb(head.headline, page_path(head)),
                Breadcrumb(site.words.text("The whole story"), path),
            ),
        )

    def _elsewhere(self, site: Site, article: Article) -> Response:
        """A redirect to the story in the article's own newspaper, for an article that this newspaper does not show."""
        home = self._brands.home(site, article)
        if not home.url:
            raise ProblemError(
                problems.NOT_FOUND, message("This story is in %(newspaper)s, not here.", newspaper=home.name)
            )
        return Response(status_code=307, headers={"Location": home.url + story_path(article.id)})
