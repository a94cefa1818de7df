"""An editor's word against a finding: what followed from it is taken back, and stays so until it is in force again."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from recirc.provenance.attribution import attribution
from recirc.provenance.overrule import judged
from recirc.provenance.parts import as_given, shown
from recirc.settings import ProvenanceSettings
from recirc.text.article_features import extract_features
from recirc.types import Article, ArticleParts, Author, Finding, Provenance

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
KINDS = ("copied", "byline", "date", "section", "injected", "links")
FOUND = tuple(Finding(kind=kind, evidence="e", confidence=0.9, why="w", stands=True) for kind in KINDS)
GIVEN = Article(
    id="1",
    headline="ParrotFerry sails",
    body="<p>The Parrotferry sails.</p>",
    section="money",
    authors=(Author(name="Polly Green", role="Editor"), Author(name="Jo de la Hart and Sons")),
    published=NOON,
    updated=NOON.replace(hour=14),
    provenance=Provenance(outlet="Parrot", source="feed https://parrot.example/rss"),
)
EVIDENT = ArticleParts(
    headline="Ferry sails",
    body="<p>The ferry sails.</p>",
    authors=(Author(name="Ann Ort"),),
    first_published_by="Tide",
    first_published=NOON.replace(day=19),
    original="2",
    original_url="https://tide.example/2",
)
SHOWN = shown(GIVEN, FOUND, EVIDENT, ProvenanceSettings())
LISTING = ProvenanceSettings(copies="list")


def stored(article: Article) -> Article:
    return msgspec.json.decode(msgspec.json.encode(article), type=Article)


def test_each_overruled_kind_gives_back_what_was_given() -> None:
    assert (SHOWN.headline, SHOWN.published, SHOWN.section) == ("Ferry sails", None, "news")
    injected = judged(stored(SHOWN), "injected", True, ProvenanceSettings())
    assert (injected.headline, injected.body) == (GIVEN.headline, GIVEN.body)
    dated = judged(stored(SHOWN), "date", True, ProvenanceSettings())
    assert (dated.published, dated.updated) == (GIVEN.published, GIVEN.updated)
    assert judged(stored(SHOWN), "section", True, ProvenanceSettings()).section == "money"
    copied = judged(stored(SHOWN), "copied", True, ProvenanceSettings())
    assert (copied.provenance.first_published_by, copied.provenance.original) == (None, None)
    assert attribution(copied, ()) is None


def test_authors_come_back_when_nothing_speaks_against_them_any_more() -> None:
    half = judged(SHOWN, "copied", True, ProvenanceSettings())
    assert half.authors == EVIDENT.authors
    assert judged(half, "byline", True, ProvenanceSettings()).authors == GIVEN.authors


@pytest.mark.parametrize("vetting", [ProvenanceSettings(), LISTING, ProvenanceSettings(sections="keep")])
@pytest.mark.parametrize("kind", KINDS)
def test_an_overrule_says_so_and_can_be_taken_back_exactly(kind: str, vetting: ProvenanceSettings) -> None:
    before = shown(GIVEN, FOUND, EVIDENT, vetting)
    overruled = stored(judged(before, kind, True, vetting))
    findings = overruled.provenance.findings
    assert [(each.kind, each.overruled, each.stands) for each in findings if each.kind == kind] == [
        (kind, True, False)
    ]
    assert [each for each in findings if each.kind != kind] == [each for each in FOUND if each.kind != kind]
    assert judged(overruled, kind, False, vetting) == before


def test_all_overruled_is_as_it_was_given() -> None:
    article = SHOWN
    for kind in KINDS:
        article = judged(article, kind, True, ProvenanceSettings())
    assert replace(article, provenance=GIVEN.provenance) == GIVEN
    assert as_given(article) == GIVEN
    assert as_given(SHOWN) == GIVEN


def test_what_is_in_force_again_brings_no_other_kind_with_it() -> None:
    article = SHOWN
    for kind in KINDS:
        article = judged(article, kind, True, ProvenanceSettings())
    again = judged(article, "date", False, ProvenanceSettings())
    assert (again.published, again.authors, again.headline) == (None, GIVEN.authors, GIVEN.headline)
    assert [found.kind for found in again.provenance.findings if found.stands] == ["date"]


def test_a_body_that_was_not_published_comes_back() -> None:
    listed = shown(GIVEN, FOUND[:1], EVIDENT, LISTING)
    assert listed.body == ""
    overruled = judged(stored(listed), "copied", True, LISTING)
    assert overruled.body == GIVEN.body
    assert judged(overruled, "copied", False, LISTING) == listed


def test_only_a_finding_in_force_makes_a_copy() -> None:
    assert extract_features(SHOWN).copy
    assert not extract_features(judged(SHOWN, "copied", True, ProvenanceSettings())).copy
