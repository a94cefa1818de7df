"""What the pages say of how shelves are made is what the settings say."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec import structs

from portal_house import Build, House, articles
from recirc.messages import words_in
from recirc.rank.model import HoldoutScores, ModelCard
from recirc.settings import (
    ExplorationSettings,
    LearningSettings,
    RecommendationSettings,
    Settings,
    ShelfSettings,
    SiteSettings,
    TrainingSettings,
)
from recirc.shelves.reasons import REASONS
from recirc.shelves.registry import strategies
from recirc.types import REACTIONS, Reason, Shelf, ShelfItem
from recirc.web.explanations import (
    SHOWN,
    ShelfExplainer,
    ShelfExplanation,
    UsedSignals,
    how_it_works,
)

NOW = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)


def shelf(kind: str, *reasons: str, method: str = "default formula") -> Shelf:
    items = tuple(
        ShelfItem(
            article=str(place), position=place, score=1.0, reason=Reason(kind=told, text=told), propensity=1.0
        )
        for place, told in enumerate(reasons)
    )
    return Shelf(kind=kind, items=items, method=method, as_of=NOW, serve_id="1")


def why(shelf: Shelf, settings: Settings, used: UsedSignals | int = 0) -> ShelfExplanation:
    return ShelfExplainer(settings, words_in("en")).why(shelf, used)


def test_every_kind_of_reason_belongs_to_a_shelf_and_is_explained() -> None:
    given = [kind for strategy in strategies() for kind in strategy.reasons.items()]
    assert {name for name, _ in given} >= set(REASONS)
    assert all(kind.meaning for _, kind in given)


def test_reasons_are_counted_and_the_reader_is_mentioned_only_where_used() -> None:
    told = why(shelf("recommendation", "went on", "read now", "went on"), Settings())
    assert told.reasons == [(2, REASONS["went on"].meaning), (1, REASONS["read now"].meaning)]
    assert "Nothing about you" in told.reader
    assert "3 articles that your browser sent" in why(shelf("recommendation"), Settings(), 3).reader
    assert "Nothing about you" in why(shelf("ranking"), Settings(), 3).reader
    assert "Nothing about you" in why(shelf("related"), Settings(), UsedSignals(3, True)).reader
    assert why(shelf("related"), Settings()).reasons == []


def test_a_fallback_is_explained_as_one() -> None:
    popular = shelf("recommendation", "read now", "read now")
    reason = structs.replace(popular.items[0].reason, fallback=True)
    items = (structs.replace(popular.items[0], reason=reason), popular.items[1])
    meaning = REASONS["read now"].meaning
    assert why(structs.replace(popular, items=items), Settings()).reasons == [
        (1, f"{meaning}; there was nothing closer to go by"),
        (1, meaning),
    ]


def test_the_order_is_explained_by_the_settings() -> None:
    settings = Settings(
        shelves=ShelfSettings(
            related_precision=0.61, min_coreaders=7, coreading_weight=0.33, topic_weight=0.44
        ),
        recommending=RecommendationSettings(
            sessions=0.11, coreading=0.95, popularity=0.22, text=0.12, rerank_candidates=77
        ),
        exploring=ExplorationSettings(share=0.125),
    )
    related = " ".join(why(shelf("related"), settings).order)
    assert all(number in related for number in ("61 %", "7 readers", "0.33", "0.44"))
    formula = why(shelf("recommendation"), settings).order
    assert formula[0].endswith("weight 0.95.")
    assert "12.5%" in formula[-1]
    learned = why(shelf("recommendation", method="learned model m1"), settings).order
    assert "77 best candidates" in learned[0]
    assert "weight" not in " ".join(learned)
    assert "1 reader;" in why(shelf("ranking"), settings).order[0]


def test_each_shelf_of_a_page_opens_why_without_a_script(house: House) -> None:
    house.told("view", "ferry-2")
    page = house.client.get("/article/ferry-1").text
    details = re.findall(r'(?s)<details class="why">(.*?)</details>', page)
    assert len(details) == len(strategies())
    for kind, text in zip(("related", "ranking", "recommendation"), details, strict=True):
        assert "<summary>Why these?</summary>" in text
        assert f'href="/how-it-works#{kind}"' in text
        assert "Nothing about you was used" in text
        assert "data-impersonal" not in text
        assert f'id="{kind}"' in house.client.get("/how-it-works").text
    assert re.search(r"<dt>\d of \d+</dt>", details[0])


def test_a_personal_answer_offers_another_and_gpc_is_obeyed(house: House) -> None:
    house.told("view", "ferry-2")
    asked = {"article": "ferry-1", "history": ["ferry-2", "otter"]}
    personal = house.client.post("/v1/shelves.html", json=asked).text
    assert "The 2 articles that your browser sent" in personal
    assert personal.count("data-impersonal") == 1
    for more, headers in ((asked, {"Sec-GPC": "1"}), ({**asked, "personalised": False}, {})):
        plain = house.client.post("/v1/shelves.html", json=more, headers=headers).text
        assert "your browser sent" not in plain
        assert "data-impersonal" not in plain


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"earlier": ["otter", "ferry-3"]}, "The 2 articles that your browser sent with the request, for"),
        ({"history": ["otter"], "earlier": ["otter"]}, "The 1 article that your browser sent"),
        ({"referrer": 0}, "How you came, your kind of device or your region, for"),
        ({"device": 1}, "How you came, your kind of device"),
        ({"region": 7}, "How you came, your kind of device"),
        (
            {"history": ["otter"], "region": 7},
            "sent with the request, and how you came, your kind",
        ),
    ],
)
def test_whatever_was_used_of_the_reader_is_told_and_can_be_refused(
    house: House, asked: dict[str, Any], told: str
) -> None:
    def recommendation(more: dict[str, Any]) -> str:
        text = house.client.post("/v1/shelves.html", json={"article": "ferry-1", **more}).text
        return text[text.index('data-shelf="recommendation"') :]

    personal = recommendation(asked)
    assert told in personal
    assert "Nothing about you" not in personal
    assert "data-impersonal" in personal
    assert re.search(r'data-version="[^"]+p"', personal)
    plain = recommendation({**asked, "personalised": False})
    assert "Nothing about you" in plain
    assert "data-impersonal" not in plain
    assert not re.search(r'data-version="[^"]+p"', plain)


def test_how_it_works_shows_the_current_settings(build: Build) -> None:
    house = build(exploring=ExplorationSettings(share=0.25, slot=2, hours=36.0))
    page = house.client.get("/how-it-works").text
    settings = house.engine.settings
    assert "in 25% of the answers slot 3 of “Read next” goes to one that is at most 36 hours old" in page
    for name in SHOWN:
        for field in msgspec.structs.fields(type(getattr(settings, name))):
            assert f"<code>{field.name}</code>" in page, field.name
    assert "No learned model is active" in page
    assert "{{" not in page
    quiet = how_it_works(Settings(learning=LearningSettings(half_lives=(60.0, 3600.0))), None)
    assert next(each.value for each in quiet.tables["learning"] if each.name == "half_lives") == "60, 3600"


def test_an_active_model_is_shown_with_its_figures(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    card = ModelCard(
        id="m-17", made_at=NOW, offset=9, learned_from=NOW, learned_to=NOW, hours=48.0, lists=12_345,
        features=("age", "cosine"), learning=LearningSettings(), recommending=RecommendationSettings(),
        training=TrainingSettings(),
        figures=HoldoutScores(clicks=678, new=0.4321, formula=0.3987, active=0.4111), adopted=True,
        decision="Adopted: better than the formula.", lightgbm="4", seconds=1.0,
    )  # fmt: skip
    monkeypatch.setattr(type(house.engine.active_model), "card", property(lambda _: card))
    page = house.client.get("/how-it-works").text
    for told in (
        "m-17",
        "12,345 clicks",
        "678 later clicks",
        "0.4321",
        "0.3987",
        "0.4111",
        "Adopted: better",
        "<li>age</li><li>cosine</li>",
    ):
        assert told in page, told


def test_the_old_address_leads_to_the_page(house: House) -> None:
    moved = house.client.get("/about", follow_redirects=False)
    assert moved.status_code == 308
    assert moved.headers["location"].endswith("/how-it-works")


def test_reactions_are_offered_as_set_counted_and_taken_back(build: Build) -> None:
    house = build(site=SiteSettings(name="The Tide", reactions=("moving", "useful")))
    house.engine.publish(articles(house.now)).result()
    for agent in ("Mozilla/5.0 (X11) Firefox/1", "Mozilla/5.0 (X11) Firefox/2"):
        house.told("reaction", "ferry-1", agent=agent, name="moving", id="first")
        house.told("reaction", "ferry-1", agent=agent, name="useful")
    house.moment[0] += 1000
    undone = house.told("reaction", "ferry-1", agent="Mozilla/5.0 (X11) Firefox/2", name="moving", undo=True)
    assert undone.json()["accepted"] == 1
    page = house.client.get("/article/ferry-1").text
    assert re.findall(r'data-reaction="([a-z-]+)"', page) == ["moving", "useful"]
    assert re.findall(r'data-count="[a-z-]+">(\d+)<', page) == ["1", "2"]
    assert 'aria-pressed="false"' in page
    told = house.client.get("/v1/articles/ferry-1").json()["reactions"]
    assert told == dict.fromkeys(REACTIONS, 0) | {"moving": 1, "useful": 2}
    wrong = house.client.post(
        "/v1/events", json={"kind": "reaction", "article": "ferry-1", "name": "x", "undo": True}
    )
    assert wrong.json()["refused"][0]["field"] == "name"


def test_without_reactions_none_are_offered(build: Build) -> None:
    house = build(site=SiteSettings(name="The Tide", reactions=()))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    assert "data-reaction" not in house.client.get("/article/ferry-1").text


@pytest.mark.parametrize(("name", "most"), [("measure.js", 3072), ("article.js", 8192), ("dates.js", 1024)])
def test_scripts_are_small(house: House, name: str, most: int) -> None:
    page = house.client.get("/article/ferry-1").text
    found = re.search(rf'<script src="(/static/{re.escape(name)}[^"]+)" defer[ >]', page)
    assert found
    assert len(house.client.get(found[1]).content) <= most
    front = house.client.get("/").text
    assert (name in front) is (name == "dates.js")
