import re
from pathlib import Path
from typing import Any

import pytest

from portal_house import STRANGE, Build, House, articles, problem
from recirc.engine.logs import read_log
from recirc.engine.shared_shelves import MOMENT_MS
from recirc.settings import ExplorationSettings
from recirc.shelves.registry import strategies
from recirc.web.ticks import tick_of

SHELVES = ("related", "ranking", "recommendation")


def test_three_shelves_each_with_reasons_and_what_they_were_made_from(house: House) -> None:
    house.told("view", "otter")
    slate = house.client.get("/v1/shelves", params={"article": "ferry-1"}).json()
    assert slate["related"]["items"]
    for name in SHELVES:
        shelf = slate[name]
        assert shelf["kind"] == name
        assert shelf["method"]
        assert shelf["as_of"]
        assert shelf["serve_id"]
        for position, item in enumerate(shelf["items"]):
            assert item["position"] == position
            assert item["reason"]["text"]
            assert item["path"].startswith("/article")
            assert item["article"] != "ferry-1"
    shown = [item["article"] for name in SHELVES for item in slate[name]["items"]]
    assert len(shown) == len(set(shown))
    assert house.client.get("/v1/shelves").headers["cache-control"] == "no-store"


def test_shared_caches_keep_only_what_the_address_says_is_for_everybody(house: House) -> None:
    asked = {"article": "ferry-1", "personalised": "false"}
    shared = house.client.get("/v1/shelves", params=asked)
    assert shared.headers["cache-control"] == "public, max-age=1"
    assert {"sec-gpc", "origin", "accept-encoding"} <= {
        each.strip().lower() for each in shared.headers["vary"].split(",")
    }
    private = [
        house.client.get("/v1/shelves", params={"article": "ferry-1"}),
        house.client.get("/v1/shelves", params={"article": "ferry-1"}, headers={"Sec-GPC": "1"}),
        house.client.get("/v1/shelves", params={"article": "ferry-1", "history": "otter"}),
        house.client.post("/v1/shelves", json={"article": "ferry-1", "personalised": False}),
        house.client.get("/v1/shelves", params={**asked, "draw": "1f"}),
    ]
    assert {answer.headers["cache-control"] for answer in private} == {"no-store"}


def test_an_answer_that_is_shared_is_the_one_that_each_would_get(house: House) -> None:
    asked = {"article": "ferry-1", "personalised": "false"}
    house.moment[0] = tick_of(house.moment[0])
    plain = house.client.get("/v1/shelves", params=asked, headers={"Accept-Encoding": "identity"})
    packed = house.client.get("/v1/shelves", params=asked, headers={"Accept-Encoding": "gzip"})
    again = house.client.get("/v1/shelves", params=asked, headers={"Accept-Encoding": "gzip"})
    assert plain.json() == packed.json() == again.json()
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    for answer in (plain, packed):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "content-security-policy" in answer.headers
    house.moment[0] += MOMENT_MS - 1
    assert house.client.get("/v1/shelves", params=asked).json() == plain.json(), "within a second"
    house.moment[0] += 1
    assert house.client.get("/v1/shelves", params=asked).json()["as_of"] != plain.json()["as_of"]


def test_requests_that_the_hot_routes_answer_are_counted_with_the_others(house: House) -> None:
    before = house.client.get("/metrics").text
    for params in ({"article": "ferry-1"}, {"article": "nobody-knows-this"}, {"artcle": "ferry-1"}):
        house.client.get("/v1/shelves", params=params)
    house.client.options("/v1/shelves")
    house.client.delete("/v1/shelves")
    after = house.client.get("/metrics").text
    for method, status in (("GET", 200), ("GET", 404), ("GET", 400), ("OPTIONS", 204), ("DELETE", 405)):
        line = f'recirc_requests_total{{method="{method}",route="/v1/shelves",status="{status}"}} 1.0'
        assert line in after, line
        assert line not in before


def test_next_is_the_order_of_recommendation_without_reasons(house: House) -> None:
    house.told("view", "otter")
    asked: dict[str, Any] = {"history": "otter,ferry-1", "slots": 4}
    found = house.client.get("/v1/next", params=asked)
    assert found.headers["cache-control"] == "no-store"
    items = found.json()["items"]
    assert 0 < len(items) <= 4
    assert all(set(item) == {"article", "score"} for item in items)
    assert not {"otter", "ferry-1"} & {item["article"] for item in items}
    scores = [item["score"] for item in items]
    assert scores == sorted(scores, reverse=True)
    slate = house.client.get("/v1/shelves", params={**asked, "shelf": "recommendation"}).json()
    assert [item["article"] for item in slate["recommendation"]["items"]] == [
        item["article"] for item in items
    ]
    private = house.client.get("/v1/next", params=asked, headers={"Sec-GPC": "1"}).json()
    nobody = house.client.get("/v1/next", params={"slots": 4}).json()
    assert private == nobody
    assert problem(house.client.get("/v1/next", params={"brand": "nobody"}), 404, "not-found")
    assert problem(house.client.get("/v1/next", params={"slots": 51}), 400, "invalid")


