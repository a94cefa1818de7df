"""The routes of the readers' pages, and of what search engines and feed readers fetch."""

from starlette.routing import Route

from recirc.engine.front_page import FrontRules
from recirc.portal.archive import ArchivePages
from recirc.portal.feeds import TYPES, FeedPages
from recirc.portal.house import HousePages
from recirc.portal.listings import ListingPages
from recirc.portal.media import MediaFiles
from recirc.portal.pages import PortalPages
from recirc.portal.search import SearchPages
from recirc.portal.sitemaps import SitemapPages
from recirc.portal.stories import StoryPages
from recirc.web.context import WebContext
from recirc.web.routing import get


def routes(web: WebContext) -> list[Route]:
    """The pages of the portal, those requested most first: routes are tried in this order.

    With `portal.mode = "engine"` there are none but those that explain and serve the shelves.
    """
    engine, renderer, pages, clock = web.engine, web.renderer, web.pages, web.clock
    rules = FrontRules(engine, web.stores.pins)
    portal = PortalPages(engine, renderer, pages, rules, web.evidence, web.pools.reads, clock)
    listings = ListingPages(engine, pages, clock)
    archive = ArchivePages(engine, renderer, pages)
    stories = StoryPages(engine, renderer.brands, pages, clock)
    sitemaps = SitemapPages(engine, renderer, pages, web.pools.reads, clock)
    common = [
        get("/static/{name}", pages.static),
        get("/media/{name}", MediaFiles(web.media, web.engine.pictures.is_kept, web.pools.media).get),
        get("/robots.txt", sitemaps.robots),
        get("/how-it-works", portal.how_it_works),
        get("/about", portal.about),
    ]
    house = HousePages(engine.settings.portal, pages)
    common += [get(path, house.get) for path in house.paths]
    mode = engine.settings.portal.mode
    if mode == "engine":
        return common
    return [
        get("/article/{id:path}", portal.article),
        get("/from/{id:path}", portal.article),
        get("/article", portal.article),
        get("/", portal.front),
        *common,
        get("/section/{slug}", listings.section),
        get("/topic/{slug}", listings.topic),
        get("/author/{slug}", listings.author),
        get("/story", stories.get),
        get("/story/{id:path}", stories.get),
        get("/search", SearchPages(engine, pages, web.pools.searches, clock).get),
        get("/archive", archive.months),
        get("/archive/{year}/{month}", archive.month),
        get("/archive/{year}/{month}/{day}", archive.day),
        *_feed_routes(FeedPages(engine, renderer, pages, clock)),
        *(_sitemap_routes(sitemaps) if mode == "portal" else ()),
    ]


def _sitemap_routes(sitemaps: SitemapPages) -> list[Route]:
    return [
        get("/sitemap.xml", sitemaps.index),
        get("/sitemap-news.xml", sitemaps.news),
        get("/sitemaps/{name}", sitemaps.part),
    ]


def _feed_routes(feeds: FeedPages) -> list[Route]:
    handlers = {
        "": feeds.site,
        "/section/{slug}": feeds.section,
        "/topic/{slug}": feeds.topic,
        "/author/{slug}": feeds.author,
    }
    return [get(f"{path}/feed.{kind}", handler) for kind in TYPES for path, handler in handlers.items()]
