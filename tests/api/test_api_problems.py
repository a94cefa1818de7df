import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from portal_house import Build, House, articles, problem
from recirc import __version__
from recirc.settings import SiteSettings

MALFORMED = [
    (b"", "empty"),
    (b"   \n", "empty"),
    (b'{"kind": "view",\n "article" "a"}', "Line 2, column 12"),
    (b'{"kind": "view"', "Line 1|not JSON"),
    (b"kind=view&article=a", "Line 1, column 1"),
    (b'{"a": "\xff"}', "JSON|Line"),
    (b"[" * 20_000, "JSON|Line"),
    (b'"\\ud800"', "JSON|Line"),
]


@pytest.mark.parametrize(("body", "text"), MALFORMED)
@pytest.mark.parametrize("path", ["/v1/events", "/v1/articles", "/v1/shelves"])
def test_malformed_json_is_told_with_its_place(house: House, path: str, body: bytes, text: str) -> None:
    answer = house.client.post(path, content=body, headers={"Content-Type": "application/json", **house.auth})
    detail = problem(answer, 400, "malformed")["detail"]
    assert any(part in detail for part in text.split("|")), detail


@pytest.mark.parametrize("path", ["/v1/events", "/v1/articles", "/v1/shelves"])
def test_other_media_types_are_not_taken(house: House, path: str) -> None:
    form = house.client.post(path, data={"kind": "view"}, headers=house.auth)
    assert "application/json" in problem(form, 415, "media-type")["detail"]


def test_a_body_beyond_the_limit_is_not_read_to_its_end(house: House) -> None:
    large = b'{"kind": "view", "article": "' + b"x" * 1_000_000 + b'"}'
    problem(house.client.post("/v1/events", content=large), 413, "too-large")
    answer = house.client.post(
        "/v1/articles",
        content=b"{}",
        headers={**house.auth, "Content-Type": "application/json", "Content-Length": "99000000"},
    )
    problem(answer, 413, "too-large")


def test_an_article_with_too_large_a_body_is_refused_with_size_and_limit(house: House) -> None:
    article = {"id": "large", "headline": "L", "body": "x " * 1_100_000}
    told = problem(house.client.post("/v1/articles", json=article, headers=house.auth), 400, "refused")
    assert told["errors"][0]["field"] == "body"
    assert "2,000,000" in told["errors"][0]["text"]


def test_addresses_and_methods_that_are_not_served(house: House) -> None:
    problem(house.client.get("/v1/nothing"), 404, "not-found")
    problem(house.client.put("/v1/articles/otter"), 405, "method")
    wrong = house.client.put("/v1/events", json={})
    assert "POST" in problem(wrong, 405, "method")["detail"]
    assert "POST" in wrong.headers["allow"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/search/?q=ferry", "/search?q=ferry"),
        ("/section/business/", "/section/business"),
        ("/v1/events/", "/v1/events"),
        ("/nowhere/", "/nowhere"),
    ],
)
def test_a_slash_at_the_end_redirects_within_the_site(house: House, path: str, target: str) -> None:
    answer = house.client.get(path, follow_redirects=False, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (308, target)


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example/", "/%5Cevil.example/"])
def test_no_slash_redirects_to_another_site(house: House, path: str) -> None:
    answer = house.client.get(f"http://testserver.local{path}", follow_redirects=False)
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))


def test_each_address_says_which_methods_it_takes(house: House) -> None:
    answer = house.client.options("/v1/articles/otter")
    assert (answer.status_code, answer.headers["allow"]) == (204, "DELETE, GET, HEAD, OPTIONS, PATCH")
    assert house.client.head("/v1/articles/otter").status_code == 200
    assert house.client.head("/v1/events").status_code == 405


@pytest.mark.parametrize("path", ["/v1/articles/otter", "/v1/events", "/v1/articles"])
def test_parameters_where_none_are_known(house: House, path: str) -> None:
    method = "GET" if path.endswith("otter") else "POST"
    answer = house.client.request(
        method, f"{path}?x=1", headers=house.auth, json={} if method == "POST" else None
    )
    problem(answer, 400, "invalid")


