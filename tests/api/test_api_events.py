import gzip
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from portal_house import Build, House, articles, problem
from recirc.settings import IntakeSettings, ServerSettings
from recirc.store.api_keys import create
from recirc.types import EventKind
from recirc.web.reader_hasher import DAY_MS
from recirc.web.reader_limit import ReaderLimit

VIEW = {"kind": "view", "article": "ferry-1"}


def send(house: House, body: Any, **headers: str) -> Any:
    return house.client.post("/v1/events", json=body, headers=headers)


@pytest.mark.parametrize("kind", [kind.value for kind in EventKind])
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


def test_two_senders_with_keys_may_use_the_same_id(house: House) -> None:
    shop, app = (
        {"Authorization": f"Bearer {create(Path(house.engine.settings.store.path), name)}"}
        for name in ("shop", "app")
    )
    assert send(house, VIEW | {"id": "1", "reader": "x"}, **shop).json()["accepted"] == 1
    other = {"kind": "view", "article": "otter", "id": "1", "reader": "x"}
    assert send(house, other, **app).json()["accepted"] == 1
    assert send(house, other, **app).json()["duplicates"] == 1
    house.engine.catch_up()
    found = [house.engine.counts(article, house.moment[0]).readers for article in ("ferry-1", "otter")]
    assert found == [1, 1]


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
        (VIEW | {"article": 7}, "article", "a text is needed"),
        (VIEW | {"article": ""}, "article", "length >= 1"),
        (VIEW | {"time": late.isoformat()}, "time", "in the future"),
        (VIEW | {"time": old.isoformat()}, "time", "need an API key"),
        (VIEW | {"time": "1890-01-01T00:00:00Z"}, "time", "before 1970"),
        (VIEW | {"time": "2026-01-01T00:00:00"}, "time", "with its time zone"),
        (VIEW | {"time": "yesterday"}, "time", "a date with its time zone is needed, such as 2026"),
        (VIEW | {"article": "nobody"}, "article", "'nobody'"),
        (VIEW | {"source": "nobody"}, "source", "'nobody'"),
        (VIEW | {"position": 255}, "position", "<= 254"),
        (VIEW | {"scroll": 1.5}, "scroll", "<= 1"),
        (VIEW | {"shelf": "related", "propensity": 0}, "propensity", "> 0"),
        (VIEW | {"shelf": "related", "propensity": 1.01}, "propensity", "<= 1"),
        (VIEW | {"serve_id": "xyz"}, "serve_id", "regex"),
        (VIEW | {"kind": "reaction", "name": "meh"}, "name", "well-told"),
        (VIEW | {"kind": "reaction"}, "name", "well-told"),
    ]


def test_each_wrong_event_is_refused_with_field_and_reason_and_the_right_ones_are_kept(house: House) -> None:
    wrong = wrong_events(house)
    for start in range(0, len(wrong), 7):
        part = wrong[start : start + 7]
        answer = send(house, [VIEW, *(event for event, _, _ in part), VIEW, 5])
        assert answer.status_code == 202
        told = answer.json()
        assert told["accepted"] == 2
        assert [fault["index"] for fault in told["refused"]] == [*range(1, len(part) + 1), len(part) + 2]
        for fault, (_, field, text) in zip(told["refused"], part, strict=False):
            assert fault["field"] == field
            assert text in fault["text"]


