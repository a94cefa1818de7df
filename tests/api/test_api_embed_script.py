"""The script for pages of other sites as it is delivered, articles found by their addresses, links that lead there."""

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from portal_house import Build, House, articles
from recirc.engine import Engine
from recirc.settings import EmbedSettings
from recirc.types import Article, Provenance
from recirc.web.renderer import HERE

BYTES = 12_500
"""The most that a page of another site is asked to load, before compression; compressed: `test_api_embed`."""
ELSEWHERE = "https://www.paper.example"


def test_the_script_is_small_and_whole(house: House, tmp_path: Path) -> None:
    answer = house.client.get("/embed.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert len(answer.content) <= BYTES
    if node := shutil.which("node"):
        for name in ("embed.js", "embed.mjs"):  # as a classic script and as a module
            file = tmp_path / name
            file.write_bytes(answer.content)
            subprocess.run([node, "--check", str(file)], check=True, capture_output=True)
    assert house.client.get("/embed.js?lang=de").content == answer.content  # it asks for its words


def test_the_script_may_be_kept_and_asked_for_again(house: House) -> None:
    answer = house.client.get("/embed.js")
    assert "max-age=3600" in answer.headers["cache-control"]
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    again = house.client.get("/embed.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_nothing_in_the_script_needs_a_looser_policy() -> None:
    source = (HERE / "static" / "embed.js").read_text("utf-8")
    for barred in (
        "innerHTML",
        "eval(",
        "document.cookie",
        "insertAdjacentHTML",
        "outerHTML",
        ".style.",
        "<style",
    ):
        assert barred not in source


@pytest.fixture
def found(build: Build) -> House:
    """Articles that are known by other ids than their addresses."""
    house = build(embed=EmbedSettings(origins=(ELSEWHERE,)))
    more = [
        Article(
            id="wp-7", headline="Ferry crews vote once more", url=f"{ELSEWHERE}/2026/ferry/", section="business",
            body="<p>Crews of the ferry line voted on a better offer of the company.</p>", topics=("Ferries",),
            published=house.now - timedelta(hours=1),
        ),
        Article(id="http://Paper.example/b/", headline="By its id", published=house.now),
        Article(id="copy", headline="A copy", provenance=Provenance(canonical_url=f"{ELSEWHERE}/2026/ferry")),
    ]  # fmt: skip
    house.engine.publish([*articles(house.now), *more]).result()
    house.engine.catch_up()
    return house


@pytest.mark.parametrize(
    ("url", "article"),
    [
        (f"{ELSEWHERE}/2026/ferry/", "wp-7"),
        ("http://WWW.paper.example/2026/x/../ferry?utm_source=feed#comments", "wp-7"),
        ("https://paper.example/b", "http://Paper.example/b/"),
        ("https://ncp.example/otter/", "otter"),
        (f"{ELSEWHERE}/2026/ferry?page=2", None),
        ("not an address", None),
        ("ferry-1", None),
    ],
)
def test_an_article_is_found_by_its_address(found: House, url: str, article: str | None) -> None:
    for answer in (
        found.client.get("/v1/shelves", params={"url": url}),
        found.client.post("/v1/shelves", json={"url": url}),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()["article"] == article
    if article is None:
        related = answer.json()["related"]
        assert related["items"] == []
        assert "not known here" in related["short"]
    else:
        assert answer.json() == found.client.get("/v1/shelves", params={"article": article}).json()


def test_of_an_address_and_an_id_the_id_is_used(found: House) -> None:
    asked = {"url": ELSEWHERE, "article": "wp-7"}
    assert found.client.get("/v1/shelves", params=asked).json()["article"] == "wp-7"


def test_a_withdrawn_article_leaves_its_address(found: House) -> None:
    found.client.delete("/v1/articles/wp-7", headers=found.auth)
    found.engine.catch_up()
    # The next that claims the address is the copy.
    assert shelves(found, url=f"{ELSEWHERE}/2026/ferry").json()["article"] == "copy"
    found.client.delete("/v1/articles/copy", headers=found.auth)
    assert shelves(found, url=f"{ELSEWHERE}/2026/ferry").json()["article"] is None


def test_an_article_that_moved_is_found_where_it_is_now(found: House) -> None:
    moved = {"id": "wp-7", "headline": "Moved", "url": f"{ELSEWHERE}/moved"}
    assert found.client.post("/v1/articles", json=moved, headers=found.auth).status_code == 200
    assert shelves(found, url=f"{ELSEWHERE}/moved/").json()["article"] == "wp-7"
    assert shelves(found, url=f"{ELSEWHERE}/2026/ferry").json()["article"] == "copy"


def shelves(house: House, **asked: str) -> httpx.Response:
    return house.client.get("/v1/shelves", params=asked)


def test_links_for_other_sites_are_whole(found: House) -> None:
    slate = shelves(found, article="ferry-1", absolute="true").json()
    urls = {
        item["article"]: item["url"]
        for name in ("related", "ranking", "recommendation")
        for item in slate[name]["items"]
    }
    assert urls["wp-7"] == f"{ELSEWHERE}/2026/ferry/"
    assert urls["ferry-2"] == "https://tide.example/article/ferry-2"
    # Nobody said that this one is a site of ours.
    assert urls.get("otter", "https://tide.example/article/otter") == "https://tide.example/article/otter"
    plain = shelves(found, article="ferry-1").json()["related"]["items"][0]
    assert "url" not in plain


def test_one_shelf_takes_nothing_from_it_for_the_others(found: House) -> None:
    alone = shelves(found, article="ferry-1", shelf="recommendation", slots="3").json()
    assert alone["related"]["items"] == alone["ranking"]["items"] == []
    assert "not requested" in alone["ranking"]["short"]
    assert alone["recommendation"]["items"]
    both = shelves(found, article="ferry-1", shelf="related,ranking").json()
    assert both["related"]["items"]
    assert both["recommendation"]["items"] == []


def test_the_fragment_for_another_sites_server(found: House) -> None:
    asked = {
        "url": f"{ELSEWHERE}/2026/ferry",
        "shelf": "related",
        "absolute": "true",
        "personalised": "false",
    }
    text = found.client.get("/v1/shelves.html", params=asked).text
    assert re.findall(r'data-shelf="(\w+)"', text) == ["related"]
    links = re.findall(r'class="headline" href="([^"]*)"', text)
    assert links
    assert all(link.startswith("https://tide.example/article/ferry-") and "#" not in link for link in links)


def test_an_old_store_learns_the_addresses_when_it_is_opened(found: House) -> None:
    path = found.engine.settings.store.path
    found.engine.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE addresses")
        connection.commit()
    with closing(Engine.open(found.engine.settings)) as engine:
        assert engine.locate(f"{ELSEWHERE}/2026/ferry") == "wp-7"
        assert engine.locate("https://ncp.example/otter") == "otter"
        assert engine.locate("https://ncp.example/elsewhere") is None
