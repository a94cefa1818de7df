"""Pages of both kinds, as golden pairs: NAME.txt or NAME.html, and NAME.json with what must be found on it."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from recirc.extraction.html import read_html
from recirc.extraction.text import read_text
from recirc.provenance import KINDS
from recirc.provenance.check import checks
from recirc.provenance.inspect import Inspection, inspect
from recirc.provenance.report import as_json, as_text

GOLDEN = Path(__file__).parent / "golden"
EXPECTED = sorted(GOLDEN.glob("*.json"))


def _inspected(expected: Path) -> tuple[Inspection, dict[str, Any]]:
    wanted: dict[str, Any] = json.loads(expected.read_text("utf-8"))
    text, markup = expected.with_suffix(".txt"), expected.with_suffix(".html")
    page = (
        read_text(text.read_text("utf-8"))
        if text.exists()
        else read_html(markup.read_bytes(), url=wanted.pop("url"))
    )
    return inspect(page), wanted


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_a_page_is_accused_of_what_is_wrong_with_it_and_of_nothing_else(expected: Path) -> None:
    found, wanted = _inspected(expected)
    assert sorted({finding.kind for finding in found.findings}) == wanted.pop("kinds"), found.findings
    said = as_json(found)
    injected = wanted.pop("without", None)
    if injected is not None:
        assert injected not in said["body"] + said["headline"] + found.body
    published = wanted.pop("published", said["published"])
    assert (said["published"] is None) == (published is None)
    if published is not None:
        assert datetime.fromisoformat(said["published"]) == datetime.fromisoformat(published)
    assert {name: said[name] for name in wanted} == wanted


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda path: path.stem)
def test_evidence_is_in_the_pages_own_words(expected: Path) -> None:
    found, _ = _inspected(expected)
    source = next(
        path for path in (expected.with_suffix(".txt"), expected.with_suffix(".html")) if path.exists()
    )
    text = re.sub(r"<[^<>]*>", "", source.read_text("utf-8")) + source.read_text("utf-8")
    page = " ".join(text.split()).replace("&#x27;", "'").replace("&amp;", "&").casefold()
    for finding in found.findings:
        quotes = [
            part
            for part in finding.evidence.casefold().split('"')[1::2]
            if "(" not in part and "t" not in part[10:11]
        ]
        assert all(quote in page or quote.split("t")[0] in page for quote in quotes), finding
        assert finding.why
        assert 0.5 < finding.confidence <= 1
        assert finding.evidence in as_text(found).replace("…", "") or len(finding.evidence) > 500


def test_every_kind_has_a_check_and_goldens_of_both_kinds() -> None:
    assert {check.kind for check in checks()} == set(KINDS)
    kinds = [json.loads(path.read_text("utf-8"))["kinds"] for path in EXPECTED]
    assert len(kinds) >= 40
    assert sum(not each for each in kinds) >= 20
    assert {kind for each in kinds for kind in each} == set(KINDS)
