"""What pages of other sites ask for their shelves: who may, what comes, what is noted, and what the operator sees."""

import base64
import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from portal_house import Build, House, articles, problem
from recirc.api.embed_words import WORDS
from recirc.settings import EmbedSettings
from recirc.store.site_keys import ALL, create
from recirc.web.caching import article_tag

SET, KEYED, STRANGER = "https://www.paper.example", "https://blog.example", "https://evil.example"
DELIVERED_BYTES = 8_000
"""The most that a page of another site is asked to load, as it is sent."""


@pytest.fixture
def house(build: Build) -> House:
    house = build(embed=EmbedSettings(origins=(SET,)))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    return house


@pytest.fixture
def key(house: House) -> str:
    return create(Path(house.engine.settings.store.path), "blog", [KEYED], ALL)


def test_a_key_opens_the_shelves_of_its_own_site(house: House, key: str) -> None:
    asked = {"url": "https://ncp.example/otter", "shelf": ["related", "ranking"], "lang": "de-AT"}
    for answer in (
        house.client.post(f"/v1/embed?key={key}", json=asked, headers={"Origin": KEYED}),
        house.client.post("/v1/embed", json=asked, headers={"Authorization": f"Bearer {key}"}),
        house.client.get("/v1/embed", params={**asked, "key": key}),
    ):
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["article"], told["counted"]) == ("otter", True)
        assert told["titles"] == {"related": "Mehr dazu", "ranking": "Meistgelesen"}
        assert told["words"]["why"] == "Warum diese?"
        assert set(told["shelves"]) == {"related", "ranking"}


def test_who_may_not_is_told_and_counted(house: House, key: str) -> None:
    cases = (
        (STRANGER, key, 403, "cross-site", "wrong-origin", KEYED),
        (KEYED, "sk_mistyped", 401, "key-needed", "unknown-key", "sk_mistyped"),
        (STRANGER, None, 403, "cross-site", "no-key", "recirc key create"),
    )
    for origin, given, status, slug, kind, said in cases:
        params = {} if given is None else {"key": given}
        for _ in range(2):
            answer = house.client.post("/v1/embed", params=params, json={}, headers={"Origin": origin})
            told = problem(answer, status, slug)
            assert said in told["detail"]
            # The script must be able to say it.
            assert answer.headers["access-control-allow-origin"] == origin
        (row, *_) = house.client.get("/v1/embed/rejections", headers=house.auth).json()
        assert (row["kind"], row["origin"], row["key"]) == (kind, origin, given or "")
        assert row["requests"] == 2
        assert f'recirc_embed_rejections_total{{reason="{kind}"}} 2.0' in house.client.get("/metrics").text
    problem(house.client.get("/v1/embed/rejections"), 401, "key-needed")


def test_rejected_events_are_counted_too(house: House) -> None:
    event = {"kind": "view", "article": "otter"}
    answer = house.client.post("/v1/events?key=sk_old", json=event, headers={"Origin": KEYED})
    assert answer.status_code == 401
    (row,) = house.client.get("/v1/embed/rejections", headers=house.auth).json()
    assert row["key"] == "sk_old"


def test_invented_keys_do_not_fill_the_memory(house: House) -> None:
    for number in range(600):
        house.client.post(f"/v1/embed?key=sk_{number}", json={})
    rows = house.client.get("/v1/embed/rejections", headers=house.auth).json()
    assert len(rows) == 500
    assert rows[0]["key"] == "sk_599"


WORKERS = """
import os
from prometheus_client import CollectorRegistry
from recirc.web.embed_rejections import EmbedRejections, RejectionKind, RejectionTable

table = RejectionTable()
here, there = (EmbedRejections(CollectorRegistry(), lambda now=now: now, table) for now in (1_000, 2_000))
here.count(RejectionKind.UNKNOWN_KEY, "sk_old", "https://a.example")
if os.fork() == 0:
    there.count(RejectionKind.UNKNOWN_KEY, "sk_old", "https://a.example")
    there.count(RejectionKind.NO_KEY, "", "https://b.example" + "x" * 200)
    os._exit(0)
os.wait()
for each in here.all():
    print(each.kind, each.key, len(each.origin), each.requests, each.first.second, each.last.second)
"""
"""A process that counts, and a worker that it forks, as the server does."""


def test_what_all_workers_rejected_is_one_list() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORKERS], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["no-key  120 1 2 2", "unknown-key sk_old 17 2 1 2"]


