import doctest
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from recirc.types import Article
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
    page = front.compose(made, {}, {}, alone, NOON.timestamp(), most_latest=2)
    assert [article.id for article in page.latest] == ["2", "4"], "neither undated nor of the future"
    assert {"2", "4"} <= {article.id for article in page.leads}
    assert front.compose(made, {}, {}, alone, NOON.timestamp()).latest == ()
