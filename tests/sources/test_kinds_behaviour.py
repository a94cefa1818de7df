"""What single kinds of source do beyond what all do: pages, paging, indexes, files that grow, folders."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from site_server import NOW, STORIES, Site, Story, polled

from recirc.reading.rejections import RejectedValueError
from recirc.reading.values import when
from recirc.settings import SourceEntry
from recirc.sources.feed import FeedSource
from recirc.sources.fetching import Fetcher
from recirc.sources.finder import find
from recirc.sources.folder import FolderSource
from recirc.sources.jsonlines import JsonLinesSource
from recirc.sources.page import PageSource
from recirc.sources.polls import RETRY_SECONDS
from recirc.sources.sitemap import SitemapSource
from recirc.sources.sitemap_index import notes_of
from recirc.sources.source import FetchedArticle, PollState, SourceNotice
from recirc.text.clean import words_of


@pytest.fixture(autouse=True)
def _empty(site: Site) -> None:
    site.answers.clear()
    site.asked.clear()


def rss(site: Site, items: str) -> SourceEntry:
    site.put(
        "/feed", "text/xml", f'<rss version="2.0"><channel><title>The Tide</title>{items}</channel></rss>'
    )
    return SourceEntry(address=f"{site.url}/feed")


def item(link: str, text: str = "Only a summary.", headline: str = "Headline of the feed") -> str:
    return f"<item><title>{headline}</title><link>{link}</link><description>{text}</description></item>"


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T18:30:00+01:00",
        "2026-11-21 17:30",
        "20261121T173000Z",
        "Sat, 21 Nov 2026 17:30:00 GMT",
        "Sat, 21 Nov 26 12:30 EST",
        "21 Nov 2026 17:30 +0000",
        "Sat Nov 21 17:30:00 2026",
        1795282200,
        "1795282200000",
    ],
)
def test_dates_of_many_forms(written: object) -> None:
    assert when(written, NOW) == datetime(2026, 11, 21, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", None, "yesterday", "2026-13-45", "2026-11-24", "0000-00-00", "9" * 5_000, [], True]
)
def test_what_is_no_date_or_lies_ahead_is_unknown(written: object) -> None:
    assert when(written, NOW) is None


def test_a_clock_that_is_hours_ahead_is_believed() -> None:
    assert when("2026-11-22T20:00:00Z", NOW) == NOW + timedelta(hours=8)


def test_a_summary_is_completed_from_the_page(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES[:1])
    headline = "Storm breaches mole in the north"
    source = FeedSource(rss(site, item(f"{STORIES[0].path}?utm_source=rss", headline=headline)))
    (article,), refusals = polled(source, fetch)
    assert not refusals
    assert "photographs of the cracks" in words_of(article.body)
    assert article.headline == headline
    assert article.published == datetime.fromisoformat(STORIES[0].published)
    assert article.summary == "Only a summary."
    said = article.provenance
    assert said.canonical_url == f"{site.url}{STORIES[0].path}"
    assert said.fetched_url == f"{site.url}{STORIES[0].path}?utm_source=rss"
    assert said.claims is not None
    assert said.claims.headline == headline


def test_no_page_is_fetched_where_the_feed_has_the_text_or_pages_are_off(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    full = rss(site, item(STORIES[0].path, f"<![CDATA[{STORIES[0].html}]]>"))
    assert len(polled(FeedSource(full), fetch)[0]) == 1
    off = msgspec.structs.replace(rss(site, item(STORIES[1].path)), pages=False)
    (article,), _ = polled(FeedSource(off), fetch)
    assert words_of(article.body) == "Only a summary."
    assert set(site.asked) == {"/feed"}
    on = msgspec.structs.replace(full, pages=True)
    site.answers["/feed"] = ("text/xml", site.answers["/feed"][1])
    assert len(polled(FeedSource(on), fetch)[0]) == 1
    assert STORIES[1].path in site.asked


def test_a_page_that_fails_does_not_lose_what_the_source_gave(site: Site, fetch: Fetcher) -> None:
    source = FeedSource(rss(site, item("/gone", "Only a summary.") + item("/gone-too", "")))
    (article,), (refusal,) = polled(source, fetch)
    assert words_of(article.body) == "Only a summary."
    assert article.provenance.fetched_url is None
    assert "/gone-too" in refusal.text
    assert "404" in refusal.text


def test_a_page_that_is_no_page_is_not_read(site: Site, fetch: Fetcher) -> None:
    site.put("/a.pdf", "application/pdf", b"%PDF-1.7")
    _, (refusal,) = polled(FeedSource(rss(site, item("/a.pdf", ""))), fetch)
    assert "not a page but application/pdf" in refusal.text


def test_a_page_that_fails_is_tried_again_with_growing_pauses(site: Site, fetch: Fetcher) -> None:
    site.put(
        "/busy", "text/html; charset=utf-8", b"x" * 30_000_000
    )  # more than the fetcher takes: an error, but not "gone"
    source, state = FeedSource(rss(site, item("/busy", ""))), PollState()
    assert len(polled(source, fetch, state)[1]) == 1
    assert state.etag is None
    assert polled(source, fetch, state) == ([], [])  # it is counted once
    assert site.asked.count("/busy") == 2
    assert list(source.poll(fetch, state, NOW)) == []
    (waiting,) = state.pending.values()
    assert (waiting.attempts, waiting.next) == (2, NOW.timestamp() + RETRY_SECONDS)
    assert site.asked.count("/busy") == 2
    later = list(source.poll(fetch, state, NOW + timedelta(seconds=RETRY_SECONDS)))
    assert [type(each) for each in later] == [SourceNotice]
    site.put(
        "/busy",
        "text/html; charset=utf-8",
        STORIES[0].page().replace(STORIES[0].headline, "Headline of the feed"),
    )
    found = list(source.poll(fetch, state, NOW + timedelta(days=1)))
    assert [type(each) for each in found] == [FetchedArticle]
    assert not state.pending


def test_a_copy_that_names_the_original_as_canonical_does_not_become_it(site: Site, fetch: Fetcher) -> None:
    story = Story("copied-from-elsewhere", "Copied from elsewhere")
    page = story.page().replace(
        f'rel=canonical href="{story.path}"', 'rel=canonical href="https://first.example/story"'
    )
    site.put(story.path, "text/html", page)
    (article,), _ = polled(FeedSource(rss(site, item(story.path, "", headline=story.headline))), fetch)
    assert article.url == f"{site.url}{story.path}"
    assert "first.example" not in article.id
    assert article.provenance.claims is not None
    assert article.provenance.claims.canonical_url == "https://first.example/story"


def test_what_the_entry_says_counts_more(site: Site, fetch: Fetcher) -> None:
    text = f"<![CDATA[{STORIES[0].html}]]></description><category>Sport</category><description>"
    entry = msgspec.structs.replace(
        rss(site, item("/1", text)), outlet="The Herald", section="Town", language="de"
    )
    (article,), _ = polled(FeedSource(entry), fetch)
    assert (article.section, article.language, article.provenance.outlet) == ("town", "de", "The Herald")
    assert article.provenance.claims is not None
    assert (article.provenance.claims.outlet, article.provenance.claims.section) == ("The Tide", "Sport")


def test_the_listing_is_asked_for_again_until_all_is_taken(site: Site, fetch: Fetcher) -> None:
    entry = rss(site, "".join(item(f"/{n}") for n in range(3)))
    source, state = FeedSource(msgspec.structs.replace(entry, most=2, pages=False)), PollState()
    assert len(polled(source, fetch, state)[0]) == 2
    assert state.etag is None
    assert len(polled(source, fetch, state)[0]) == 1
    assert state.etag is not None
    assert polled(source, fetch, state) == ([], [])
    assert len(state.seen) == 3
    rss(site, item("/2"))
    assert polled(source, fetch, state) == ([], [])
    assert len(state.seen) == 1  # what is listed no more is forgotten


def sitemap(kind: str, *entries: str) -> str:
    root = "sitemapindex" if kind == "sitemap" else "urlset"
    return f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(entries)}</{root}>'


def test_of_an_index_what_changed_is_read(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    for number, story in enumerate(STORIES, 1):
        site.put(
            f"/part{number}.xml", "text/xml", sitemap("url", f"<url><loc>{site.url}{story.path}</loc></url>")
        )

    def index(days: tuple[int, ...]) -> None:
        parts = (
            f"<sitemap><loc>{site.url}/part{n}.xml</loc><lastmod>2026-11-{day}</lastmod></sitemap>"
            for n, day in enumerate(days, 1)
        )
        site.put("/index.xml", "text/xml", sitemap("sitemap", *parts))

    index((10, 11, 12))
    source, state = find(SourceEntry(address=f"{site.url}/index.xml"), fetch), PollState()
    assert isinstance(source, SitemapSource)
    articles, refusals = polled(source, fetch, state)
    assert ([a.headline for a in articles], refusals) == ([s.headline for s in reversed(STORIES)], [])
    site.asked.clear()
    assert polled(source, fetch, state) == ([], [])
    assert site.asked == ["/index.xml"]
    index((10, 20, 12))
    assert polled(source, fetch, state) == ([], [])
    assert site.asked[1:] == ["/index.xml", "/part2.xml"]


def test_a_part_of_an_index_that_fails_hurts_no_other(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    site.put(
        "/part.xml",
        "text/xml",
        sitemap("url", *(f"<url><loc>{site.url}{s.path}</loc></url>" for s in STORIES)),
    )
    parts = (
        f"<sitemap><loc>{site.url}/{name}</loc></sitemap>" for name in ("gone.xml", "part.xml", "index.xml")
    )
    site.put("/index.xml", "text/xml", sitemap("sitemap", *parts))
    source, state = SitemapSource(SourceEntry(address=f"{site.url}/index.xml")), PollState()
    articles, refusals = polled(source, fetch, state)
    assert len(articles) == 3
    assert ["404" in r.text for r in refusals] == [True]  # the index itself is read once
    assert polled(source, fetch, state)[0] == []


def test_the_newest_sitemaps_of_an_index_are_read_first(site: Site, fetch: Fetcher) -> None:
    months = [f"{2023 + (7 + n) // 12}-{(7 + n) % 12 + 1:02}" for n in range(40)]
    story = STORIES[0]
    site.pages(STORIES)
    for month in months:
        address = f"{site.url}{story.path}" if month == months[-1] else f"{site.url}/gone/{month}"
        site.put(f"/map-{month}.xml", "text/xml", sitemap("url", f"<url><loc>{address}</loc></url>"))
    inner = (f"<sitemap><loc>{site.url}/map-{month}.xml</loc></sitemap>" for month in months)
    site.put("/inner.xml", "text/xml", sitemap("sitemap", *inner))
    site.put(
        "/index.xml", "text/xml", sitemap("sitemap", f"<sitemap><loc>{site.url}/inner.xml</loc></sitemap>")
    )
    source, state = SitemapSource(SourceEntry(address=f"{site.url}/index.xml")), PollState()
    assert [article.headline for article in polled(source, fetch, state)[0]] == [story.headline]
    read = set(notes_of(state.note))
    assert read == {f"{site.url}/map-{month}.xml" for month in months[-5:]}
    polled(source, fetch, state)
    assert len(notes_of(state.note)) > 5  # older ones have their turn, although the newest have entries left


def test_a_page_of_a_sitemap_that_is_no_article_is_left_out(site: Site, fetch: Fetcher) -> None:
    site.put(
        "/about", "text/html", "<html><title>About</title><h1>About us</h1><p>We are a newspaper.</p></html>"
    )
    site.put("/sitemap.xml", "text/xml", sitemap("url", f"<url><loc>{site.url}/about</loc></url>"))
    articles, (refusal,) = polled(SitemapSource(SourceEntry(address=f"{site.url}/sitemap.xml")), fetch)
    assert not articles
    assert "this page has no article" in refusal.text


def test_a_list_of_addresses_and_the_page_of_one_article(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES)
    lines = ["# ours", *(f"{site.url}{s.path}" for s in STORIES), "", "not an address"]
    site.put("/list.txt", "text/plain", "\n".join(lines))
    source = find(SourceEntry(address=f"{site.url}/list.txt"), fetch)
    articles, (refusal,) = polled(source, fetch)
    assert (source.kind, len(articles)) == ("page", 3)
    assert (refusal.line, refusal.text) == (
        6,
        'this line is not an address that begins with http:// or https://: "not an address"',
    )
    one = find(SourceEntry(address=f"{site.url}{STORIES[0].path}"), fetch)
    state = PollState()
    (article,), _ = polled(one, fetch, state)
    assert (one.kind, article.headline) == ("page", STORIES[0].headline)
    assert polled(one, fetch, state) == ([], [])
    site.pages((STORIES[0].changed(),))
    assert len(polled(one, fetch, state)[0]) == 1


def test_links_of_menus_and_other_sites_are_not_followed(site: Site, fetch: Fetcher) -> None:
    site.pages(STORIES[:1])
    links = (
        f'<a href="{STORIES[0].path}#comments">{STORIES[0].headline}</a><a href="/sport">Sport</a>'
        '<a href="/author/ada">All that Ada Brook has written</a><a href="https://other.example/2026/11/a">Others</a>'
        '<a href="mailto:a@b.example">Write to the editor now</a><a href="/report.pdf">The engineers report here</a>'
    )
    site.put("/", "text/html", f"<!doctype html><html><body>{links}</body></html>")
    (article,), refusals = polled(PageSource(SourceEntry(address=f"{site.url}/")), fetch)
    assert (article.headline, refusals) == (STORIES[0].headline, [])


def row(number: int) -> str:
    return json.dumps({"id": number, "headline": f"Line {number}", "body": "Text."}) + "\n"


def test_a_growing_file_is_read_on_from_where_it_ended(tmp_path: Path, fetch: Fetcher) -> None:
    path, state = tmp_path / "wire.jsonl", PollState()
    path.write_text(row(1) + row(2)[:10])
    source = find(SourceEntry(address=str(path)), fetch)
    assert isinstance(source, JsonLinesSource)

    def headlines() -> list[str]:
        articles, refusals = polled(source, fetch, state)
        assert not refusals
        return [a.headline for a in articles]

    assert headlines() == ["Line 1"]
    with path.open("a") as file:
        file.write(row(2)[10:] + row(3))
    assert headlines() == ["Line 2", "Line 3"]
    assert headlines() == []
    path.unlink()
    path.write_text(row(4))  # another file under the same name
    assert headlines() == ["Line 4"]
    path.unlink()
    with pytest.raises(RejectedValueError, match="cannot be read"):
        polled(source, fetch, state)


def test_a_folder_with_all_that_it_may_hold(tmp_path: Path, fetch: Fetcher) -> None:
    (tmp_path / "wire").mkdir()
    (tmp_path / "a.jsonl").write_text(row(1))
    (tmp_path / "wire" / "b.json").write_text(
        json.dumps(
            {
                "uri": "tag:b",
                "versionCreated": "2026-11-21T09:00:00Z",
                "headline": "Ninjs",
                "body_text": "Text.",
            }
        )
    )
    (tmp_path / "c.json").write_text(json.dumps([{"id": "c", "title": "Article", "content": "Text."}]))
    (tmp_path / "d.html").write_text(STORIES[0].page())
    (tmp_path / "e.xml").write_text(
        f"<rss><channel>{item('https://e.example/1', headline='Feed')}</channel></rss>"
    )
    (tmp_path / "f.txt").write_text("https://tide.example/1\n")
    (tmp_path / ".hidden.json").write_text("{")
    (tmp_path / "outside.html").symlink_to("/etc/hostname")
    source = find(SourceEntry(address=str(tmp_path), pages=False), fetch)
    assert isinstance(source, FolderSource)
    state = PollState()
    articles, (refusal,) = polled(source, fetch, state)
    assert {a.headline for a in articles} == {"Line 1", "Ninjs", "Article", STORIES[0].headline, "Feed"}
    assert str(refusal).startswith("f.txt:1: ")
    assert "ignored" in refusal.text
    assert polled(source, fetch, state) == ([], [])
    (tmp_path / "a.jsonl").write_text(row(1) + row(2))
    assert [a.headline for a in polled(source, fetch, state)[0]] == ["Line 2"]
    (tmp_path / "a.jsonl").unlink()
    assert polled(source, fetch, state) == ([], [])
    assert not any(key.startswith("a.jsonl") for key in state.seen)


def test_of_two_lines_for_one_article_the_last_one_counts(site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    link = "https://tide.example/1"
    lines = "".join(
        f"{json.dumps({'headline': said, 'url': url, 'body': 'The wall gave way.'})}\n"
        for said, url in (
            ("First", link),
            ("Other", "https://tide.example/2"),
            ("Corrected", f"{link}?utm_source=x"),
        )
    )
    (tmp_path / "wire.jsonl").write_text(lines)
    site.put("/wire.jsonl", "application/jsonl", lines)
    for address in (str(tmp_path / "wire.jsonl"), str(tmp_path), f"{site.url}/wire.jsonl"):
        source, state = find(SourceEntry(address=address, pages=False), fetch), PollState()
        articles, refusals = polled(source, fetch, state)
        assert (sorted(article.headline for article in articles), refusals) == (["Corrected", "Other"], []), (
            address
        )
        assert polled(source, fetch, state) == ([], [])
