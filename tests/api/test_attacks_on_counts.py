"""Attacks on the counts of a site whose own readers come by key, with the newsroom's log or by its server: no browser
asked for a page yet. `docs/attacks.md` lists which test is which attack.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from portal_house import Build, House, articles
from recirc.settings import ServerSettings
from recirc.types import Window

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 "
    "Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS {0}_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/{0}.2 Mobile/15E148 Safari/604.1"
)
READERS = {"otter": 60, "ferry-2": 30, "ferry-3": 20, "ferry-4": 12, "ferry-1": 6}
"""Readers of the last hour, of whom one in ten left at once; the last article is the attacker's."""

TARGET = "ferry-1"
numbers: Iterator[int] = count()
Where = Callable[[int], str]


@pytest.fixture
def town(build: Build) -> House:
    made = build(server=ServerSettings(trust_proxy=True))
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    made.moment[0] -= 2_000_000  # no event is later than the store's own clock
    for article, readers in READERS.items():
        names = [f"{article} {number}" for number in range(readers)]
        sent_by_key(made, [{"kind": "view", "article": article, "reader": name} for name in names])
        made.moment[0] += 30_000
        stayed = [name for place, name in enumerate(names) if place % 10]
        sent_by_key(
            made, [{"kind": "read", "article": article, "reader": name, "seconds": 20} for name in stayed]
        )
    made.engine.catch_up()
    return made


def sent_by_key(town: House, events: list[dict[str, Any]]) -> None:
    answer = town.client.post("/v1/events", json=events, headers=town.auth)
    assert answer.status_code == 202, answer.text


def send(town: House, address: str, agent: str, *events: dict[str, Any]) -> None:
    told = [{"id": f"e{next(numbers)}", **event} for event in events]
    headers = {"X-Forwarded-For": address, "User-Agent": agent}
    assert town.client.post("/v1/events", json=told, headers=headers).status_code == 202


def counts(town: House, article: str = TARGET) -> Counter[str]:
    town.engine.catch_up()
    return Counter(town.client.get(f"/v1/articles/{article}").json()["counts"])


def place(town: House, article: str = TARGET) -> int:
    found = town.engine.ranking(section=None, window=Window.HOUR, slots=20, now=town.moment[0])
    return [item.article for item in found.items].index(article)


def ipv4(number: int) -> str:
    return f"10.{number % 200}.{number // 200}.7"


def beside(number: int) -> str:
    return f"10.66.{number // 250}.{number % 250 + 1}"


def ipv6(number: int) -> str:
    return f"2001:db8:{number:x}::1"


def one_prefix(number: int) -> str:
    return f"2001:db8:7:{number:x}::1"


def one_address(_: int) -> str:
    return "10.66.0.1"


@pytest.mark.parametrize("pause", [0, 5_000], ids=["at once", "one after the other"])
@pytest.mark.parametrize("agents", [1, 60], ids=["one browser", "many browsers"])
@pytest.mark.parametrize(
    "where", [ipv4, beside, ipv6, one_prefix, one_address], ids=lambda each: each.__name__
)
def test_views_alone_gain_nothing(town: House, where: Where, agents: int, pause: int) -> None:
    before, first = counts(town), place(town)
    for number in range(90):
        send(town, where(number), CHROME.format(86 + number % agents), {"kind": "view", "article": TARGET})
        town.moment[0] += pause
    sent = counts(town) - before
    assert (sent["readers"], place(town)) == (0, first)
    assert sent["excluded"] == sent["raw"] == 90


@pytest.mark.parametrize("where", [ipv4, ipv6], ids=lambda each: each.__name__)
def test_views_after_loading_the_page_gain_one_reader_at_most(town: House, where: Where) -> None:
    before = counts(town)
    for number in range(90):
        headers = {"X-Forwarded-For": where(number), "User-Agent": IPHONE.format(15 + number % 4)}
        assert town.client.get(f"/article/{TARGET}", headers=headers).status_code == 200
        send(town, where(number), headers["User-Agent"], {"kind": "view", "article": TARGET})
        town.moment[0] += 1_500
    assert (counts(town) - before)["readers"] <= 1


