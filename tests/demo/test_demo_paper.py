from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

import pytest
from demo_town import NOON, written

from recirc.demo.paper import FOLDERS, articles, authors, paper, pieces
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.text.clean import words_of
from recirc.text.language import language

BY_LINES = {
    "Mara Linden", "Joseph Okafor", "Beth Carrow", "Anders Holm", "Priya Raman",
    "Nell Ashworth", "Callum Reid", "Sofia Marchetti", "Edwin Pask", "Ruby Tanner",
}  # fmt: skip
COPIES = {
    "wrenmouth-seawall-breached-wire": "storm-breaches-mole",
    "ncp-gas-main-wrenmouth-evacuation": "gas-leak-empties-netmaker-square",
    "skarholm-ferries-halted-wire": "skarline-crews-walk-out",
    "ncp-wrenmouth-library-tied-vote": "mayors-casting-vote-library",
    "ncp-lantern-festival-wrenmouth": "lantern-night",
    "wrenmouth-whale-guided-out-wire": "whale-released",
    "ncp-wrenmouth-mayor-poll": "tide-poll-halloran-quist-three-points",
    "ncp-rovers-tarnwick-shoot-out": "rovers-beat-tarnwick-on-penalties",
}


def test_it_is_a_whole_newspaper() -> None:
    found = [piece.article for piece in written()]
    assert len(found) == len(list(FOLDERS["en"].glob("*/*.md"))) >= 120
    assert len({article.id for article in found}) == len(found)
    assert {article.section for article in found} == {section.slug for section in paper().section}
    assert min(Counter(article.section for article in found).values()) >= 10
    assert {article.authors[0].name for article in found} == {*BY_LINES, "North Coast Press"}


def test_the_german_paper_is_another_newspaper() -> None:
    german, english = [pieces(NOON, "de"), written()]
    found = [piece.article for piece in german]
    assert len(found) == len(list(FOLDERS["de"].glob("*/*.md"))) == 40
    assert {article.id for article in found}.isdisjoint(piece.article.id for piece in english)
    assert {article.section for article in found} == {section.slug for section in paper("de").section}
    assert {article.authors[0].name for article in found} == set(authors("de"))
    assert {article.provenance.outlet for article in found} == {paper("de").name}
    assert {article.language for article in found} == {"de"}
    assert Counter(piece.story for piece in german if piece.story) == {
        "siel": 5, "deichbad": 5, "faehre": 4, "buddelschiff": 4, "hsg": 4,
    }  # fmt: skip
    for article in found:
        assert 120 <= len(words_of(article.body).split()) <= 350, article.id
        assert article.summary
        assert 1 <= len(article.topics) <= 4, article.id


def test_the_german_articles_are_german() -> None:
    assert {language(words_of(article.body)) for article in articles(NOON, "de")} == {"de"}


def test_each_article_is_complete() -> None:
    for article in (piece.article for piece in written()):
        assert 80 <= len(words_of(article.body).split()) <= 400, article.id
        assert article.body.startswith("<p>")
        assert article.headline
        assert article.summary
        assert len(article.summary.split()) <= 30, article.id
        assert 1 <= len(article.topics) <= 4, article.id


def test_each_author_is_somebody() -> None:
    for author in authors("de").values():
        assert author.role
        assert author.biography
        assert author.biography.startswith(author.name)
        assert author.outlet == paper("de").name
    for name in BY_LINES:
        author = authors()[name]
        assert author.role
        assert author.biography
        assert len(author.biography.split()) >= 30
        assert author.biography.startswith(name)
        assert author.outlet == paper().name
    assert authors()["North Coast Press"].outlet == "North Coast Press"


def test_stories_run_for_five_to_eight_parts_over_several_days() -> None:
    parts: dict[str, list[datetime]] = {}
    for piece in written():
        if piece.story and not piece.copy_of and piece.article.published:
            parts.setdefault(piece.story, []).append(piece.article.published)
    assert len(parts) >= 8
    assert {story: len(moments) for story, moments in parts.items() if not 5 <= len(moments) <= 8} == {}
    assert min(max(moments) - min(moments) for moments in parts.values()) > timedelta(days=3)


def test_wire_versions_belong_to_the_agency() -> None:
    wire = {piece.article.id: piece for piece in written() if piece.copy_of}
    assert {name: piece.copy_of for name, piece in wire.items()} == COPIES
    published = {piece.article.id: piece for piece in written()}
    for name, original in COPIES.items():
        copy, ours = wire[name].article, published[original].article
        assert copy.provenance.outlet == copy.authors[0].name == "North Coast Press"
        assert ours.provenance.outlet == "The Wrenmouth Tide"
        assert copy.section == ours.section
        assert copy.published
        assert ours.published
        assert abs(copy.published - ours.published) <= timedelta(minutes=90)


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=13, minutes=45)), timezone(timedelta(hours=-9))]
)
@pytest.mark.parametrize("clock", ["00:00:00", "00:00:30", "06:31:00", "08:59:59", "12:00:00", "23:59:59"])
def test_nothing_is_dated_in_the_future(clock: str, zone: timezone) -> None:
    now = datetime.fromisoformat(f"2026-03-01T{clock}").replace(tzinfo=zone)
    moments = [article.published for article in articles(now) if article.published]
    assert len(moments) == len(written())
    assert max(moments) < now
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert min(moments) >= now - timedelta(days=14)


def test_articles_keep_their_order_and_time_of_day_whenever_the_paper_is_opened() -> None:
    at_noon = [article.id for article in articles(NOON)]
    assert [article.id for article in articles(NOON.replace(hour=0, second=1))] == at_noon
    storm = next(a for a in articles(NOON) if a.id == "storm-breaches-mole")
    assert storm.published == datetime(2026, 3, 5, 7, 15, tzinfo=UTC)


def test_wire_versions_are_one_story_with_their_articles_and_nothing_else_is(tmp_path: Path) -> None:
    engine = Engine.open(Settings(store=StoreSettings(path=str(tmp_path / "recirc.db"))))
    try:
        engine.publish(articles(NOON)).result()
        engine.catch_up()
        found = {
            frozenset((article.id, other.id))
            for article in articles(NOON)
            for other in engine.story(article.id)
        }
    finally:
        engine.close()
    wanted = {frozenset(pair) for pair in COPIES.items()}
    missed, false = wanted - found, found - wanted
    table = [f"missed: {sorted(pair)}" for pair in missed] + [f"false: {sorted(pair)}" for pair in false]
    assert not table, "\n".join(table)


def test_the_paper_of_one_moment_is_always_the_same() -> None:
    assert pieces(NOON) == written()
