"""Attacks that load the page first, and the honest crowds beside them: who counts once readers show life, and that a
crowd which opens many articles at once shows none.
"""

import pytest

from attacked_town import browser, counts, made_town, send, send_all, visit
from portal_house import Build, House
from recirc.types import Exclusion, Window, networks


@pytest.fixture
def town(build: Build) -> House:
    return made_town(build)


@pytest.mark.parametrize(
    "addresses",
    [
        [f"10.200.7.{number}" for number in range(1, 81)],
        [f"10.{number}.9.{number}" for number in range(1, 81)],
        [f"2001:db8:7:{number:x}::1" for number in range(1, 81)],
    ],
    ids=["one network", "eighty networks", "one IPv6 /48"],
)
@pytest.mark.parametrize("versions", [1, 20], ids=["one browser", "twenty browsers"])
def test_who_loads_the_page_and_is_gone_counts_as_far_as_is_usual(
    town: House, addresses: list[str], versions: int
) -> None:
    for number, address in enumerate(addresses):
        visit(town, "ferry-1", browser(address, 120 + number % versions), stays=False)
    found = counts(town, "ferry-1")
    assert found["readers"] <= 1
    assert found["readers"] + found["excluded"] == found["raw"] == 80


def test_a_school_behind_one_address_counts(town: House) -> None:
    for number in range(60):
        visit(town, "ferry-1", browser("10.201.7.7", 100 + number))
    found = counts(town, "ferry-1")
    assert (found["readers"], found["views"], found["excluded"]) == (60, 60, 0)


def test_an_impression_of_a_shelf_is_a_sign_of_life_for_the_page_beside_it(town: House) -> None:
    who = browser("10.202.1.1", 130)
    visit(town, "ferry-1", who, stays=False)
    assert counts(town, "ferry-1")["readers"] == 0
    before = counts(town, "ferry-2")
    town.moment[0] += 2_500
    seen = town.slot("ferry-2", "related", 0, source="ferry-1")
    send(town, who, "impression", seen.pop("article"), **seen)
    found = counts(town, "ferry-1")
    assert (found["readers"], found["excluded"], found["raw"]) == (1, 0, 1)
    assert counts(town, "ferry-2") == before
    hour = town.engine.ranking(section=None, window=Window.HOUR, slots=9, now=town.moment[0])
    assert "ferry-1" in [item.article for item in hour.items]


def test_the_log_holds_no_address_but_a_number_of_sixteen_bits(town: House) -> None:
    for number in range(30):
        visit(town, "ferry-1", browser(f"10.203.1.{number + 1}", 131), stays=False)
    records = town.engine._store.read(0, 10_000).records
    views = records[(records["kind"] == 1) & (records["article"] == int(town.engine.intern(["ferry-1"])[0]))]
    assert len(set(networks(views).tolist())) == 1
    assert set(views["excluded"].tolist()) <= {0, Exclusion.ALIKE, Exclusion.LIFELESS}


SEVERAL = ["otter-wire", *(f"ferry-{number}" for number in range(1, 6))]
"""More articles than a person opens at once, of which nobody else is a reader."""


@pytest.mark.parametrize("apart", [False, True], ids=["in one request", "in a request each"])
def test_who_opens_many_articles_at_once_shows_no_life_in_any(town: House, apart: bool) -> None:
    before = {article: counts(town, article)["readers"] for article in SEVERAL}
    for number in range(12):
        who = browser(f"10.{number}.77.1", 120 + number)
        for article in SEVERAL:
            assert town.client.get(f"/article/{article}", headers=who).status_code == 200
        for kind, more in (("view", {}), ("read", {"seconds": 20, "scroll": 1})):
            for wanted in [[each] for each in SEVERAL] if apart else [SEVERAL]:
                send_all(town, who, kind, wanted, **more)
            town.moment[0] += 3_000
    gained = {article: counts(town, article)["readers"] - before[article] for article in SEVERAL}
    assert max(gained.values()) <= 1, gained


def test_readings_of_many_articles_in_one_request_are_no_signs_of_life(town: House) -> None:
    who = browser("10.1.78.1", 125)
    for article in SEVERAL[1:]:
        visit(town, article, who, stays=False)
        town.moment[0] += 20_000
    send_all(town, who, "read", SEVERAL, seconds=20, scroll=1)
    assert {counts(town, article)["readers"] for article in SEVERAL[1:]} == {0}


@pytest.mark.parametrize(("told", "readers"), [(2, 1), (3, 0)])
def test_a_request_tells_of_two_articles_at_most(town: House, told: int, readers: int) -> None:
    who, wanted = browser("10.1.83.1", 128), SEVERAL[-told:]
    for article in wanted:
        visit(town, article, who, stays=False)
    town.moment[0] += 3_000
    send_all(town, who, "read", wanted, seconds=3, scroll=1)
    assert {counts(town, article)["readers"] for article in wanted} == {readers}


def test_a_reader_who_opens_one_article_after_the_other_counts_everywhere(town: House) -> None:
    before = {article: counts(town, article)["readers"] for article in SEVERAL}
    who = browser("10.1.79.1", 126)
    for article in SEVERAL:
        visit(town, article, who)
    assert {counts(town, article)["readers"] - before[article] for article in SEVERAL} == {1}


def test_a_minute_after_the_haste_signs_of_life_count_again(town: House) -> None:
    who = browser("10.1.80.1", 127)
    for article in SEVERAL:
        assert town.client.get(f"/article/{article}", headers=who).status_code == 200
    send_all(town, who, "view", SEVERAL)
    for seconds, readers in ((3, 0), (30, 0), (40, 1)):
        town.moment[0] += 1_000 * seconds
        send(town, who, "read", "ferry-1", seconds=2, scroll=0.5)
        assert counts(town, "ferry-1")["readers"] == readers


def test_a_trickle_over_an_hour_counts_as_far_as_is_usual(town: House) -> None:
    """One home each half minute loads the page and is gone; an honest reader stays every five minutes."""
    for number in range(110):
        visit(town, "ferry-1", browser(f"10.{number}.81.1", 120 + number % 20), stays=False)
        if number % 10 == 0:
            visit(town, "ferry-1", browser(f"10.{number}.82.1", 120 + number % 20))
        town.moment[0] += 30_000 - 3_100 * (number % 10 == 0)
    found = counts(town, "ferry-1")
    assert 11 <= found["readers"] <= 11 + 5, found
