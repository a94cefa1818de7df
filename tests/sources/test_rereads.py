"""A page that is said to have changed, though it did not, is read ever more rarely; a real change is taken."""

from datetime import datetime, timedelta

from site_server import NOW, STORIES, Site, polled

from recirc.settings import SourceEntry
from recirc.sources.feed import FeedSource
from recirc.sources.fetching import Fetcher
from recirc.sources.sitemap import SitemapSource
from recirc.sources.source import PollState, Source

DAY = timedelta(days=1)


def sitemap(site: Site, now: datetime) -> None:
    urls = (f"<url><loc>{site.url}{s.path}</loc><lastmod>{now.isoformat()}</lastmod></url>" for s in STORIES)
    site.put("/sitemap.xml", "text/xml", f"<urlset>{''.join(urls)}</urlset>")


def feed(site: Site, now: datetime, text: str = "Only a summary.") -> None:
    items = (
        f"<item><title>{s.headline}</title><link>{site.url}{s.path}</link><description>{text}</description>"
        f"<atom:updated xmlns:atom='http://www.w3.org/2005/Atom'>{now.isoformat()}</atom:updated></item>"
        for s in STORIES
    )
    site.put(
        "/feed", "text/xml", f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'
    )


def pages_read(site: Site, source: Source, fetch: Fetcher, state: PollState, now: datetime) -> int:
    site.asked.clear()
    polled(source, fetch, state, now)
    return sum(path.startswith("/2026/") for path in site.asked)


def test_dates_that_are_always_new_bring_few_readings(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    source, state = SitemapSource(SourceEntry(address=f"{site.url}/sitemap.xml")), PollState()
    readings = 0
    for step in range(96):  # a day, every quarter of an hour
        now = NOW + timedelta(minutes=15 * step)
        sitemap(site, now)
        readings += pages_read(site, source, fetch, state, now)
    assert readings <= 10 * len(STORIES)
    site.pages(tuple(story.changed() for story in STORIES))
    sitemap(site, NOW + 3 * DAY)
    assert pages_read(site, source, fetch, state, NOW + 3 * DAY) == len(STORIES)


def test_what_the_source_itself_changes_is_read_at_once(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    source, state = FeedSource(SourceEntry(address=f"{site.url}/feed")), PollState()
    for step in range(6):
        feed(site, NOW + timedelta(minutes=step))
        pages_read(site, source, fetch, state, NOW + timedelta(minutes=step))
    feed(site, NOW + timedelta(minutes=7))
    assert pages_read(site, source, fetch, state, NOW + timedelta(minutes=7)) == 0
    feed(site, NOW + timedelta(minutes=8), "Another summary.")
    assert pages_read(site, source, fetch, state, NOW + timedelta(minutes=8)) == len(STORIES)
