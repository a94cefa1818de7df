"""Variants of the attacks on the counts: other headers, prefixes and requests; the page is loaded and nobody stays."""

import time
from datetime import timedelta
from typing import Any

import pytest

from attacked_town import FIREFOX, browser, counts, made_town, send, visit
from portal_house import Build, House
from recirc.types import Window

TARGET = "ferry-1"
HOMES = 60


@pytest.fixture
def town(build: Build) -> House:
    return made_town(build)


def home(number: int) -> str:
    return f"10.{number}.90.1"


def small_prefix(number: int) -> str:
    return f"2001:db8:{number % 4:x}:{number // 4:x}00::1"


HEADERS: list[dict[str, str]] = [
    {"Accept_Language": "de-DE,de;q=0.9", "Sec_GPC": "1", "DNT": "1"},
    {"Accept_Language": "en-US", "Sec_CH_UA_Mobile": "?1", "Save_Data": "on"},
    {"Cookie": "session=1", "Referer": "https://www.search.example/"},
    {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "navigate"},
    {"Via": "1.1 proxy", "X_Real_IP": "192.0.2.9", "Forwarded": "for=192.0.2.9"},
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("where", [home, small_prefix], ids=lambda each: each.__name__)
def test_other_headers_and_prefixes_gain_one_reader_at_most(town: House, where: Any, method: str) -> None:
    for number in range(HOMES):
        who = browser(where(number), 110 + number % 30, **HEADERS[number % len(HEADERS)])
        assert town.client.request(method, f"/article/{TARGET}", headers=who).status_code == 200
        send(town, who, "view", TARGET)
    found = counts(town, TARGET)
    assert found["readers"] <= 1
    assert found["readers"] + found["excluded"] == found["raw"] == HOMES


def test_an_address_that_its_sender_wrote_is_not_believed(town: House) -> None:
    """The proxy adds the last address; what stands before it was there when it came."""
    for number in range(HOMES):
        visit(town, TARGET, browser(f"10.{number}.91.1, 192.0.2.77", 130))
    assert counts(town, TARGET)["readers"] == 1


def test_shelves_in_place_of_the_page_and_views_sent_twice_gain_one_reader_at_most(town: House) -> None:
    for number in range(HOMES):
        who = browser(home(number), 110 + number % 30)
        assert town.client.get(f"/v1/shelves?article={TARGET}", headers=who).status_code == 200
        for _ in range(2):
            send(town, who, "view", TARGET)
    assert counts(town, TARGET)["readers"] <= 1


def test_the_same_homes_with_other_browsers_gain_one_reader_at_most(town: House) -> None:
    for number in range(HOMES):
        visit(town, TARGET, browser(home(number % 6), 110 + number), stays=False)
    assert counts(town, TARGET)["readers"] <= 1


def test_forged_referrers_and_times_gain_nothing(town: House) -> None:
    for number in range(HOMES):
        who = browser(home(number), 110 + number % 30)
        when = (town.now - timedelta(seconds=50 * number)).isoformat()
        codes = {"referrer": number % 256, "device": number % 7, "region": number}
        send(town, who, "view", TARGET, time=when, **codes)
        send(town, who, "read", TARGET, time=when, seconds=30, scroll=1)
    assert counts(town, TARGET)["readers"] == 0
    with town.engine._log_consumer.reading() as state:
        index = int(town.engine.intern([TARGET])[0])
        assert state.contexts.table.weights[index].sum() == 0


def test_reactions_and_shares_of_who_loaded_the_page_and_is_gone_are_one_each_at_most(town: House) -> None:
    for number in range(HOMES):
        who = browser(home(number), 110 + number % 30)
        visit(town, TARGET, who, stays=False)
        for name in ("moving", "useful"):
            send(town, who, "reaction", TARGET, name=name)
        send(town, who, "share", TARGET, name="copy")
    assert counts(town, TARGET).get("shares", 0) <= 1
    assert max(town.engine.reactions(TARGET).values()) <= 1


def test_clicks_on_a_signed_slot_that_is_passed_around_are_one_at_most(town: House) -> None:
    slot = town.slot(TARGET, "recommendation", 1, source="otter", propensity=0.05)
    for number in range(HOMES):
        who = browser(home(number), 110 + number % 30)
        assert town.client.get(f"/article/{TARGET}", headers=who).status_code == 200
        send(town, who, "view", **slot)
        send(town, who, "impression", "ferry-2", **{k: v for k, v in slot.items() if k != "article"})
    town.engine.catch_up()
    with town.engine._log_consumer.reading() as state:
        assert state.exposure.slots[..., 1].sum() <= 1
        assert state.exposure.slots[..., 0].sum() == 0


def test_a_crowd_without_life_among_honest_readers_gains_one_reader_at_most(town: House) -> None:
    """Honest readers come to other articles in the same seconds, and all of them count."""
    for number in range(HOMES):
        visit(town, "ferry-2", browser(f"10.{number}.92.1", 120 + number % 20))
        visit(town, TARGET, browser(home(number), 110 + number % 30), stays=False)
    assert counts(town, "ferry-2")["readers"] == HOMES
    assert counts(town, TARGET)["readers"] <= 1


@pytest.mark.parametrize("browsers", [30, 60, 120])
def test_who_feigns_a_school_is_counted_as_one_and_can_be_excluded(town: House, browsers: int) -> None:
    """What nobody can tell from a school: it counts, is ranked as one, is listed, and one exclusion ends it."""
    for number in range(browsers):
        visit(town, TARGET, browser("10.200.7.7", 100 + number))
    assert counts(town, TARGET)["readers"] == browsers
    assert counts(town, TARGET)["window_readers"] <= 1, "one address is ranked as one reader"
    day = town.engine.exclusions.day_of(town.now)
    (network,) = [each for each in town.engine.exclusions.networks(day) if each.article == TARGET]
    assert (network.views, network.of_article) == (browsers, browsers)
    assert network.doubted >= browsers - 3
    body = {"network_of": network.entry, "reason": "one machine"}
    made = town.client.post("/v1/exclusions", json=body, headers=town.auth)
    assert made.json()["events"] == browsers
    give_up = time.monotonic() + 60
    while counts(town, TARGET)["readers"] and time.monotonic() < give_up:
        time.sleep(0.02)  # the log is folded anew in another thread
    assert counts(town, TARGET)["readers"] == 0
    hour = town.engine.ranking(section=None, window=Window.HOUR, slots=9, now=town.moment[0])
    assert TARGET not in [item.article for item in hour.items]
    assert FIREFOX.format(100) not in str(made.json())


def test_a_school_is_ranked_as_far_as_the_others_of_its_article_make_it_plausible(town: House) -> None:
    """Beside thirty homes some of sixty pupils; all of them are in the counts."""
    for number in range(30):
        visit(town, TARGET, browser(home(number), 120 + number % 20))
    for number in range(60):
        visit(town, TARGET, browser("10.200.7.7", 100 + number))
    found = counts(town, TARGET)
    assert found["readers"] == 90
    assert 31 <= found["window_readers"] <= 60
    ever = town.engine.ranking(section=None, window=Window.EVER, slots=9, now=town.moment[0])
    ranked = {item.article: item.score for item in ever.items}
    assert ranked[TARGET] == found["window_readers"]


def test_where_most_readers_come_from_one_network_they_are_ranked(town: House) -> None:
    """A carrier's: what is usual on the site's other articles is plausible of each."""
    for number in range(80):
        visit(town, "ferry-2", browser(f"10.210.3.{number % 16 + 1}", 100 + number))
    for number in range(20):
        visit(town, TARGET, browser(home(number), 120 + number % 20))
        visit(town, TARGET, browser(f"10.210.3.{number % 16 + 1}", 200 + number))
    found = counts(town, TARGET)
    assert found["readers"] == found["window_readers"] == 40
