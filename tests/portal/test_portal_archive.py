import doctest
from datetime import UTC, datetime

import pytest
from test_portal_pages import Outline

from portal_house import STRANGE, Build, House
from recirc.messages import words_in
from recirc.portal import archive
from recirc.portal import timeline as telling
from recirc.portal.timeline import timeline
from recirc.settings import SiteSettings
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.types import Article, Provenance
from recirc.web.links import story_path

DAY = datetime(2025, 2, 28, 23, 30, tzinfo=UTC)


@pytest.fixture
def kept(house: House) -> House:
    """Articles of three days more: 28 February, 1 March and 3 March 2025."""
    hours = {"late": 0, "early": 1, "monday": 60, "evening": 61}
    house.engine.publish(
        [
            Article(
                id=name,
                headline=name.title(),
                published=datetime.fromtimestamp(DAY.timestamp() + 3600 * after, UTC),
            )
            for name, after in hours.items()
        ]
    ).result()
    house.engine.catch_up()
    return house


def links(house: House, path: str) -> list[str]:
    answer = house.client.get(path)
    assert answer.status_code == 200, path
    outline = Outline(answer.text)
    assert outline.open == []
    return [str(link["href"]) for link in outline.all("a")]


def test_the_examples_in_the_docstrings() -> None:
    for module in (archive, telling):
        done = doctest.testmod(module)
        assert done.attempted
        assert not done.failed


def test_the_way_from_the_months_to_the_days_to_the_articles(kept: House) -> None:
    assert {"/archive/2025/02", "/archive/2025/03"} <= set(links(kept, "/archive"))
    february = links(kept, "/archive/2025/02")
    assert "/archive/2025/02/28" in february
    assert "/archive/2025/02/27" not in february
    assert "/archive/2025/03" in february  # the month after it
    assert "/article/late" in links(kept, "/archive/2025/02/28")
    first = links(kept, "/archive/2025/03/01")
    assert "/article/early" in first
    assert "/article/late" not in first
    assert {"/archive/2025/02/28", "/archive/2025/03/03"} <= set(first)  # across the empty day
    third = kept.client.get("/archive/2025/03/03").text
    assert third.index(">Evening<") < third.index(">Monday<")
    assert '<nav class="breadcrumb"' in third
    assert '"name":"March 2025"' in third  # for machines too


@pytest.mark.parametrize(
    "path",
    [
        "/archive/2025/03/02", "/archive/2025/02/30", "/archive/2025/2/28", "/archive/2025/13", "/archive/2025/00",
        "/archive/0000/01", "/archive/x/y/z", "/archive/2025/04", "/archive/2025/03/01?page=2", "/archive/２０25/03",
    ],
)  # fmt: skip
def test_days_that_there_are_not_look_like_the_site(kept: House, path: str) -> None:
    answer = kept.client.get(path)
    assert answer.status_code == 404
    assert "This page is not in the paper" in answer.text


def test_a_long_day_comes_in_pages(house: House) -> None:
    house.engine.publish([Article(id=f"n{n}", headline=f"N{n}", published=DAY) for n in range(41)]).result()
    house.engine.catch_up()
    page = house.client.get("/archive/2025/02/28?page=2").text
    assert page.count('class="teaser"') == 20
    assert '<link rel="next" href="/archive/2025/02/28?page=3">' in page
    assert '<link rel="prev" href="/archive/2025/02/28">' in page


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/New_York"])
def test_a_day_at_the_calendars_end_is_a_day_without_articles(build: Build, zone: str) -> None:
    client = build(site=SiteSettings(timezone=zone)).client
    for path in ("/archive/0001/01/01", "/archive/0001/01", "/archive/9998/12/31", "/archive/9999/12/31"):
        assert client.get(path).status_code == 404


def test_an_empty_archive_says_so(build: Build) -> None:
    answer = build().client.get("/archive")
    assert "No article with a date has been published yet." in answer.text


def told(name: str, hour: int | None, outlet: str | None = None) -> Article:
    when = None if hour is None else datetime(2026, 5, 31, hour, tzinfo=UTC)
    return Article(id=name, headline=name, published=when, provenance=Provenance(outlet=outlet))


