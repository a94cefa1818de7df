"""A newsroom asks what a page contradicts."""

import pytest

from portal_house import FERRY, House, problem
from recirc.ingest.pipeline import IngestPipeline
from recirc.types import Article, Provenance

LINES = "\n".join(FERRY)
PAGE = f"Parrot\nFerry crews vote\nBy Polly Green\n4 September 2025\n{LINES}\n© 2025 Parrot\n"


def asked(house: House, **body: object):  # type: ignore[no-untyped-def]  # the client's own response
    return house.client.post("/v1/inspect", json=body, headers=house.auth)


def test_a_page_is_inspected(house: House) -> None:
    answer = asked(house, text=PAGE)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["headline"], said["byline"], said["published"]) == (
        "Ferry crews vote",
        "Polly Green",
        "2025-09-04T00:00:00Z",
    )
    assert said["findings"] == []
    assert said["original"] is None


def test_a_copy_names_its_original_in_the_archive(house: House) -> None:
    original = Article(
        id="https://wave.example/ferry",
        headline="Ferry crews vote",
        body="".join(f"<p>{line}</p>" for line in FERRY),
        published=house.now.replace(year=2024),
        url="https://wave.example/ferry",
        provenance=Provenance(outlet="Wave", source="feed of Wave", first_seen=house.now.replace(year=2024)),
    )
    IngestPipeline(house.engine).publish([original])
    said = asked(house, text=PAGE).json()
    found = {finding["kind"]: finding for finding in said["findings"]}
    assert set(found) == {"copied"}
    assert found["copied"]["overturned_by"].startswith("an agreement with the outlet named")
    assert (said["original"]["id"], said["original"]["outlet"]) == (original.id, "Wave")
    report = asked(house, text=PAGE, report=True)
    assert report.headers["content-type"].startswith("text/html")
    assert '<a href="https://wave.example/ferry" rel="noreferrer">Ferry crews vote</a>' in report.text


def test_a_key_is_needed(house: House) -> None:
    assert house.client.post("/v1/inspect", json={"text": PAGE}).status_code == 401


@pytest.mark.parametrize(
    ("body", "slug", "why"),
    [
        ({}, "invalid", "exactly one"),
        ({"text": PAGE, "html": "<p>x"}, "invalid", "exactly one"),
        ({"text": " "}, "refused", "No article"),
        ({"url": "http://127.0.0.1:9/private"}, "refused", "not fetched"),
        ({"url": "file:///etc/passwd"}, "refused", "not fetched"),
    ],
    ids=["nothing", "two", "no article", "a private address", "a file"],
)
def test_what_is_no_page_is_refused(house: House, body: dict[str, str], slug: str, why: str) -> None:
    assert why in problem(asked(house, **body), 400, slug)["detail"]
