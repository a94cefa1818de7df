"""Now: who reads what at this moment."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.desk.words import named_origins
from recirc.engine.brand_scopes import scopes_of
from recirc.engine.current_readers import NowFigures
from recirc.engine.figures import NotReadyError
from recirc.text.slugs import slug
from recirc.types import Article
from recirc.web.requests import HttpRequest

SHOWN = 50


class NowPage:
    """`/desk`, which its script fetches anew every few seconds."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk?section=&author=&brand=."""
        web = self._desk.web
        query = {name: request.query_params.get(name, "") for name in ("section", "author", "brand")}
        engine, now = web.engine, web.clock()
        sections = [(name, engine.section_title(name)) for name, _ in engine.sections()]
        context: dict[str, Any] = {
            "query": query,
            "sections": sections,
            "brands_listed": [site for site in web.renderer.brands.all if site.key],
        }
        try:
            found: NowFigures = await web.pools.figures.run(engine.figures.now, now, self._chosen(query))
        except NotReadyError as error:
            return self._desk.page(request, visitor, "gathering.html", problem=str(error), **context)
        return self._desk.page(
            request,
            visitor,
            "now.html",
            found=found,
            shown=found.articles[:SHOWN],
            minutes=[(from_ms(time), readers) for time, readers in found.minutes],
            origins_of=lambda origins: named_origins(origins, engine.settings.site.referrers),
            **context,
        )

    def _chosen(self, query: dict[str, str]) -> Callable[[Article], bool] | None:
        if not any(query.values()):
            return None
        scopes = scopes_of(self._desk.web.engine.settings)
        section, brand = query["section"], scopes.get(query["brand"])
        author = slug(query["author"]) if query["author"] else ""

        def chosen(article: Article) -> bool:
            return (
                (not section or slug(article.section) == section)
                and (not author or any(slug(each.name) == author for each in article.authors))
                and (brand is None or brand.holds(article))
            )

        return chosen
