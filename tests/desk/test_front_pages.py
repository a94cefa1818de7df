"""The front page at the desk: arranged with and without a script, brought back; articles marked live or breaking."""

import doctest
import html
import re
from datetime import timedelta

import pytest

from desk_visitors import Person, person, trail_of
from portal_house import House
from recirc.engine import front_page
from recirc.store.actions import AuditQuery
from recirc.types import Article, Request
from recirc.types.roles import Role

ARRANGE, FRONT, LABEL = "/desk/front/arrange", "/desk/front", "/desk/article/label"


def rows(page: str) -> list[tuple[str, bool]]:
    """The articles of the desk's rows, and whether each is held."""
    found = re.findall(
        r'name="row-\d+" value="([^"]+)".*?name="hold-\d+" value="1"( checked)?>', page, re.DOTALL
    )
    return [(html.unescape(id_), bool(held)) for id_, held in found]


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\w+)"', page)
    assert found is not None
    return found[1]


def leads(house: House) -> list[str]:
    page = house.client.get("/").text.partition('class="rail"')[0]
    return re.findall(r'<h2 class="headline"><a href="/article/([^"]+)">', page)


def fields(order: list[str], held: set[str]) -> dict[str, str]:
    return {f"row-{place}": id_ for place, id_ in enumerate(order, 1)} | {
        f"hold-{place}": "1" for place, id_ in enumerate(order, 1) if id_ in held
    }


def arrange(una: Person, order: list[str], held: set[str], **more: str) -> int:
    given = {"version": version(una.get(FRONT).text)} | fields(order, held) | more
    return una.send(ARRANGE, FRONT, **given).status_code


def test_the_example_in_the_docstring() -> None:
    found = doctest.testmod(front_page)
    assert found.attempted
    assert not found.failed


