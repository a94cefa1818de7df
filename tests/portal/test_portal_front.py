import doctest
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from portal_house import Build
from recirc.settings import PortalSettings
from recirc.types import Article, Picture
from recirc.web import front, links
from recirc.web.links import article_path

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def written(number: int, hours: float | None, section: str = "town") -> Article:
    published = None if hours is None else NOON - timedelta(hours=hours)
    return Article(id=str(number), headline=f"H{number}", section=section, published=published)


def alone(_: str) -> list[str]:
    return []


def test_the_examples_in_the_docstrings() -> None:
    for module in (front, links):
        found = doctest.testmod(module)
        assert found.attempted
        assert not found.failed


def test_fresh_leads_unless_the_old_is_read_a_great_deal() -> None:
    fresh, old = written(1, 0), written(2, 10)
    assert front.compose([old, fresh], {}, {}, alone, NOON.timestamp()).leads == (fresh, old)
    assert front.compose([old, fresh], {}, {"2": 200}, alone, NOON.timestamp()).leads == (old, fresh)


def test_an_archive_has_a_front_page_too() -> None:
    old, older = written(1, 24 * 365 * 40), written(2, 24 * 365 * 40 + 30)
    assert front.compose([older, old], {}, {}, alone, NOON.timestamp()).leads == (old, older)


def test_undated_articles_come_last() -> None:
    undated, dated = written(1, None), written(2, 300)
    assert front.compose([undated, dated], {}, {}, alone, NOON.timestamp()).leads == (dated, undated)


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 100), st.integers(0, 5)),
        max_size=60,
        unique_by=lambda a: a[0],
    )
)
def test_no_article_and_no_story_stands_there_twice(made: list[tuple[int, int, int]]) -> None:
    listed = [written(number, hours) for number, hours, _ in made]
    stories = {str(number): story for number, _, story in made}

    def told(article: str) -> list[str]:
        return [other for other in stories if stories[other] == stories[article] and other != article]

    page = front.compose(listed, {"town": listed}, {}, told, NOON.timestamp())
    shown = [article.id for article in page.leads] + [
        article.id for block in page.blocks for article in block.articles
    ]
    assert len({stories[article] for article in shown}) == len(shown)


@given(st.text(min_size=1).filter(lambda text: text.encode("utf-8", "ignore").decode() == text))
def test_a_path_holds_nothing_that_browsers_rewrite(article: str) -> None:
    path = article_path(article)
    assert path.isascii()
    parts = path.partition("?")[0].split("/")[1:]
    assert not {"", ".", ".."} & set(parts)
    assert not set(path) & set(' "<>\\^`{|}#')


def test_the_latest_are_the_newest_in_order_also_those_that_lead() -> None:
    made = [written(1, 3), written(2, 1), written(3, None), written(4, 2), written(5, -1)]
    latest = front.latest_of(made, NOON.timestamp(), 2)
    assert [article.id for article in latest] == ["2", "4"], "neither undated nor of the future"
    assert front.latest_of(made, NOON.timestamp(), 0) == ()


def test_other_articles_on_the_event_of_the_top_one_stand_beneath_it_and_nowhere_else() -> None:
    top, *others = [written(number, number) for number in range(9)]
    event = [others[3], others[2], others[1], others[0]]  # the oldest first

    def follow_ups(article: str) -> list[Article]:
        return event if article == top.id else []

    page = front.compose([top, *others], {}, {}, alone, NOON.timestamp(), follow_ups=follow_ups)
    assert page.leads[0] == top
    assert page.cluster == tuple(others[:3])
    assert not set(page.cluster) & set(page.leads)
    assert others[3] in page.leads
    pinned = front.compose(
        [top, *others], {}, {}, alone, NOON.timestamp(), {2: others[1]}, follow_ups=follow_ups
    )
    assert pinned.leads[:2] == (top, others[1])
    assert pinned.cluster == (others[0], others[2], others[3])
    assert front.compose([], {}, {}, alone, NOON.timestamp(), follow_ups=follow_ups).cluster == ()


def test_a_large_picture_is_that_of_an_article_which_has_one() -> None:
    plain = [written(number, number) for number in range(20, 24)]
    drawn = structs.replace(written(24, 30), pictures=(Picture(address="https://tide.example/a.png"),))
    layouts = {"town": "feature", "coast": "feature", "sport": "headlines"}
    sport = [written(number, number) for number in range(30, 40)]
    page = front.compose(
        [], {"town": [*plain[:2], drawn], "coast": plain[2:], "sport": sport}, {}, alone, NOON.timestamp(),
        layouts=layouts,
    )  # fmt: skip
    town, coast, games = (front.with_picture(each, lambda article: article.pictures) for each in page.blocks)
    assert (town.layout, town.articles) == ("feature", (drawn, *plain[:2]))
    assert coast.layout == "columns"
    assert (games.layout, len(games.articles)) == ("headlines", 6)


def test_a_section_has_the_layout_that_the_settings_say(build: Build) -> None:
    house = build(portal=PortalSettings(layouts={"Coast": "headlines"}, opinion=("business",)))
    house.engine.publish(
        [
            Article(id=f"{section}-{number}", headline=f"{section} {number}", section=section,
                    summary=f"Summary {section}.", published=house.now - timedelta(hours=number))
            for section in ("coast", "business", "town") for number in range(9)
        ]
    ).result()  # fmt: skip
    house.engine.catch_up()
    text = house.client.get("/").text
    coast = text[text.index('id="block-coast"') :].partition("</section>")[0]
    assert '<div class="headlines n' in coast
    assert "Summary" not in coast
    assert '<div class="portraits n' in text[text.index('id="block-business"') :].partition("</section>")[0]