def test_strangers_are_bounded_in_size_number_and_rate(build: Build) -> None:
    intake = IntakeSettings(event_bytes=1000, events_per_batch=3, requests_per_minute=6)
    house = build(intake=intake)
    house.engine.publish(articles(house.now)).result()
    assert send(house, [VIEW] * 3).json()["accepted"] == 3
    problem(send(house, [VIEW] * 4), 413, "too-large")
    problem(house.client.post("/v1/events", content=b" " * 1001), 413, "too-large")
    chunks = iter([b" " * 600, b" " * 600])  # without a length that could be believed
    problem(house.client.post("/v1/events", content=chunks), 413, "too-large")
    for _ in range(2):
        assert send(house, VIEW).json()["excluded"] == 0
    for _ in range(54):
        told = send(house, VIEW).json()
        assert (told["accepted"], told["excluded"]) == (1, 1)
    slow = send(house, VIEW)
    problem(slow, 429, "too-many")
    assert "recirc_event_requests_limited_total 1.0" in house.client.get("/metrics").text
    assert 1 <= int(slow.headers["retry-after"]) <= 60
    assert send(house, [VIEW] * 50, **house.auth).json()["accepted"] == 50
    house.moment[0] += 60_000
    assert send(house, VIEW).status_code == 202


def test_all_pupils_behind_one_address_are_kept_and_what_exceeds_the_rate_is_marked(build: Build) -> None:
    house = build(intake=IntakeSettings(requests_per_minute=240, readers_per_address=500))
    house.engine.publish(articles(house.now)).result()
    for pupil in range(120):
        for article in ("ferry-1", "ferry-2", "ferry-3"):
            event = {"kind": "view", "article": article}
            assert (
                send(
                    house,
                    event,
                    **{"User-Agent": f"Mozilla/5.0 (X11; rv:140.0) Gecko/20100101 Firefox/140.{pupil}"},
                ).status_code
                == 202
            )
    house.engine.catch_up()
    counts = [house.engine.counts(f"ferry-{n}", house.moment[0]) for n in (1, 2, 3)]
    assert sum(each.raw for each in counts) == 360
    assert sum(each.excluded for each in counts) == 120


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
    for file in filter(Path.is_file, path.parent.iterdir()):
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


def readers_of(house: House, article: str = "ferry-1") -> tuple[int, int]:
    """Distinct readers, and views that were excluded."""
    house.engine.catch_up()
    counts = house.engine.counts(article, house.moment[0])
    return counts.readers, counts.excluded


def behind_a_proxy(build: Build, trust: bool) -> House:
    house = build(server=ServerSettings(trust_proxy=trust), intake=IntakeSettings(requests_per_minute=3))
    house.engine.publish(articles(house.now)).result()
    return house


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("192.0.2.1", "192.0.2.1:4711", "192.0.2.2"),
        ("203.0.113.9, 192.0.2.1", "198.51.100.7, 192.0.2.1", "192.0.2.1, 203.0.113.9"),
        ("2001:db8::1", "[2001:db8::ffff:2]:443", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", '"192.0.2.1"', "::ffff:192.0.2.2"),
        ("unknown", "", "192.0.2.1"),
        ("not, an address", "testclient", "[::1"),
    ],
)
def test_behind_a_proxy_the_last_forwarded_address_is_the_readers(
    build: Build, one: str, same: str, other: str
) -> None:
    house = behind_a_proxy(build, trust=True)
    for forwarded in (one, same):
        assert send(house, VIEW, **{"X-Forwarded-For": forwarded}).status_code == 202
    assert readers_of(house)[0] == 1
    assert send(house, VIEW, **{"X-Forwarded-For": other}).status_code == 202
    assert readers_of(house)[0] == (1 if other == "[::1" else 2)


def test_forwarded_addresses_may_stand_in_several_lines(build: Build) -> None:
    house = behind_a_proxy(build, trust=True)
    for first in ("192.0.2.7", "192.0.2.8"):
        lines = [("X-Forwarded-For", first), ("X-Forwarded-For", "192.0.2.1")]
        assert house.client.post("/v1/events", json=VIEW, headers=lines).status_code == 202
    assert readers_of(house)[0] == 1


