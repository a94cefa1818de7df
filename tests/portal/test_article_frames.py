"""The frames of articles' pages that are kept: those that are used, whatever hosts requests name."""

from collections.abc import Callable

import pytest
from starlette.types import Message

from portal_house import Build, House, articles
from recirc.portal import article_page
from recirc.portal.article_page import HOSTS, ArticlePage
from recirc.server.app import context_of
from recirc.settings import SiteSettings
from recirc.web.lookups import published_article
from recirc.web.page_parts import PageFrame
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.requests import HttpRequest


async def receive() -> Message:
    return {"type": "http.disconnect"}


async def send(message: Message) -> None:
    raise AssertionError(f"nothing is sent here: {message}")


def asking(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], int]:
    """Answers with the page of an article to a host; returns how many frames that renders."""
    web = context_of(house.engine, ReaderHasher(house.moment[0]), lambda: house.moment[0])
    page, rendered = ArticlePage(web.engine, web.renderer, web.pages), list[object]()
    render = page._rendered

    def counted(request: HttpRequest, *given: object) -> PageFrame:
        rendered.append(given)
        return render(request, *given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(page, "_rendered", counted)

    def ask(host: str, id: str) -> int:
        rendered.clear()
        headers = [(b"host", host.encode())]
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/article/{id}",
            "headers": headers,
            "scheme": "https",
        }
        request = HttpRequest(scope | {"query_string": b""}, receive, send)
        article = published_article(web.engine, id)
        assert article is not None
        site = web.renderer.brands.of(request)
        page.answer(request, id, site, web.renderer.brands.home(site, article), house.moment[0])
        return len(rendered)

    return ask


def test_the_frames_that_are_used_stay(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(article_page, "MOST_FRAMES", 2)
    ask = asking(house, monkeypatch)
    names = ("ferry-1", "ferry-2", "ferry-1", "ferry-3", "ferry-1", "ferry-2")
    assert [ask("tide.example", name) for name in names] == [1, 1, 0, 1, 0, 1]
    # The newspaper has an address, which its pages name whatever the host.
    assert ask("elsewhere.example", "ferry-2") == 0


def test_requests_to_any_hosts_drive_out_each_other_alone(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = build(site=SiteSettings(name="The Tide"))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    ask = asking(house, monkeypatch)
    assert [ask("tide.example", f"ferry-{number}") for number in (1, 2, 3)] == [1, 1, 1]
    for number in range(5 * HOSTS):
        assert ask(f"{number}.example", "ferry-1") == 1
        assert ask("tide.example", f"ferry-{1 + number % 3}") == 0
    assert ask("0.example", "ferry-1") == 1
