"""Feeds, held to what the specifications ask of them."""

import email.utils
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from portal_house import STRANGE, Build, House, articles
from recirc.portal.feeds import TYPES
from recirc.settings import SiteSettings
from recirc.types import Article

BASE = "https://tide.example"
ATOM = "{http://www.w3.org/2005/Atom}"
LISTS = ("", "/section/business", "/topic/ferries", "/author/beth-carrow", "/section/coast")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def whole(address: str | None) -> bool:
    """Whether an address is a whole one of ours."""
    parts = urlsplit(address or "")
    return (parts.scheme, parts.netloc) == ("https", "tide.example") and parts.path.startswith("/")


@pytest.mark.parametrize("place", LISTS)
def test_rss_has_all_that_rss_needs(house: House, place: str) -> None:
    answer = house.client.get(f"{place}/feed.xml")
    assert answer.headers["content-type"] == "application/rss+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert (root.tag, root.attrib["version"]) == ("rss", "2.0")
    channel = root.find("channel")
    assert channel is not None
    assert channel.findtext("title")
    assert channel.findtext("description")
    assert channel.findtext("link") == f"{BASE}{place or '/'}"
    assert channel.findtext("language") == "en"
    own = channel.find(f"{ATOM}link")
    assert own is not None
    assert own.attrib == {"href": f"{BASE}{place}/feed.xml", "rel": "self", "type": "application/rss+xml"}
    items = channel.findall("item")
    assert items
    guids = [item.findtext("guid") for item in items]
    assert len(set(guids)) == len(guids)
    for item in items:
        assert item.findtext("title") or item.findtext("description")
        assert whole(item.findtext("link"))
        for date in item.findall("pubDate"):
            assert email.utils.parsedate_to_datetime(date.text or "").tzinfo is not None
            assert re.fullmatch(
                r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", date.text or ""
            )


@pytest.mark.parametrize("place", LISTS)
def test_atom_has_all_that_atom_needs(house: House, place: str) -> None:
    answer = house.client.get(f"{place}/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    for one in ("id", "title", "updated", "author"):
        assert len(root.findall(ATOM + one)) == 1, one
    links = {link.attrib["rel"]: link.attrib["href"] for link in root.findall(f"{ATOM}link")}
    assert links == {"self": f"{BASE}{place}/feed.atom", "alternate": f"{BASE}{place or '/'}"}
    entries = root.findall(f"{ATOM}entry")
    assert entries
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    assert all(map(whole, ids))
    moments = []
    for entry in entries:
        for one in ("id", "title", "updated", "summary"):
            assert len(entry.findall(ATOM + one)) == 1, one
        assert [link.attrib["rel"] for link in entry.findall(f"{ATOM}link")] == ["alternate"]
        for date in (*entry.findall(f"{ATOM}updated"), *entry.findall(f"{ATOM}published")):
            assert RFC3339.fullmatch(date.text or "")
        moments.append(datetime.fromisoformat(entry.findtext(f"{ATOM}updated", "")))
        for author in entry.findall(f"{ATOM}author"):
            assert author.findtext(f"{ATOM}name")
            assert whole(author.findtext(f"{ATOM}uri"))
        assert all(category.attrib["term"] for category in entry.findall(f"{ATOM}category"))
    assert datetime.fromisoformat(root.findtext(f"{ATOM}updated", "")) == max(moments)


@pytest.mark.parametrize("place", LISTS)
def test_json_feed_has_all_that_it_needs(house: House, place: str) -> None:
    answer = house.client.get(f"{place}/feed.json")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["home_page_url"] == f"{BASE}{place or '/'}"
    assert feed["feed_url"] == f"{BASE}{place}/feed.json"
    ids = [item["id"] for item in feed["items"]]
    assert ids
    assert len(set(ids)) == len(ids)
    for item in feed["items"]:
        assert whole(item["url"])
        assert item["content_text"]
        assert all(author["name"] for author in item.get("authors", ()))
        for name in ("date_published", "date_modified"):
            assert RFC3339.fullmatch(item.get(name, "2026-11-22T00:00:00Z"))


def test_the_three_say_the_same(house: House) -> None:
    rss = ElementTree.fromstring(house.client.get("/feed.xml").content).findall("./channel/item")
    atom = ElementTree.fromstring(house.client.get("/feed.atom").content).findall(f"{ATOM}entry")
    listed = house.client.get("/feed.json").json()["items"]
    titles = [item["title"] for item in listed]
    assert (
        titles
        == [item.findtext("title") for item in rss]
        == [entry.findtext(f"{ATOM}title") for entry in atom]
    )
    assert len(titles) == len(articles(house.now))
    assert '"><script>alert(1)</script> & </script>' in titles


def test_an_article_without_a_date_is_given_none(house: House) -> None:
    (otter,) = [
        item for item in house.client.get("/feed.json").json()["items"] if item["title"] == "Otter moves in"
    ]
    assert "date_published" not in otter
    assert otter["external_url"] == "https://ncp.example/otter"
    entries = ElementTree.fromstring(house.client.get("/feed.atom").content).findall(f"{ATOM}entry")
    (entry,) = [entry for entry in entries if entry.findtext(f"{ATOM}title") == "Otter moves in"]
    assert entry.find(f"{ATOM}published") is None
    # When it came in: that is known.
    came = datetime.fromisoformat(entry.findtext(f"{ATOM}updated", ""))
    assert abs(came - house.now) < timedelta(minutes=5)


def test_what_no_xml_may_hold_does_not_break_a_feed(house: House) -> None:
    house.engine.publish(
        [Article(id="odd", headline="Bell \x07 and \ufffe", summary="\x0b", section="odd")]
    ).result()
    house.engine.catch_up()
    for kind in ("xml", "atom"):
        feed = ElementTree.fromstring(house.client.get(f"/section/odd/feed.{kind}").content)
        assert any((each.text or "").startswith("Bell") for each in feed.iter())


@pytest.mark.parametrize("kind", TYPES)
def test_feeds_may_be_kept_and_asked_after(house: House, kind: str) -> None:
    first = house.client.get(f"/feed.{kind}")
    assert first.headers["cache-control"] == "public, max-age=0, s-maxage=300"
    again = house.client.get(f"/feed.{kind}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    for missing in ("/section/nope", "/topic/nope", "/author/nope"):
        assert house.client.get(f"{missing}/feed.{kind}").status_code == 404


def test_pages_name_their_feeds(house: House) -> None:
    page = house.client.get("/topic/ferries").text
    for kind, media in TYPES.items():
        media = media.partition(";")[0]
        for address in (f"/topic/ferries/feed.{kind}", f"/feed.{kind}"):
            assert re.search(
                rf'<link rel="alternate" type="{re.escape(media)}" title="[^"]+" href="{address}">', page
            )


def test_a_feed_without_articles_is_a_feed(build: Build) -> None:
    house = build(site=SiteSettings(name="Empty"))
    assert house.client.get("/feed.json").json()["items"] == []
    assert ElementTree.fromstring(house.client.get("/feed.atom").content).findtext(f"{ATOM}updated")
    ElementTree.fromstring(house.client.get("/feed.xml").content)
    assert STRANGE not in house.client.get("/feed.xml").text
