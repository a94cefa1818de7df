"""Inspection finds nothing wrong with our own pages: of the sample newspaper and of imported articles."""

import gzip
import json
from datetime import datetime
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import pytest

from portal_house import Build, House
from recirc.demo.paper import pieces
from recirc.extraction.html import read_html
from recirc.provenance.inspect import inspect
from recirc.text.clean import body_html
from recirc.types import Article, Author

SHARED = Path(__file__).parents[3] / "shared/data"
IMPORTED = {"languages/de": 16, "languages/pt-BR": 8, "reuters/articles": 16}
"""Of how many articles of each file one is looked at; all of the first 500 were measured, see docs/results.md."""
FIRST = 500


def findings(house: House, ids: list[str]) -> list[tuple[str, str, str]]:
    found = []
    for name in ids:
        answer = house.client.get(f"/article/{quote(name, safe='')}", follow_redirects=True)
        assert answer.status_code == 200, name
        page = read_html(answer.text, url=f"https://tide.example/article/{quote(name, safe='')}")
        inspected = inspect(page)
        found += [(name, f"{each.kind}: {each.evidence}", each.why) for each in inspected.findings]
    return found


def test_nothing_is_found_on_the_pages_of_the_sample_newspaper(build: Build) -> None:
    house = build()
    paper = [piece.article for piece in pieces(house.now)]
    house.engine.publish(paper).result()
    house.engine.catch_up()
    assert findings(house, [article.id for article in paper[::4]]) == []


def imported(row: dict[str, str], name: str) -> Article:
    """An article of one of the files; those of the newswire have a date and name the agency."""
    wire = "dateline" in row
    return Article(
        id=name,
        headline=row.get("headline") or row["title"],
        body=body_html(row["body"], "text"),
        section=row.get("section", "news"),
        language=row.get("language", "en"),
        authors=(Author(name="Reuters"),) if wire else (),
        published=datetime.fromisoformat(row["published"]) if wire else None,
    )


@pytest.mark.parametrize("name", sorted(IMPORTED))
def test_nothing_is_found_on_imported_articles(build: Build, name: str) -> None:
    path = SHARED / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip("the measuring data is not here")
    house = build()
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, FIRST)]
    made = [imported(row, f"{path.name}-{number}") for number, row in enumerate(rows)]
    house.engine.publish(made).result()
    house.engine.catch_up()
    assert findings(house, [article.id for article in made[:: IMPORTED[name]]]) == []
