"""What readers are worth who asked for no page: an attack on the counts, and the honest readers beside it."""

from datetime import timedelta
from typing import Any

import pytest

from portal_house import Build, House, articles
from recirc.settings import ServerSettings
from recirc.store.decisions import ENOUGH_CONFIRMED, READERS_AT_LEAST
from recirc.types import Window

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"


@pytest.fixture
def town(build: Build) -> House:
    """A portal behind a proxy, so that a test can be many addresses."""
    made = build(server=ServerSettings(trust_proxy=True))
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    return made


def at(number: int, network: int = 1, agent: int = 140) -> dict[str, str]:
    address = f"10.{network}.{number // 250}.{number % 250 + 1}"
    return {"X-Forwarded-For": address, "User-Agent": AGENT.format(agent)}


def send(town: House, who: dict[str, str], *events: dict[str, Any]) -> None:
    assert town.client.post("/v1/events", json=list(events), headers=who).status_code == 202


def read(town: House, article: str, who: dict[str, str], *, by: str = "/article/{}") -> None:
    """As a browser does: ask for the page, then say that it was seen."""
    assert town.client.get(by.format(article), headers=who).status_code == 200
    send(town, who, {"kind": "view", "article": article})


def counts(town: House, article: str) -> dict[str, int]:
    town.engine.catch_up()
    found: dict[str, int] = town.client.get(f"/v1/articles/{article}").json()["counts"]
    return found


def lively(town: House, article: str = "otter") -> None:
    for number in range(ENOUGH_CONFIRMED):
        read(town, article, at(number, network=9))


def test_addresses_that_asked_for_no_page_do_not_make_an_article_read(town: House) -> None:
    lively(town)
    for number in range(300):
        send(town, at(number), {"kind": "view", "article": "ferry-1"})
    found = counts(town, "ferry-1")
    assert found["readers"] == READERS_AT_LEAST
    assert found["excluded"] == 300 - READERS_AT_LEAST
    assert counts(town, "otter")["readers"] == ENOUGH_CONFIRMED


def test_one_address_with_many_browsers_is_not_many_readers(town: House) -> None:
    lively(town)
    for agent in range(100, 160):
        send(town, at(1, agent=agent), {"kind": "view", "article": "ferry-1"})
    assert counts(town, "ferry-1")["readers"] == READERS_AT_LEAST


@pytest.mark.parametrize("by", ["/article/{}", "/v1/shelves?article={}", "/v1/shelves.html?article={}"])
def test_readers_who_asked_for_the_page_or_its_shelves_all_count(town: House, by: str) -> None:
    lively(town)
    for number in range(60):
        read(town, "ferry-1", at(number), by=by)
    assert counts(town, "ferry-1")["readers"] == 60


def test_where_no_browser_asks_for_pages_all_readers_count(town: House) -> None:
    for number in range(120):
        send(town, at(number), {"kind": "view", "article": "ferry-1"})
    assert counts(town, "ferry-1")["readers"] == 120


def test_an_article_has_as_many_unconfirmed_readers_as_others_have(town: House) -> None:
    """A cache in front of the portal answers for one page in five."""
    for number in range(250):
        who, article = at(number), ("otter", "ferry-1", "ferry-2")[number % 3]
        if number % 5:
            read(town, article, who)
        else:
            send(town, who, {"kind": "view", "article": article})
    assert sum(counts(town, article)["excluded"] for article in ("otter", "ferry-1", "ferry-2")) <= 2


def test_reactions_and_shares_without_having_read_do_not_count(town: House) -> None:
    lively(town)
    for number in range(40):
        send(
            town,
            at(number),
            {"kind": "reaction", "article": "ferry-1", "name": "moving"},
            {"kind": "share", "article": "ferry-1", "name": "copy"},
        )
    read(town, "ferry-1", at(99))
    send(town, at(99), {"kind": "reaction", "article": "ferry-1", "name": "moving"})
    town.engine.catch_up()
    assert town.engine.reactions("ferry-1")["moving"] == 1


def exposure_of(town: House, article: str) -> list[int]:
    town.engine.catch_up()
    index = int(town.engine.intern([article])[0])
    with town.engine._log_consumer.reading() as state:
        shown: list[int] = (
            state.exposure.articles[index].sum(axis=0).tolist() if len(state.exposure.numbers) else [0, 0]
        )
    return shown


@pytest.mark.parametrize(("kind", "source", "column"), [("impression", "ferry-2", 0), ("view", None, 1)])
def test_one_reader_is_one_impression_and_one_click(
    town: House, kind: str, source: str | None, column: int
) -> None:
    slot = town.slot("ferry-1", "related", 1, source=source, propensity=0.05)
    event = {"kind": kind, **slot}
    lively(town)
    read(town, "ferry-2", at(1))
    before = exposure_of(town, "ferry-1")[column]
    town.client.get("/article/ferry-1", headers=at(1))
    for number in range(3):
        send(town, at(1), *({**event, "id": f"{number} {each}"} for each in range(90)))
    assert exposure_of(town, "ferry-1")[column] == before + 1


def test_nothing_is_learned_from_where_unconfirmed_readers_went(town: House) -> None:
    lively(town)
    before = town.client.get("/v1/shelves?article=ferry-1&shelf=recommendation").json()["recommendation"][
        "items"
    ]
    for number in range(READERS_AT_LEAST):
        send(town, at(number), {"kind": "view", "article": "ferry-1"}, {"kind": "view", "article": "otter"})
    town.engine.catch_up()
    after = town.client.get("/v1/shelves?article=ferry-1&shelf=recommendation").json()["recommendation"][
        "items"
    ]
    assert [item["article"] for item in after] == [item["article"] for item in before]
    assert all(item["reason"]["kind"] != "went on" for item in after)


def test_nobody_without_a_key_writes_into_a_past_hour(town: House) -> None:
    for number in range(30):
        when = town.now - timedelta(minutes=number)
        send(
            town,
            at(number),
            {"kind": "view", "article": "ferry-1", "time": when.isoformat(), "id": f"e{number}"},
        )
    town.engine.catch_up()
    later = town.moment[0] + 57 * 60_000
    (first, *_) = town.engine.ranking(section=None, window=Window.HOUR, slots=5, now=later).items
    assert first.article == "ferry-1"
    assert first.counts is not None
    assert first.counts.window_readers == 30


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
        "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2228.0 Safari/537.36",
        "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)",
        "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/52.0",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Puppeteer/22 Chrome/120.0.0.0 Safari/537.36",
    ],
)
def test_automated_and_ancient_browsers_are_excluded(town: House, agent: str) -> None:
    send(town, {**at(1), "User-Agent": agent}, {"kind": "view", "article": "ferry-1"})
    found = counts(town, "ferry-1")
    assert (found["readers"], found["excluded"]) == (0, 1)
