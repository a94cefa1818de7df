"""Corrections, withdrawals, holds, webhooks and early views over the API."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal_house import Build, House
from recirc.engine.provisional_views import ProvisionalViews
from recirc.ingest.pipeline import IngestPipeline, IngestResult
from recirc.ingest.releases import Releaser
from recirc.store.ports import PublishOutcome
from recirc.store.site_keys import create as create_site_key
from recirc.types import Article, Claims, Provenance

TEXT = (
    "The harbour wall was repaired, the council heard, and residents who had waited for two years asked when the "
    "path beside it would be opened again to walkers, since the fence had cut them off from the northern beach."
)


def post(house: House, row: Any) -> httpx.Response:
    answer = house.client.post("/v1/articles", json=row, headers=house.auth)
    house.engine.catch_up()
    return answer


def patch(house: House, id_: str, row: Any) -> httpx.Response:
    answer = house.client.request("PATCH", f"/v1/articles/{id_}", json=row, headers=house.auth)
    house.engine.catch_up()
    return answer


def places(house: House, headline: str) -> list[str]:
    """The public places where a headline is found."""
    word = headline.partition(" ")[0]
    paths = ("/", "/section/news", "/feed.xml", "/feed.json", "/sitemap-news.xml", "/v1/rankings?window=ever")
    return [path for path in (*paths, f"/search?q={word}") if headline in house.client.get(path).text]


# Corrections


def test_a_patch_changes_what_it_names_and_readers_see_the_note(house: House) -> None:
    row = {
        "id": "w",
        "headline": "Wall mended",
        "body": TEXT,
        "summary": "At last.",
        "topics": ["Walls"],
        "section": "town",
    }
    assert (
        post(house, row | {"authors": ["Beth Carrow"], "published": "2026-11-01T08:00:00Z"}).status_code
        == 201
    )
    before = house.client.get("/v1/articles/w").json()["article"]
    answer = patch(house, "w", {"headline": "Wall repaired", "note": "The headline named the wrong work."})
    assert answer.json() == {"id": "w", "outcome": "updated"}
    after = house.client.get("/v1/articles/w").json()["article"]
    assert after["headline"] == "Wall repaired"
    changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    assert changed == {"headline", "updated", "updates"}
    page = house.client.get("/article/w").text
    assert "Updated" in page
    assert "The headline named the wrong work." in page
    assert patch(house, "w", {"summary": None}).json()["outcome"] == "updated"
    assert "summary" not in house.client.get("/v1/articles/w").json()["article"]
    assert patch(house, "w", {"headline": "Wall repaired"}).json()["outcome"] == "unchanged"
    assert post(house, row | {"headline": "Wall done"}).json()["outcome"] == "updated"
    assert "The headline named the wrong work." in house.client.get("/article/w").text  # notes stay
    versions = house.client.get("/v1/versions?id=w", headers=house.auth).json()["versions"]
    assert [each["article"]["headline"] for each in versions] == [
        "Wall mended",
        "Wall repaired",
        "Wall repaired",
        "Wall done",
    ]
    assert [each["number"] for each in versions] == [1, 2, 3, 4]
    assert [each["replaced"] is None for each in versions] == [False, False, False, True]
    assert house.client.get("/v1/versions?id=w").status_code == 401


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"headlin": "X"}, 400),
        ({"zzz": "X"}, 400),
        ({"headline": ""}, 400),
        ({"id": "other"}, 400),
        ([], 400),
        ({"note": 7}, 400),
    ],
)
def test_a_patch_that_cannot_be_understood_changes_nothing(house: House, row: Any, status: int) -> None:
    assert patch(house, "otter", row).status_code == status
    assert patch(house, "nobody", {"headline": "X"}).status_code == 404
    assert house.client.request("PATCH", "/v1/articles/otter", json={"headline": "X"}).status_code == 401
    assert len(house.client.get("/v1/versions?id=otter", headers=house.auth).json()["versions"]) == 1


def test_a_patch_with_a_mistyped_field_names_the_nearest_known(house: House) -> None:
    assert 'did you mean "headline"?' in patch(house, "otter", {"headlin": "X"}).json()["detail"]
    assert "it has authors, body" in patch(house, "otter", {"zzz": "X"}).json()["detail"]


def test_an_unknown_field_of_an_article_names_the_nearest_known(house: House) -> None:
    told = post(house, {"id": "n", "headline": "Wall", "sumary": "At last.", "colour_of_it": "red"}).json()
    assert (told["outcome"], set(told["ignored"])) == ("new", {"sumary", "colour_of_it"})
    assert told["text"] == 'unknown field "sumary": did you mean "summary"?'


def test_what_an_editor_corrected_is_not_changed_by_its_source(house: House) -> None:
    ours = Provenance(source="feed https://tide.example/feed", claims=Claims(), sender_id="17")
    pipeline = IngestPipeline(house.engine)

    def told(headline: str, **fields: Any) -> IngestResult:
        article = Article(
            id="https://tide.example/w", headline=headline, body=f"<p>{TEXT}</p>", provenance=ours, **fields
        )
        result = pipeline.publish([article])
        assert result.refused == []
        return result

    def shown() -> dict[str, Any]:
        house.engine.catch_up()
        found: dict[str, Any] = house.client.get("/v1/articles?id=https://tide.example/w").json()["article"]
        return found

    def patched(row: Any) -> httpx.Response:
        answer = house.client.request(
            "PATCH", "/v1/articles?id=https://tide.example/w", json=row, headers=house.auth
        )
        house.engine.catch_up()
        return answer

    told("Wall mended")
    assert patched({"headline": "Wall repaired", "note": "Wrong work."}).json()["outcome"] == "updated"
    said = told("Wall all mended", summary="It is dry again.")
    assert (shown()["headline"], shown()["summary"]) == ("Wall repaired", "It is dry again.")
    assert shown()["provenance"]["corrected"] == ["headline"]
    (note,) = said.notes
    assert "correction of headline stays" in note
    assert told("Wall all mended", summary="It is dry again.").outcomes == {PublishOutcome.UNCHANGED: 1}

    assert patched({"follow": ["headline"]}).json()["outcome"] == "updated"
    assert "corrected" not in shown()["provenance"]
    assert shown()["headline"] == "Wall repaired"
    assert told("Wall finished").notes == []
    assert shown()["headline"] == "Wall finished"
    assert "Wrong work." in house.client.get("/from/tide.example/w").text
    for wrong in ({"follow": "headline"}, {"follow": ["id"]}, {"follow": [["summary"]]}):
        assert patched(wrong).status_code == 400


# Holds


@pytest.mark.parametrize(
    "held",
    [
        {"embargo": True},
        {"embargoed": "2999-01-01T00:00:00Z"},
        {"published": "2099-01-01"},
        {"publish_at": 32503680000},
    ],
)
def test_a_held_article_is_nowhere(house: House, held: dict[str, Any]) -> None:
    answer = post(house, {"id": "budget", "headline": "Budgetspeech in full", "body": TEXT} | held)
    assert (answer.status_code, answer.json()["outcome"]) == (200, "held")
    assert places(house, "Budgetspeech in full") == []
    assert house.client.get("/article/budget").status_code == 404
    assert house.client.get("/v1/articles/budget").status_code == 404
    assert house.client.get("/v1/holds").status_code == 401
    (listed,) = house.client.get("/v1/holds", headers=house.auth).json()
    assert (listed["id"], listed["headline"]) == ("budget", "Budgetspeech in full")
    assert (
        post(house, {"id": "budget", "headline": "Budgetspeech in full", "body": TEXT}).json()["outcome"]
        == "new"
    )
    assert house.client.get("/v1/holds", headers=house.auth).json() == []
    assert house.client.get("/article/budget").status_code == 200


def test_a_held_article_appears_to_the_second(house: House) -> None:
    until = house.now.replace(microsecond=0) + timedelta(hours=1)
    post(
        house,
        {"id": "budget", "headline": "Budgetspeech in full", "body": TEXT, "embargo": until.isoformat()},
    )
    due = round(until.timestamp() * 1000)
    assert Releaser(house.engine).release_due(due - 1) == 0
    assert Releaser(house.engine).release_due(due) == 1
    house.moment[0] = due
    assert "/" in places(house, "Budgetspeech in full")


def test_a_patch_can_hold_a_live_article_back(house: House) -> None:
    until = house.now + timedelta(hours=2)
    assert (
        patch(house, "otter", {"embargo_until": until.isoformat()}).status_code == 400
    )  # no field of an article
    assert patch(house, "otter", {"published": until.isoformat()}).json()["outcome"] == "held"
    assert house.client.get("/article/otter").status_code == 410
    Releaser(house.engine).release_due(round(until.timestamp() * 1000) + 1)
    assert house.client.get("/article/otter").status_code == 200


HELD = {"id": "budget", "headline": "Budgetspeech in full", "body": TEXT, "section": "town"}


def test_a_held_article_is_read_with_a_key_alone(house: House) -> None:
    post(house, HELD | {"embargo": "2999-01-01T00:00:00Z"})
    for path in ("/v1/articles/budget", "/v1/articles?id=budget"):
        read = house.client.get(path, headers=house.auth).json()
        assert read["article"]["headline"] == "Budgetspeech in full"
        assert read["held"].startswith("it is held back until 2999-01-01")
        assert house.client.get(path).status_code == 404
    assert house.client.get("/v1/articles/otter", headers=house.auth).json()["held"] is None


def test_a_held_article_is_corrected_and_goes_on_waiting(house: House) -> None:
    post(house, HELD | {"embargo": "2999-01-01T00:00:00Z"})
    answer = patch(house, "budget", {"headline": "Budgetspeech mended", "published": "2026-01-01"})
    assert answer.json()["outcome"] == "held", "an embargo is not ended by another date of publication"
    (listed,) = house.client.get("/v1/holds", headers=house.auth).json()
    assert listed["headline"] == "Budgetspeech mended"
    assert listed["until"].startswith("2999-01-01")
    assert places(house, "Budgetspeech mended") == []


def test_a_patch_of_the_date_moves_the_moment_of_an_article_that_waits_for_it(house: House) -> None:
    post(house, HELD | {"published": "2099-01-01T00:00:00Z"})
    assert patch(house, "budget", {"published": "2098-01-01T00:00:00Z"}).json()["outcome"] == "held"
    (listed,) = house.client.get("/v1/holds", headers=house.auth).json()
    assert listed["until"].startswith("2098-01-01")
    past = (house.now - timedelta(hours=1)).isoformat()
    assert patch(house, "budget", {"published": past}).json()["outcome"] == "new"
    assert house.client.get("/article/budget").status_code == 200
    assert house.client.get("/v1/holds", headers=house.auth).json() == []


def test_a_held_article_is_taken_down_for_good_and_was_public_at_no_moment(house: House) -> None:
    post(house, HELD | {"embargo": "2999-01-01T00:00:00Z"})
    gone = house.client.delete("/v1/articles/budget?reason=libel", headers=house.auth)
    assert (gone.status_code, gone.json()["outcome"]) == (200, "withdrawn")
    house.engine.catch_up()
    assert house.client.get("/v1/holds", headers=house.auth).json() == []
    assert places(house, "Budgetspeech in full") == []
    assert house.client.get("/article/budget").status_code == 410
    (listed,) = house.client.get("/v1/withdrawals", headers=house.auth).json()
    assert (listed["id"], listed["reason"], listed["headline"]) == ("budget", "libel", "Budgetspeech in full")
    again = post(house, HELD | {"embargo": "2999-01-01T00:00:00Z"})
    assert (again.status_code, "libel" in again.text) == (410, True)


def test_withdrawn_stays_withdrawn_until_it_is_restored(house: House) -> None:
    row = {"id": "w", "headline": "Wall mended", "body": TEXT, "url": "https://tide.example/w"}
    post(house, row)
    until = "2099-01-01T00:00:00Z"
    assert (
        house.client.put("/v1/pins/4", json={"article": "w", "until": until}, headers=house.auth).status_code
        == 200
    )
    gone = house.client.delete("/v1/articles/w?reason=libel", headers=house.auth)
    assert gone.json() == {"id": "w", "outcome": "withdrawn"}
    house.engine.catch_up()
    assert house.client.get("/v1/pins", headers=house.auth).json() == []
    (listed,) = house.client.get("/v1/withdrawals", headers=house.auth).json()
    assert (listed["id"], listed["reason"], listed["headline"]) == ("w", "libel", "Wall mended")
    assert listed["by"]
    assert house.client.get("/v1/withdrawals").status_code == 401
    for again in (row, row | {"id": "w2"}, {"id": "w3", "headline": "Wall!", "body": f"{TEXT} Indeed."}):
        refused = post(house, again)
        assert refused.status_code == 410
        assert "withdrawn" in refused.json()["detail"]
        assert places(house, "Wall mended") == []
    assert house.client.delete("/v1/withdrawals?id=otter", headers=house.auth).status_code == 404
    assert house.client.delete("/v1/withdrawals?id=w", headers=house.auth).json()["outcome"] == "restored"
    house.engine.catch_up()
    assert house.client.get("/article/w").status_code == 200
    assert house.client.get("/v1/withdrawals", headers=house.auth).json() == []
    assert house.client.get("/v1/pins", headers=house.auth).json() == []
    assert post(house, row | {"headline": "Wall really mended"}).json()["outcome"] == "updated"


# Addresses that change


def test_the_former_address_of_an_article_redirects(house: House) -> None:
    old, new = "https://tide.example/brdige", "https://tide.example/bridge"
    post(house, {"id": old, "headline": "Bridge opens", "body": TEXT, "url": old})
    assert house.client.get("/from/tide.example/brdige").status_code == 200
    assert patch(house, "https%3A%2F%2Ftide.example%2Fbrdige", {"url": new}).status_code == 200
    moved = house.client.get("/from/tide.example/brdige", follow_redirects=False)
    assert (moved.status_code, moved.headers["location"]) == (301, "/from/tide.example/bridge")
    page = house.client.get("/from/tide.example/bridge")
    assert page.status_code == 200
    assert re.search(r'<link rel="canonical" href="[^"]*/from/tide.example/bridge">', page.text)
    assert "/from/tide.example/bridge" in house.client.get("/feed.json").text
    house.client.delete(f"/v1/articles?id={old}", headers=house.auth)
    house.engine.catch_up()
    for path in ("brdige", "bridge"):
        assert house.client.get(f"/from/tide.example/{path}").status_code == 410


# Views before the article


def test_a_view_of_a_page_that_is_not_known_yet_is_counted_when_its_article_arrives(build: Build) -> None:
    house = build()
    key = create_site_key(Path(house.engine.settings.store.path), "tide", ["https://tide.example"])

    def view(page: str, agent: str, **event: Any) -> dict[str, Any]:
        headers = {"Origin": "https://tide.example", "User-Agent": f"Mozilla/5.0 {agent} Firefox/140.0"}
        row = {"kind": "view", "article": page, **event}
        answer = house.client.post(f"/v1/events?key={key}", json=[row], headers=headers)
        counts: dict[str, Any] = answer.json()
        return counts

    page = "https://tide.example/2026/wall?utm_source=x"
    assert [view(page, f"(X11; {n})", id=f"e{n}")["accepted"] for n in range(3)] == [1, 1, 1]
    assert view(page, "(X11; 0)", id="e0")["accepted"] == 1  # sent again
    for other in ("https://evil.example/2026/wall", "https://tide.example/", "nobody"):
        assert view(other, "(X11)")["accepted"] == 0
    assert house.engine.article("https://tide.example/2026/wall") is None
    views = ProvisionalViews(house.engine)
    assert views.count_arrived() == 0
    post(
        house,
        {"id": "wall-7", "headline": "Wall mended", "body": TEXT, "url": "https://tide.example/2026/wall"},
    )
    assert views.count_arrived() == 3
    assert views.count_arrived() == 0
    house.engine.catch_up()
    assert house.client.get("/v1/articles/wall-7").json()["counts"]["readers"] == 3
    assert view(page, "(X11; 9)")["accepted"] == 1  # known by its address now
    house.engine.catch_up()
    assert house.client.get("/v1/articles/wall-7").json()["counts"]["readers"] == 4


def test_dates_are_told_in_utc(house: House) -> None:
    post(house, {"id": "z", "headline": "Z", "body": TEXT, "embargo": "2999-01-01T00:00:00+02:00"})
    (listed,) = house.client.get("/v1/holds", headers=house.auth).json()
    assert datetime.fromisoformat(listed["until"]) == datetime(2998, 12, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("again", "field", "part"),
    [
        ({"id": "w"}, "id", "newsroom has withdrawn it (libel)"),
        (
            {"id": "w2", "url": "https://tide.example/w", "body": "Short."},
            "url",
            "its address is that of 'w'",
        ),
        (
            {"id": "w3", "body": f"{TEXT} Indeed."},
            "body",
            "its text is that of 'w', which the newsroom has withdrawn (libel)",
        ),
    ],
)
def test_a_refusal_names_the_article_that_is_withdrawn(
    house: House, again: dict[str, str], field: str, part: str
) -> None:
    post(house, {"id": "w", "headline": "Wall mended", "body": TEXT, "url": "https://tide.example/w"})
    house.client.delete("/v1/articles/w?reason=libel", headers=house.auth)
    house.engine.catch_up()
    refused = post(house, {"headline": "Wall mended", "body": TEXT} | again).json()
    (error,) = refused["errors"]
    assert error["field"] == field
    assert part in error["text"]
