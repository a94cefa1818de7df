"""Webhooks of WordPress and Ghost, and WebSub."""

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from newsroom import text_of
from portal_house import House
from recirc.cli.main import app
from recirc.ingest.picks import end_picks
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.ports import ConflictError
from recirc.store.source_registry import SourceRegistry, hook_of
from recirc.store.subscriptions import Subscription, Subscriptions

TEXT = (
    "The harbour wall was repaired, the council heard, and residents who had waited for two years asked when the "
    "path beside it would be opened again to walkers, since the fence had cut them off from the northern beach."
)


def sources(house: House) -> SourceRegistry:
    return SourceRegistry(Path(house.engine.settings.store.path), SourcesSettings())


def send(house: House, address: str, body: Any, **headers: str) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = headers.pop("kind", "application/json")
    answer = house.client.post(
        f"/v1/hooks/{hook_of(address)}", content=content, headers={"Content-Type": kind, **headers}
    )
    house.engine.catch_up()
    return answer


def signature(body: bytes, secret: str, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, method).hexdigest()}"


def wordpress_post(**fields: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "link": "https://blog.example/wall/",
        "status": "publish",
        "date_gmt": "2026-11-01T08:00:00",
        "modified_gmt": "2026-11-01T08:00:00",
        "title": {"rendered": "Wall mended"},
        "content": {"rendered": f"<p>{TEXT}</p>", "protected": False},
        "excerpt": {"rendered": ""},
        **fields,
    }


def test_wordpress_tells_what_it_publishes_changes_and_removes(house: House) -> None:
    address = "https://blog.example/"
    sources(house).add(SourceEntry(address=address, kind="wordpress", secret="s3cret"))

    def told(event: str, **fields: Any) -> dict[str, Any]:
        body = json.dumps({"event": event, "post": wordpress_post(**fields)}).encode()
        answer = send(house, address, body, **{"X-Recirc-Signature": signature(body, "s3cret")})
        assert answer.status_code == 202, answer.text
        articles: dict[str, Any] = answer.json()["articles"]
        return articles

    path = "/from/blog.example/wall"
    assert told("publish") == {"new": 1}
    assert "Wall mended" in house.client.get(path).text
    assert told("update", title={"rendered": "Wall repaired"}) == {"updated": 1}
    assert told("update", title={"rendered": "Wall repaired"}) == {"unchanged": 1}
    assert told(
        "update", link="https://blog.example/wall-repaired/", title={"rendered": "Wall repaired"}
    ) == {"updated": 1}
    assert (
        house.client.get(path, follow_redirects=False).headers["location"]
        == "/from/blog.example/wall-repaired"
    )
    assert told("trash") == {"withdrawn": 1}
    assert house.client.get(path).status_code == 410
    (listed,) = house.client.get("/v1/withdrawals", headers=house.auth).json()
    assert listed["source"] == f"wordpress {address}"
    assert told("publish", link="https://blog.example/wall-repaired/") == {"updated": 1}
    assert told("update", content={"rendered": "", "protected": True}) == {"withdrawn": 1}
    assert told("publish", link="https://blog.example/wall-repaired/") == {"updated": 1}
    ahead = f"{house.now + timedelta(days=1):%Y-%m-%dT%H:%M:%S}"
    assert told("update", date_gmt=ahead, status="future") == {"held": 1}
    assert house.client.get("/from/blog.example/wall-repaired").status_code == 410


