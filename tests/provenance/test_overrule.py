"""An editor's word against a finding: what followed from it is taken back, and stays so."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from recirc.provenance.attribution import attribution
from recirc.provenance.overrule import as_claimed, judged
from recirc.text.understanding import understand
from recirc.types import Article, Author, Claims, Finding, Provenance

CLAIMS = Claims(
    headline="Parrot|Ferry sails",
    byline="By Polly Green and Jo Hart",
    published="2026-11-20",
    section="Money",
)
KINDS = ("copied", "byline", "date", "section", "injected")
FOUND = tuple(Finding(kind=kind, evidence="e", confidence=0.9, why="w", stands=True) for kind in KINDS)
SHOWN = Article(
    id="1",
    headline="Ferry sails",
    authors=(Author(name="Ann Ort"),),
    provenance=Provenance(
        outlet="Parrot",
        first_published_by="Tide",
        original="2",
        original_url="https://tide.example/2",
        claims=CLAIMS,
        findings=FOUND,
    ),
)


def test_each_overruled_kind_gives_back_what_was_claimed() -> None:
    assert judged(SHOWN, "injected", True).headline == "Parrot|Ferry sails"
    assert judged(SHOWN, "date", True).published == datetime(2026, 11, 20, tzinfo=UTC)
    assert judged(SHOWN, "section", True).section == "money"
    copied = judged(SHOWN, "copied", True)
    assert (copied.provenance.first_published_by, copied.provenance.original) == (None, None)
    assert attribution(copied, ()) is None


def test_authors_come_back_when_nothing_speaks_against_them_any_more() -> None:
    half = judged(SHOWN, "copied", True)
    assert half.authors == SHOWN.authors
    assert [author.name for author in judged(half, "byline", True).authors] == ["Polly Green", "Jo Hart"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_overrule_says_so_and_can_be_taken_back(kind: str) -> None:
    overruled = judged(SHOWN, kind, True).provenance.findings
    assert [(each.kind, each.overruled, each.stands) for each in overruled if each.kind == kind] == [
        (kind, True, False)
    ]
    assert [each for each in overruled if each.kind != kind] == [each for each in FOUND if each.kind != kind]
    again = judged(judged(SHOWN, kind, True), kind, False).provenance.findings
    assert not any(each.overruled for each in again)


def test_all_claims_together() -> None:
    bare = replace(SHOWN, provenance=replace(SHOWN.provenance, findings=()))
    claimed = as_claimed(bare)
    assert (claimed.headline, claimed.section, claimed.provenance.original) == (
        "Parrot|Ferry sails",
        "money",
        None,
    )


def test_only_a_finding_in_force_makes_a_copy() -> None:
    assert understand(SHOWN).copy
    assert not understand(judged(SHOWN, "copied", True)).copy
