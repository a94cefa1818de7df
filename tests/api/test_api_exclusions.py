"""What was counted and should not have been is excluded over the API, listed with its reason, and taken back."""

import json
import re
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from portal_house import Build, House, articles, problem
from recirc.cli.main import app
from recirc.settings import ServerSettings, SiteSettings
from recirc.types import EntryKind, networks

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0"


def read_by(house: House, article: str, readers: int) -> None:
    for number in range(readers):
        house.told("view", article, FIREFOX.format(120 + number, 120 + number))


def followed(house: House, article: str, readers: int) -> bool:
    deadline = time.monotonic() + 60
    while house.engine.counts(article, house.moment[0]).readers != readers and time.monotonic() < deadline:
        time.sleep(0.02)  # the log is folded anew in another thread
    return house.engine.counts(article, house.moment[0]).readers == readers


def post(house: House, **body: Any) -> Any:
    return house.client.post("/v1/exclusions", json=body, headers=house.auth)


def test_an_exclusion_is_made_listed_and_taken_back(house: House) -> None:
    read_by(house, "otter", 4)
    read_by(house, "ferry-1", 2)
    made = post(house, article="otter", reason="a script on our own page")
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["events"], told["article"], told["by"]) == (4, "otter", "test")
    assert told["reason"] == "a script on our own page"
    assert followed(house, "otter", 0)
    assert house.engine.counts("ferry-1", house.moment[0]).readers == 2
    assert house.client.get("/v1/exclusions", headers=house.auth).json() == [told]
    undone = house.client.delete(f"/v1/exclusions/{told['key']}", headers=house.auth)
    assert undone.status_code == 200
    assert undone.json()["undone_by"] == "test"
    assert followed(house, "otter", 4)


def test_what_is_wrong_with_an_exclusion_is_told(house: House) -> None:
    read_by(house, "otter", 1)
    assert house.client.post("/v1/exclusions", json={"reason": "x", "article": "otter"}).status_code == 401
    assert "say which events" in problem(post(house, reason="x"), 400, "invalid")["errors"][0]["text"]
    problem(post(house, reason="", article="otter"), 400, "invalid")
    problem(post(house, reason="x", article="nowhere"), 404, "not-found")
    tomorrow = (house.now + timedelta(days=1)).isoformat()
    assert "no event" in problem(post(house, reason="x", since=tomorrow), 404, "not-found")["detail"]
    problem(house.client.delete("/v1/exclusions/none", headers=house.auth), 404, "not-found")
    problem(post(house, reason="x", reader=str(2**63)), 400, "invalid")


def test_times_at_the_calendars_ends_are_times(house: House) -> None:
    read_by(house, "otter", 1)
    first, last = "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"  # in UTC they are years beyond
    made = post(house, since=first, until=last, article="otter", reason="all of it")
    assert made.status_code == 201
    (listed,) = house.client.get("/v1/exclusions", headers=house.auth).json()
    assert (listed["since"][:10], listed["until"][:10]) == ("0001-01-01", "9999-12-31")
    for moment, status in ((first, 200), (last, 400)):
        asked = house.client.get("/v1/as-of", params={"article": "otter", "time": moment}, headers=house.auth)
        assert asked.status_code == status


def test_one_reader_is_excluded(house: House) -> None:
    read_by(house, "otter", 3)
    reader = str(house.engine._store.read(0, 99).records["reader"].max())
    assert post(house, reason="a tester", reader=reader).json()["reader"] == reader
    assert followed(house, "otter", 2)


def from_address(house: House, article: str, address: str, version: int) -> None:
    headers = {"User-Agent": FIREFOX.format(version, version), "X-Forwarded-For": address}
    event = {"kind": "view", "article": article}
    assert house.client.post("/v1/events", json=event, headers=headers).status_code == 202


@pytest.fixture
def crossroads(build: Build) -> House:
    """Five readers of one network (/24), each of two articles, and three homes."""
    made = build(server=ServerSettings(trust_proxy=True))
    made.engine.publish(articles(made.now)).result()
    for number in range(5):
        for article in ("otter", "ferry-1"):
            from_address(made, article, f"10.7.7.{number + 1}", 120 + number)
    for number in range(3):
        from_address(made, "otter", f"10.{20 + number}.1.1", 130)
    made.engine.catch_up()
    return made


def test_a_network_is_excluded_by_one_of_its_views(crossroads: House) -> None:
    records = crossroads.engine._store.read(0, 99).records
    entry = 1 + int(np.flatnonzero(records["kind"] == EntryKind.VIEW)[0])
    told = post(crossroads, reason="a machine of many", network_of=entry, article="otter").json()
    assert (told["events"], told["article"]) == (5, "otter")
    assert told["network"] == int(networks(records)[entry - 1])
    assert followed(crossroads, "otter", 3)
    assert crossroads.engine.counts("ferry-1", crossroads.moment[0]).readers == 5
    post(crossroads, reason="the same", network_of=entry)
    assert followed(crossroads, "ferry-1", 0)
    assert followed(crossroads, "otter", 3)


