"""What every kind of source does, whatever it reads: found by its answer, asked twice, changed, broken in one place."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from site_server import NOW, SAMPLES, STORIES, Site, Story, polled

from recirc.reading.rejections import RejectedValueError
from recirc.reading.urls import identity_of
from recirc.settings import SourceEntry
from recirc.sources.fetching import Fetcher
from recirc.sources.finder import find, kind_named
from recirc.sources.source import FetchError, PollState, kinds
from recirc.text.clean import words_of

SEES_NO_CHANGES = {"page": "a list of links says nothing of changes"}


@pytest.fixture(autouse=True)
def _empty(site: Site) -> None:
    site.answers.clear()


def test_every_kind_has_a_sample() -> None:
    assert set(kinds()) == set(SAMPLES)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_kind_is_found_by_what_the_address_answers(
    kind: str, site: Site, fetch: Fetcher, tmp_path: Path
) -> None:
    source = find(SAMPLES[kind](site, tmp_path, STORIES), fetch)
    assert source.kind == kind
    assert type(source) is kind_named(kind)


@pytest.mark.parametrize("kind", SAMPLES)
def test_all_articles_come_once(kind: str, site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    source = find(SAMPLES[kind](site, tmp_path, STORIES), fetch)
    state = PollState()
    articles, refusals = polled(source, fetch, state)
    assert not refusals
    assert {a.id for a in articles} == {identity_of(f"{site.url}{s.path}") for s in STORIES}
    by_headline = {a.headline: a for a in articles}
    for story in STORIES:
        article = by_headline[story.headline]
        assert article.published == datetime.fromisoformat(story.published)
        assert "photographs of the cracks" in words_of(article.body)
        said = article.provenance
        assert said.source is not None
        assert said.source.startswith(f"{kind} ")
        assert said.first_seen == NOW
        assert said.claims is not None
        assert said.claims.headline is not None
    kept = msgspec.json.decode(msgspec.json.encode(state), type=PollState)
    assert polled(source, fetch, kept) == ([], [])


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_change_is_one_update(kind: str, site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    if kind in SEES_NO_CHANGES:
        pytest.skip(SEES_NO_CHANGES[kind])
    source = find(SAMPLES[kind](site, tmp_path, STORIES), fetch)
    state = PollState()
    polled(source, fetch, state)
    changed = STORIES[1].changed()
    SAMPLES[kind](site, tmp_path, (STORIES[0], changed, STORIES[2]))
    articles, refusals = polled(source, fetch, state)
    assert [a.headline for a in articles] == [changed.headline]
    assert not refusals
    assert "The stone has come" in words_of(articles[0].body)
    assert polled(source, fetch, state) == ([], [])


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_broken_article_ends_nothing(kind: str, site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    broken = replace(STORIES[1], broken=True)
    source = find(SAMPLES[kind](site, tmp_path, (STORIES[0], broken, STORIES[2])), fetch)
    state = PollState()
    articles, refusals = polled(source, fetch, state)
    assert {a.headline for a in articles} == {STORIES[0].headline, STORIES[2].headline}
    assert len(refusals) == 1
    assert refusals[0].line >= 1
    assert refusals[0].file
    # It is said once, not at every poll …
    assert polled(source, fetch, state) == ([], [])
    # … and taken as soon as it is whole.
    SAMPLES[kind](site, tmp_path, (STORIES[0], STORIES[1].changed(), STORIES[2]))
    if kind not in SEES_NO_CHANGES:
        assert [a.headline for a in polled(source, fetch, state)[0]] == [STORIES[1].headline]


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_newest_come_first_and_the_rest_next_time(
    kind: str, site: Site, fetch: Fetcher, tmp_path: Path
) -> None:
    many = tuple(Story(f"story-number-{n}-of-some", f"This is story number {n}", day=n) for n in range(1, 6))
    entry = msgspec.structs.replace(SAMPLES[kind](site, tmp_path, many), most=2)
    source = find(entry, fetch)
    state = PollState()
    first, _ = polled(source, fetch, state)
    assert len(first) == 2
    if kind != "page":  # which has no dates before the articles are read
        assert [a.headline for a in first] == ["This is story number 5", "This is story number 4"]
    seen = {a.id for a in first}
    for _ in range(4):
        seen |= {a.id for a in polled(source, fetch, state)[0]}
    if kind in ("wordpress", "ghost"):
        assert len(seen) >= 2  # the archive of an API is not taken, only what is new
    else:
        assert len(seen) == 5


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind != "folder"])
def test_a_source_that_is_not_there_says_so(kind: str, site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    entry = SAMPLES[kind](site, tmp_path, STORIES)
    source = find(entry, fetch)
    site.answers.clear()
    with pytest.raises(FetchError, match="404") as error:
        polled(source, fetch, PollState())
    assert error.value.gone


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind != "folder"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b"<html><p>Moved",
        b"{" * 50_000,
        b"[" * 50_000,
        b'{"posts": 1}',
        b"<rss",
        b"null",
    ],
)
def test_what_is_not_of_its_kind_is_refused(
    kind: str, content: bytes, site: Site, fetch: Fetcher, tmp_path: Path
) -> None:
    source = find(SAMPLES[kind](site, tmp_path, STORIES), fetch)
    for path in list(site.answers):
        site.put(path, "application/octet-stream", content)
    try:
        found = polled(source, fetch, PollState())[0]
    except (RejectedValueError, FetchError) as error:
        found = []
        said = str(error)
    else:
        said = "nothing is listed"
    assert found == []
    assert len(said) > 10


def test_a_kind_that_is_unknown_names_the_nearest() -> None:
    with pytest.raises(RejectedValueError, match='did you mean "sitemap"'):
        kind_named("sitemaps")
    with pytest.raises(RejectedValueError, match="feed, sitemap"):
        kind_named("gopher")


def test_a_page_that_advertises_a_feed_is_that_feed(site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    SAMPLES["feed"](site, tmp_path, STORIES)
    head = (
        '<link rel=alternate type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel=alternate type="application/rss+xml" href="/gone">'
        '<link rel=alternate type="application/rss+xml" href="/feed">'
    )
    site.put("/", "text/html", f"<!doctype html><html><head>{head}</head><body>News</body></html>")
    source = find(SourceEntry(address=f"{site.url}/", outlet="The Tide"), fetch)
    assert (source.kind, source.entry.address, source.entry.outlet) == (
        "feed",
        f"{site.url}/feed",
        "The Tide",
    )
    assert "/comments/feed" not in site.asked


def test_what_fits_no_kind_is_refused_with_what_was_seen(site: Site, fetch: Fetcher, tmp_path: Path) -> None:
    site.put("/x", "application/pdf", b"%PDF-1.7 and so on")
    with pytest.raises(
        RejectedValueError, match=r"application/pdf, beginning with .*%PDF.*kinds are feed, .*--kind"
    ):
        find(SourceEntry(address=f"{site.url}/x"), fetch)
    with pytest.raises(RejectedValueError, match=r"https://tide\.example"):
        find(SourceEntry(address="tide.example"), fetch)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(RejectedValueError, match="put others in a folder"):
        find(SourceEntry(address=str(tmp_path / "a.pdf")), fetch)
    with pytest.raises(RejectedValueError, match="begin with http"):
        find(SourceEntry(address="gopher://tide.example"), fetch)
