"""Inspection finds no list on our own pages that has nothing to do with its article."""

import gzip
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from portal_house import Build, House
from recirc.demo.paper import pieces
from recirc.extraction.html import read_html
from recirc.provenance.inspect import inspect
from recirc.text.clean import body_html
from recirc.types import Article

SHARED = Path(__file__).parents[3] / "shared/data/languages"
IMPORTED = {"de": 16, "pt-BR": 8}
"""Of how many articles of each file one is looked at."""


def findings(house: House, ids: list[str]) -> list[tuple[str, str, str]]:
    found = []
    for name in ids:
        answer = house.client.get(f"/article/{quote(name, safe='')}", follow_redirects=True)
        assert answer.status_code == 200, name
        page = read_html(answer.text, url=f"https://tide.example/article/{quote(name, safe='')}")
        inspected = inspect(page)
        found += [(name, each.evidence, each.why) for each in inspected.findings if each.kind == "links"]
    return found


def test_no_foreign_list_is_found_on_the_pages_of_the_sample_newspaper(build: Build) -> None:
    house = build()
    paper = [piece.article for piece in pieces(house.now)]
    house.engine.publish(paper).result()
    house.engine.catch_up()
    assert findings(house, [article.id for article in paper[::4]]) == []


@pytest.mark.parametrize("name", sorted(IMPORTED))
def test_no_foreign_list_is_found_on_imported_articles(build: Build, name: str) -> None:
    path = SHARED / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the measuring data is not here")
    house = build()
    rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    made = [
        Article(
            id=f"{name}-{number}",
            headline=row["headline"],
            body=body_html(row["body"], "text"),
            section=row["section"],
            language=row["language"],
        )
        for number, row in enumerate(rows)
    ]
    house.engine.publish(made).result()
    house.engine.catch_up()
    assert findings(house, [article.id for article in made[:: IMPORTED[name]]]) == []