@contextmanager
def locked(path: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_store_acknowledges_nothing_and_works_again(build: Build) -> None:
    house = build(busy_seconds=0.1)
    house.engine.publish(articles(house.now)).result()
    event = {"kind": "view", "article": "otter", "id": "once"}
    with locked(house.engine.settings.store.path):
        answer = house.client.post("/v1/events", json=event)
        told = problem(answer, 503, "store")
        assert "locked" in told["detail"]
        assert "recirc.db" not in told["detail"]
        assert answer.headers["retry-after"]
        article = {"id": "n", "headline": "N"}
        problem(house.client.post("/v1/articles", json=article, headers=house.auth), 503, "store")
        problem(house.client.delete("/v1/articles/otter", headers=house.auth), 503, "store")
        assert house.client.get("/article/otter").status_code == 200
    assert house.client.post("/v1/events", json=event).json()["accepted"] == 1


def test_a_full_store_acknowledges_nothing_and_works_again(build: Build) -> None:
    house = build()
    house.engine.publish(articles(house.now)).result()

    def pages(most: int) -> None:
        # SQLite keeps this limit with the connection, so it must be set on the sequencer's own.
        sequencer = house.engine._store._port._sequencer
        assert sequencer is not None
        assert sequencer._connection is not None
        sequencer._connection.execute(f"PRAGMA max_page_count = {most}")

    pages(1)
    large = {"id": "n", "headline": "N", "body": "word " * 100_000}
    answer = house.client.post("/v1/articles", json=large, headers=house.auth)
    assert "free some space" in problem(answer, 507, "store-full")["detail"]
    problem(house.client.get("/v1/articles/n"), 404, "not-found")
    pages(1_000_000)
    assert house.client.post("/v1/articles", json=large, headers=house.auth).status_code == 201


def test_health_and_metrics(house: House) -> None:
    house.told("view", "otter")
    house.told("view", "otter", agent="")
    house.client.post("/v1/events", json={"kind": "stare", "article": "otter"})
    health = house.client.get("/healthz")
    end = house.engine.log_end()
    assert health.json() == {
        "status": "ok", "version": __version__, "worker": os.getpid(), "offset": end, "log_end": end, "lag": 0,
    }  # fmt: skip
    house.client.get("/nowhere")
    metrics = house.client.get("/metrics").text
    for line in (
        'recirc_events_total{outcome="accepted"} 2.0',
        'recirc_events_total{outcome="excluded"} 1.0',
        'recirc_events_total{outcome="refused"} 1.0',
        'recirc_requests_total{method="POST",route="/v1/events",status="202"} 3.0',
        'recirc_requests_total{method="GET",route="none",status="404"} 1.0',
        f"recirc_log_offset {float(end)}",
        "recirc_log_lag 0.0",
        'recirc_request_seconds_count{route="/v1/events"} 3.0',
    ):
        assert line in metrics.splitlines(), line


def test_a_store_that_cannot_be_read_is_told_by_health_and_pages(
    build: Build, caplog: pytest.LogCaptureFixture
) -> None:
    house = build()
    path = Path(house.engine.settings.store.path)
    house.engine.publish(articles(house.now)).result()
    house.engine.close()
    answer = house.client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    assert answer.json()["text"]
    problem(house.client.get("/v1/articles/otter"), 503, "store")
    assert house.client.get("/article/otter").status_code == 503
    assert str(path.parent) not in house.client.get("/article/otter").text
    assert "the store" in caplog.text


def test_a_mistake_of_ours_is_told_without_its_inside(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(house.engine, "shelves", broken)
    for way in ("encoded", "in_form"):
        monkeypatch.setattr(house.engine.shelf_service, way, broken)
    told = problem(house.client.get("/v1/shelves"), 500, "internal")
    assert "secret" not in str(told)
    page = house.client.get("/article/otter")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "The press has stopped" in page.text
    assert "secret inside" in caplog.text


def test_invented_methods_make_no_series(house: House) -> None:
    for number in range(20):
        assert house.client.request(f"M{number}", "/nowhere").status_code in (404, 405)
    metrics = house.client.get("/metrics").text
    assert 'method="M1' not in metrics
    assert 'method="other"' in metrics


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_watchdogs_are_told_of_parameters_that_nobody_knows(house: House, path: str) -> None:
    problem(house.client.get(f"{path}?x=1"), 400, "invalid")


def test_metrics_without_a_store_are_a_problem_and_no_problem_is_kept(house: House) -> None:
    house.engine.close()
    answer = house.client.get("/metrics")
    problem(answer, 503, "store")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["[", "a b", "x:y", "[::1", "ø", '"><script>', "evil.example/path?", ""])
@pytest.mark.parametrize("path", ["/", "/nowhere", "/feed.xml", "/article/otter", "/v1/nothing"])
def test_a_host_that_is_none_is_no_mistake_of_ours(build: Build, host: str, path: str) -> None:
    house = build(site=SiteSettings(name="The Tide"))
    answer = house.client.get(path, headers={b"Host": host.encode("latin-1")})
    assert answer.status_code in (200, 400, 404), answer.text
    assert "<script>" not in answer.text
