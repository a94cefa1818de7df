"""docs/places.md: every request in it is answered with something to show; shelves by setting are like any other."""

import json
import re
import tomllib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec import structs
from typer.testing import CliRunner

from portal_house import Build, House, articles, problem
from recirc.cli import app
from recirc.clock import from_ms
from recirc.rank.visit import Visit
from recirc.replay.policies import policies
from recirc.settings import Settings, SettingsError, ShelfDefinition, ShelfSettings, load
from recirc.shelves.defined import define
from recirc.shelves.registry import strategies

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "places.md"
(TABLE,) = re.findall(r"^```toml\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
REQUESTS = re.findall(r"`GET (/v1/[^`]+)`", DOCUMENT.read_text("utf-8"))
POSTED = re.findall(r"^POST (/v1/\w+)\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
DEFINED = msgspec.convert(tomllib.loads(TABLE)["shelves"], ShelfSettings)


@pytest.fixture(scope="module", autouse=True)
def _undefined() -> object:
    yield
    define(Settings())


@pytest.fixture
def paper(build: Build) -> House:
    """A portal with the document's shelves, with an old article on the ferries, and with readers."""
    house = build(shelves=DEFINED)
    labels = {"ferry-1": ("paid",), "ferry-2": ("Explainer", "free"), "otter": ("explainer",)}
    made = [structs.replace(each, labels=labels.get(each.id, ())) for each in articles(house.now)]
    old = structs.replace(
        made[0], id="ferry-old", headline="Ferry crews vote for the first time", published=made[-1].published
    )
    house.engine.publish([*made, old]).result()
    house.engine.catch_up()
    for reader, opened in enumerate([("ferry-1", "ferry-2", "otter"), ("ferry-1", "ferry-3", "otter")] * 3):
        for name in opened:
            sent = house.client.post(
                "/v1/events",
                json={"kind": "view", "article": name, "reader": f"reader {reader}", "visit": str(reader)},
                headers=house.auth,
            )
            assert sent.json()["accepted"] == 1
    others = (
        ("share", {"name": "link"}),
        ("reaction", {"name": "useful"}),
        *(("read", {"seconds": 40}),) * 3,
    )
    for kind, more in others:
        event = {"kind": kind, "article": "otter", "reader": "reader 0", "visit": "0", **more}
        assert house.client.post("/v1/events", json=event, headers=house.auth).json()["accepted"] == 1
    for n in range(3):
        event = {"kind": "view", "article": "otter", "reader": f"new {n}", "region": 7, "referrer": 2}
        assert house.client.post("/v1/events", json=event, headers=house.auth).json()["accepted"] == 1
    house.engine.catch_up()
    return house


@pytest.mark.parametrize("address", REQUESTS)
def test_each_request_of_the_document_is_answered(paper: House, address: str) -> None:
    answer = paper.client.get(address)
    assert answer.status_code == 200, answer.text
    asked = re.findall(r"[?&]shelf=([a-z-]+)", address)
    if address.startswith("/v1/shelves.html"):
        assert re.findall(r'data-shelf="([\w-]+)"', answer.text) == asked
        return
    told = answer.json()
    if "topics" in told:
        assert told["sections"]
        assert all(
            each["reason"]["text"] for kind in ("topics", "sections", "authors") for each in told[kind]
        )
        return
    if "items" in told:
        lists = [told]
    else:
        # Where no shelf is named, one of them has something.
        shelves = [each for each in told.values() if isinstance(each, dict)]
        lists = [told[name] for name in asked] or [max(shelves, key=lambda each: len(each["items"]))]
    for each in lists:
        shown = [item["article"] for item in each["items"]]
        assert shown, json.dumps(told)[:2000]
        assert len(shown) == len(set(shown))
        assert not {"ferry-2", "ferry-3"} & set(shown) or "exclude" not in address


@pytest.mark.parametrize(("path", "body"), POSTED)
def test_each_body_of_the_document_is_answered(paper: House, path: str, body: str) -> None:
    asked = json.loads(body)
    answer = paper.client.post(path, json=asked, headers=paper.auth)
    assert answer.status_code == 200, answer.text
    for reader in answer.json().get("readers", [answer.json()]):
        opened = next(
            (each for each in asked.get("readers", []) if each["reader"] == reader.get("reader")), asked
        )
        shown = [item["article"] for item in reader["items"]]
        assert shown
        assert len(shown) == len(set(shown))
        assert not {*opened["history"], *opened.get("earlier", ())} & set(shown)


def test_a_defined_shelf_keeps_its_limits(paper: House) -> None:
    told = paper.client.get("/v1/shelves?article=ferry-1&shelf=archive&shelf=local&personalised=false").json()
    assert [item["article"] for item in told["archive"]["items"]] == ["ferry-old"]
    assert told["archive"]["items"][0]["reason"]["kind"] in ("same topics", "similar text")
    assert {item["section"] for item in told["local"]["items"]} == {"coast"}
    assert told["local"]["method"] == "distinct readers, each once a day, in the last week"
    asked = "shelf=local&shelf=rising&personalised=false&last=5m&by=shares"
    again = paper.client.get(f"/v1/shelves?{asked}").json()
    assert again["local"]["method"] == told["local"]["method"], "a request changes neither window nor measure"
    assert "usual" in again["rising"]["method"]
    assert again["rising"]["method"].endswith("last 2 hours")
    rising = next(each for each in strategies() if each.name == "rising")
    said = " ".join(map(str, rising.order(paper.engine.settings, "")))
    assert "alone" not in said
    assert "compared with what is usual" in said
    assert "explainers" in told, "beside the others"
    assert told["explainers"]["items"] == [], "it was not asked for"


def test_pages_embeds_and_replay_know_it(paper: House) -> None:
    page = paper.client.get("/article/ferry-1").text
    assert '<h2 id="shelf-archive">From the archive</h2>' in page
    about = paper.client.get("/how-it-works").text
    assert "Only articles that are at least 24 hours old." in about
    assert "Limited to: coast." in about
    titles = paper.client.get("/v1/embed", params={"shelf": "local", "lang": "de"}).json()["titles"]
    assert titles == {"local": "On the coast"}
    state = paper.engine._log_consumer.state
    policy = policies()["shelf-local"](paper.engine.settings)
    (otter,) = paper.engine.intern(["otter"]).tolist()
    assert policy.rank(state, Visit(np.zeros(0, np.int32)), 5).tolist() == [otter]


def test_replay_judges_a_shelf_of_the_settings(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    lines = [
        {"kind": "view", "article": f"a-{(visit + step) % 7}", "visit": str(visit), "reader": str(visit),
         "time": from_ms(1_764_000_000_000 + visit * 60_000 + step * 20_000).isoformat()}
        for visit in range(400) for step in range(3)
    ]  # fmt: skip
    log.write_text("\n".join(map(json.dumps, lines)))
    config = tmp_path / "recirc.toml"
    config.write_text(
        '[[shelves.list]]\nname = "weekly"\ntitle = "This week"\nnumber = 140\nbase = "ranking"\n'
    )
    done = CliRunner().invoke(
        app,
        [
            "replay",
            str(log),
            "--protocol",
            "hourly",
            "--policy",
            "shelf-weekly",
            "--json",
            "--config",
            str(config),
            "--jobs",
            "2",
        ],
    )
    assert done.exit_code == 0, done.output
    assert "shelf-weekly" in done.stdout


def test_wrong_definitions_are_refused_in_words(tmp_path: Path) -> None:
    good = ShelfDefinition(name="archive", title="From the archive", number=130)
    define(Settings())
    before = strategies()
    for wrong, text in (
        (structs.replace(good, name="related"), "Related|has a shelf 'related'"),
        (structs.replace(good, name="From the archive"), "a name is up to 32 of a-z"),
    ):
        with pytest.raises(SettingsError, match=text):
            define(Settings(shelves=ShelfSettings(list=(wrong,))))
    with pytest.raises(SettingsError, match="defines 'archive' twice"):
        define(Settings(shelves=ShelfSettings(list=(good, good))))
    with pytest.raises(SettingsError, match="130"):
        define(Settings(shelves=ShelfSettings(list=(good, structs.replace(good, name="other")))))
    define(Settings())
    assert strategies() == before
    config = tmp_path / "recirc.toml"
    for line, text in (("number = 3", "128"), ("base = 'read'", "base"), ("slotts = 3", "slotts")):
        lines = {"name": "name = 'a'", "title": "title = 'A'", "number": "number = 130"}
        lines[line.split()[0]] = line
        config.write_text("\n".join(["[[shelves.list]]", *lines.values()]))
        with pytest.raises(SettingsError, match=text):
            load(config)


def test_shelves_of_other_settings_are_gone(build: Build) -> None:
    define(Settings(shelves=DEFINED))
    house = build()
    assert {"archive", "local"}.isdisjoint(each.name for each in strategies())
    problem(house.client.get("/v1/shelves?shelf=archive"), 404, "not-found")
