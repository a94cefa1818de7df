"""Topics divided and hidden, at the desk and by command: pages, redirects, rules, later articles, and back again."""

from msgspec.structs import replace
from typer.testing import CliRunner

from desk_visitors import Person, person
from portal_house import House
from recirc.cli import app
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Article
from recirc.types.roles import Role

PARTS = {
    "name": "Ferries", "into-1": "Ferry wages", "words-1": "deckhand, mediator", "section-1": "",
    "into-2": "Harbours", "words-2": "", "section-2": "Coast", "rest": "", "reason": "Two things.",
}  # fmt: skip


def editor_of(house: House) -> Person:
    return person(house, Role.EDITOR, "Una")


def topics_of(house: House, id_: str) -> tuple[str, ...]:
    stored = house.engine.article(id_)
    assert stored is not None
    assert stored.article is not None
    return stored.article.topics


def where(house: House, path: str) -> tuple[int, str]:
    answer = house.client.get(path, follow_redirects=False)
    return answer.status_code, answer.headers.get("location", "")


def test_a_topic_is_divided_by_words_and_the_rest_keeps_its_name(house: House) -> None:
    editor = editor_of(house)
    assert editor.send("/desk/topics/divide", "/desk/topics", **PARTS).status_code == 303
    found = {number: topics_of(house, f"ferry-{number}")[0] for number in range(1, 6)}
    assert found == {1: "Ferries", 2: "Ferries", 3: "Ferry wages", 4: "Ferries", 5: "Ferry wages"}
    assert where(house, "/topic/ferry-wages")[0] == 200
    assert where(house, "/topic/ferries")[0] == 200
    later = Article(id="later", headline="Deckhand of the year", topics=("ferries",), section="business")
    coast = Article(id="coast", headline="Nothing new", topics=("Ferries",), section="coast")
    house.engine.publish([later, coast]).result()
    house.engine.catch_up()
    assert topics_of(house, "later") == ("Ferry wages",)
    assert topics_of(house, "coast") == ("Harbours",)
    assert "Ferries is" in editor.get("/desk/topics").text
    assert editor.send("/desk/topics/split", "/desk/topics", before="ferries").status_code == 303
    assert topics_of(house, "ferry-3") == ("Ferries", "Trade unions")
    assert where(house, "/topic/ferry-wages")[0] == 200  # what was published meanwhile keeps it


def test_where_the_name_goes_its_page_and_rules_lead_to_what_is_left(house: House) -> None:
    rule = Rule(kind=RuleKind.BURY, target=RuleTarget(TargetKind.TOPIC, "Ferries"), by="Beth")
    house.engine.rules.add(rule, house.moment[0])
    answer = editor_of(house).send("/desk/topics/divide", "/desk/topics", **PARTS | {"rest": "Boats"})
    assert answer.status_code == 303
    assert where(house, "/topic/ferries") == (301, "/topic/boats")
    assert topics_of(house, "ferry-1") == ("Boats", "Trade unions")
    (standing,) = house.engine.rules.standing()
    assert standing.rule.target.value == "Boats"


def test_a_hidden_topic_is_on_no_article_and_its_page_leads_to_a_search(house: House) -> None:
    editor = editor_of(house)
    rule = Rule(kind=RuleKind.BURY, target=RuleTarget(TargetKind.TOPIC, "Otters"), by="Beth")
    house.engine.rules.add(rule, house.moment[0])
    hidden = editor.send("/desk/topics/hide", "/desk/topics", name="Otters", reason="Not a topic.")
    assert hidden.status_code == 303
    assert topics_of(house, "otter") == ()
    assert where(house, "/topic/otters") == (301, "/search?q=Otters")
    assert (
        "Otters"
        not in house.client.get("/article/otter").text.partition("<main")[2].partition("Otter moves")[0]
    )
    assert house.engine.rules.standing() == []
    again = house.engine.article("otter")
    assert again is not None
    assert again.article is not None
    house.engine.publish([replace(again.article, id="again", topics=("otters", "Rivers"))]).result()
    assert topics_of(house, "again") == ("Rivers",)
    assert editor.send("/desk/topics/hide", "/desk/topics", name="Otters", reason="x").status_code == 400
    assert editor.send("/desk/topics/split", "/desk/topics", before="otters").status_code == 303
    assert topics_of(house, "otter") == ("Otters",)
    assert where(house, "/topic/otters")[0] == 200


def test_a_division_that_cannot_be_is_told(house: House) -> None:
    editor = editor_of(house)
    for change, said in (
        ({"name": "Nothing"}, "no article is about"),
        ({"words-1": ""}, "by which words"),
        ({"into-1": "ferries"}, "own name"),
        ({"into-1": ""}, "1 to 200 characters"),
        ({"into-1": "", "words-1": "", "into-2": "", "section-2": ""}, "at least one part"),
        ({"reason": ""}, "1 to 500 characters"),
    ):
        answer = editor.send("/desk/topics/divide", "/desk/topics", **PARTS | change)
        assert answer.status_code == 400, change
        assert said in answer.text, change
    assert topics_of(house, "ferry-3") == ("Ferries", "Trade unions")


def test_two_editors_change_one_topic_and_the_second_is_told(house: House) -> None:
    editor = editor_of(house)
    assert editor.send("/desk/topics/divide", "/desk/topics", **PARTS).status_code == 303
    second = person(house, Role.EDITOR, "Nils")
    answer = second.send("/desk/topics/hide", "/desk/topics", name="Ferries", reason="Me too.")
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert topics_of(house, "ferry-1") == ("Ferries", "Trade unions")


def test_the_same_by_command(house: House) -> None:
    store = ("--db", house.engine.settings.store.path)

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["topic", *words, *store])
        assert result.exit_code == 0, result.output
        return result.output

    said = run(
        "divide", "Ferries", "--part", "Ferry wages=deckhand, mediator", "--part", "Harbours=section:Coast"
    )
    assert "is divided into Ferry wages, Harbours, Ferries: 5 articles" in said
    house.engine.catch_up()
    assert topics_of(house, "ferry-5")[0] == "Ferry wages"
    assert "Otters is hidden: 1 articles" in run("hide", "Otters", "--reason", "no topic")
    listed = run("list")
    assert "Ferries is Ferry wages, Harbours, Ferries" in listed
    assert "Otters is hidden" in listed
    run("split", "Otters")
    house.engine.catch_up()
    assert topics_of(house, "otter") == ("Otters",)
