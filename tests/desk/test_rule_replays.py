"""The last day with a rule, at the desk: seen before the rule is made, with no effect; and the price of a target."""

import asyncio
import html
import re
import threading
import time
from collections.abc import AsyncGenerator
from typing import cast

import pytest
from starlette.responses import StreamingResponse

from desk_visitors import person
from portal_house import House, problem
from recirc.desk.guard import Desk
from recirc.desk.sessions import anonymous
from recirc.desk.streamed_work import WorkPage, WorkSteps, streamed
from recirc.engine.day_log import Progress
from recirc.engine.sampled_moments import ReplayEndedError
from recirc.server.app import context_of
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types.roles import Role
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.requests import HttpRequest

BURY = {"kind": "bury", "by": "topic", "value": "Ferries", "reason": "out of respect"}
REPLAY, PRICE = "/desk/rules/replay", "/desk/balance/price"


@pytest.fixture
def read(house: House) -> House:
    """The portal after three readers, each of whom saw what stands beside the otter."""
    for _ in range(3):
        for n in (1, 2, 3):
            house.told("view", f"ferry-{n}")
        house.told("view", "otter")
        slate = house.client.get("/v1/shelves?article=otter").json()
        for name in ("related", "ranking", "recommendation"):
            for item in slate[name]["items"]:
                slot = {
                    "shelf": name, "position": item["position"], "source": "otter", "serve_id": slate[name]["serve_id"],
                    "propensity": item["propensity"], "signature": item["signature"],
                }  # fmt: skip
                assert house.told("impression", item["article"], **slot).status_code == 202
        house.moment[0] += 1000
    return house


def words(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page)))


def test_the_last_day_is_replayed_before_a_rule_is_made(read: House) -> None:
    una = person(read, Role.EDITOR, "Una")
    shown = una.send("/desk/rules/preview", "/desk/rules/new", **BURY)
    assert f'action="{REPLAY}"' in shown.text
    answer = una.send(REPLAY, "/desk/rules/new", **BURY)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    text = words(answer.text)
    assert "The topic Ferries not put forward" in text
    assert "would have looked different" in text
    region = re.search(
        r'<div class="steps" role="status" aria-atomic="false">(.*?)</div>', answer.text, re.DOTALL
    )
    assert region is not None
    assert region[1].endswith("<p>Done: the result is below.</p>")  # so that a screen reader says it
    assert "Ferry crews vote, part 1" in text
    assert "Not enough was seen to estimate clicks." in text
    assert answer.text.rstrip().endswith("</html>")
    for field, value in BURY.items():
        assert f'name="{field}" value="{value}"' in answer.text  # the rule can be made from here
    assert not read.engine.rules.standing()


def test_the_same_over_the_api(read: House) -> None:
    body = {"rule": {"kind": "bury", "target": {"by": "topic", "value": "Ferries"}}, "slates": 50}
    told = read.client.post("/v1/rules/replay", json=body, headers=read.auth).json()
    assert "not put forward" in told["text"]
    assert told["slates"] == told["sampled"] > 0
    assert told["changed"] > 0
    assert not told["estimate"]["enough"]
    ferries = [each for each in told["articles"] if each["article"].startswith("ferry")]
    assert ferries
    assert all(each["after"] == 0 for each in ferries)
    front = {"kind": "pin", "target": {"by": "article", "value": "otter"}, "shelves": ["front"], "place": 1}
    problem(read.client.post("/v1/rules/replay", json={"rule": front}, headers=read.auth), 400, "invalid")
    problem(read.client.post("/v1/rules/replay", json=body), 401, "key-needed")
    with read.engine.last_day.replays.alone():
        problem(read.client.post("/v1/rules/replay", json=body, headers=read.auth), 503, "store")


