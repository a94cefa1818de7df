"""Rules at the desk: seen in words, previewed, made, changed and ended; what cannot be is said, and typed once."""

import html
import re
from zoneinfo import ZoneInfo

import pytest

from desk_visitors import Person, person, trail_of
from portal_house import Build, House
from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.messages import words_in
from recirc.messages.dates import DateFormats
from recirc.settings import BrandSettings, BrandsSettings, SiteSettings
from recirc.store.actions import AuditQuery
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Request
from recirc.types.roles import Role

BURY = {
    "kind": "bury", "by": "topic", "value": "Ferries", "beside_by": "section", "beside_value": "coast",
    "reason": "out of respect",
}  # fmt: skip
PREVIEW, ADD = "/desk/rules/preview", "/desk/rules/add"


def made(house: House) -> list[str]:
    return [house.engine.rules.words(each.rule) for each in house.engine.rules.standing()]


def beside(engine: Engine, house: House, article: str) -> set[str]:
    shelves = engine.shelves(Request(article=article, personalised=False), house.moment[0]).shelves
    return {item.article for shelf in shelves.values() for item in shelf.items}


def test_times_are_shown_in_the_zone_in_which_they_are_read(build: Build) -> None:
    brand = BrandSettings(name="Die Kante", hosts=("kante.example",), timezone="Pacific/Auckland")
    house = build(
        site=SiteSettings(name="The Tide", timezone="America/New_York"), brands=BrandsSettings(list=(brand,))
    )
    una = person(house, Role.EDITOR, "Una")
    assert una.send(ADD, "/desk/rules/new", **BURY).status_code == 303
    (stored,) = house.engine.rules.standing()
    shown = DateFormats(ZoneInfo("America/New_York"), words_in("en")).moment(from_ms(stored.added))
    for host in ("tide.example", "kante.example"):
        una.client.headers["Host"] = host
        page = una.get("/desk/rules").text
        assert f"Una, {shown}:" in page
        assert "(America/New_York)" in una.get("/desk/rules/new").text
        assert 'data-timezone="Pacific/Auckland"' not in page