def test_a_timeline_is_in_the_order_of_time_and_says_who_was_first() -> None:
    copies = [told("late", 9), told("wire", 7), told("undated", None)]
    after, before = told("after", 11), told("before", 6)
    line = timeline(copies, [after, before, copies[0]])
    english = words_in("en")
    said = [english.say(each.later) if each.later else "" for each in line]
    assert [(each.article.id, each.kind, later) for each, later in zip(line, said, strict=True)] == [
        ("before", "event", "1 hour earlier"),
        ("wire", "first", ""),
        ("late", "copy", "2 hours later"),
        ("after", "event", "4 hours later"),
        ("undated", "copy", ""),
    ]
    assert timeline([copies[2]], [])[0].kind == "report"


NIGHT_FERRY = (
    "The harbour board said that the night ferry will stop at the end of the month because fuel has become dear and "
    "too few passengers sail after ten in the evening."
)
ISLANDERS = (
    "Islanders who work late told the harbour board yesterday that without the night ferry and its passengers no one "
    "could run the evening shift at the hospital."
)


def published_parts(house: House) -> None:
    """Two articles on one event."""
    for name, hour, text in (("night-ferry", 10, NIGHT_FERRY), ("islanders", 12, ISLANDERS)):
        row = {"id": name, "headline": "Night ferry", "body": text, "published": f"2026-05-31T{hour}:00:00Z"}
        topics = {"topics": ["Night ferry", "Harbour board", "Isle of Skarholm"]}
        assert house.client.post("/v1/articles", json=row | topics, headers=house.auth).status_code == 201


def test_what_editors_say_of_stories_counts_for_follow_ups_at_once(house: House) -> None:
    published_parts(house)
    ask = house.engine.browse.follow_ups
    assert [each.id for each in ask("night-ferry")] == ["islanders"]
    one, other = (RuleTarget(TargetKind.ARTICLE, each) for each in ("islanders", "night-ferry"))
    made = house.engine.rules.add(
        Rule(kind=RuleKind.JOIN, target=one, beside=other, by="Una"), house.moment[0]
    )
    assert ask("night-ferry") == ask("islanders") == ()
    house.engine.rules.end(made.stored.key, "Una")
    assert [each.id for each in ask("night-ferry")] == ["islanders"]


def test_a_story_page_says_which_outlet_had_it_first(house: House) -> None:
    words = " ".join(f"word{n} of the long report" for n in range(60))
    for name, outlet, hour in (("late", "The Evening Copy", 9), ("wire", "North Coast Press", 7)):
        row = {"id": name, "headline": f"The {name} report", "body": words, "outlet": outlet}
        row["published"] = f"2026-05-31T0{hour}:00:00Z"
        assert house.client.post("/v1/articles", json=row, headers=house.auth).status_code == 201
    for name in ("late", "wire"):
        page = house.client.get(f"/story/{name}").text
        assert "North Coast Press had this report first" in page
        assert "2 hours later" in page
        assert '<link rel="canonical" href="https://tide.example/story/wire">' in page
        assert page.index('href="/article/wire">The wire') < page.index('href="/article/late">The late')
        assert "noindex" not in page
    assert 'href="/story/late"' in house.client.get("/article/late").text
    published_parts(house)
    assert '<li class="event">' in house.client.get("/story/night-ferry").text
    for name, other in (("night-ferry", "islanders"), ("islanders", "night-ferry")):
        page = house.client.get(f"/article/{name}").text
        parts = page[page.index('<aside class="versions"') :].partition("</aside>")[0]
        assert f'href="/article/{other}"' in parts
        assert f'href="/story/{name}"' in parts
    # What editors ban is listed no more, here as on the front page.
    for kind in (RuleKind.BAN, RuleKind.EMBARGO, RuleKind.BURY):
        until = house.moment[0] + 3_600_000
        rule = Rule(kind=kind, target=RuleTarget(TargetKind.ARTICLE, "islanders"), by="Una", until=until)
        made = house.engine.rules.add(rule, house.moment[0]).stored
        assert '<aside class="versions"' not in house.client.get("/article/night-ferry").text, kind
        assert '<li class="event">' not in house.client.get("/story/night-ferry").text, kind
        house.engine.rules.end(made.key, "Una")
        assert '<aside class="versions"' in house.client.get("/article/night-ferry").text, kind
    # It goes with the other part.
    house.engine.withdraw(["islanders"]).result()
    house.engine.catch_up()
    assert '<aside class="versions"' not in house.client.get("/article/night-ferry").text
    alone = house.client.get(story_path(STRANGE)).text
    assert "No other article here reports this." in alone
    assert '<meta name="robots" content="noindex">' in alone
    assert house.client.get("/story/nothing").status_code == 404
