"""How the sources are doing: told to editors, programs and Prometheus, and to nobody else."""

import base64
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from portal_house import House, problem
from recirc.api.sources import label_of
from recirc.settings import SourceEntry, SourcesSettings
from recirc.store.api_keys import ApiKeys
from recirc.store.source_registry import SourceHealth, SourceRegistry, SourceTally, hook_of
from recirc.web.source_status import statuses

GOOD = SourceEntry(address="https://wire.example/feed.xml?token=secret", outlet="The Wire", section="coast")
BAD = SourceEntry(address="https://tide.example/<sitemap>.xml", key="ghost-key", every_seconds=60.0)
NEW = SourceEntry(address="/srv/in/copy")
NOTHING = {"new": 0, "changed": 0, "refused": 0, "held": 0, "withdrawn": 0}


def basic(password: str, user: str = "desk") -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


@pytest.fixture
def sources(house: House) -> SourceRegistry:
    settings = house.engine.settings
    kept = SourceRegistry(Path(settings.store.path), settings.sources)
    for entry in (GOOD, BAD, NEW):
        kept.add(entry)
    kept.keep(
        GOOD,
        b"{}",
        SourceHealth(
            kind="feed",
            asked=house.now,
            succeeded=house.now,
            next=house.now + timedelta(minutes=15),
            last=SourceTally(new=2),
            total=SourceTally(1200, 30, 4),
            refusals=("feed:3: no <headline>",),
        ),
    )
    kept.keep(
        BAD,
        None,
        SourceHealth(
            asked=house.now,
            failed=house.now,
            error="https://tide.example/<sitemap>.xml: answered 503; it is asked again later",
            failures=3,
            causes={"server": 2, "timeout": 1},
            next=house.now - timedelta(hours=2),
        ),
    )
    return kept


@pytest.mark.usefixtures("sources")
def test_the_page_tells_editors_and_nobody_else(house: House) -> None:
    closed = house.client.get("/sources")
    assert closed.status_code == 401
    assert closed.headers["www-authenticate"] == 'Basic realm="recirc", charset="UTF-8"'
    for text in ("feed.xml?", "secret", "sitemap", "/srv/in"):
        assert text not in closed.text
    for headers in (
        basic("wrong"),
        basic(""),
        {"Authorization": "Basic %%%"},
        {"Authorization": "Bearer rk_wrong"},
    ):
        assert house.client.get("/sources", headers=headers).status_code == 401
    for headers in (basic(house.key), basic(house.key, "anybody"), house.auth):
        page = house.client.get("/sources", headers=headers)
        assert page.status_code == 200
        assert page.headers["cache-control"] == "no-store"
    text = page.text
    assert "3 sources, of which 1 fails" in text
    assert "feed, The Wire, coast" in text
    assert "1,200 new, 30 changed, 4 refused" in text
    assert "last time: 2 new, 0 changed, 0 refused" in text
    assert "<strong>failing</strong>, 3 times in a row" in text
    assert "answered 503; it is asked again later" in text
    assert "not polled yet" in text
    assert text.count("overdue: is <code>recirc serve</code> running?") == 1
    assert "no &lt;headline&gt;" in text
    assert "<sitemap>" not in text
    assert "ghost-key" not in text
    assert '<meta name="robots" content="noindex">' in text


def test_without_sources_the_page_says_how_to_add_one(house: House) -> None:
    page = house.client.get("/sources", headers=basic(house.key)).text
    assert "There are no sources yet." in page
    assert house.client.get("/v1/sources", headers=house.auth).json() == []