def test_the_first_places_are_arranged_seen_let_go_and_brought_back(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    before = [id_ for id_, _ in rows(una.get(FRONT).text)]
    assert before[:5] == leads(house)[:5]
    assert not any(held for _, held in rows(una.get(FRONT).text))
    order = ["otter", before[2], *(id_ for id_ in before if id_ not in ("otter", before[2]))]
    assert arrange(una, order, {"otter", before[2]}, reason="for the morning") == 303
    assert leads(house)[: len(order)] == order[: len(leads(house))]
    assert rows(una.get(FRONT).text)[:3] == [("otter", True), (before[2], True), (order[2], False)]
    assert "Editors’ choice" in house.client.get("/").text

    # One is let go, the other keeps its place and the end of its pin.
    ends = {each.rule.target.value: each.rule.until for each in house.engine.rules.standing()}
    house.moment[0] += 60_000
    assert arrange(una, order, {"otter"}) == 303
    (stored,) = house.engine.rules.standing()
    assert stored.rule.target.value == "otter"
    assert stored.rule.until == ends["otter"]

    house.moment[0] += 60_000
    moment = re.search(r'name="moment" value="(\d+)"', una.get(FRONT).text)
    assert moment is not None
    again = una.send("/desk/front/restore", FRONT, moment=moment[1], version=version(una.get(FRONT).text))
    assert again.status_code == 303
    assert {each.rule.target.value for each in house.engine.rules.standing()} == {"otter", before[2]}
    entries = trail_of(house).find(AuditQuery(actor="Una"), 3)
    assert [each.action for each in entries] == ["arrange the front page"] * 3
    assert entries[-1].reason == "for the morning"
    assert una.send("/desk/front/restore", FRONT, moment="1", version="").status_code == 404


def test_an_arrangement_ends_by_itself(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    order = ["otter", *(id_ for id_, _ in rows(una.get(FRONT).text) if id_ != "otter")]
    until = house.now + timedelta(hours=1)
    assert arrange(una, order, {"otter"}, until=f"{until:%Y-%m-%dT%H:%M}") == 303
    assert leads(house)[0] == "otter"
    house.moment[0] += 2 * 3_600_000
    assert leads(house)[0] != "otter"
    assert arrange(una, order, {"otter"}, until="2020-01-01T00:00") == 400


def test_the_second_editor_of_the_front_page_is_told(house: House) -> None:
    una, beth = person(house, Role.EDITOR, "Una"), person(house, Role.EDITOR, "Beth")
    old = version(beth.get(FRONT).text)
    order = [id_ for id_, _ in rows(una.get(FRONT).text)]
    assert arrange(una, order, {order[1]}) == 303
    late = beth.send(ARRANGE, FRONT, version=old, **fields(order, {order[0]}), reason="my own view")
    assert late.status_code == 409
    assert "somebody arranged the front page" in late.text.lower()
    assert "my own view" in late.text
    assert {each.rule.target.value for each in house.engine.rules.standing()} == {order[1]}


def test_without_a_script_rows_move_by_buttons_and_nothing_is_stored_before(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    order = [id_ for id_, _ in rows(una.get(FRONT).text)]
    shown = una.send(ARRANGE, FRONT, version="x", move="3:up", **fields(order, set())).text
    moved = [order[0], order[2], order[1], *order[3:]]
    assert rows(shown)[:4] == [(moved[0], False), (moved[1], True), (moved[2], False), (moved[3], False)]
    assert "Not stored yet" in shown
    assert not house.engine.rules.standing()
    further = una.send(ARRANGE, FRONT, version="x", move="2:up", **fields(moved, {moved[1]})).text
    assert rows(further)[:2] == [(order[2], True), (order[0], False)]
    assert una.send(ARRANGE, FRONT, version="x", move="99:up", **fields(order, set())).status_code == 409


@pytest.mark.parametrize("named", ["otter-wire", "/article/otter-wire"])
def test_another_article_gets_a_place_by_id_or_address(house: House, named: str) -> None:
    una = person(house, Role.EDITOR, "Una")
    order = [id_ for id_, _ in rows(una.get(FRONT).text) if id_ != "otter-wire"]
    given = fields(order, set()) | {"version": "x", "add": "1", "another": named, "place": "1"}
    assert rows(una.send(ARRANGE, FRONT, **given).text)[0] == ("otter-wire", True)
    wrong = una.send(ARRANGE, FRONT, **(given | {"another": "nobody"}))
    assert wrong.status_code == 400
    assert "nobody" in wrong.text
    assert una.send(ARRANGE, FRONT, **(given | {"place": "99"})).status_code == 400


def test_a_ban_wins_over_a_place(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    order = ["otter", *(id_ for id_, _ in rows(una.get(FRONT).text) if id_ != "otter")]
    arrange(una, order, {"otter"})
    assert leads(house)[0] == "otter"
    ban = {"kind": "ban", "by": "section", "value": "coast", "reason": "a test"}
    una.send("/desk/rules/add", "/desk/rules/new", **ban)
    assert "otter" not in leads(house)


def labelled(house: House, path: str) -> list[str]:
    return re.findall(r'<p class="kicker flag (\w+)">', house.client.get(path).text)


def test_a_label_is_on_every_page_shelf_and_feed_and_ends(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    until = f"{house.now + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    given = {"id": "ferry-1", "label": "breaking", "until": until, "reason": "the vote is in"}
    assert una.send(LABEL, "/desk/article?id=ferry-1", **given).status_code == 303
    for name in ("ferry-1", "ferry-2"):
        house.told("view", name)
    for path in ("/", "/section/business", "/article/ferry-1", "/topic/ferries", "/article/ferry-2"):
        assert "breaking" in labelled(house, path), path
    assert ">Breaking</p>" in house.client.get("/").text
    shelves = house.engine.shelves(Request(article="otter", personalised=False), house.moment[0]).shelves
    told = {item.article: item.label for shelf in shelves.values() for item in shelf.items}
    assert told["ferry-1"] == "breaking"
    assert set(told.values()) == {"", "breaking"}
    slate = house.client.get("/v1/shelves?article=otter").json()
    assert any(item.get("label") == "breaking" for item in slate["ranking"]["items"])
    embedded = house.client.get("/v1/embed?article=otter&lang=de").json()
    assert embedded["words"]["labels"] == {"live": "Live", "breaking": "Eilmeldung"}
    for kind in ("xml", "atom"):
        assert "<title>Breaking: Ferry crews vote, part 1</title>" in house.client.get(f"/feed.{kind}").text
    titles = {each["title"]: each["tags"] for each in house.client.get("/feed.json").json()["items"]}
    assert titles["Breaking: Ferry crews vote, part 1"][0] == "Breaking"

    # Another label takes its place; then its time is over.
    assert una.send(LABEL, "/desk/front", **(given | {"label": "live", "to": "front"})).status_code == 303
    assert set(labelled(house, "/article/ferry-1")) == {"live"}
    assert "Live" in una.get(FRONT).text
    house.moment[0] += 3 * 3_600_000
    for path in ("/", "/section/business", "/article/ferry-1", "/article/ferry-2"):
        assert not labelled(house, path), path
    assert "Breaking" not in house.client.get("/feed.xml").text


def test_a_label_is_ended_by_hand_and_stands_in_the_audit(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    page, until = "/desk/article?id=ferry-1", f"{house.now + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    una.send(LABEL, page, id="ferry-1", label="live", until=until)
    assert labelled(house, "/article/ferry-1")[0] == "live"
    assert una.send("/desk/article/unlabel", page, id="ferry-1", reason="it is over").status_code == 303
    assert not labelled(house, "/article/ferry-1")
    assert una.send("/desk/article/unlabel", page, id="ferry-1").status_code == 404
    entries = trail_of(house).find(AuditQuery(actor="Una"), 2)
    assert [(each.action, each.reason) for each in entries] == [("end a label", "it is over"), ("label", "")]
    (past,) = house.engine.rules.past()
    assert past.ended_by == "Una"
    assert "marked as live" in house.engine.rules.words(past.rule)


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"label": "sponsored"}, 400, "is no label"),
        ({"until": ""}, 400, "say until when"),
        ({"until": "2020-01-01T00:00"}, 400, "not ahead"),
        ({"id": "nobody"}, 404, "nobody"),
    ],
)
def test_a_label_that_cannot_be_is_said(house: House, wrong: dict[str, str], status: int, said: str) -> None:
    una = person(house, Role.EDITOR, "Una")
    until = f"{house.now + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    given = {"id": "ferry-1", "label": "live", "until": until} | wrong
    answer = una.send(LABEL, "/desk/front", **given)
    assert answer.status_code == status
    assert said in html.unescape(answer.text)


def test_labels_over_the_api_need_an_end_and_one_article(house: House) -> None:
    rule = {"kind": "label", "target": {"by": "article", "value": "ferry-1"}, "label": "live"}
    assert house.client.post("/v1/rules", json=rule, headers=house.auth).status_code == 400
    ending = rule | {"until": (house.now + timedelta(hours=1)).isoformat()}
    made = house.client.post("/v1/rules", json=ending, headers=house.auth)
    assert made.status_code == 201
    assert made.json()["label"] == "live"
    other = house.client.post("/v1/rules", json=ending | {"label": "breaking"}, headers=house.auth).json()
    assert "the newer label wins" in other["conflicts"][0]
    assert labelled(house, "/article/ferry-1")[0] == "breaking"
    section = ending | {"target": {"by": "section", "value": "coast"}}
    assert house.client.post("/v1/rules", json=section, headers=house.auth).status_code == 400


def test_the_desk_lays_sections_out_and_readers_see_it(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    names = re.findall(r'name="layout-([^"]+)"', una.get(FRONT).text)
    assert "business" in names
    articles = [
        Article(id=f"b-{number}", headline=f"B {number}", section="business",
                published=house.now - timedelta(days=3, hours=number))
        for number in range(20)
    ]  # fmt: skip
    house.engine.publish(articles).result()
    house.engine.catch_up()
    chosen = {"layout-business": "headlines", "layout-coast": ""}
    assert una.send("/desk/front/layouts", FRONT, reason="a quiet day", **chosen).status_code == 303
    assert '<div class="headlines n6">' in house.client.get("/").text
    assert re.search(r"<option selected>headlines</option>", una.get(FRONT).text)
    (stored,) = house.engine.rules.standing()
    assert "layout “headlines”" in house.engine.rules.words(stored.rule)
    (entry,) = trail_of(house).find(AuditQuery(actor="Una"), 1)
    assert (entry.action, entry.reason) == ("lay out sections", "a quiet day")
    # Sent again it changes nothing; chosen anew the former ends; without a choice the settings count.
    una.send("/desk/front/layouts", FRONT, **chosen)
    assert house.engine.rules.standing() == [stored]
    una.send("/desk/front/layouts", FRONT, **{"layout-business": "portraits"})
    assert [each.rule.label for each in house.engine.rules.standing()] == ["portraits"]
    una.send("/desk/front/layouts", FRONT, **{"layout-business": ""})
    assert not house.engine.rules.standing()
    assert '<div class="headlines' not in house.client.get("/").text
    assert una.send("/desk/front/layouts", FRONT, **{"layout-business": "mosaic"}).status_code == 400


def test_the_desk_ends_all_layouts_in_force_and_none_that_has_not_begun(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")

    def made(layout: str, **more: str) -> str:
        rule = {"kind": "layout", "target": {"by": "section", "value": "business"}, "shelves": ["front"]}
        answer = house.client.post("/v1/rules", json=rule | {"label": layout} | more, headers=house.auth)
        assert answer.status_code == 201, answer.text
        key: str = answer.json()["key"]
        return key

    made("columns")
    made("portraits")
    later = made("feature", since=(house.now + timedelta(hours=2)).isoformat())
    una.send("/desk/front/layouts", FRONT, **{"layout-business": "portraits"})  # as it is
    assert len(house.engine.rules.standing()) == 3
    una.send("/desk/front/layouts", FRONT, **{"layout-business": "headlines"})
    assert [each.rule.label for each in house.engine.rules.standing()] == ["feature", "headlines"]
    una.send("/desk/front/layouts", FRONT, **{"layout-business": ""})
    assert [each.key for each in house.engine.rules.standing()] == [later]
