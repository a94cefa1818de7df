"""Each kind of finding in each of twelve languages, as golden pairs: LANGUAGE_KIND.txt, and .json with what is found.

The pages are invented. Each is also inspected after changes that must not matter: a line of another site in front, and
for lists and sections another order of what stands above the article.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from recirc.extraction.text import read_text
from recirc.provenance import KINDS
from recirc.provenance.inspect import inspect

GOLDEN = Path(__file__).parent / "golden_languages"
PAGES = sorted(GOLDEN.glob("*.txt"))
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh")
FRONT = "Algosensey\nMenu\nNews | Sport | Culture | Weather\n"


def wanted(page: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(page.with_suffix(".json").read_text("utf-8"))
    return said


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_page_is_accused_of_its_fault_and_of_no_other(page: Path) -> None:
    found = inspect(read_text(page.read_text("utf-8")))
    assert sorted(finding.kind for finding in found.findings) == wanted(page)["kinds"]
    assert found.headline == wanted(page)["headline"]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_line_of_another_site_and_a_menu_in_front_change_nothing(page: Path) -> None:
    found = inspect(read_text(FRONT + page.read_text("utf-8")))
    assert sorted(finding.kind for finding in found.findings) == wanted(page)["kinds"]


def test_there_is_a_page_for_each_kind_and_language() -> None:
    assert {page.stem for page in PAGES} == {f"{language}_{kind}" for language in LANGUAGES for kind in KINDS}
    assert all(page.stem.split("_")[1] in wanted(page)["kinds"] for page in PAGES)
