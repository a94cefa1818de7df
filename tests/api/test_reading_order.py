"""Newsletters for many readers, a list in a reader's order, what to follow, labels, length, and fields."""

from pathlib import Path
from typing import Any

from msgspec import structs

from portal_house import Build, House, articles, problem
from recirc.settings import ShelfSettings
from recirc.store.api_keys import Scope, create

LABELS = {"ferry-1": ("paid",), "ferry-2": ("Explainer", "free"), "otter": ("explainer", "paid")}


def read_together(house: House) -> House:
    """Six readers go from ferry-1 to ferry-2, three on to the otter."""
    made = [structs.replace(each, labels=LABELS.get(each.id, ())) for each in articles(house.now)]
    house.engine.publish(made).result()
    house.engine.catch_up()
    for reader in range(6):
        for name in ("ferry-1", "ferry-2", *(["otter"] if reader < 3 else [])):
            event = {"kind": "view", "article": name, "reader": f"r{reader}", "visit": f"v{reader}"}
            assert house.client.post("/v1/events", json=event, headers=house.auth).json()["accepted"] == 1
    house.engine.catch_up()
    return house


def shown(house: House, address: str, shelf: str | None = None) -> list[str]:
    answer = house.client.get(address)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    return [item["article"] for item in (told[shelf] if shelf else told)["items"]]


def test_a_newsletter_is_what_each_reader_would_be_given_alone(build: Build) -> None:
    house = build()
    reading = create(Path(house.engine.settings.store.path), "newsletter", scopes=(Scope.READ,))
    read_together(house)
    readers: list[dict[str, Any]] = [
        {"reader": "a", "history": ["ferry-1"]},
        {"reader": "b", "history": ["ferry-2"], "earlier": ["otter"]},
        {"reader": "c"},
    ]
    answer = house.client.post("/v1/next", json={"readers": readers, "slots": 3}, headers=house.auth)
    assert answer.status_code == 200, answer.text
    told = {each["reader"]: each["items"] for each in answer.json()["readers"]}
    assert all(each["method"] and each["offset"] > 0 for each in answer.json()["readers"])
    assert list(told) == ["a", "b", "c"]
    for reader in readers:
        query = "&".join(f"{name}={each}" for name in ("history", "earlier") for each in reader.get(name, ()))
        alone = house.client.get(f"/v1/next?slots=3&{query}").json()["items"]
        assert told[reader["reader"]] == alone
    assert told["a"][0]["article"] == "ferry-2"
    answer = house.client.post(
        "/v1/next", json={"readers": readers}, headers={"Authorization": f"Bearer {reading}"}
    )
    assert answer.status_code == 200, "a key that only reads is enough"


def test_a_newsletter_needs_a_key_and_names_what_is_wrong(build: Build) -> None:
    house = read_together(build())
    asked = {"readers": [{"reader": "a"}]}
    problem(house.client.post("/v1/next", json=asked), 401, "key-needed")
    told = problem(
        house.client.post("/v1/next", json={**asked, "topics": ["zeppelins"]}, headers=house.auth),
        404,
        "not-found",
    )
    assert "'zeppelins'" in told["detail"]
    problem(house.client.post("/v1/next", json={"readers": []}, headers=house.auth), 400, "invalid")


def test_since_the_last_visit(build: Build) -> None:
    house = read_together(build())
    since = house.now.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    readers = [
        {"reader": "a", "history": ["ferry-1"], "since": since},
        {"reader": "b", "history": ["ferry-1"]},
    ]
    answer = house.client.post("/v1/next", json={"readers": readers}, headers=house.auth).json()
    assert [len(each["items"]) > 0 for each in answer["readers"]] == [False, True]
    assert shown(house, f"/v1/next?history=ferry-1&since={since}") == []
    told = problem(house.client.get("/v1/next?since=0.5"), 400, "invalid")
    assert told["errors"] == [{"text": "'since' is a time such as 2020-11-30T08:00:00Z", "field": "since"}]


def test_a_list_in_the_readers_order(build: Build) -> None:
    house = read_together(build())
    asked = {"articles": ["ferry-5", "ferry-1", "no-such", "ferry-2"], "history": ["ferry-1"]}
    told = house.client.post("/v1/order", json=asked).json()
    assert [item["article"] for item in told["items"]] == ["ferry-2", "ferry-5", "ferry-1"]
    assert told["items"][0]["reason"]["kind"] != "editors' choice"
    assert told["items"][-1]["reason"]["text"] == "Chosen by the editors"
    assert all(item["rule"] == "given" and item["path"] for item in told["items"])
    private = house.client.post("/v1/order", json=asked, headers={"Sec-GPC": "1"}).json()
    assert {item["article"] for item in private["items"]} == {"ferry-1", "ferry-2", "ferry-5"}
    house.engine.withdraw(["ferry-2"]).result()
    house.engine.catch_up()
    told = house.client.post("/v1/order", json=asked).json()
    assert [item["article"] for item in told["items"]] == ["ferry-5", "ferry-1"]