def test_a_rule_is_previewed_made_seen_and_ended(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    for number in range(1, 4):
        house.told("view", f"ferry-{number}")
    assert "ferry-1" in beside(house.engine, house, "otter")
    shown = una.send(PREVIEW, "/desk/rules/new", **BURY, beside_articles="otter")
    assert shown.status_code == 200
    assert "Beside “Otter moves in”" in shown.text
    assert re.search(r"<strong>Ferry crews vote, part 1</strong>\s*<span class=\"made\">goes", shown.text)
    assert not made(house)  # nothing is stored by a look
    assert una.send(ADD, "/desk/rules/new", **BURY).status_code == 303
    house.engine.catch_up()
    assert not {name for name in beside(house.engine, house, "otter") if name.startswith("ferry")}
    page = una.get("/desk/rules").text
    assert "The topic Ferries not put forward on all shelves and the front page beside the section" in page
    assert "Una" in page
    assert "out of respect" in page
    assert "In force, for 5 articles" in page
    (stored,) = house.engine.rules.standing()
    assert (
        una.send("/desk/rules/end", "/desk/rules", key=stored.key, reason="the day is over").status_code
        == 303
    )
    assert "ferry-1" in beside(house.engine, house, "otter")
    assert "There are no rules" in una.get("/desk/rules").text
    assert "Ended" in una.get("/desk/rules?ended=1").text
    again = una.get(f"/desk/rules/new?from={stored.key}").text
    assert 'value="Ferries"' in again
    entries = trail_of(house).find(AuditQuery(actor="Una"), 2)
    assert [(each.action, each.reason) for each in entries] == [
        ("end a rule", "the day is over"),
        ("make a rule", "out of respect"),
    ]


def test_the_second_editor_who_ends_or_changes_a_rule_is_told(house: House) -> None:
    una, beth = person(house, Role.EDITOR, "Una"), person(house, Role.EDITOR, "Beth")
    una.send(ADD, "/desk/rules/new", **BURY)
    (stored,) = house.engine.rules.standing()
    changed = una.send(ADD, "/desk/rules/new", **(BURY | {"value": "Trade unions"}), replaces=stored.key)
    assert changed.status_code == 303
    assert len(made(house)) == 1
    late = beth.send(ADD, "/desk/rules/new", **(BURY | {"value": "Otters"}), replaces=stored.key)
    assert late.status_code == 409
    assert "Otters" in late.text  # what was typed is kept
    ended = beth.send("/desk/rules/end", "/desk/rules", key=stored.key)
    assert ended.status_code == 409
    assert "Una has ended this rule already" in html.unescape(ended.text)
    assert beth.send("/desk/rules/end", "/desk/rules", key="0" * 12).status_code == 404
    assert "Trade unions" in made(house)[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"since": "2099-01-02T00:00", "until": "2099-01-01T00:00"}, "end before it begins"),
        ({"until": "2020-01-01T00:00"}, "in the past"),
        ({"until": "tomorrow"}, "no date and time"),
        ({"reason": " "}, "say why"),
        ({"kind": "praise"}, "none of pin"),
        ({"by": "article", "value": "nobody"}, "no article has the id"),
        ({"by": "article", "value": "http://[nobody"}, "no article has the id"),
        ({"value": ""}, "name the topic"),
        ({"kind": "pin", "by": "article", "value": "otter", "place": "1"}, "a pin is for one shelf"),
        ({"kind": "pin", "by": "article", "value": "otter", "at-front": "1", "place": "x"}, "no whole number"),
        ({"kind": "boost", "strength": "0"}, "strength is above 0"),
        ({"beside_articles": "nobody"}, "is published here"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_said_and_nothing_typed_is_lost(
    house: House, wrong: dict[str, str], said: str
) -> None:
    una = person(house, Role.EDITOR, "Una")
    answer = una.send(PREVIEW, "/desk/rules/new", **(BURY | wrong))
    assert answer.status_code == 400
    assert said in html.unescape(answer.text)
    assert html.escape((BURY | wrong)["beside_value"]) in answer.text
    assert not made(house)


def test_a_ban_that_empties_the_front_and_rules_that_contradict_are_explained(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    pin = {"kind": "pin", "by": "article", "value": "otter", "at-front": "1", "place": "1", "reason": "good"}
    una.send(ADD, "/desk/rules/new", **pin)
    for section in ("business", "coast"):
        ban = {"kind": "ban", "by": "section", "value": section, "reason": "a test"}
        shown = una.send(PREVIEW, "/desk/rules/new", **ban)
        una.send(ADD, "/desk/rules/new", **ban)
    assert "no article is left for" in shown.text
    assert "It contradicts" in html.unescape(shown.text)
    assert "It contradicts" in una.get("/desk/rules").text


def test_a_rule_whose_article_goes_away_says_so(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    una.send(ADD, "/desk/rules/new", **(BURY | {"by": "article", "value": "otter", "beside_by": ""}))
    house.engine.withdraw(["otter"]).result()
    house.engine.catch_up()
    assert "No effect now: its article is withdrawn" in una.get("/desk/rules").text


def test_ten_thousand_rules_are_listed_in_pages_and_searched(house: House) -> None:
    rules = [
        (
            f"{number:012x}",
            Rule(kind=RuleKind.BURY, target=RuleTarget(TargetKind.TOPIC, f"Topic {number}"), reason="many"),
        )
        for number in range(10_000)
    ]
    house.engine.rules.add_all(rules, house.moment[0], "Una")
    una = person(house, Role.EDITOR, "Una")
    page = una.get("/desk/rules").text
    assert page.count('<li id="rule-') == 50
    assert "10,000 rules" in page
    assert "Topic 9999" in page
    found = una.get("/desk/rules?q=topic+4711").text
    assert found.count('<li id="rule-') == 1
    assert una.get("/desk/rules?page=x").status_code == 200


def test_an_article_is_named_by_the_address_of_its_page(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    for named in (
        "http://127.0.0.1:8000/article/otter",
        "/desk/article?id=otter",
        "https://ncp.example/otter",
    ):
        una.send(ADD, "/desk/rules/new", **(BURY | {"by": "article", "value": named, "beside_by": ""}))
    assert {each.rule.target.value for each in house.engine.rules.standing()} == {"otter"}


def test_an_embargo_takes_the_story_down_until_it_ends(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    until = f"{house.now.year + 1}-01-01T18:00"
    embargo = {"kind": "embargo", "by": "article", "value": "otter", "until": until, "reason": "until six"}
    assert "leaves every page" in una.send(PREVIEW, "/desk/rules/new", **embargo).text
    assert una.send(ADD, "/desk/rules/new", **embargo).status_code == 303
    assert house.client.get("/article/otter").status_code == 410
    (stored,) = house.engine.rules.standing()
    assert una.send("/desk/rules/end", "/desk/rules", key=stored.key).status_code == 303
    assert house.client.get("/article/otter").status_code == 200


def test_a_pin_made_at_the_desk_is_a_rule_and_one_made_over_the_api_is_seen(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    una.send(
        "/desk/article/pin",
        "/desk/article?id=otter",
        id="otter",
        place="2",
        until="2099-01-01T00:00",
        reason="good",
    )
    (stored,) = house.engine.rules.standing()
    assert (stored.rule.place, stored.rule.reason, stored.rule.by) == (2, "good", "Una")
    pin = {"article": "ferry-1", "until": "2099-01-01T00:00:00Z"}
    assert house.client.put("/v1/pins/1", json=pin, headers=house.auth).status_code == 200
    assert "Pinned at place 1" in una.get("/desk/article?id=ferry-1").text


def test_the_form_of_a_rule_keeps_everything_that_the_rule_says(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    whole = BURY | {
        "kind": "boost", "strength": "2.5", "at-related": "1", "at-recommendation": "1", "since": "2099-01-01T06:00",
        "until": "2099-01-02T18:30",
    }  # fmt: skip
    assert una.send(ADD, "/desk/rules/new", **whole).status_code == 303
    (stored,) = house.engine.rules.standing()
    again = form_of(una, f"/desk/rules/new?from={stored.key}")
    assert una.send(ADD, "/desk/rules/new", **again).status_code == 303
    (changed,) = house.engine.rules.standing()
    assert changed.key != stored.key
    assert changed.rule == stored.rule


def form_of(visitor: Person, path: str) -> dict[str, str]:
    """The fields of the form of a rule as a browser would send them."""
    page = visitor.get(path).text.partition('aria-label="Rule"')[2]
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input[^>]* name="([\w-]+)"[^>]* value="([^"]*)"', page)
        if name != "csrf" and not name.startswith("at-")
    }
    fields |= dict(re.findall(r'name="(at-\w+)" value="(1)" checked', page))
    for name, options in re.findall(r'<select id="[^"]+" name="(\w+)">(.*?)</select>', page):
        fields[name] = next(iter(re.findall(r'value="(\w+)" selected', options)), "")
    return fields


def test_balance_shows_targets_and_what_readers_saw_of_them(house: House) -> None:
    una = person(house, Role.EDITOR, "Una")
    assert "There are no targets" in una.get("/desk/balance").text
    target = {
        "kind": "share", "by": "section", "value": "coast", "bound": "least", "share": "20",
        "at-related": "1", "reason": "the coast is ours",
    }  # fmt: skip
    assert una.send(ADD, "/desk/rules/new", **target).status_code == 303
    shown = [("ferry-1", 0), ("ferry-2", 1), ("otter", 2), ("ferry-3", 3)]
    for article, position in shown:
        slot = house.slot(article, "related", position, source="ferry-4")
        assert house.client.post("/v1/events", json={"kind": "impression", **slot}).status_code == 202
    house.engine.catch_up()
    page = html.unescape(una.get("/desk/balance").text)
    assert "At least 20 % of" in page
    assert "the coast is ours" in page
    ((share, *_), _) = house.engine.rules.shown(house.moment[0])
    assert (share.shown, share.inside, share.met) == (4, 1, True)
    assert '<td class="n">25 %</td>' in page
    (stored,) = house.engine.rules.standing()
    assert stored.rule.share == 0.2
    again = una.get(f"/desk/rules/new?from={stored.key}").text
    assert 'name="share" type="number" min="1" max="99" step="1" value="20"' in again
