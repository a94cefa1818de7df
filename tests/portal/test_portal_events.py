import gzip
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from portal_house import Build, House, articles, problem

from recirc.settings import Intake
from recirc.types import Kind

VIEW = {"kind": "view", "article": "ferry-1"}


def send(house: House, body: Any, **headers: str) -> Any:
    return house.client.post("/v1/events", json=body, headers=headers)


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_every_kind_is_taken(house: House, kind: str) -> None:
    name = {"name": "well-told"} if kind == "reaction" else {}
    answer = send(house, VIEW | name | {"kind": kind})
    assert answer.status_code == 202
    assert answer.json() == {"accepted": 1, "duplicates": 0, "excluded": 0, "refused": []}


def test_what_is_acknowledged_is_on_disk(house: House) -> None:
    before = house.engine.log_end()
    assert send(house, [VIEW, VIEW | {"article": "otter"}]).json()["accepted"] == 2
    assert house.engine.log_end() == before + 2


def test_a_beacon_comes_as_plain_text(house: House) -> None:
    answer = house.client.post(
        "/v1/events",
        content='{"kind": "view", "article": "otter"}',
        headers={"Content-Type": "text/plain;charset=UTF-8"},
    )
    assert answer.json()["accepted"] == 1


def test_an_event_sent_twice_counts_once(house: House) -> None:
    event = VIEW | {"id": "abc"}
    assert send(house, event).json()["accepted"] == 1
    assert send(house, event).json() == {"accepted": 0, "duplicates": 1, "excluded": 0, "refused": []}


def test_nobody_can_use_up_the_ids_of_somebody_elses_events(house: House) -> None:
    event = VIEW | {"id": "abc"}
    assert house.told("view", "ferry-1", id="abc").json()["accepted"] == 1
    other = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5) AppleWebKit/605.1.15 Version/18 Safari/605.1.15"
    assert house.told("view", "ferry-1", agent=other, id="abc").json()["accepted"] == 1
    assert send(house, event, **house.auth).json()["accepted"] == 1


def test_the_same_reader_counts_once_and_repeats_are_kept_apart(house: House) -> None:
    for _ in range(3):
        house.told("view", "ferry-1")
    counts = house.engine.counts("ferry-1", house.moment[0])
    assert (counts.raw, counts.views, counts.repeated, counts.readers) == (3, 1, 2, 1)


@pytest.mark.parametrize("agent", ["", "Googlebot/2.1 (+http://www.google.com/bot.html)"])
def test_declared_robots_are_kept_and_excluded(house: House, agent: str) -> None:
    answer = house.told("view", "ferry-1", agent=agent)
    assert answer.json() == {"accepted": 1, "duplicates": 0, "excluded": 1, "refused": []}
    counts = house.engine.counts("ferry-1", house.moment[0])
    assert (counts.raw, counts.excluded, counts.views, counts.readers) == (1, 1, 0, 0)


def wrong_events(house: House) -> list[tuple[dict[str, Any], str, str]]:
    late, old = house.now + timedelta(minutes=6), house.now - timedelta(hours=2)
    return [
        (VIEW | {"kind": "stare"}, "kind", "stare"),
        ({"kind": "view"}, "article", "missing"),
        (VIEW | {"articel": "x"}, "articel", "unknown field"),
        (VIEW | {"article": 7}, "article", "Expected `str`"),
        (VIEW | {"article": ""}, "article", "length >= 1"),
        (VIEW | {"time": late.isoformat()}, "time", "in the future"),
        (VIEW | {"time": old.isoformat()}, "time", "need an API key"),
        (VIEW | {"time": "1890-01-01T00:00:00Z"}, "time", "before 1970"),
        (VIEW | {"time": "2026-01-01T00:00:00"}, "time", "timezone"),
        (VIEW | {"time": "yesterday"}, "time", "Invalid RFC3339"),
        (VIEW | {"article": "nobody"}, "article", "'nobody'"),
        (VIEW | {"source": "nobody"}, "source", "'nobody'"),
        (VIEW | {"position": 255}, "position", "<= 254"),
        (VIEW | {"scroll": 1.5}, "scroll", "<= 1"),
        (VIEW | {"serve_id": "xyz"}, "serve_id", "regex"),
        (VIEW | {"kind": "reaction", "name": "meh"}, "name", "well-told"),
        (VIEW | {"kind": "reaction"}, "name", "well-told"),
    ]


