"""Sitemaps as plain text, alone and in an index, whose parts may be of any form."""

import gzip
from collections.abc import Iterator

import pytest
from played_site import PlayedSite, articles, page, playing

from recirc.sources.source import PollState

CREWS = " ".join(
    f"Crew {number} of the ferry line voted on the offer of the company." for number in range(20)
)
INDEX = "<sitemapindex>{}</sitemapindex>"


@pytest.fixture(scope="module")
def site() -> Iterator[PlayedSite]:
    with playing() as site:
        yield site


LISTS = {
    "lines": "{BASE}/a\n{BASE}/b\n",
    "no end of line": "{BASE}/a\r\n\r\n{BASE}/b",
    "a mark and spaces": "\ufeff {BASE}/a \n\t{BASE}/b",
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("written", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("path", ["/list", "/index"])
def test_a_list_of_addresses_is_a_sitemap(site: PlayedSite, path: str, written: str, packed: bool) -> None:
    site.state = PollState()
    text = written.replace("{BASE}", site.base).encode()
    site.put("/list", (200, {"Content-Type": "text/plain"}, gzip.compress(text) if packed else text))
    part = "<sitemap><loc>{BASE}/list</loc></sitemap>"
    site.put("/index", (200, {"Content-Type": "application/xml"}, INDEX.format(part)))
    site.show(a=page("Dredging plan settled"), b=page("Ferry crews vote on an offer", CREWS))
    found = articles(site.poll(path))
    assert sorted(each.headline for each in found) == [
        "Dredging plan settled",
        "Ferry crews vote on an offer",
    ]


@pytest.mark.parametrize("text", ["See https://a.example/b", "https://a.example/b and more", "", "a\nb\n"])
def test_other_texts_are_none(site: PlayedSite, text: str) -> None:
    site.state = PollState()
    site.put("/list", (200, {"Content-Type": "text/plain"}, text))
    site.put(
        "/index",
        (200, {"Content-Type": "application/xml"}, INDEX.format("<sitemap><loc>{BASE}/list</loc></sitemap>")),
    )
    assert not articles(site.poll("/index"))
