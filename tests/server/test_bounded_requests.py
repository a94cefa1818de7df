"""Whatever a request says, what is answered and kept because of it is bounded."""

import asyncio
import gzip
import threading
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from portal_house import Build, House, articles, problem
from recirc.engine.bounded_values import BoundedValues
from recirc.server.hot_routes import COMPRESSION, COMPRESSION_ONCE, MOST_KEY, compressed, request_key
from recirc.settings import SiteSettings
from recirc.web.access import ClientAddressResolver
from recirc.web.problems import ProblemError
from recirc.web.work_pools import WorkPool, WorkPools


@pytest.mark.parametrize(
    "path", ["/feed.xml", "/feed.json", "/article/ferry-1", "/sitemap.xml", "/robots.txt"]
)
@pytest.mark.parametrize("host", ["a" * 5_000, f"[{'1:' * 2_000}]", "a." * 300 + "example"])
def test_no_page_grows_with_the_host(build: Build, path: str, host: str) -> None:
    house = build(site=SiteSettings(name="The Tide"))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    usual = len(house.client.get(path, headers={"Host": "tide.example"}).content)
    answer = house.client.get(path, headers={"Host": host})
    assert answer.status_code == 200
    assert len(answer.content) <= usual


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "path",
    ["/", "/none", "/none/", "/article/ferry-1", "/article/none", "/v1/shelves", "/v1/none", "/feed.xml",
     "/static/icon.svg", "/healthz", "/openapi.json", "/embed.js", "/desk", "/sitemap.xml"],
)  # fmt: skip
def test_two_hosts_are_refused_everywhere(house: House, method: str, path: str) -> None:
    hosts = [("Host", "tide.example"), ("Host", "other.example")]
    answer = house.client.request(method, path, headers=hosts, follow_redirects=False)
    assert answer.status_code in (400, 405)  # or the method is not there, whoever asks
    assert b"other.example" not in answer.content


@pytest.mark.parametrize("path", ["/v1/shelves?key=sk_none", "/v1/embed?key=sk_none"])
def test_an_answer_repeats_no_origin_that_can_be_none(house: House, path: str) -> None:
    assert house.client.get(path, headers={"Origin": "https://a.example"}).headers[
        "access-control-allow-origin"
    ]
    answer = house.client.get(path, headers={"Origin": f"https://{'a' * 9_000}.example"})
    problem(answer, 401, "key-needed")
    assert "access-control-allow-origin" not in answer.headers
    assert len(answer.content) < 2_000


def scope(**headers: str) -> dict[str, Any]:
    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"method": "GET", "path": "/article/a", "query_string": b"", "headers": found}


@pytest.mark.parametrize("name", ["cookie", "accept_language", "host", "sec_gpc"])
def test_an_answer_with_a_long_key_is_not_kept(name: str) -> None:
    assert request_key(scope(**{name: "a" * 100})) is not None
    assert request_key(scope(**{name: "a" * MOST_KEY})) is None
    assert request_key(scope() | {"query_string": b"a" * MOST_KEY + b"a"}) is None


@pytest.mark.parametrize(
    ("cache", "level"), [("no-store", COMPRESSION_ONCE), ("public, max-age=1", COMPRESSION)]
)
def test_what_caches_may_keep_is_compressed_in_full(cache: str, level: int) -> None:
    body = b" ".join(b"%d of %d readers" % (n, n * n) for n in range(500))
    packed = compressed(Response(body, 200, {"Cache-Control": cache}))
    assert packed == gzip.compress(body, level, mtime=0)
    assert packed != gzip.compress(body, COMPRESSION + COMPRESSION_ONCE - level, mtime=0)


def test_values_are_dropped_when_they_take_too_much() -> None:
    values = BoundedValues(10_000, 50_000)
    for number in range(10_000):
        values[number] = number
    assert values.nbytes == 4_000 * len(values) <= 50_000
    values[9_999] = 7
    assert values.nbytes == 4_000 * len(values)
    assert next(reversed(values)) == 9_999


def asked_by(address: str, forwarded: str = "") -> Request:
    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("the client stays")

    named = scope(x_forwarded_for=forwarded) if forwarded else scope()
    return Request(named | {"type": "http", "client": (address, 1)}, receive)


CLIENTS = {
    "a proxy": (True, asked_by("10.0.0.1", "192.0.2.1"), asked_by("10.0.0.1", "192.0.2.2")),
    "addresses": (False, asked_by("192.0.2.1"), asked_by("192.0.2.2")),
    "two households": (False, asked_by("2001:db8::1"), asked_by("2001:db8:0:1::2")),
}


@pytest.mark.parametrize("trusted", CLIENTS)
def test_who_searches_a_lot_keeps_nobody_else_out(trusted: str) -> None:
    proxy, busy, other = CLIENTS[trusted]
    pool = WorkPool("test", threads=1, waiting=3, addresses=ClientAddressResolver(proxy, warns=False))
    held = threading.Event()

    async def played() -> None:
        waiting = [asyncio.ensure_future(pool.run_for(busy, 60.0, lambda _: held.wait(60))) for _ in range(3)]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [type(each.exception()) for each in done] == [ProblemError], (
            "half of all calls are one client's"
        )
        allowed = asyncio.ensure_future(pool.run_for(other, 60.0, lambda _: 7))
        await asyncio.sleep(0)  # it has been called
        held.set()
        assert await allowed == 7
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(played())


def test_every_pool_tells_clients_behind_a_proxy_apart() -> None:
    addresses = ClientAddressResolver(True, warns=False)
    pools = [each for each in vars(WorkPools(addresses)).values() if isinstance(each, WorkPool)]
    assert len(pools) > 5
    assert all(pool.addresses is addresses for pool in pools)


def test_the_addresses_of_one_household_are_one_client() -> None:
    pool = WorkPool("test", threads=1, waiting=3)
    held = threading.Event()

    async def played() -> None:
        neighbours = (asked_by(f"2001:db8::{number:x}") for number in range(1, 4))
        waiting = [
            asyncio.ensure_future(pool.run_for(each, 60.0, lambda _: held.wait(60))) for each in neighbours
        ]
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [type(each.exception()) for each in done] == [ProblemError]
        held.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(played())


def test_the_newest_articles_on_a_wrong_address_are_those_of_now(house: House) -> None:
    """Written once for many wrong addresses, and anew when an article is corrected or withdrawn."""
    pages = [house.client.get(f"/{number}").text for number in range(30)]
    listed = [page for page in pages if "The newest articles" in page]
    assert listed, "the searches for suggestions have a budget"
    assert all("Ferry crews vote, part 1" in page for page in listed)
    house.engine.withdraw(["ferry-1"]).result()
    house.engine.catch_up()
    after = [house.client.get(f"/after/{number}").text for number in range(30)]
    assert not any("Ferry crews vote, part 1" in page for page in after)
    assert any("Ferry crews vote, part 2" in page for page in after)
