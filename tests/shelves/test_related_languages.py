"""Related in any language: what is unrelated is not shown, and what is shown says truly what both texts mention."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import related_languages
from newsroom import NOW, Newsroom, names
from recirc.settings import Settings
from recirc.state.calibration import BINS, ENOUGH, least_closeness
from recirc.types import Article, Shelf

SHARED = Path(__file__).parents[3] / "shared"

_TEXTS = json.loads(Path(__file__).with_name("texts_by_language.json").read_text("utf-8"))
UNRELATED: dict[str, list[list[str]]] = _TEXTS["unrelated"]
"""Headlines and bodies on six subjects, by language."""
STRIKES: dict[str, list[list[str]]] = _TEXTS["strikes"]
"""Headlines and bodies of two articles on the same strike, by language."""


def published(
    room: Newsroom, language: str, texts: Sequence[Sequence[str]], first: str = "a"
) -> list[Article]:
    """Articles of sections of their own, and what they were published as."""
    made = [
        Article(
            id=f"{first}{at}",
            headline=headline,
            body=f"<p>{body}</p>",
            section=f"{first}-{at}",
            language=language,
        )
        for at, (headline, body) in enumerate(texts)
    ]
    room.publish(*made)
    return made


def related(room: Newsroom, name: str) -> Shelf:
    return room.ask(name, now=NOW, shelf=("related",)).shelves["related"]


@pytest.mark.parametrize("language", sorted(UNRELATED))
def test_six_articles_on_six_subjects_are_not_related(tmp_path: Path, language: str) -> None:
    room = Newsroom(tmp_path)
    for each in published(room, language, UNRELATED[language]):
        assert names(related(room, each.id)) == []


def test_the_six_german_articles_of_the_case_are_not_related(tmp_path: Path) -> None:
    case = SHARED / "cases/inputs/unrelated-german.jsonl"
    if not case.exists():
        pytest.skip("the shared cases are not here")
    rows = [json.loads(line) for line in case.read_text("utf-8").splitlines()]
    room = Newsroom(tmp_path)
    published(room, "de", [(row["headline"], row["body"]) for row in rows])
    assert [names(related(room, f"a{at}")) for at in range(len(rows))] == [[]] * len(rows)


@pytest.mark.parametrize("language", sorted(STRIKES))
def test_two_articles_on_one_strike_are_and_the_reason_names_what_stands_in_both(
    tmp_path: Path, language: str
) -> None:
    room = Newsroom(tmp_path)
    published(room, language, UNRELATED.get(language, []), "x")
    one, other = published(room, language, STRIKES[language])
    (item,) = related(room, one.id).items
    assert item.article == other.id
    assert re.match("Both mention .", item.reason.text)
    mentioned = item.reason.text.removeprefix("Both mention ").split(" and ")
    for phrase in mentioned:
        bare = phrase.strip("“”").casefold()
        for article in (one, other):
            assert bare[:5] in f"{article.headline} {article.body}".casefold(), (phrase, article.headline)
    assert not re.search(r"\d", item.reason.text)


def test_the_same_news_in_two_languages_and_in_none_is_not_compared(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    headline, body = STRIKES["sv"][0]
    room.publish(
        Article(id="sv", headline=headline, body=f"<p>{body}</p>", language="sv"),
        Article(id="no", headline=headline, body=f"<p>{body} Nu.</p>", language="no"),
        Article(id="odd", headline="Nilwu 12", body="<p>3 4</p>"),
        Article(id="even", headline="Nilwu 12", body="<p>4 5</p>"),
    )
    content = room.engine._log_consumer.state.content
    assert (content.neighbours == -1).all()


def test_the_cut_asks_for_more_than_the_section_has_by_chance() -> None:
    """Where four of five pairs have the same section anyway, four of five of the closest say nothing."""
    tallies = np.zeros((BINS, 2), np.int64)
    tallies[10], tallies[20] = (1_000, 850), (1_000, 990)
    rare = np.array([10_000, 0, 0, 10_000, 1_000])
    frequent = np.array([10_000, 0, 0, 10_000, 8_000])
    assert least_closeness(rare, tallies, 0.8) < least_closeness(frequent, tallies, 0.8)
    tallies[:] = 0
    tallies[60] = (ENOUGH - 1, ENOUGH - 1)
    assert least_closeness(rare, tallies, 0.8) < 60 / 32, "too few pairs to learn from"


FLOORS = {
    "de": {"@1": 0.87, "@2": 0.82, "@5": 0.64, "cut": 0.8},
    "pt-BR": {"@2": 0.93, "@5": 0.87, "cut": 0.8},
}


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_real_articles_reach_the_floors(name: str) -> None:
    path = SHARED / f"data/languages/{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the measuring data is not here")
    found = related_languages.recirc(related_languages.read(path))
    assert {key: found[key] >= floor for key, floor in FLOORS[name].items()} == dict.fromkeys(
        FLOORS[name], True
    ), found
    assert found["items"] >= 1, "a cut that leaves next to nothing is none"
    assert Settings().shelves.related_precision == 0.8
