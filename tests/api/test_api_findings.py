"""Editors look at what inspection found, and overrule it."""

import re
from datetime import timedelta

import msgspec

from portal_house import FERRY, House, problem
from recirc.ingest.pipeline import IngestPipeline
from recirc.types import Article, Author, Provenance, Request
from recirc.web.links import article_path

BODY = "".join(f"<p>{line}</p>" for line in FERRY)
ORIGINAL = "https://wave.example/ferry"
COPY = "https://parrot.example/ferry"


def brought(house: House, outlet: str, hours: int, **fields: object) -> Article:
    return Article(
        id=f"https://{outlet.lower()}.example/ferry",
        headline="Ferry crews vote",
        body=BODY,
        published=house.now - timedelta(hours=hours),
        url=f"https://{outlet.lower()}.example/ferry",
        provenance=Provenance(outlet=outlet, source=f"feed of {outlet}", first_seen=house.now),
        **fields,  # type: ignore[arg-type]  # the caller names fields of Article
    )


def with_a_copy(house: House) -> None:
    arrivals = IngestPipeline(house.engine)
    arrivals.publish([brought(house, "Wave", 5)])
    arrivals.publish([brought(house, "Parrot", 1, authors=(Author(name="Polly Green"),))])


def test_a_copy_is_attributed_kept_from_search_engines_and_in_no_shelf(house: House) -> None:
    with_a_copy(house)
    page = house.client.get(article_path(COPY)).text
    original = article_path(ORIGINAL)
    assert '<meta name="robots" content="noindex">' in page
    assert f'First published by <a href="{original}">Wave</a>' in page
    based = re.search(r'"isBasedOn":"([^"]+)"', page)
    assert based is not None
    assert based[1].endswith(original)
    assert "Polly Green" not in page
    now = house.moment[0]
    for article in (None, "ferry-1", ORIGINAL):
        slate = house.engine.shelves(Request(article=article, slots=50), now)
        shown = {i.article for s in slate.shelves.values() for i in s.items}
        assert COPY not in shown


def test_what_findings_took_out_is_told_to_nobody(house: House) -> None:
    with_a_copy(house)
    told = house.client.get("/v1/articles/https%3A%2F%2Fparrot.example%2Fferry")
    assert told.status_code == 200, told.text
    assert told.json()["article"]["provenance"]["first_published_by"] == "Wave"
    assert not {"given", "found"} & set(told.json()["article"]["provenance"])


def test_an_overruled_finding_is_gone_from_the_page_until_it_stands_again(house: House) -> None:
    with_a_copy(house)
    said = {"article": COPY, "kind": "copied"}
    answer = house.client.post("/v1/findings", json=said, headers=house.auth)
    assert answer.status_code == 200, answer.text
    assert [found["overruled"] for found in answer.json()["findings"]] == [True]
    house.engine.catch_up()
    stored = house.engine.article(COPY)
    assert stored is not None
    assert stored.article is not None
    assert stored.article.provenance.first_published_by is None
    assert [author.name for author in stored.article.authors] == ["Polly Green"]

    answer = house.client.post("/v1/findings", json={**said, "overruled": False}, headers=house.auth)
    assert [found.get("overruled", False) for found in answer.json()["findings"]] == [False]
    stored = house.engine.article(COPY)
    assert stored is not None
    assert stored.article is not None
    assert (stored.article.provenance.first_published_by, stored.article.authors) == ("Wave", ())


def test_without_a_key_or_a_finding_nothing_is_overruled(house: House) -> None:
    said = {"article": "ferry-1", "kind": "copied"}
    assert house.client.post("/v1/findings", json=said).status_code == 401
    answer = house.client.post("/v1/findings", json=said, headers=house.auth)
    assert "ferry-1" in problem(answer, 404, "not-found")["detail"]
    wrong = house.client.post(
        "/v1/findings", content=msgspec.json.encode({"article": "ferry-1"}), headers=house.auth
    )
    assert wrong.status_code in (400, 415)
