"""Rankings by other terms than readers in a named window, over the API."""

from datetime import timedelta
from typing import Any

import pytest

from portal_house import Build, House, articles, problem


@pytest.fixture
def house(build: Build) -> House:
    """Five ferries and an otter; ferry-1 has readers since long ago, ferry-2 has many of them just now."""
    house = build()
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()

    def read(article: str, count: int, minutes: int, **fields: Any) -> None:
        when = (house.now - timedelta(minutes=minutes)).isoformat()
        for n in range(count):
            who = f"{article} {minutes} {n}"
            event = {"kind": "view", "article": article, "reader": who, "visit": who, "time": when, **fields}
            sent = house.client.post("/v1/events", json=event, headers=house.auth)
            assert sent.json()["accepted"] == 1

    read("ferry-1", 9, 110)
    read("ferry-1", 3, 60)
    read("ferry-2", 4, 110)
    read("ferry-2", 7, 0, region=7)
    read("otter", 3, 0, region=9, referrer=2)
    read("ferry-4", 3, 110)
    read("ferry-3", 2, 110)
    for kind, article, more in (
        *(("share", "otter", {"name": "link"}),) * 20, ("share", "ferry-2", {"name": "link"}),
        ("share", "ferry-3", {"name": "link"}),
        ("reaction", "ferry-1", {"name": "useful"}), ("reaction", "ferry-3", {"name": "useful"}),
        ("read", "ferry-4", {"seconds": 86_400}), *(("read", "ferry-3", {"seconds": 900}),) * 3,
        *(("read", "ferry-1", {"seconds": 60}),) * 4,
    ):  # fmt: skip
        event = {"kind": kind, "article": article, "reader": f"{article} 110 0", "visit": "v", **more}
        house.client.post("/v1/events", json=event, headers=house.auth)
    house.engine.catch_up()
    return house


def ranked(house: House, query: str) -> list[tuple[str, str]]:
    answer = house.client.get(f"/v1/rankings?{query}")
    assert answer.status_code == 200, answer.text
    return [(item["article"], item["reason"]["text"]) for item in answer.json()["items"]]


def test_any_window(house: House) -> None:
    assert ranked(house, "last=5m") == [
        ("ferry-2", "Number 1, last 5 minutes: 7 readers"),
        ("otter", "Number 2, last 5 minutes: 3 readers"),
    ]
    assert [name for name, _ in ranked(house, "last=70m")] == ["ferry-2", "otter", "ferry-1"]
    assert ranked(house, "last=2h&section=business&slots=1") == [
        ("ferry-1", "Number 1 in Business, last 2 hours: 12 readers")
    ]
    assert [name for name, _ in ranked(house, "last=366d&topics=otters")] == ["otter"]
    shelf = house.client.get("/v1/shelves?shelf=ranking&last=5m&personalised=false").json()["ranking"]
    assert [item["article"] for item in shelf["items"]] == ["ferry-2", "otter"]
    assert shelf["method"] == "distinct readers, each once a day, last 5 minutes"


def test_counts_are_those_of_the_window(house: House) -> None:
    (first, *_) = house.client.get("/v1/rankings?last=5m").json()["items"]
    assert first["counts"]["window_readers"] == 7
    assert first["counts"]["readers"] == 11


def test_by_other_terms(house: House) -> None:
    """Twenty shares by three readers are three; ferry-3 has two readers, on whom nothing is based."""
    assert ranked(house, "by=shares") == [
        ("otter", "Number 1, last hour: 3 shares"),
        ("ferry-2", "Number 2, last hour: 1 share"),
    ]
    assert ranked(house, "by=reactions&window=ever") == [("ferry-1", "Number 1, so far: 1 reaction")]
    assert ranked(house, "by=reading&last=1d") == [
        ("ferry-4", "Number 1, last day: 600 seconds a reader"),
        ("ferry-1", "Number 2, last day: 20 seconds a reader"),
    ]


def test_other_measures_state_the_readers_of_the_window_too(house: House) -> None:
    (first, *_) = house.client.get("/v1/rankings?by=shares&window=day").json()["items"]
    assert first["reason"]["numbers"]["shares"] == 3 == first["counts"]["window_readers"]
    (there,) = house.client.get("/v1/rankings?region=7").json()["items"]
    assert "window_readers" not in there["counts"] or there["counts"]["window_readers"] is None


def test_what_is_rising_has_a_window(house: House) -> None:
    told = house.client.get("/v1/rankings?by=rising&window=ever").json()
    assert told["method"].endswith("last 7 days")
    assert all("last 7 days" in item["reason"]["text"] for item in told["items"])


@pytest.mark.parametrize(
    "query", ["region=0", "region=32", "referrer=8", "region=7&last=1d", "region=7&by=shares"]
)
def test_what_is_not_known_of_readers_from_there_is_refused(house: House, query: str) -> None:
    told = problem(house.client.get(f"/v1/rankings?{query}"), 400, "invalid")
    assert query.split("&")[-1].split("=")[0] in told["detail"]


def test_the_first_that_is_shown_says_the_window(house: House) -> None:
    """ferry-2 is number 1, and the page shows it already."""
    told = ranked(house, "window=hour&exclude=ferry-2")
    assert told[0] == ("otter", "Number 2, last hour: 3 readers")
    assert all("hour" not in reason for _, reason in told[1:])


def test_rising_is_beside_what_is_usual(house: House) -> None:
    """ferry-1 has more readers in all, and none of them now."""
    told = house.client.get("/v1/rankings?by=rising&section=business").json()["items"]
    assert [item["article"] for item in told] == ["ferry-2"]
    numbers = told[0]["reason"]["numbers"]
    assert numbers["readers"] == 7 > numbers["usual"] > 0
    assert told[0]["reason"]["text"].startswith("Number 1 in Business, last hour: 7 readers; usual are ")


def test_by_region_and_referrer(house: House) -> None:
    assert ranked(house, "region=7") == [("ferry-2", "Number 1 there: 7 of its last 10 visits")]
    assert [name for name, _ in ranked(house, "referrer=2")] == ["otter"]


def test_what_is_on_the_page_already_is_left_out(house: House) -> None:
    assert [name for name, _ in ranked(house, "last=5m&exclude=ferry-2")] == ["otter"]


@pytest.mark.parametrize("last", ["4m", "367d", "1w", "0h", "m", "10000m"])
def test_windows_beyond_what_is_kept_are_errors(house: House, last: str) -> None:
    told = problem(house.client.get(f"/v1/rankings?last={last}"), 400, "invalid")
    assert "last" in str(told)


def test_unknown_values_are_named(house: House) -> None:
    told = problem(house.client.get("/v1/rankings?topics=zeppelins"), 404, "not-found")
    assert "'zeppelins'" in told["detail"]
    told = problem(house.client.get("/v1/rankings?by=luck"), 400, "invalid")
    assert "luck" in str(told) or "by" in str(told)
