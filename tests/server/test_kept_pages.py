"""Pages put together from kept parts are, to the byte, those of a server that has kept nothing."""

import gzip
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import httpx
import pytest
from msgspec import structs

from asgi_client import AsgiClient
from portal_house import STRANGE, Build, House, articles
from recirc.engine import Engine
from recirc.engine.shared_shelves import MOMENT_MS
from recirc.server.app import create_app
from recirc.settings import BrandSettings, BrandsSettings, ExplorationSettings
from recirc.store.commands import KeepPicture, Selection
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.store.sqlite import SqliteStore
from recirc.types import Picture, PictureFacts
from recirc.web.links import article_path
from recirc.web.pictures import PictureGallery
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.ticks import TICK_MS

DAY = 86_400_000
PATHS = [
    "/", "/section/business", "/section/coast", "/article/ferry-1", "/article/ferry-4", "/article/otter",
    article_path(STRANGE),
]  # fmt: skip
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64; rv:{number}.0) Firefox/{number}.0" for number in range(100, 120)]


def asked(client: AsgiClient, host: str = "tide.example") -> list[tuple[int, str, str, str]]:
    """What each page is answered with."""
    headers = {"Accept-Encoding": "identity", "Host": host}
    answers = [client.get(path, headers=headers) for path in PATHS]
    return [(each.status_code, each.text, *_said(each)) for each in answers]


def asked_anew(house: House, host: str = "tide.example") -> list[tuple[int, str, str, str]]:
    """The same of a server that has kept nothing."""
    with closing(Engine.open(house.engine.settings)) as engine:
        app = create_app(engine, ReaderHasher(house.moment[0]), lambda: house.moment[0])
        with AsgiClient(app) as client:
            return asked(client, host)