def test_posts_that_editors_of_wordpress_picked_lead_related(house: House) -> None:
    address, names = "https://blog.example/", {7: "one", 8: "two", 9: "three", 10: "four"}
    sources(house).add(SourceEntry(address=address, kind="wordpress", secret="s3cret"))

    def told(number: int, *picks: int, **more: Any) -> None:
        fields = {
            "id": number,
            "link": f"{address}{names[number]}/",
            "title": {"rendered": f"The ferry number {number} is late"},
            "content": {"rendered": f"<p>{text_of('ferry', number)}</p>", "protected": False},
            "recirc_picks": [{"id": each, "link": f"{address}{names[each]}/"} for each in picks],
        }
        body = json.dumps({"event": "update", "post": wordpress_post(**fields | more)}).encode()
        answer = send(house, address, body, **{"X-Recirc-Signature": signature(body, "s3cret")})
        assert answer.status_code == 202, answer.text

    def related() -> list[tuple[str, str]]:
        asked: dict[str, str | int] = {"article": "https://blog.example/one", "slots": 3}
        items = house.client.get("/v1/shelves", params=asked).json()["related"]["items"]
        return [(each["headline"][-9:-8], each["reason"]["kind"]) for each in items]

    def rules() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = house.client.get("/v1/rules", headers=house.auth).json()
        return found

    choice = "editors' choice"
    told(7, 9, 8)  # before they are here
    for number in (8, 9, 10):
        told(number)
    assert related()[:2] == [("9", choice), ("8", choice)]
    assert {each["by"] for each in rules()} == {f"wordpress {address}"}
    own = {
        "kind": "pin",
        "target": {"by": "article", "value": "https://blog.example/four"},
        "beside": {"by": "article", "value": "https://blog.example/one"},
        "shelves": ["related"],
        "place": 3,
    }
    assert house.client.post("/v1/rules", json=own, headers=house.auth).status_code == 201
    told(7, 8, 7)  # not itself
    assert [each["place"] for each in rules()] == [3, 1]
    assert related()[0] == ("8", choice)
    told(7, 8, recirc_picks=None)  # the plug-in is switched off: nothing is said
    told(7, 8)
    assert len(rules()) == 2
    told(7, recirc_picks=[1, {"id": 8}, {"id": 8, "link": 5}])
    (kept,) = rules()  # that of the newsroom
    assert kept["place"] == 3