def test_views_of_several_articles_gain_nothing(town: House) -> None:
    before = {article: counts(town, article) for article in READERS}
    for number in range(60):
        views = [{"kind": "view", "article": article} for article in READERS]
        send(town, ipv4(number), IPHONE.format(17), *views)
    assert {(counts(town, article) - before[article])["readers"] for article in READERS} == {0}


def test_readings_without_the_page_gain_one_reader_at_most(town: House) -> None:
    before = counts(town)
    for number in range(90):
        send(town, ipv4(number), CHROME.format(120 + number % 20), {"kind": "view", "article": TARGET})
        town.moment[0] += 2_500
        send(
            town, ipv4(number), CHROME.format(120 + number % 20),
            {"kind": "read", "article": TARGET, "seconds": 40, "scroll": 1},
        )  # fmt: skip
    sent = counts(town) - before
    assert sent["readers"] <= 1
    assert sent["reads"] <= 1


def test_readings_shares_and_reactions_without_a_view_are_none(town: House) -> None:
    before = counts(town)
    for number in range(60):
        send(
            town, ipv6(number), IPHONE.format(18),
            {"kind": "read", "article": TARGET, "seconds": 40},
            {"kind": "share", "article": TARGET, "name": "copy"},
            {"kind": "reaction", "article": TARGET, "name": "moving"},
        )  # fmt: skip
    sent = counts(town) - before
    assert [sent[name] for name in ("readers", "reads", "shares")] == [0, 0, 0]
    assert town.engine.reactions(TARGET)["moving"] == 0


@pytest.mark.parametrize("visits", [8, 40])
def test_going_from_one_article_to_the_other_teaches_nothing(town: House, visits: int) -> None:
    def beside_otter() -> list[str]:
        query = "article=otter&shelf=recommendation&slots=20&published_only=true&personalised=false"
        items = town.client.get(f"/v1/shelves?{query}").json()["recommendation"]["items"]
        return [item["article"] for item in items]

    before = beside_otter()
    for number in range(visits):
        send(
            town, ipv4(number), CHROME.format(141),
            {"kind": "view", "article": "otter"}, {"kind": "view", "article": TARGET},
        )  # fmt: skip
    town.engine.catch_up()
    assert beside_otter() == before


def test_what_one_reader_clicks_and_sees_is_neither_click_nor_impression(town: House) -> None:
    slot = {"shelf": "recommendation", "position": 1, "propensity": 0.05}
    for _ in range(3):
        send(
            town, "10.9.9.9", CHROME.format(140),
            *({"kind": "impression", "article": "ferry-4", **slot} for _ in range(90)),
        )  # fmt: skip
    send(
        town, "10.9.9.9", CHROME.format(140),
        *({"kind": "view", "article": TARGET, **slot} for _ in range(90)),
    )  # fmt: skip
    town.engine.catch_up()
    with town.engine._log_consumer.reading() as state:
        assert state.exposure.slots.sum() == 0


def test_readers_who_open_the_page_and_stay_count(town: House) -> None:
    """Honest ones, beside whom the attacks are measured: the first whom this site has by browser."""
    before = counts(town)
    for number in range(30):
        headers = {"X-Forwarded-For": ipv4(number), "User-Agent": IPHONE.format(15 + number % 4)}
        assert town.client.get(f"/article/{TARGET}", headers=headers).status_code == 200
        send(town, ipv4(number), headers["User-Agent"], {"kind": "view", "article": TARGET})
        town.moment[0] += 3_000
        send(
            town, ipv4(number), headers["User-Agent"],
            {"kind": "read", "article": TARGET, "seconds": 2, "scroll": 0.5},
        )  # fmt: skip
    sent = counts(town) - before
    assert (sent["readers"], sent["excluded"]) == (30, 0)