REPLACED = """
import os, signal
from recirc.web import embed_rejections as module
from recirc.web.embed_rejections import RejectionKind, RejectionTable

module.REGIONS = 2
table = RejectionTable()

def worker(now, then=lambda: None):
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        table.count(RejectionKind.UNKNOWN_KEY, "sk_old", "https://a.example", now)
        os.write(write, b"x")
        then()
        os._exit(0)
    os.read(read, 1)
    return process

def end(process):
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)

stopped = worker(1_000, signal.pause)
os.kill(stopped, signal.SIGSTOP)
for now in range(2_000, 7_000, 1_000):  # five workers after one another, each killed
    end(worker(now, signal.pause))
# The second region's only row as a worker leaves it that is killed while it writes.
table._memory[module._REGION + 10 : module._REGION + 20] = b"~" * 10
print([(each.requests, each.last.second) for each in table.all()])
end(worker(7_000, signal.pause))
print([(each.requests, each.last.second) for each in table.all()])
third = worker(8_000, signal.pause)
worker(9_000)  # no region is left for it: it goes on, uncounted here
print([(each.requests, each.last.second) for each in table.all()])
end(stopped)
end(third)
"""
"""Workers that hang, that are killed and replaced, and more than there are regions."""


def test_a_worker_that_hangs_or_is_killed_holds_up_no_other() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REPLACED], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines() == ["[(1, 1)]", "[(2, 7)]", "[(3, 8)]"]
    assert "more than 2 workers run" in done.stderr


def test_a_site_without_a_key_reads_and_is_told_that_nothing_counts(house: House) -> None:
    told = house.client.post("/v1/embed", json={"shelf": ["ranking"]}, headers={"Origin": SET}).json()
    assert told["counted"] is False
    assert "`key`" in told["notes"][0]


def test_mistakes_are_noted_and_harm_no_other_shelf(house: House, key: str) -> None:
    house.told("view", "ferry-1")
    asked = {"url": "https://blog.example/unknown", "shelf": ["relatd", "related", "ranking"]}
    told = house.client.post(f"/v1/embed?key={key}", json=asked, headers={"Origin": KEYED}).json()
    assert told["article"] is None
    assert told["shelves"]["related"]["items"] == []
    assert told["shelves"]["ranking"]["items"]
    unknown, page = told["notes"]
    assert "'relatd'" in unknown
    assert "related" in unknown
    assert "https://blog.example/unknown" in page
    answer = house.client.post(f"/v1/embed?key={key}", json={"brand": "nobody"}, headers={"Origin": KEYED})
    assert "nobody" in problem(answer, 404, "not-found")["detail"]
    problem(house.client.post(f"/v1/embed?key={key}", json={"shelve": []}), 400, "invalid")


def test_privacy_takes_the_reader_out(house: House, key: str) -> None:
    asked = {"url": "https://ncp.example/otter", "personalised": True, "history": ["ferry-1", "ferry-2"]}
    plain = house.client.post(f"/v1/embed?key={key}", json={"url": "https://ncp.example/otter"}).json()
    private = house.client.post(f"/v1/embed?key={key}", json=asked, headers={"Sec-GPC": "1"}).json()
    shown = [
        [item["article"] for item in told["shelves"]["recommendation"]["items"]] for told in (plain, private)
    ]
    assert shown[0] == shown[1]


def test_every_language_has_all_words(house: House, key: str) -> None:
    assert len(WORDS) == 16
    for language, words in WORDS.items():
        told = house.client.post(f"/v1/embed?key={key}", json={"lang": language}).json()
        assert told["words"]["language"] == language
        assert told["words"]["direction"] == ("rtl" if language in ("ar", "he") else "ltr")
        assert told["titles"]["ranking"] == words.titles["ranking"]
    assert len({words.why for words in WORDS.values()}) == 16


def test_the_edition_has_an_address_and_a_hash_for_ever(house: House) -> None:
    release = house.client.get("/embed.json").json()
    script = house.client.get(release["path"])
    assert "immutable" in script.headers["cache-control"]
    assert script.content == house.client.get("/embed.js").content
    digest = base64.b64encode(hashlib.sha384(script.content).digest()).decode()
    assert release["integrity"] == f"sha384-{digest}"
    assert release["bytes"] == len(script.content)
    for answer in (script, house.client.get("/embed.js")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    former = house.client.get("/embed/2-0123456789abcdef.js", follow_redirects=False)
    assert (former.status_code, former.headers["location"]) == (302, "/embed.js")


def test_the_script_is_delivered_small(house: House) -> None:
    content = house.client.get("/embed.js").content
    assert len(gzip.compress(content, 5)) <= DELIVERED_BYTES


def test_html_for_templates_may_be_kept_and_is_purged_by_tag(house: House) -> None:
    asked = {"article": "ferry-1", "shelf": "related", "personalised": "false"}
    answer = house.client.get("/v1/shelves.html", params=asked)
    assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=10"
    tags = answer.headers["cache-tag"].split(",")
    assert answer.headers["surrogate-key"].split(" ") == tags
    shown = house.client.get("/v1/shelves", params=asked).json()["related"]["items"]
    articles = ["ferry-1", *(item["article"] for item in shown)]
    assert tags == ["shelf-related", *map(article_tag, articles)]
    for other in ({"article": "ferry-1"}, {**asked, "personalised": "true"}):
        assert house.client.get("/v1/shelves.html", params=other).headers["cache-control"] == "no-store"
