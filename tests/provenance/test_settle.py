"""What is published of what was found."""

from datetime import UTC, datetime

import msgspec
import pytest
from msgspec.structs import replace

from recirc.extraction.text import read_text
from recirc.provenance.inspect import Inspection, inspect
from recirc.provenance.reading import ArchiveCopy
from recirc.provenance.settle import merged, page_of, settle
from recirc.settings import ProvenanceSettings
from recirc.types import Article, Author, Finding, Provenance

TEXT = """Kelvaroo|The clinic keeps its night doctor -Montabrix
Kelvaroo|The clinic keeps its night doctor
Ollervane Desk
Date:2026-01-19 11:02:44
The authority gave way to the Kelvaroovalley earlier this month, on August 27, a nurse told Meridian News.
The valley had sent its petition on a stretcher, which two patients carried and a third lay upon.
Petra Lom has been Meridian News' correspondent in the valley since 2011."""
SEEN = datetime(2026, 1, 20, tzinfo=UTC)
VETTING = ProvenanceSettings()


def arrived() -> tuple[Article, Inspection]:
    page = read_text(TEXT)
    article = Article(
        id="https://kelvaroo.example/1",
        headline="The clinic keeps its night doctor",
        body=page.body,
        section="health",
        authors=(Author(name="Ollervane Desk"),),
        published=page.published,
        provenance=Provenance(source="feed https://kelvaroo.example/rss", outlet="Kelvaroo", first_seen=SEEN),
    )
    return article, inspect(page)


def test_a_copy_is_shown_under_its_authors_name_without_date_and_without_the_brand() -> None:
    article, found = arrived()
    settled = settle(article, found, VETTING).article
    assert settled is not None
    origin = settled.provenance
    assert origin.first_published_by == "Meridian News"
    assert [author.name for author in settled.authors] == ["Petra Lom"]
    assert settled.authors[0].outlet == "Meridian News"
    assert settled.published is None
    assert "Kelvaroo" not in settled.body
    assert "to the valley earlier" in settled.body


def test_what_was_claimed_and_observed_is_kept_word_for_word() -> None:
    article, found = arrived()
    settled = settle(article, found, VETTING).article
    assert settled is not None
    claims = settled.provenance.claims
    assert claims is not None
    assert claims.byline == "Ollervane Desk"
    assert claims.published == "2026-01-19 11:02:44"
    assert claims.headline == "Kelvaroo|The clinic keeps its night doctor -Montabrix"
    assert {each.kind for each in settled.provenance.findings} >= {"copied", "byline", "date", "injected"}
    assert (settled.provenance.first_seen, settled.provenance.source) == (
        SEEN,
        "feed https://kelvaroo.example/rss",
    )
    assert settled.id == article.id


@pytest.mark.parametrize("kind", ["copied", "byline", "date", "injected"])
def test_nothing_follows_from_a_finding_that_an_editor_overruled(kind: str) -> None:
    article, found = arrived()
    first = settle(article, found, VETTING).article
    assert first is not None
    findings = tuple(replace(each, overruled=each.kind == kind) for each in first.provenance.findings)
    edited = replace(first, provenance=replace(first.provenance, findings=findings))
    again = settle(article, found, VETTING, edited).article
    assert again is not None
    assert [each.kind for each in again.provenance.findings if each.overruled] == [kind]
    assert (again.provenance.first_published_by is None) == (kind == "copied")
    assert (again.published is not None) == (kind == "date")
    assert ("Kelvaroo" in again.body) == (kind == "injected")


def test_an_overrule_holds_for_its_evidence_only() -> None:
    article, found = arrived()
    before = Finding(kind="date", evidence="other words", confidence=0.9, why="w", overruled=True)
    edited = replace(article, provenance=replace(article.provenance, findings=(before,)))
    settled = settle(article, found, VETTING, edited).article
    assert settled is not None
    assert not any(each.overruled for each in settled.provenance.findings)


def test_a_copier_may_overrule_nothing_by_both_findings_of_its_byline() -> None:
    article, found = arrived()
    findings = tuple(replace(each, overruled=each.kind in ("copied", "byline")) for each in found.findings)
    edited = replace(article, provenance=replace(article.provenance, findings=findings))
    settled = settle(article, found, VETTING, edited).article
    assert settled is not None
    assert settled.authors == article.authors


