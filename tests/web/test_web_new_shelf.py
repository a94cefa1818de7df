"""A shelf that one class adds is everywhere: API, pages, embeds, events, log, state, client and replay."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np
import pytest
from typing_extensions import override

from portal_house import Build, House, articles
from recirc.engine.logs import read_log
from recirc.importers.event_files import open_events
from recirc.rank.visit import Visit
from recirc.replay.policies import policies
from recirc.settings import Settings
from recirc.shelves import registry
from recirc.shelves.reasons import Evidence, ReasonKind, ReasonNames
from recirc.shelves.registry import register, strategies, unregister
from recirc.shelves.shelf import Proposal, RankingContext, ShelfProposal, ShelfStrategy
from recirc.state.exposure import CLICKED, SHOWN
from recirc.state.state import State
from recirc.types import SHELF_NUMBERS, FlatSlate, slate_of

NUMBER = 200


def _sentence(evidence: Evidence, _: ReasonNames) -> str:
    return f"New here, number {int(evidence.numbers['rank'])}"


class Newest(ShelfStrategy):
    """The latest articles."""

    name = "newest"
    number = NUMBER
    title = "Just in"
    embed_titles: ClassVar = {"de": "Gerade eingetroffen"}
    meaning = "What was published last."
    reasons: ClassVar = {"just in": ReasonKind(_sentence, "it has just been published")}
    turn = 0
    css_class = "halves"

    @classmethod
    @override
    def order(cls, settings: Settings, method: str) -> Sequence[str]:
        return ("The date of publication alone.",)

    @override
    def slots(self) -> int:
        return 2

    @override
    def propose(self, state: State, context: RankingContext, most: int) -> ShelfProposal:
        published = state.catalogue.published[: state.size]
        found = np.flatnonzero(context.allowed & (published >= 0) & (published <= context.now))
        found = found[(found != context.article) & ~np.isin(found, context.history)]
        newest = found[np.argsort(-published[found], kind="stable")][:most].tolist()
        proposals = [
            Proposal(article, -float(rank), lambda rank=rank: Evidence("just in", {"rank": rank}))  # type: ignore[misc]  # a lambda's default has no type
            for rank, article in enumerate(newest, start=1)
        ]
        return ShelfProposal(proposals, "latest first", "Nothing else was published.")


@pytest.fixture
def house(build: Build) -> Iterator[House]:
    """A portal that was opened with the shelf."""
    register(Newest)
    try:
        made = build()
        made.engine.publish(articles(made.now)).result()
        made.engine.catch_up()
        yield made
    finally:
        unregister(Newest.name)
    assert "newest" not in SHELF_NUMBERS
    assert Newest not in strategies()
    assert "shelf-newest" not in policies()


def test_the_api_answers_with_it_under_its_name(house: House) -> None:
    answer = house.client.get("/v1/shelves", params={"article": "otter"})
    told = answer.json()
    assert list(told) == [*(each.name for each in strategies()), "as_of", "offset", "article"]
    assert [item["article"] for item in told["newest"]["items"]] == ["ferry-1", "ferry-2"]
    assert [item["reason"]["text"] for item in told["newest"]["items"]] == [
        "New here, number 1",
        "New here, number 2",
    ]
    # It is filled first, and no story is on two shelves.
    shown = [
        item["article"] for name in ("related", "recommendation", "newest") for item in told[name]["items"]
    ]
    assert len(shown) == len(set(shown))
    alone = house.client.get("/v1/shelves", params={"article": "otter", "shelf": "related"}).json()
    assert alone["newest"]["items"] == []
    assert (
        slate_of(msgspec.json.decode(answer.content, type=FlatSlate)).shelves["newest"].method
        == "latest first"
    )


def test_pages_show_it_with_its_own_explanation(house: House) -> None:
    page = house.client.get("/article/otter").text
    fragment = house.client.get("/v1/shelves.html", params={"article": "otter", "shelf": "newest"}).text
    for text in (page, fragment):
        section = text[text.index('<section class="shelf newest halves" data-shelf="newest"') :]
        section = section[: section.index("</section>")]
        assert '<h2 id="shelf-newest">Just in</h2>' in section
        assert "New here, number 1" in section
        assert "What was published last." in section
        assert "The date of publication alone." in section
        assert "it has just been published" in section
        assert "Nothing about you was used" in section
        assert "#from=newest.0." in section
    assert fragment.count("<section") == 1
    about = house.client.get("/how-it-works").text
    assert '<h3 id="newest">Just in</h3>' in about


def test_pages_of_other_sites_may_ask_for_it(house: House) -> None:
    for language, title in (("en", "Just in"), ("de", "Gerade eingetroffen"), ("fr", "Just in")):
        told = house.client.get("/v1/embed", params={"shelf": "newest", "lang": language}).json()
        assert told["titles"] == {"newest": title}
    asked = {"url": "https://ncp.example/otter", "shelf": ["newest"], "slots": 1, "published_only": True}
    told = house.client.post("/v1/shelves?absolute=true", json=asked).json()
    (item,) = told["newest"]["items"]
    assert re.match(r"https?://.*/article/ferry-1$", item["url"])


def test_impressions_and_clicks_on_it_are_logged_and_counted(house: House, tmp_path: Path) -> None:
    others = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"
    for kind, agent in (("impression", None), ("impression", others), ("view", None)):
        sent = house.told(kind, agent=agent, **house.slot("ferry-1", "newest", 1, source="otter"))
        assert sent.json()["accepted"] == 1
    log = read_log(Path(house.engine.settings.store.path), 1.0, lambda *_: None).records
    assert log[log["position"] == 1]["shelf"].tolist() == [NUMBER] * 3
    exposure = house.engine._log_consumer.state.exposure
    assert exposure.numbers.tolist() == [NUMBER]
    assert exposure.shelf(NUMBER)[1].tolist() == [2, 1]
    again = State(Settings().learning, exposure.slots.shape[0])
    again.exposure.load({name: array.copy() for name, array in exposure.save().items()})
    assert again.exposure.shelf(NUMBER)[1, [SHOWN, CLICKED]].tolist() == [2, 1]
    file = tmp_path / "events.jsonl"
    file.write_text(
        '{"kind":"view","article":"a","time":"2026-11-22T08:00:00Z","shelf":"newest"}\n'
        '{"kind":"view","article":"a","time":"2026-11-22T08:00:00Z","shelf":"oldest"}\n'
    )
    (chunk,) = open_events(file, now=house.moment[0])
    assert chunk.events.shelf.tolist() == [NUMBER]
    assert [refused.field for refused in chunk.rejections] == ["shelf"]


def test_replay_can_judge_it(house: House) -> None:
    state = house.engine._log_consumer.state
    policy = policies()["shelf-newest"](Settings())
    first = policy.rank(state, Visit(np.zeros(0, np.int32)), 3)
    assert len(first) == 3
    published = state.catalogue.published
    assert published[first].tolist() == sorted(published[first].tolist(), reverse=True)
    after = policy.rank(state, Visit(first[:1]), 3)
    assert after[:2].tolist() == first[1:].tolist()
    among = np.array([first[2], state.size + 5, first[0]], np.int32)
    assert policy.rank(state, Visit(np.zeros(0, np.int32)), 3, among).tolist() == [
        first[0],
        first[2],
        state.size + 5,
    ]


@pytest.mark.parametrize("field", ["shelf"])
def test_a_shelf_that_does_not_exist_is_refused_by_name(house: House, field: str) -> None:
    answer = house.client.get("/v1/shelves", params={"article": "otter", field: "newst"})
    assert answer.status_code == 404
    assert "'newst' is not a shelf; there is newest" in answer.json()["detail"]
    (refused,) = house.told("view", "otter", shelf="newst", position=0).json()["refused"]
    assert refused["field"] == field


def test_names_and_numbers_are_one_shelfs_alone() -> None:
    before = strategies()
    for name, number, text in (
        ("related", 201, "has a shelf 'related'"),
        ("newest", 1, "has a shelf 'related'"),
        ("offset", 201, "none of as_of, offset, article"),
        ("New!", 201, "a name is up to 32"),
        ("newest", 256, "numbers are 1 to 255"),
        ("newest", 0, "numbers are 1 to 255"),
    ):
        wrong = type("Wrong", (Newest,), {"name": name, "number": number})
        with pytest.raises(ValueError, match=text):
            register(wrong)
    assert strategies() == before
    with pytest.raises(KeyError):
        registry.strategy("newest")