def test_nobody_escapes_the_rate_by_inventing_forwarded_addresses(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    house = behind_a_proxy(build, trust=False)
    answers = [send(house, VIEW, **{"X-Forwarded-For": f"192.0.2.{n}"}).json()["excluded"] for n in range(4)]
    assert answers == [0, 0, 0, 1]
    assert caplog.text.count("server.trust_proxy") == 1
    assert "192.0.2" not in caplog.text


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}, True),
        ({"Origin": "https://testserver.local"}, True),
        ({"Origin": "https://tide.example"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "http://tide.example"}, False),
        ({"Origin": "https://tide.example.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_pages_of_other_sites_do_not_speak_for_their_readers(
    house: House, headers: dict[str, str], taken: bool
) -> None:
    answer = send(house, VIEW, **headers)
    if taken:
        assert answer.json()["accepted"] == 1
    else:
        assert "another site" in problem(answer, 403, "cross-site")["detail"]
        assert readers_of(house) == (0, 0)
    assert send(house, VIEW, **headers, **house.auth).json()["accepted"] == 1


def test_one_address_is_no_crowd(build: Build) -> None:
    house = build(intake=IntakeSettings(readers_per_address=50))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    for number in range(100):
        house.told(
            "view",
            "ferry-1",
            agent=f"Mozilla/5.0 (X11; Linux x86_64; rv:{100 + number}.0) Gecko/20100101 Firefox/{100 + number}.0",
        )
    assert readers_of(house) == (50, 50)
    # Those who were there before the crowd are still counted, and tomorrow is another day.
    house.told(
        "view", "otter", agent="Mozilla/5.0 (X11; Linux x86_64; rv:100.0) Gecko/20100101 Firefox/100.0"
    )
    assert readers_of(house, "otter") == (1, 0)
    house.moment[0] += DAY_MS
    house.told(
        "view", "otter", agent="Mozilla/5.0 (X11; Linux x86_64; rv:399.0) Gecko/20100101 Firefox/399.0"
    )
    assert readers_of(house, "otter") == (2, 0)


def test_robots_do_not_use_up_the_place_of_readers(build: Build) -> None:
    house = build(intake=IntakeSettings(readers_per_address=1))
    house.engine.publish(articles(house.now)).result()
    house.told("view", "ferry-1", agent="Googlebot/2.1")
    house.told("view", "ferry-1")
    assert readers_of(house) == (1, 1)


def test_what_is_remembered_of_crowds_is_bounded() -> None:
    crowd = ReaderLimit(2, most=10)
    for network in range(1000):
        assert crowd.admits(str(network), 2 * network, 0)
        assert crowd.admits(str(network), 2 * network + 1, 0)
        assert not crowd.admits(str(network), -1, 0)
    assert sum(len(readers) for readers in crowd._readers.values()) == crowd._size <= 10


@pytest.mark.parametrize("article", ["a\nb", "a\u202eb", " a", "a\u0000", "a\u2066b"])
def test_ids_that_publishing_refuses_are_refused_in_events_too(house: House, article: str) -> None:
    for event in (VIEW | {"article": article}, VIEW | {"source": article}):
        told = send(house, event, **house.auth).json()
        assert told["accepted"] == 0
        assert "control characters" in told["refused"][0]["text"]
    assert house.engine.article(article) is None


def test_of_very_many_refused_events_the_first_are_listed_and_the_others_counted(house: House) -> None:
    told = send(house, [{"kind": "stare"}] * 1_200, **house.auth).json()
    assert [fault["index"] for fault in told["refused"]] == list(range(10))
    assert told["refused_beyond"] == 1_190


def test_while_a_large_batch_is_read_others_are_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []

    def read(body: bytes) -> object:
        threads.append(threading.current_thread().name)
        return msgspec.json.decode(body)

    monkeypatch.setattr("recirc.api.events.decode_json", read)
    assert send(house, [VIEW] * 3, **house.auth).json()["accepted"] == 3
    assert send(house, VIEW).json()["accepted"] == 1
    keyed, unkeyed = threads
    assert keyed.startswith("asyncio_")
    assert not unkeyed.startswith("asyncio_")