def test_what_cannot_be_replayed_is_said(read: House) -> None:
    una = person(read, Role.EDITOR, "Una")
    front = {
        "kind": "pin",
        "by": "article",
        "value": "otter",
        "at-front": "1",
        "place": "1",
        "reason": "good",
    }
    assert "the front page and labels are not" in words(una.send(REPLAY, "/desk/rules/new", **front).text)
    assert REPLAY not in una.send("/desk/rules/preview", "/desk/rules/new", **front).text
    assert una.send(REPLAY, "/desk/rules/new", **(BURY | {"value": ""})).status_code == 400
    beside = BURY | {"beside_by": "section", "beside_value": "business"}
    assert "nobody saw a shelf on which the rule could apply" in words(
        una.send(REPLAY, "/desk/rules/new", **beside).text
    )


def test_a_second_replay_at_once_is_refused_in_words(read: House) -> None:
    una = person(read, Role.EDITOR, "Una")
    with read.engine.last_day.replays.alone():
        answer = una.send(REPLAY, "/desk/rules/new", **BURY)
    assert "Another replay of the last day is running" in words(answer.text)
    assert "<p>Ended without a result.</p></div>" in answer.text
    assert answer.text.rstrip().endswith("</html>")


def test_whoever_leaves_ends_the_work() -> None:
    steps = WorkSteps()
    steps.progress("folding the log", 1, 4)
    assert steps.text == "Folding the log: 25 %"
    steps.leave()
    with pytest.raises(ReplayEndedError, match="nobody waits"):
        steps.progress("folding the log", 2, 4)


def test_a_page_that_is_left_ends_its_work_in_the_thread(house: House) -> None:
    desk = Desk(context_of(house.engine, ReaderHasher(house.moment[0]), lambda: house.moment[0]))
    request = HttpRequest(
        {
            "type": "http",
            "method": "POST",
            "path": "/desk/x",
            "query_string": b"",
            "headers": [],
            "client": None,
        }
    )
    ended, reasons = threading.Event(), list[str]()

    def work(progress: Progress) -> str:
        try:
            while True:
                progress("counting", 1, 2)
                time.sleep(0.01)  # as a step takes its time
        except ReplayEndedError as error:
            reasons.append(str(error))
            ended.set()
            raise

    async def visit() -> None:
        page = WorkPage("A title", "A text", "An introduction")
        response = streamed(desk, request, anonymous(request), page, work, lambda found: found)
        assert isinstance(response, StreamingResponse)
        content = cast(AsyncGenerator[str, None], response.body_iterator)
        assert "An introduction" in await anext(content)
        assert await anext(content) == "<p>Counting: 50 %</p>\n"
        pools = desk.web.pools
        assert pools.replays.busy
        assert not pools.past.busy  # shelves as they were, previews and erasures do not wait
        await content.aclose()

    asyncio.run(visit())
    assert ended.wait(60)
    assert reasons == ["nobody waits for it any more"]


def test_the_price_of_a_target_is_measured_and_stays_on_the_page(read: House) -> None:
    una = person(read, Role.EDITOR, "Una")
    target = RuleTarget(TargetKind.SECTION, "coast")
    share = Rule(kind=RuleKind.SHARE, target=target, share=0.5, shelves=("recommendation",), by="Una")
    key = read.engine.rules.add(share, read.moment[0]).stored.key
    alone = una.send(PRICE, "/desk/balance", key=key)  # all that was read so far, one reader read
    assert "fewer than two readers went on" in words(alone.text)
    for version in (120, 121):
        agent = f"Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        for name in ("ferry-1", "ferry-2", "otter"):
            assert read.told("view", name, agent).status_code == 202
    read.moment[0] += 1000
    assert "Measure it" in una.get("/desk/balance").text
    answer = una.send(PRICE, "/desk/balance", key=key)
    assert answer.status_code == 200
    found = re.search(r"Read next: nDCG@20 (0\.\d{4}) without, (0\.\d{4}) with", words(answer.text))
    assert found is not None, words(answer.text)
    page = words(una.get("/desk/balance").text)
    assert found[0] in page
    assert "Measure it again" in page
    assert una.send(PRICE, "/desk/balance", key="nothing").status_code == 404