def test_each_wrong_event_is_refused_with_field_and_reason_and_the_right_ones_are_kept(house: House) -> None:
    wrong = wrong_events(house)
    answer = send(house, [VIEW, *(event for event, _, _ in wrong), VIEW, 5])
    assert answer.status_code == 202
    told = answer.json()
    assert told["accepted"] == 2
    assert [fault["index"] for fault in told["refused"]] == [*range(1, len(wrong) + 1), len(wrong) + 2]
    for fault, (_, field, text) in zip(told["refused"], wrong, strict=False):
        assert fault["field"] == field
        assert text in fault["text"]


def test_strangers_are_bounded_in_size_number_and_rate(build: Build) -> None:
    intake = Intake(event_bytes=1000, events_per_batch=3, requests_per_minute=6)
    house = build(intake=intake)
    house.engine.publish(articles(house.now)).result()
    assert send(house, [VIEW] * 3).json()["accepted"] == 3
    problem(send(house, [VIEW] * 4), 413, "too-large")
    problem(house.client.post("/v1/events", content=b" " * 1001), 413, "too-large")
    chunks = iter([b" " * 600, b" " * 600])  # without a length that could be believed
    problem(house.client.post("/v1/events", content=chunks), 413, "too-large")
    for _ in range(2):
        assert send(house, VIEW).status_code == 202
    slow = send(house, VIEW)
    problem(slow, 429, "too-many")
    assert 1 <= int(slow.headers["retry-after"]) <= 60
    assert send(house, [VIEW] * 50, **house.auth).json()["accepted"] == 50
    house.moment[0] += 60_000
    assert send(house, VIEW).status_code == 202


def test_with_a_key_readers_may_be_named_and_events_be_old(house: House) -> None:
    old = (house.now - timedelta(days=400)).isoformat()
    events = [
        VIEW | {"reader": "r1", "visit": "v1", "time": old},
        VIEW | {"reader": "r2", "time": old},
        VIEW | {"reader": "r3", "user_agent": "curl/8.0", "time": old},
        VIEW | {"reader": "r4", "article": "never-published"},
    ]
    answer = send(house, events, **house.auth)
    assert answer.json() == {"accepted": 4, "duplicates": 0, "excluded": 1, "refused": []}
    house.engine.catch_up()
    assert house.engine.counts("ferry-1", house.moment[0]).readers == 2


@pytest.mark.parametrize("field", ["reader", "visit", "user_agent"])
def test_without_a_key_nobody_may_be_named(house: House, field: str) -> None:
    answer = send(house, VIEW | {field: "x"})
    assert field in problem(answer, 401, "key-needed")["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    problem(send(house, VIEW, Authorization="Bearer rk_no"), 401, "key-needed")


def test_the_name_of_a_reader_is_nowhere_on_disk(house: House) -> None:
    send(house, VIEW | {"reader": "a-very-secret-name", "visit": "another-one"}, **house.auth)
    house.told("view", "otter", agent="Mozilla/5.0 (Rare Browser 1234567) Gecko/20100101 Firefox/140.0")
    path = Path(house.engine.settings.store.path)
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert b"a-very-secret-name" not in content
        assert b"another-one" not in content
        assert b"Rare Browser" not in content
        assert b"testclient" not in content


def test_compressed_bodies_are_not_taken_for_events(house: House) -> None:
    answer = house.client.post(
        "/v1/events", content=gzip.compress(b"{}"), headers={"Content-Type": "application/json"}
    )
    problem(answer, 400, "malformed")