def _said(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers.get("etag", ""), answer.headers.get("cache-control", "")


def rule(kind: RuleKind, article: str, **more: object) -> Rule:
    target = RuleTarget(TargetKind.ARTICLE, article)
    return Rule(kind=kind, target=target, by="Una", **more)  # type: ignore[arg-type]  # as the kind needs


def change(house: House, step: int) -> None:
    """Something that a page shows changes."""
    now, rules = house.moment[0], house.engine.rules
    match step:
        case 0:
            for number, agent in enumerate(AGENTS):
                house.client.get("/article/ferry-1", headers={"User-Agent": agent})
                house.told("view", ("ferry-1", "ferry-2", "otter")[number % 3], agent=agent)
        case 1:
            house.told("reaction", "ferry-1", name="well-told")
        case 2:
            row = {"id": "ferry-4", "headline": "Corrected at the quay", "body": "<p>All corrected.</p>"}
            assert house.client.post("/v1/articles", json=row, headers=house.auth).status_code < 300
        case 3:
            rules.add(rule(RuleKind.LABEL, "ferry-1", label="live", until=now + 10_000), now)
        case 4:
            rules.add(rule(RuleKind.PIN, "otter", shelves=("front",), place=1, until=now + 3_000), now)
        case 5:
            rules.add(rule(RuleKind.BAN, "ferry-2", until=now + 4_000), now)
        case 6:
            house.engine.withdraw(["otter-wire"]).result()
        case 7:
            house.moment[0] += 2 * 60_000
        case 8:
            house.moment[0] += DAY
        case _:
            house.moment[0] += 180 * DAY
    house.engine.catch_up()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_kept_pages_are_those_of_a_server_that_has_kept_nothing(build: Build, share: float) -> None:
    house = build(exploring=ExplorationSettings(share=share))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    house.moment[0] -= house.moment[0] % TICK_MS
    seen = set[str]()
    for step in range(10):
        change(house, step)
        for _ in range(3):  # of the same version: new, and put together again
            house.moment[0] += MOMENT_MS
            kept = asked(house.client)
            assert asked(house.client) == kept
            fresh = asked_anew(house)
            for path, one, other in zip(PATHS, kept, fresh, strict=True):
                assert one == other, (step, path)
            seen.add(kept[3][1])
    assert len(seen) == 30


QUAY = "https://tide.example/quay.jpg"
GULL = BrandSettings(
    name="The Gull", hosts=("gull.example",), sections=("coast",), url="https://gull.example"
)


def exclude(house: House) -> None:
    """The views of an article are excluded, and its counts fall."""
    with SqliteStore(Path(house.engine.settings.store.path)) as store:
        store.void("k", Selection(article=int(store.find(["ferry-1"])[0])), "Una", "a script")
    deadline = time.monotonic() + 60
    while not house.engine.counts("ferry-1", house.moment[0]).excluded and time.monotonic() < deadline:
        time.sleep(0.02)  # nothing tells when another thread is done


def read(house: House) -> None:
    for agent in AGENTS:
        house.client.get("/article/ferry-1", headers={"User-Agent": agent})
        house.told("view", "ferry-1", agent=agent)


def told_of_stories(house: House, kind: RuleKind, article: str, beside: str) -> None:
    other = RuleTarget(TargetKind.ARTICLE, beside)
    house.engine.rules.add(rule(kind, article, beside=other), house.moment[0])


def fetched(house: House, facts: PictureFacts | None) -> None:
    """A picture gets files, or loses them; so much later that what was known of it is over."""
    with SqliteStore(Path(house.engine.settings.store.path)) as store:
        store.keep_picture(KeepPicture(QUAY, facts, house.moment[0])).result()
    house.moment[0] += 61_000


FACTS = PictureFacts(key="0" * 32, width=800, height=600, widths=(320, 640), colour="#888888")
CHANGES: dict[str, Callable[[House], object]] = {
    "read": read,
    "excluded": exclude,
    "joined": lambda house: told_of_stories(house, RuleKind.JOIN, "ferry-1", "ferry-4"),
    "parted": lambda house: told_of_stories(house, RuleKind.PART, "otter-wire", "otter"),
    "a picture comes": lambda house: fetched(house, FACTS),
    "a picture goes": lambda house: fetched(house, None),
    "withdrawn": lambda house: house.engine.withdraw(["otter"]).result(),
    "restored": lambda house: house.engine.publish(
        [each for each in articles(house.now) if each.id == "otter"], restore=True
    ).result(),
    "a section is spelled otherwise": lambda house: house.client.post(
        "/v1/articles", json={"id": "gale", "headline": "Gale", "section": "COAST"}, headers=house.auth
    ).raise_for_status(),
}


def test_kept_pages_of_two_newspapers_follow_each_change(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment: list[int] = [0]
    with_clock = partial(PictureGallery, clock=lambda: moment[0] / 1000)
    monkeypatch.setattr("recirc.web.renderer.PictureGallery", with_clock)
    house = build(brands=BrandsSettings(list=(GULL,)))
    house.moment[0] -= house.moment[0] % TICK_MS
    moment = house.moment
    sample = {each.id: each for each in articles(house.now)}
    sample["ferry-4"] = structs.replace(sample["ferry-4"], pictures=(Picture(address=QUAY),))
    house.engine.publish(list(sample.values())).result()
    house.engine.catch_up()
    before = asked(house.client)
    for name, changed in CHANGES.items():
        changed(house)
        house.engine.catch_up()
        house.moment[0] += MOMENT_MS
        for host in ("tide.example", "gull.example"):
            kept = asked(house.client, host)
            assert asked(house.client, host) == kept
            for path, one, other in zip(PATHS, kept, asked_anew(house, host), strict=True):
                assert one == other, (name, host, path)
        after = asked(house.client)
        assert after != before, name
        before = after


@pytest.mark.parametrize("path", PATHS)
def test_a_compressed_page_is_the_page(house: House, path: str) -> None:
    plain = house.client.get(path, headers={"Accept-Encoding": "identity"})
    for _ in range(2):
        with house.client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) == len(packed)
        assert gzip.decompress(packed) == plain.content
        assert len(packed) < 0.5 * len(plain.content)
        assert _said(answer) == _said(plain)