@pytest.mark.parametrize("slots", [1, 3])
def test_slots_are_obeyed(house: House, slots: int) -> None:
    slate = house.client.get("/v1/shelves", params={"article": "ferry-1", "slots": slots}).json()
    assert all(len(slate[name]["items"]) <= slots for name in SHELVES)


def test_get_and_post_are_the_same_question(house: House) -> None:
    asked: dict[str, Any] = {"article": "ferry-1", "history": ["otter", "ferry-3"], "slots": 4}
    by_body = house.client.post("/v1/shelves", json=asked).json()
    by_list = house.client.get("/v1/shelves", params={**asked, "history": ["otter", "ferry-3"]}).json()
    by_commas = house.client.get("/v1/shelves", params={**asked, "history": "otter,ferry-3"}).json()
    assert by_body == by_list == by_commas


def test_what_is_known_of_a_reader_is_taken_and_bounded(house: House) -> None:
    asked: dict[str, Any] = {
        "article": "ferry-1", "history": ["otter"], "earlier": ["ferry-3", "ferry-4"],
        "referrer": 2, "device": 1, "region": 65_535,
    }  # fmt: skip
    by_body = house.client.post("/v1/shelves", json=asked).json()
    by_commas = house.client.get("/v1/shelves", params={**asked, "earlier": "ferry-3,ferry-4"}).json()
    assert by_body == by_commas
    recommended = [item["article"] for item in by_body["recommendation"]["items"]]
    assert not set(recommended) & {"ferry-1", "otter", "ferry-3", "ferry-4"}
    for wrong in ({"referrer": 256}, {"device": -1}, {"region": "north"}, {"earlier": ["x"] * 51}):
        answer = house.client.post("/v1/shelves", json={**asked, **wrong})
        assert problem(answer, 400, "invalid")["errors"][0]["field"] == next(iter(wrong))


def test_nothing_of_a_reader_who_asks_for_privacy_is_looked_at(house: House) -> None:
    read_together(house)
    told: dict[str, Any] = {
        "history": ["otter"],
        "earlier": ["ferry-3"],
        "referrer": 2,
        "device": 1,
        "region": 7,
    }
    bare = {"article": "ferry-1", "personalised": False}
    alone = house.client.post("/v1/shelves", json=bare).json()
    for asked, headers in (({**bare, **told}, {}), ({"article": "ferry-1", **told}, {"Sec-GPC": "1"})):
        # The serve_id, too, is that of a request that tells nothing.
        assert house.client.post("/v1/shelves", json=asked, headers=headers).json() == alone


def read_together(house: House) -> None:
    """Ten readers go on from the otter, so that a history with the otter says something."""
    events = [
        {"kind": "view", "article": article, "reader": f"r{reader}"}
        for reader in range(10)
        for article in ("otter", "ferry-3", "ferry-4", "ferry-5")
    ]
    house.client.post("/v1/events", json=events, headers=house.auth)
    house.engine.catch_up()


def test_history_counts_unless_somebody_asks_for_privacy(house: House) -> None:
    read_together(house)
    asked: dict[str, Any] = {"article": "ferry-1", "history": ["otter"], "slots": 1}

    def shown(headers: dict[str, str] | None = None, **more: Any) -> Any:
        answer = house.client.post("/v1/shelves", json=asked | more, headers=headers or {}).json()
        return [(item["article"], item["score"]) for item in answer["recommendation"]["items"]]

    without = house.client.get("/v1/shelves", params={"article": "ferry-1", "slots": 1}).json()[
        "recommendation"
    ]["items"]
    impersonal = [(item["article"], item["score"]) for item in without]
    assert shown() != impersonal
    assert shown(personalised=False) == impersonal
    assert shown(headers={"Sec-GPC": "1"}) == impersonal


def test_the_fragment_is_what_stands_on_the_page(house: House) -> None:
    house.told("view", "ferry-2")
    asked = {"article": "ferry-1", "personalised": "false", "published_only": "true"}
    fragment = house.client.get("/v1/shelves.html", params=asked)
    assert fragment.headers["content-type"] == "text/html; charset=utf-8"
    assert fragment.text.strip() in house.client.get("/article/ferry-1").text
    assert fragment.text.count("<section") == len(strategies())
    assert "#from=related.0." in fragment.text
    body = {"article": "ferry-1", "personalised": False, "published_only": True}
    assert house.client.post("/v1/shelves.html", json=body).text == fragment.text


