"""The routes of the newsroom's pages."""

from starlette.routing import Route

from recirc.desk.sources import SourcesPage
from recirc.web.context import WebContext
from recirc.web.routing import get


def routes(web: WebContext) -> list[Route]:
    """The pages of the desk."""
    settings = web.engine.settings.sources
    sources = SourcesPage(web.stores.sources, settings, web.stores.api_keys, web.pages, web.clock)
    return [get("/sources", sources.get)]