def test_a_reader_is_excluded_by_one_of_its_events(crossroads: House) -> None:
    records = crossroads.engine._store.read(0, 99).records
    entry = 1 + int(np.flatnonzero(records["kind"] == EntryKind.VIEW)[0])
    assert post(crossroads, reason="a tester", reader_of=entry).json()["events"] == 2
    assert followed(crossroads, "otter", 7)
    publication = 1 + int(np.flatnonzero(records["kind"] == EntryKind.PUBLISH)[0])
    for body in ({"reader_of": publication}, {"network_of": publication}, {"network_of": 10_000}):
        assert "log entry" in problem(post(crossroads, reason="x", **body), 404, "not-found")["detail"]


def test_a_network_is_excluded_by_command(crossroads: House) -> None:
    records = crossroads.engine._store.read(0, 99).records
    entry = 1 + int(np.flatnonzero(records["kind"] == EntryKind.VIEW)[0])
    path = crossroads.engine.settings.store.path
    words = ["void", "add", "--network-of", str(entry), "--reason", "a machine of many", "--db", path]
    told = CliRunner().invoke(app, words)
    assert "10 events excluded" in told.output
    assert followed(crossroads, "otter", 3)


def test_what_rules_leave_out_is_listed_by_day_reason_and_article(house: House) -> None:
    read_by(house, "otter", 3)
    house.told("view", "otter", "curl/8.5.0")
    house.told("view", "ferry-2", "curl/8.5.0")
    post(house, article="otter", reason="a test")
    told = house.client.get("/v1/counting", headers=house.auth).json()
    assert told["raw"] == sum(told["excluded"].values()) + told["repeated"] + told["views"] == 5
    assert told["excluded"] == {"by hand": 4, "bot": 1}
    listed = {(each["article"], each["reason"]): each["views"] for each in told["articles"]}
    assert listed == {("otter", "by hand"): 4, ("ferry-2", "bot"): 1}
    other = house.client.get("/v1/counting?day=1999-01-01", headers=house.auth).json()
    assert (other["raw"], other["seal"], other["articles"]) == (0, "", [])
    assert house.client.get("/v1/counting").status_code == 401


def test_the_page_on_counting_has_the_days_totals_and_the_exclusions(house: House) -> None:
    read_by(house, "otter", 3)
    house.told("view", "otter", "curl/8.5.0")
    post(house, article="otter", reason="a test of <ours>")
    page = house.client.get("/how-it-works").text
    cells = re.findall(r"<tr><th scope=\"row\">([^<]+)</th><td>([\d,]+)</td><td>([\d,]+)</td></tr>", page)
    told = {name: today for name, today, _ in cells}
    assert told["All that arrived"] == "4"
    assert told["Not counted: excluded by hand"] == "4"
    assert told["Counted"] == "0"
    assert "a test of &lt;ours&gt;" in page
    assert "once 50 readers of two days" in page


def test_the_seal_of_yesterday_is_that_of_its_export(build: Build, tmp_path: Path) -> None:
    zone = "Pacific/Auckland"
    house = build(site=SiteSettings(name="The Tide", url="https://tide.example", timezone=zone))
    house.engine.intern(["otter"])
    yesterday = house.now - timedelta(days=1)
    events = [
        {"kind": "view", "article": "otter", "reader": f"r{n}", "user_agent": FIREFOX.format(140, 140),
         "time": (yesterday + timedelta(minutes=n)).isoformat()}
        for n in range(5)
    ]  # fmt: skip
    assert house.client.post("/v1/events", json=events, headers=house.auth).json()["accepted"] == 5
    day = (house.now.astimezone(ZoneInfo(zone)) - timedelta(days=1)).date()
    seal = _seal(house, f"{day.day} {day:%B %Y}")
    settings = tmp_path / "recirc.toml"
    settings.write_text(f'[site]\ntimezone = "{zone}"\n[store]\npath = "{tmp_path / "recirc.db"}"\n', "utf-8")
    file = str(tmp_path / "day.jsonl")
    run = CliRunner()
    made = run.invoke(app, ["audit", "export", str(day), file, "--config", str(settings)])
    assert made.exit_code == 0, made.output
    assert json.loads(run.invoke(app, ["audit", "verify", file, "--json"]).output)["seal"] == seal
    house.moment[0] += 1
    listed = run.invoke(app, ["void", "list", "--automatic", "--day", str(day), "--config", str(settings)])
    assert "of which 5 count" in listed.output, listed.output


def _seal(house: House, day: str) -> str:
    page = house.client.get("/how-it-works").text
    found = re.search(rf"The seal of {day} is <code>([0-9a-f]{{32}})</code>", page)
    assert found is not None, day
    return found[1]


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_the_command_lists_what_the_api_made(house: House, tmp_path: Path, words: list[str]) -> None:
    read_by(house, "otter", 2)
    post(house, article="otter", reason="a script")
    told = CliRunner().invoke(app, ["void", "list", *words, "--db", str(tmp_path / "recirc.db")])
    assert told.exit_code == 0, told.output
    for part in ("otter", "a script", "test", "2"):
        assert part in told.output
    if words:
        (entry,) = json.loads(told.output)
        assert (entry["article"], entry["count"], entry["undone"]) == ("otter", 2, 0)