def test_links_of_shelves_carry_any_source(house: House) -> None:
    house.told("view", "ferry-1")
    text = house.client.get("/v1/shelves.html", params={"article": STRANGE}).text
    assert "https%3A%2F%2Fwire.example%2Fa%2F..%2Fb%3Fc%3D%C3%B8%26d%3D1%23%252F" in text


def test_ranking_of_a_section_and_a_window_shows_its_counts(house: House) -> None:
    for article in ("ferry-2", "otter"):
        house.told("view", article)
    ranking = house.client.get(
        "/v1/rankings", params={"section": "coast", "window": "day", "slots": 5}
    ).json()
    assert [item["article"] for item in ranking["items"]] == ["otter"]
    assert ranking["items"][0]["counts"]["readers"] == 1
    assert ranking["short"]
    everywhere = house.client.get("/v1/rankings").json()
    assert {item["article"] for item in everywhere["items"]} == {"ferry-2", "otter"}


def test_unknown_articles_and_sections_are_named(house: House) -> None:
    told = problem(house.client.get("/v1/shelves?article=nobody"), 404, "not-found")
    assert "“nobody”" in told["detail"]
    told = problem(house.client.get("/v1/rankings?section=busines"), 404, "not-found")
    assert "'business'" in told["detail"]
    problem(house.client.post("/v1/shelves.html", json={"article": "nobody"}), 404, "not-found")


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("artcle=ferry-1", "artcle", "did you mean 'article'?"),
        ("zzz=1", "zzz", "known here are article, url, history"),
        ("article=ferry-1&article=otter", "article", "2 times"),
        ("slots=0", "slots", ">= 1"),
        ("slots=many", "slots", "a whole number"),
        ("window=month", "window", "it must be 'hour', 'day', 'week' or 'ever', not 'month'"),
        ("personalised=maybe", "personalised", "true or false"),
        ("history=" + ",".join(map(str, range(51))), "history", "length <= 50"),
        ("article=" + "x" * 513, "article", "length <= 512"),
    ],
)
def test_wrong_parameters_are_named_with_the_nearest_known(
    house: House, query: str, field: str, text: str
) -> None:
    for path in ("/v1/shelves", "/v1/shelves.html"):
        told = problem(house.client.get(f"{path}?{query}"), 400, "invalid")
        assert told["errors"][0]["field"].startswith(field)
        assert text in told["errors"][0]["text"]
        assert field in told["detail"]


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"artcle": "x"}, "invalid"),
        ({"slots": "3"}, "invalid"),
        ({"history": ["a"] * 51}, "invalid"),
        ([], "invalid"),
        ("x" * 70_000, "too-large"),
    ],
)
def test_wrong_bodies_are_problems(house: House, body: Any, slug: str) -> None:
    problem(house.client.post("/v1/shelves", json=body), 413 if slug == "too-large" else 400, slug)


def test_a_trial_says_so_and_its_propensity_comes_back_into_the_log(build: Build) -> None:
    house = build(exploring=ExplorationSettings(share=1.0, slot=0))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    # Ferry stories are related to each other; the hostile one is old: beside an otter all of them may be tried.
    shelf = house.client.get("/v1/shelves", params={"article": "otter"}).json()["recommendation"]
    item = shelf["items"][0]
    assert item["reason"]["kind"] == "new here"
    assert item["reason"]["text"].startswith("New, on trial: published ")
    assert 0 < item["propensity"] < 1
    page = house.client.get("/v1/shelves.html", params={"article": "otter", "draw": shelf["serve_id"]}).text
    assert (
        f'data-article="{item["article"]}" data-position="0" data-propensity="{item["propensity"]}"' in page
    )
    assert re.search(rf"\.{item['propensity']:.6f}\.[0-9a-f]{{12}}\.otter", page)
    fields = {"shelf": "recommendation", "position": 0, "source": "otter", "serve_id": shelf["serve_id"],
              "signature": item["signature"]}  # fmt: skip
    for kind in ("impression", "view"):
        told = house.told(kind, item["article"], propensity=item["propensity"], **fields)
        assert told.json()["accepted"] == 1
    log = read_log(Path(house.engine.settings.store.path), 1.0, lambda *_: None).records
    assert log[log["shelf"] > 0]["value"].tolist() == pytest.approx([item["propensity"]] * 2)