@pytest.mark.usefixtures("sources")
def test_programs_get_the_same_with_a_key(house: House) -> None:
    problem(house.client.get("/v1/sources"), 401, "key-needed")
    problem(house.client.get("/v1/sources", headers=basic(house.key)), 401, "key-needed")
    answer = house.client.get("/v1/sources", headers=house.auth)
    assert answer.headers["cache-control"] == "no-store"
    assert "ghost-key" not in answer.text
    told = {status["address"]: status for status in answer.json()}
    assert list(told) == [NEW.address, BAD.address, GOOD.address]
    assert told[NEW.address] == {
        "address": NEW.address, "state": "waiting", "every_seconds": 900.0, "from_settings": False,
        "last": NOTHING, "total": NOTHING, "hook": f"/v1/hooks/{hook_of(NEW.address)}",
    }  # fmt: skip
    good, bad = told[GOOD.address], told[BAD.address]
    assert (good["state"], good["kind"], good["total"]) == (
        "ok",
        "feed",
        {"new": 1200, "changed": 30, "refused": 4, "held": 0, "withdrawn": 0},
    )
    assert (bad["state"], bad["failures"], bad["every_seconds"]) == ("failing", 3, 60.0)
    assert datetime.fromisoformat(bad["failed"]) == house.now.astimezone(UTC)


@pytest.mark.usefixtures("sources")
def test_a_key_that_was_revoked_opens_nothing(house: House) -> None:
    assert house.client.get("/sources", headers=basic(house.key)).status_code == 200
    ApiKeys(Path(house.engine.settings.store.path)).revoke("test")
    answers = []
    for _ in range(40):
        answers.append(house.client.get("/sources", headers=basic(house.key)).status_code)
        if answers[-1] == 401:
            return
        time.sleep(0.05)  # a revoked key is known for KNOWN_SECONDS at most
    raise AssertionError(answers)


def test_a_browser_that_sends_its_password_everywhere_still_counts_as_a_reader(house: House) -> None:
    event = {"kind": "view", "article": "otter"}
    for headers in (basic(house.key), basic("wrong")):
        answer: httpx.Response = house.client.post("/v1/events", json=event, headers=headers)
        assert answer.status_code == 202, answer.text
    assert house.client.get("/", headers=basic("wrong")).status_code == 200


@pytest.mark.usefixtures("sources")
def test_the_series_name_no_secrets(house: House) -> None:
    text = house.client.get("/metrics").text
    label = label_of(GOOD.address)
    assert label.startswith("https://wire.example/feed.xml#")
    assert f'recirc_source_articles_total{{outcome="new",source="{label}"}} 1200.0' in text
    assert f'recirc_source_articles_total{{outcome="refused",source="{label}"}} 4.0' in text
    assert 'recirc_source_failures{source="https://tide.example/<sitemap>.xml"} 3.0' in text
    seconds = f"{house.now.timestamp()}"
    succeeded = [
        line for line in text.splitlines() if line.startswith("recirc_source_last_success_timestamp")
    ]
    assert len(succeeded) == 1
    assert float(succeeded[0].rpartition(" ")[2]) == pytest.approx(float(seconds))
    assert text.count("recirc_source_next_poll_timestamp_seconds{") == 2
    label = 'source="https://tide.example/<sitemap>.xml"'
    errors = [line for line in text.splitlines() if line.startswith("recirc_source_errors_total{")]
    assert errors == [
        f'recirc_source_errors_total{{cause="server",{label}}} 2.0',
        f'recirc_source_errors_total{{cause="timeout",{label}}} 1.0',
    ]
    for secret in ("secret", "token", "/srv/in", "ghost-key"):
        assert secret not in text


def test_labels_differ_where_addresses_do() -> None:
    addresses = [
        "https://a.example/f?k=1",
        "https://a.example/f?k=2",
        "https://me:pw@a.example/f",
        "https://a.example/f",
    ]
    labels = [label_of(address) for address in addresses]
    assert len(set(labels)) == 4
    assert all(label.startswith("https://a.example/f") for label in labels)
    assert label_of("/srv/secret/wire").startswith("wire#")
    assert label_of("http://[half/feed").startswith("address#")


def test_sources_of_the_settings_are_marked(tmp_path: Path) -> None:
    settings = SourcesSettings(list=(GOOD,))
    kept = SourceRegistry(tmp_path / "recirc.db", settings)
    (status,) = statuses(kept, settings)
    assert (status.from_settings, status.state) == (True, "waiting")