def test_a_source_picks_its_own_articles_alone_and_no_longer_once_it_is_removed(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog, other = "https://blog.example/", "https://other.example/"
    for address in (blog, other):
        sources(house).add(SourceEntry(address=address, kind="wordpress"))

    def told(address: str, number: int, *picks: tuple[int, str]) -> None:
        fields = {
            "id": number,
            "link": f"{address}post-{number}/",
            "title": {"rendered": f"The harbour of {address} on day {number}"},
            "content": {"rendered": f"<p>{text_of('ferry', number + len(address))}</p>", "protected": False},
            "recirc_picks": [{"id": each, "link": link} for each, link in picks],
        }
        body = {"event": "update", "post": wordpress_post(**fields)}
        assert send(house, address, body, **house.auth).status_code == 202

    def pinned() -> list[str]:
        return [each.rule.target.value for each in house.engine.rules.standing()]

    told(other, 1)
    foreign = [(5, f"{other}post-1/"), (6, f"{other}not-yet/"), (8, f"https://www.{blog[8:]}not-yet/")]
    told(blog, 2, *foreign, (3, f"{blog}post-3/"))
    own = ["https://www.blog.example/not-yet", "https://blog.example/post-3"]
    assert pinned() == own
    # An article that has become another source's is not the place of its picks.
    told(other, 1, (2, f"{blog}post-2/"))
    assert pinned() == own
    end_picks(house.engine, [blog, other])
    assert pinned() == own

    def refuse(*_: Any, **__: Any) -> None:
        raise ConflictError("somebody else ended it")

    with monkeypatch.context() as changed:
        changed.setattr(house.engine.rules, "add_all", refuse)
        told(blog, 2, (3, f"{blog}post-3/"))
    assert "its picks beside https://blog.example/post-2 are not followed" in caplog.text
    assert pinned() == own

    database = ["--db", house.engine.settings.store.path]
    removed = CliRunner().invoke(app, ["sources", "remove", blog, *database])
    assert removed.output == f"removed {blog}; its articles stay, 2 of its picks end\n"
    assert pinned() == []


@pytest.mark.parametrize("event", ["future", "trash", "pitch", "private"])
def test_a_message_with_the_number_alone_of_a_post_that_is_not_public_takes_it_down(
    house: House, event: str
) -> None:
    address = "https://blog.example/"
    sources(house).add(SourceEntry(address=address, kind="wordpress"))
    sent = send(house, address, {"event": "publish", "post": wordpress_post()}, **house.auth)
    assert sent.json()["articles"] == {"new": 1}
    bare = {"id": 7, "link": "https://blog.example/?p=7"}
    again = send(house, address, {"event": "update", "post": {"id": 7}}, **house.auth).json()
    assert again == {"articles": {}, "polled": True}
    for _ in range(2):  # messages may come twice
        sent = send(house, address, {"event": event, "post": bare}, **house.auth)
        assert sent.json() == {"articles": {"withdrawn": 1}}
        assert house.client.get("/from/blog.example/wall").status_code == 410
    own = send(house, address, {"event": "update", "post": wordpress_post(status="pitch")}, **house.auth)
    assert own.json()["articles"] == {"withdrawn": 1}
    sent = send(house, address, {"event": "publish", "post": wordpress_post()}, **house.auth)
    assert sent.json()["articles"] == {"updated": 1}


def test_a_scheduled_post_of_ghost_waits_for_ghost_and_is_held_no_longer_once_it_is_a_draft(
    house: House,
) -> None:
    address = "https://ghost.example/"
    sources(house).add(SourceEntry(address=address, kind="ghost", key="22"))
    preview = "https://ghost.example/p/5ce87506-e5c5-4343-8feb-11b0b0cd5a31/"
    post = {
        "id": "65b", "status": "scheduled", "visibility": "public", "title": "Wall mended", "html": f"<p>{TEXT}</p>",
        "url": preview, "slug": "wall", "published_at": f"{house.now + timedelta(minutes=5):%Y-%m-%dT%H:%M:%S.000Z}",
        "updated_at": "2026-11-01T08:00:00.000Z",
    }  # fmt: skip

    def told(current: dict[str, Any], **previous: Any) -> dict[str, int]:
        answer = send(house, address, {"post": {"current": current, "previous": previous}}, **house.auth)
        articles: dict[str, int] = answer.json()["articles"]
        return articles

    def held() -> list[str]:
        return [each["id"] for each in house.client.get("/v1/holds", headers=house.auth).json()]

    assert told(post) == {"held": 1}
    assert held() == ["https://ghost.example/wall"]
    assert told(post | {"slug": "wall-2"}) == {"held": 1}
    assert held() == ["https://ghost.example/wall-2"]
    assert told(post | {"status": "draft"}, status="scheduled") == {"withdrawn": 1}
    assert held() == []
    assert told(post) == {"held": 1}
    assert told({}, id="65b", status="scheduled") == {"withdrawn": 1}
    assert held() == []
    assert told(post) == {"held": 1}
    public = post | {
        "status": "published",
        "url": "https://ghost.example/other/",
        "published_at": "2026-11-01",
    }
    assert told(public) == {"new": 1}
    assert held() == []
    assert house.client.get("/from/ghost.example/other").status_code == 200


def test_who_may_send_to_a_hook(house: House) -> None:
    address = "https://blog.example/"
    sources(house).add(SourceEntry(address=address, kind="wordpress", secret="s3cret"))
    body = json.dumps({"event": "publish", "post": wordpress_post()}).encode()
    assert send(house, address, body).status_code == 401
    assert send(house, address, body, **{"X-Recirc-Signature": signature(body, "wrong")}).status_code == 401
    assert (
        send(house, address, body + b" ", **{"X-Recirc-Signature": signature(body, "s3cret")}).status_code
        == 401
    )
    assert send(house, "https://nobody.example/", body, **house.auth).status_code == 404
    assert send(house, address, {"event": "publish"}, **house.auth).status_code == 400
    assert send(house, address, body, **house.auth).json()["articles"] == {"new": 1}
    sources(house).add(SourceEntry(address="https://open.example/", kind="wordpress"))
    assert (
        send(house, "https://open.example/", body, **{"X-Recirc-Signature": signature(body, "")}).status_code
        == 401
    )


def test_ghost_signs_its_webhooks(house: House) -> None:
    address = "https://ghost.example/"
    sources(house).add(SourceEntry(address=address, kind="ghost", key="22", secret="s3cret"))
    current = {
        "id": "65a", "status": "published", "visibility": "public", "title": "Wall mended", "html": f"<p>{TEXT}</p>",
        "url": "https://ghost.example/wall/", "published_at": "2026-11-01T08:00:00.000Z",
        "updated_at": "2026-11-01T08:00:00.000Z",
    }  # fmt: skip

    def told(post: dict[str, Any], age_ms: int = 0) -> httpx.Response:
        body, sent = json.dumps({"post": post}).encode(), str(house.moment[0] - age_ms)
        signed = hmac.new(b"s3cret", body + sent.encode(), hashlib.sha256).hexdigest()
        return send(house, address, body, **{"X-Ghost-Signature": f"sha256={signed}, t={sent}"})

    assert told({"current": current, "previous": {}}).json()["articles"] == {"new": 1}
    assert told({"current": current, "previous": {}}, age_ms=600_000).status_code == 401
    unpublished = {"current": current | {"status": "draft"}, "previous": {"status": "published"}}
    assert told(unpublished).json()["articles"] == {"withdrawn": 1}
    assert told({"current": current, "previous": {"status": "draft"}}).json()["articles"] == {"updated": 1}
    assert told({"current": current | {"visibility": "paid"}, "previous": {}}).json()["articles"] == {
        "withdrawn": 1
    }
    assert told({"current": current, "previous": {}}).json()["articles"] == {"updated": 1}
    assert told({"current": {}, "previous": {"id": "65a", "url": "https://ghost.example/wall/"}}).json()[
        "articles"
    ] == {"withdrawn": 1}
    scheduled = current | {
        "id": "65b",
        "status": "scheduled",
        "title": "Later",
        "published_at": "2999-01-01T00:00:00.000Z",
    }
    assert told({"current": scheduled | {"url": "https://ghost.example/later/"}, "previous": {}}).json()[
        "articles"
    ] == {"held": 1}


def test_a_hub_is_answered_and_sends_the_feed(house: House) -> None:
    address = "https://tide.example/feed"
    sources(house).add(SourceEntry(address=address, kind="feed"))
    path = f"/v1/hooks/{hook_of(address)}"
    asked = {
        "hub.mode": "subscribe",
        "hub.topic": address,
        "hub.challenge": "ch4llenge",
        "hub.lease_seconds": "864000",
    }
    assert house.client.get(path, params=asked).status_code == 404  # nobody asked for it
    subscriptions = Subscriptions(Path(house.engine.settings.store.path))
    wanted = Subscription(hub="https://hub.example/", topic=address, secret="shh", requested=0.0)
    subscriptions.put(address, wanted)
    assert house.client.get(path, params=asked | {"hub.topic": "https://evil.example/"}).status_code == 404
    confirmed = house.client.get(path, params=asked)
    assert (confirmed.status_code, confirmed.text) == (200, "ch4llenge")
    kept = subscriptions.find(address)
    assert kept is not None
    assert kept.until == pytest.approx(house.moment[0] / 1000 + 864_000)
    entry = "<title>Wall mended</title><link>https://tide.example/w</link><guid>17</guid>"
    item = f"<item>{entry}<description>{TEXT} {TEXT} {TEXT}</description></item>"
    body = f"<rss><channel><title>Tide</title>{item}</channel></rss>".encode()
    forged = send(
        house, address, body, kind="application/rss+xml", **{"X-Hub-Signature": signature(body, "no")}
    )
    assert (forged.status_code, forged.json()) == (202, {"articles": {}})
    sent = send(
        house,
        address,
        body,
        kind="application/rss+xml",
        **{"X-Hub-Signature": signature(body, "shh", "sha1")},
    )
    assert sent.json()["articles"] == {"new": 1}
    assert "Wall mended" in house.client.get("/from/tide.example/w").text
