"""What must not change what is found: lines above a page, empty lines, other labels, other languages."""

import json
from pathlib import Path

import pytest

from recirc.extraction.head import head_of
from recirc.extraction.lines import Kind, label_line
from recirc.extraction.text import read_text
from recirc.provenance.inspect import inspect

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
FRONT = ("Algosensey\n", "Morning Courier\nHome | World | Business | Sport\n", "Skip to content\nMenu\n")


@pytest.mark.parametrize("page", GOLDEN, ids=lambda path: path.stem)
@pytest.mark.parametrize("front", FRONT, ids=("a word", "an outlet and a menu", "furniture"))
def test_lines_above_a_page_change_nothing(page: Path, front: str) -> None:
    text = page.read_text("utf-8")
    wanted = json.loads(page.with_suffix(".json").read_text("utf-8"))
    found = inspect(read_text(front + text))
    assert sorted({finding.kind for finding in found.findings}) == wanted["kinds"]
    assert found.headline == inspect(read_text(text)).headline


@pytest.mark.parametrize("page", GOLDEN, ids=lambda path: path.stem)
def test_empty_lines_change_nothing(page: Path) -> None:
    text = page.read_text("utf-8")
    if page.stem == "text_wrapped":
        pytest.skip("its lines are broken at a width, so that an empty line would end a paragraph")
    plain, blank = inspect(read_text(text)), inspect(read_text(text.replace("\n", "\n\n")))
    assert [each.kind for each in blank.findings] == [each.kind for each in plain.findings]
    assert (blank.headline, blank.byline, blank.text) == (plain.headline, plain.byline, plain.text)


@pytest.mark.parametrize(
    ("line", "kind", "value"),
    [
        ("Startseite › Kultur", Kind.WAY, "Kultur"),
        ("Current location: Home > Local > Text", Kind.WAY, "Local > Text"),
        ("Par Nora Lind, correspondante à Harrow", Kind.BYLINE, "Nora Lind"),
        ("Autor: Hanna Wilk", Kind.BYLINE, "Hanna Wilk"),
        ("作者：苏晓岚", Kind.BYLINE, "苏晓岚"),
        ("بقلم هدى الشامي", Kind.BYLINE, "هدى الشامي"),
        ("Publié le 4 mars 2025 à 10h15", Kind.DATE, "4 mars 2025 à 10h15"),
        ("Teilen Facebook Twitter", Kind.SHARING, ""),
        ("Mehr zum Thema", Kind.LIST_TITLE, "Mehr zum Thema"),
        ("Mots-clés : Harrow, Marché", Kind.TOPICS, "Harrow, Marché"),
        ("Harrow Post 2025 - Contact", Kind.COPYRIGHT, "Harrow Post"),
        ("3 min de lecture", Kind.FURNITURE, ""),
        ("Von Berlin nach Paris", Kind.SHORT, ""),
        ("The council met for six hours and in the end it voted for the hall.", Kind.PARAGRAPH, ""),
    ],
)
def test_lines_are_labelled_by_their_own_words(line: str, kind: Kind, value: str) -> None:
    found = label_line(line)
    assert (found.kind, found.value) == (kind, value)


def test_a_head_is_read_in_any_order() -> None:
    body = "The council of Harrowgate voted on Thursday to rebuild the covered market, which burned in the spring."
    parts = ["4 September 2025", "By Nora Lind", "Harrow Post", "Local", "Covered market to be rebuilt"]
    for turned in range(5):
        lines = [*parts[turned:4], parts[4], *parts[:turned]]
        head = head_of([*lines, body, body], outlet="Harrow Post")
        assert head.headline == "Covered market to be rebuilt"
        assert [line.value for line in head.bylines] == ["Nora Lind"]
        assert head.dates == ["4 September 2025"]
        assert head.end == 5


def test_a_sign_off_in_another_language_is_no_part_of_the_body() -> None:
    page = read_text(
        "Markthalle wird neu gebaut\nRedaktion Vexora\n4. September 2025\n"
        "Der Rat von Harrow hat beschlossen, die Markthalle neu zu bauen, die im Frühling brannte.\nNordbote/ow\n"
    )
    assert page.sign_off == "Nordbote/ow"
    assert "Nordbote" not in page.text
    assert page.byline == "Redaktion Vexora"