def test_copies_are_refused_or_listed_as_the_settings_say() -> None:
    article, found = arrived()
    refused = settle(article, found, replace(VETTING, copies="refuse"))
    assert refused.article is None
    assert "provenance.copies" in refused.why
    assert "Meridian News" in refused.why
    listed = settle(article, found, replace(VETTING, copies="list")).article
    assert listed is not None
    assert listed.body == ""
    assert listed.provenance.first_published_by == "Meridian News"


def test_findings_that_are_not_sure_enough_are_kept_without_consequence() -> None:
    article, found = arrived()
    settled = settle(article, found, replace(VETTING, least_confidence=1.0, copies="refuse")).article
    assert settled is not None
    assert len(settled.provenance.findings) == len(found.findings)
    assert (settled.body, settled.published, settled.authors) == (
        article.body,
        article.published,
        article.authors,
    )


def test_nothing_is_inspected_where_the_settings_say_so() -> None:
    article, found = arrived()
    settled = settle(article, found, replace(VETTING, inspect=False)).article
    assert settled is not None
    assert settled.provenance.findings == ()
    assert settled.body == article.body


def test_a_near_copy_in_the_archive_is_the_original() -> None:
    body = "".join(f"<p>Sentence {n} tells of the ferry that never left its pier.</p>" for n in range(30))
    article = Article(
        id="copy",
        headline="Ferry",
        body=body,
        published=datetime(2026, 5, 2, tzinfo=UTC),
        authors=(Author(name="Mellow Page"),),
        provenance=Provenance(outlet="Brightfeed"),
    )
    known = ArchiveCopy(
        "orig", "The ferry", "The Tide", datetime(2026, 5, 1, tzinfo=UTC), "https://tide.example/f", 0.97
    )
    found = inspect(page_of(article), copies=lambda _: [known])
    settled = settle(article, found, VETTING).article
    assert settled is not None
    origin = settled.provenance
    assert (origin.first_published_by, origin.original, origin.original_url) == (
        "The Tide",
        "orig",
        known.url,
    )
    assert origin.first_published == known.published
    assert settled.authors == ()
    assert settled.published == article.published


@pytest.mark.parametrize(
    "known",
    [
        ArchiveCopy("o", "H", "Brightfeed", datetime(2026, 5, 1, tzinfo=UTC), None, 1.0),  # the same outlet
        ArchiveCopy("o", "H", None, datetime(2026, 5, 1, tzinfo=UTC), None, 1.0),  # nobody knows whose
        ArchiveCopy("o", "H", "The Tide", datetime(2026, 5, 3, tzinfo=UTC), None, 1.0),  # later
        ArchiveCopy("o", "H", "The Tide", datetime(2026, 5, 1, tzinfo=UTC), None, 0.4),  # a quotation
        ArchiveCopy(
            "o", "H", "The Tide", datetime(2026, 5, 1, tzinfo=UTC), "https://tide.example/f", 1.0
        ),  # linked
    ],
)
def test_what_only_looks_like_an_original_accuses_nobody(known: ArchiveCopy) -> None:
    article = Article(
        id="copy",
        headline="Ferry",
        body='<p>First in <a href="https://tide.example/f">another paper</a>.</p>',
        published=datetime(2026, 5, 2, tzinfo=UTC),
        provenance=Provenance(outlet="Brightfeed"),
    )
    assert inspect(page_of(article), copies=lambda _: [known]).findings == ()


TIDE = "https://tide.example/1"


def version(source: str | None, body: str, **fields: object) -> Article:
    """A version of the Tide's article."""
    made = Article(
        id=TIDE,
        headline=f"By {source}",
        body=f"<p>{body}</p>",
        provenance=Provenance(source=source, outlet=source),
    )
    return msgspec.convert({**msgspec.to_builtins(made), **fields}, Article)


def test_nothing_known_is_lost_and_the_first_sight_stays() -> None:
    feed = version("feed https://tide.example/rss", "One.", topics=["Ferry"], published=SEEN.isoformat())
    feed = replace(feed, provenance=replace(feed.provenance, first_seen=SEEN))
    page = version("page https://tide.example/", "One and two and three.", section="world")
    page = replace(page, provenance=replace(page.provenance, first_seen=SEEN.replace(day=25)))
    one = merged(feed, replace(page, id="2"))
    assert (one.id, one.headline, one.body) == (TIDE, page.headline, page.body)
    assert (one.topics, one.section, one.published) == (("Ferry",), "world", SEEN)
    assert (one.provenance.first_seen, one.provenance.source) == (SEEN, page.provenance.source)


