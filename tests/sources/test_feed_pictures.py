"""What a feed changes about its pictures alone is read again; and feeds where one would look for something else."""

import json
from collections.abc import Iterator

import pytest
from played_site import TEXT, Answer, PlayedSite, articles, page, playing

from recirc.sources.source import PollState

FEED = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Wren Tide</title><item>
<title>Lanterns along the quay</title><link>{BASE}/lanterns</link><guid>lanterns</guid>
<description><![CDATA[<p>%s</p>%s]]></description>%s</item></channel></rss>"""
PICTURES = {
    "an enclosure": ("", '<enclosure url="{BASE}/quay.jpg" type="image/jpeg" length="9"/>'),
    "media": ("", '<media:content url="{BASE}/quay.jpg" medium="image"/>'),
    "within the text": ('<figure><img alt="" src="{BASE}/quay.jpg"></figure>', ""),
}


@pytest.fixture(scope="module")
def site() -> Iterator[PlayedSite]:
    with playing() as site:
        yield site


def xml(text: str) -> Answer:
    return 200, {"Content-Type": "application/rss+xml; charset=utf-8"}, text


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_comes_later_is_taken(site: PlayedSite, picture: tuple[str, str]) -> None:
    site.state = PollState()
    text = TEXT * 3
    site.put("/feed", xml(FEED % (text, "", "")))
    (first,) = articles(site.poll("/feed"))
    assert not first.pictures
    site.put("/feed", xml(FEED % (text, *picture)))
    (again,) = articles(site.poll("/feed", seconds=600))
    assert [each.address for each in again.pictures] == [f"{site.base}/quay.jpg"]


def test_a_picture_whose_address_is_signed_anew_is_the_same(site: PlayedSite) -> None:
    site.state = PollState()
    for number in range(3):
        picture = f'<enclosure url="{{BASE}}/quay.jpg?signature={number}" type="image/jpeg" length="9"/>'
        site.put("/feed", xml(FEED % (TEXT * 3, "", picture)))
        assert len(articles(site.poll("/feed", seconds=600 * number))) == (number == 0)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_json_feed_is_one_in_any_encoding_of_unicode(site: PlayedSite, charset: str) -> None:
    site.state = PollState()
    item = {"id": "1", "title": "Lanterns along the quay", "content_text": TEXT, "url": f"{site.base}/1"}
    feed = {"items": [item], "title": "Wren Tide", "version": "https://jsonfeed.org/version/1.1"}
    site.put("/feed", (200, {"Content-Type": "application/json"}, json.dumps(feed).encode(charset)))
    assert [each.headline for each in articles(site.poll("/feed"))] == ["Lanterns along the quay"]


def test_a_part_of_an_index_may_be_a_feed(site: PlayedSite) -> None:
    site.state = PollState()
    parts = "".join(f"<sitemap><loc>{{BASE}}/{name}</loc></sitemap>" for name in ("feed", "map"))
    site.put("/index", xml(f"<sitemapindex>{parts}</sitemapindex>"))
    site.put("/feed", xml(FEED % (TEXT * 3, "", "")))
    site.put("/map", xml("<urlset><url><loc>{BASE}/ferry</loc></url></urlset>"))
    site.put("/ferry", page("The ferry is late"))
    found = articles(site.poll("/index"))
    assert sorted(each.headline for each in found) == ["Lanterns along the quay", "The ferry is late"]