def test_what_to_follow(build: Build) -> None:
    house = read_together(build())
    told = house.client.get("/v1/follow?history=ferry-1,ferry-2").json()
    assert {each["name"] for each in told["topics"]} == {"Ferries", "Trade unions"}
    assert told["topics"][0]["reason"]["text"] == "You opened 2 articles of it"
    assert [each["slug"] for each in told["authors"]] == ["beth-carrow"]
    assert told["sections"][0]["slug"] == "business"
    left = house.client.get("/v1/follow?history=ferry-1,ferry-2&following=Ferries").json()
    assert [each["slug"] for each in left["topics"]] == ["trade-unions"]
    private = house.client.get("/v1/follow?history=otter", headers={"Sec-GPC": "1"}).json()
    assert private["topics"][0]["reason"]["text"] == "Popular now: read 12 times in the last day", "by six"
    assert private["topics"][0]["reason"]["numbers"] == {"times": 12.0}


def test_what_few_read_is_told_without_a_number(build: Build) -> None:
    house = read_together(build(shelves=ShelfSettings(stated_readers=13)))
    told = house.client.get("/v1/follow").json()
    assert told["topics"][0]["reason"]["text"] == "Popular so far"
    assert told["topics"][0]["reason"]["fallback"]
    own = house.client.get("/v1/follow?history=ferry-1,ferry-2").json()
    assert own["topics"][0]["reason"]["text"] == "You opened 2 articles of it", "they know that"
    assert house.client.get("/v1/follow?history=no-such").json()["topics"] == told["topics"]


def test_labels_and_length(build: Build) -> None:
    house = read_together(build())
    ranking = "/v1/rankings?window=week"
    assert shown(house, f"{ranking}&labels=explainer") == ["ferry-2", "otter"]
    assert shown(house, f"{ranking}&labels=explainer&without=paid") == ["ferry-2"]
    assert shown(house, f"{ranking}&min_words=25") == ["otter"]
    assert shown(house, "/v1/next?history=ferry-1&labels=free") == ["ferry-2"]
    told = problem(house.client.get(f"{ranking}&without=zeppelin"), 404, "not-found")
    assert told["errors"] == [{"text": "no article has the label 'zeppelin'", "field": "without"}]
    patch = house.client.patch("/v1/articles/ferry-2", json={"labels": ["paid"]}, headers=house.auth)
    assert patch.json()["outcome"] == "updated"
    problem(house.client.get(f"{ranking}&labels=free"), 404, "not-found")
    assert set(shown(house, f"{ranking}&labels=paid")) == {"ferry-1", "ferry-2", "otter"}
    answer = house.client.get("/v1/articles/ferry-2", headers=house.auth)
    assert answer.json()["article"]["labels"] == ["paid"]
    assert answer.headers["cache-control"] == "no-store", "nobody else is given what a key reads"
    assert "updated" not in answer.json()["article"], "readers see no change"
    for address in ("/v1/articles/ferry-2", "/v1/articles?id=ferry-2"):
        assert not house.client.get(address).json()["article"].get("labels"), "readers do not see labels"


def test_a_label_can_be_boosted(build: Build) -> None:
    house = read_together(build())
    rule = {
        "kind": "boost",
        "target": {"by": "label", "value": "explainer"},
        "strength": 10.0,
        "reason": "It is asked for.",
    }
    beside = "/v1/shelves?article=ferry-3&shelf=related&personalised=false"
    assert shown(house, beside, "related")[0] != "ferry-2"
    assert house.client.post("/v1/rules", json=rule, headers=house.auth).status_code in (200, 201)
    assert shown(house, beside, "related")[0] == "ferry-2"


def test_chosen_fields(build: Build) -> None:
    house = read_together(build())
    told = house.client.get("/v1/shelves?shelf=ranking&fields=headline,path&personalised=false").json()
    for item in told["ranking"]["items"]:
        assert set(item) == {
            "article",
            "position",
            "score",
            "reason",
            "propensity",
            "headline",
            "path",
            "signature",
        }
        assert set(item["reason"]) <= {"kind", "text", "fallback"}
    whole = house.client.get("/v1/shelves?shelf=ranking&personalised=false").json()
    assert [item["article"] for item in whole["ranking"]["items"]] == [
        item["article"] for item in told["ranking"]["items"]
    ]
    assert all(item["signature"] for item in told["ranking"]["items"]), (
        "what is not signed is not learned from"
    )
    problem(house.client.get("/v1/shelves?fields=headlin"), 400, "invalid")
    told = problem(house.client.get("/v1/shelves.html?fields=headline"), 400, "invalid")
    assert "fields" in str(told), "HTML has no fields to choose from"
