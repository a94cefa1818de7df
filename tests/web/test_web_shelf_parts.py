"""What of a shelf is in sight beside an article, and the words about ranks that are missing."""

import doctest
from datetime import UTC, datetime

import pytest

from portal_house import House
from recirc.messages import MessageText, words_in
from recirc.messages.dates import DateFormats
from recirc.settings import PortalSettings
from recirc.settings.days import zone_named
from recirc.shelves.ranking import LEFT_OUT, METHODS, own_rank
from recirc.shelves.ranking_measures import RankingTerms, ranking_method
from recirc.text import teasers
from recirc.text.teasers import teaser_of
from recirc.types import Article, RankBy, Reason, Shelf, ShelfItem, Window
from recirc.web import article_length
from recirc.web.article_length import items_in_sight
from recirc.web.pictures import PictureGallery
from recirc.web.shelf_parts import ShelfParts, ShelfView

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def ranking(*ranks: int, method: str = "counted") -> Shelf:
    items = tuple(
        ShelfItem(
            article=f"a{rank}",
            position=place,
            score=1.0,
            reason=Reason(kind="most read", text="Read.", numbers={"rank": rank}),
            propensity=1.0,
        )
        for place, rank in enumerate(ranks)
    )
    return Shelf(kind="ranking", items=items, method=method, as_of=NOW, serve_id="1")


def seen(shelf: Shelf, words: int, settings: PortalSettings, css_class: str = "ranked") -> ShelfView:
    article = Article(id="read", headline="Read", body="<p>" + "word " * words + "</p>")
    parts = ShelfParts(
        settings, PictureGallery(lambda _: {}), lambda asked: article if asked == "read" else None
    )
    english = words_in("en")
    return parts.of(
        english, DateFormats(zone_named("UTC"), english), str.title, shelf, css_class, "read", NOW
    )


def test_the_examples_in_the_docstrings() -> None:
    for module in (article_length, teasers):
        found = doctest.testmod(module)
        assert found.attempted
        assert not found.failed


def test_beside_a_short_article_a_shelf_is_short_and_the_rest_is_a_press_away() -> None:
    shelf = ranking(*range(1, 9))
    short, long = seen(shelf, 100, PortalSettings()), seen(shelf, 900, PortalSettings())
    assert (short.in_sight.count("<li"), short.others.count("<li"), short.more) == (5, 3, 3)
    assert (long.in_sight.count("<li"), long.more) == (8, 0)
    assert short.in_sight + short.others == long.in_sight
    assert seen(shelf, 100, PortalSettings(fit_shelves=False)).more == 0


@pytest.mark.parametrize(
    ("css_class", "shown"), [("halves", 4), ("ranked", 5), ("halves quarters", 4), ("", 4)]
)
def test_each_form_of_shelf_has_its_length_and_one_more_item_is_shown_at_once(
    css_class: str, shown: int
) -> None:
    article = Article(id="a", headline="A", body="word " * 99)
    assert items_in_sight(article, css_class, 10) == shown
    assert items_in_sight(article, css_class, shown + 1) == shown + 1
    assert items_in_sight(None, css_class, 10) == 10


@pytest.mark.parametrize("language", ["en", "de", "ar", "ja"])
def test_the_rank_of_the_article_itself_is_found_and_no_other_gap(language: str) -> None:
    words = words_in(language)
    method = words.say(MessageText(LEFT_OUT, {"method": METHODS[Window.DAY], "rank": 1}))
    assert own_rank(ranking(2, 3, 5, method=method), words) == 1
    assert own_rank(ranking(2, 3, 5, method=words.say(METHODS[Window.DAY])), words) is None
    by_shares = ranking_method(RankingTerms(by=RankBy.SHARES), Window.DAY)
    method = words.say(MessageText(LEFT_OUT, {"method": by_shares, "rank": 1}))
    assert own_rank(ranking(2, 3, 5, method=method), words) == 1


def test_a_page_says_that_the_missing_rank_is_its_own_article(house: House) -> None:
    for article, readers in (("ferry-1", 4), ("ferry-2", 3), ("otter", 2)):
        for reader in range(readers):
            house.told("view", article, agent=f"Mozilla/5.0 (X11) Firefox/1{reader}")
    first = house.client.get("/article/ferry-1").text
    assert "Number 1 is this article." in first
    assert "Number 3 is this article." not in house.client.get("/article/ferry-3").text
    assert "is this article." not in house.client.get("/").text


def test_a_teaser_ends_with_a_sentence_where_one_ends_in_time() -> None:
    sentence = "The harbour board has put off its vote on the ferry until the tide tables are printed. "
    assert teaser_of(sentence * 4) == (sentence * 2).strip()
    assert teaser_of("word " * 100).endswith("word …")
    assert len(teaser_of("word " * 100)) <= teasers.MOST
    assert teaser_of("港" * 100 + "。" + "島" * 200) == "港" * 100 + "。"
    assert teaser_of("x" * 500) == "x" * (teasers.MOST - 2) + " …"
