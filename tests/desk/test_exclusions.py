"""Views from one network are listed at the desk, excluded by a form, and taken back."""

import html
import re
import time

import pytest

from desk_visitors import Person, person, trail_of
from portal_house import Build, House, articles
from recirc.settings import ServerSettings
from recirc.store.actions import AuditQuery
from recirc.types.roles import Role

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
HERE = "/desk/exclusions"


def view(house: House, article: str, address: str, version: int) -> None:
    headers = {"User-Agent": FIREFOX.format(version), "X-Forwarded-For": address}
    event = {"kind": "view", "article": article}
    assert house.client.post("/v1/events", json=event, headers=headers).status_code == 202


def readers(house: House, article: str, expected: int) -> int:
    """The article's readers, as soon as they are so many."""
    give_up = time.monotonic() + 30
    while house.engine.counts(article, house.moment[0]).readers != expected and time.monotonic() < give_up:
        time.sleep(0.02)  # the log is folded anew in another thread
    return house.engine.counts(article, house.moment[0]).readers


@pytest.fixture
def crossroads(build: Build) -> House:
    """Six readers of one network (/24), each of two articles; three homes; four readers of another network."""
    made = build(server=ServerSettings(trust_proxy=True))
    made.engine.publish(articles(made.now)).result()
    for number in range(6):
        for article in ("otter", "ferry-1"):
            view(made, article, f"10.7.7.{number + 1}", 120 + number)
    for number in range(3):
        view(made, "otter", f"10.{20 + number}.1.1", 130)
    for number in range(4):
        view(made, "otter", "10.8.8.8", 140 + number)
    made.engine.catch_up()
    return made


def listed(visitor: Person) -> dict[str, tuple[str, str]]:
    """Of each article the log entry and the views of the network that is listed."""
    found = re.findall(
        r'href="/desk/article\?id=([\w-]+)">[^<]+</a></th><td class="n">(\d+)</td><td class="n">(\d+)</td>',
        visitor.get(HERE).text,
    )
    return {article: (entry, views) for article, entry, views in found}


def test_networks_with_many_views_of_an_article_are_listed_excluded_and_taken_back(
    crossroads: House,
) -> None:
    pat = person(crossroads, Role.PUBLISHER, "Pat")
    networks = listed(pat)
    assert {article: views for article, (_, views) in networks.items()} == {"otter": "6", "ferry-1": "6"}
    entry, _ = networks["otter"]
    fields = {"entry": entry, "article": "otter", "reason": "a machine of many"}
    assert pat.send(f"{HERE}/network", HERE, **fields).status_code == 303
    assert readers(crossroads, "otter", 7) == 7
    assert crossroads.engine.counts("ferry-1", crossroads.moment[0]).readers == 6
    page = pat.get(HERE).text
    assert "Pat excluded 6 views from one network of otter: a machine of many" in page
    assert page.count("<td>excluded</td>") == 1
    noted = trail_of(crossroads).find(AuditQuery(), 1)[0]
    assert (noted.actor, noted.action, noted.subject, noted.reason) == (
        "Pat", "exclude", "otter", "a machine of many",
    )  # fmt: skip
    assert noted.detail.endswith(f": the network of log entry {int(entry):,}")
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None
    assert pat.send(f"{HERE}/undo", HERE, key=key[1], reason="it was a school").status_code == 303
    assert readers(crossroads, "otter", 13) == 13


def test_all_views_of_a_network_on_its_day_are_excluded(crossroads: House) -> None:
    pat = person(crossroads, Role.PUBLISHER, "Pat")
    entry, _ = listed(pat)["otter"]
    assert pat.send(f"{HERE}/network", HERE, entry=f"{int(entry):,}", reason="an agency").status_code == 303
    assert (readers(crossroads, "otter", 7), readers(crossroads, "ferry-1", 0)) == (7, 0)
    assert "Pat excluded 12 views from one network of all articles" in pat.get(HERE).text


def test_a_network_that_cannot_be_excluded_is_refused_and_the_form_comes_back(crossroads: House) -> None:
    una, pat = person(crossroads, Role.EDITOR, "Una"), person(crossroads, Role.PUBLISHER, "Pat")
    entry, _ = listed(una)["otter"]
    assert "Exclude these" not in una.get(HERE).text
    assert una.raw(f"{HERE}/network", entry=entry, reason="mine").status_code == 403
    for wrong, status, said in (
        ({"reason": " "}, 400, "say why"),
        ({"entry": "x"}, 400, "the number of a log entry"),
        ({"entry": "0"}, 400, "the number of a log entry"),
        ({"entry": "9" * 30}, 400, "the number of a log entry"),
        ({"entry": "1"}, 404, "is no event"),
        ({"entry": "99999"}, 404, "is no event"),
        ({"article": "nobody"}, 400, "no article has the id 'nobody'"),
    ):
        sent = {"entry": entry, "reason": "mine", "article": ""} | wrong
        answer = pat.send(f"{HERE}/network", HERE, **sent)
        assert answer.status_code == status, wrong
        assert said in html.unescape(answer.text), wrong
    assert readers(crossroads, "otter", 13) == 13