@pytest.mark.parametrize("fetched", [None, TIDE])
def test_another_source_only_fills_in_what_is_not_known(fetched: str | None) -> None:
    tide = version("feed https://tide.example/rss", "One and two.")
    rogue = version(
        "feed https://rogue.example/rss",
        "One and two and lies without end.",
        summary="S",
        updated=SEEN.isoformat(),
        published=SEEN.isoformat(),
    )
    origin = replace(
        rogue.provenance, fetched_url=fetched, first_published_by="Rogue", original_url="https://x.example/"
    )
    one = merged(tide, replace(rogue, provenance=origin))
    assert (one.headline, one.body, one.updated) == (tide.headline, tide.body, None)
    assert (one.summary, one.published) == ("S", SEEN)
    assert (one.provenance.source, one.provenance.outlet) == (tide.provenance.source, tide.provenance.outlet)
    assert (one.provenance.first_published_by, one.provenance.original_url) == (None, None)


@pytest.mark.parametrize("source", [None, "api", "file articles.jsonl"])
def test_no_source_overrides_what_the_newsroom_published(source: str | None) -> None:
    ours = Article(id=TIDE, headline="Ours", provenance=Provenance(source=source))
    polled = version("feed https://tide.example/rss", "Longer.", authors=[{"name": "Eve"}], summary="S")
    polled = replace(polled, updated=SEEN, provenance=replace(polled.provenance, first_published_by="Eve's"))
    assert merged(ours, polled) == replace(ours, summary="S")
    assert merged(ours, replace(polled, id="2", provenance=ours.provenance)).headline == polled.headline


def test_a_correction_is_not_lost_when_two_sources_know_the_article() -> None:
    wire = version("feed https://wire.example/rss", "One and two and three.")
    tide = version("sitemap https://www.tide.example/sitemap.xml", "One.")
    assert merged(wire, tide).body == tide.body
    assert merged(merged(wire, tide), wire).body == tide.body
    shorter = version("feed https://wire.example/rss", "Two.")
    assert merged(
        merged(wire, version("feed https://other.example/rss", "Three four five six.")), shorter
    ).body == (shorter.body)


def test_a_beginning_replaces_no_text_of_its_own_site() -> None:
    page = version("sitemap https://tide.example/sitemap.xml", "word " * 150)
    feed = version("feed https://tide.example/rss", "word " * 20)
    assert merged(page, feed).body == page.body
    assert merged(page, version("feed https://tide.example/rss", "word " * 120)).body != page.body
    # What another site wrote is no text of it.
    assert merged(version("feed https://wire.example/rss", "word " * 150), feed).body == feed.body


def test_a_text_that_was_taken_away_does_not_come_back_by_merging() -> None:
    copied = Finding(kind="copied", evidence="e", confidence=0.9, why="w", stands=True)
    listed = version("feed https://tide.example/rss", "")
    listed = replace(listed, body="", provenance=replace(listed.provenance, findings=(copied,)))
    other = version("feed https://wire.example/rss", "One.", authors=[{"name": "Eve"}])
    assert (merged(listed, other).body, merged(listed, other).authors) == ("", ())
    assert (
        merged(replace(listed, provenance=replace(listed.provenance, findings=())), other).body == other.body
    )


def test_a_source_may_shorten_its_own_article() -> None:
    old = Article(id="1", headline="H", body="<p>One two three.</p>", provenance=Provenance(source="feed a"))
    new = replace(old, body="<p>One.</p>")
    assert merged(old, new).body == "<p>One.</p>"


def test_a_date_that_was_found_wrong_does_not_come_back_by_merging() -> None:
    wrong = Finding(kind="date", evidence="e", confidence=0.9, why="w", stands=True)
    old = Article(
        id="1",
        headline="H",
        body="<p>One two three.</p>",
        provenance=Provenance(source="a", findings=(wrong,)),
    )
    new = Article(id="1", headline="H", body="<p>One.</p>", published=SEEN, provenance=Provenance(source="b"))
    assert merged(old, new).published is None
