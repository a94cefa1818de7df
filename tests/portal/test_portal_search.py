import doctest
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_house import STRANGE, House
from recirc.portal import search
from recirc.types import Article


def found(house: House, query: str) -> list[str]:
    page = house.client.get("/search", params={"q": query})
    assert page.status_code == 200
    return re.findall(r'<h2 class="headline"><a href="/article[/?]([^"]+)">', page.text)


def test_the_examples_in_the_docstrings() -> None:
    assert doctest.testmod(search) == (0, 1)


def test_a_search_finds_words_in_headlines_and_bodies_and_marks_them(house: House) -> None:
    page = house.client.get("/search?q=mediator").text
    assert found(house, "mediator") == ["ferry-3"]
    assert "the <mark>mediator</mark> to come back from the county seat" in page
    assert 'value="mediator"' in page
    assert "1 article" in page
    assert '<meta name="robots" content="noindex, follow">' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('"bread, milk and patience"', ["ferry-4"]),
        ('"milk, bread"', []),
        ("medi*", ["ferry-3"]),
        ("ferry -mediator -midnight -bread -deckhand", ["ferry-1"]),
        ("otter -ncp", ["otter"]),
        ("-otter", []),
        ("", []),
    ],
)
def test_quotes_beginnings_and_minus_work(house: House, query: str, expected: list[str]) -> None:
    assert found(house, query) == expected


def test_where_no_article_has_all_words_those_that_have_some_are_shown_and_said_so(house: House) -> None:
    page = house.client.get("/search?q=mediator+submarine").text
    assert "No article has all of these words; these have some." in page
    assert found(house, "mediator submarine") == ["ferry-3"]
    assert "Nothing was found" in house.client.get("/search?q=submarine+periscope").text


def test_names_of_authors_and_topics_are_found(house: House) -> None:
    assert "ferry-1" in found(house, "Beth Carrow")
    article = Article(id="tram", headline="Lines", topics=("Public transport",), published=house.now)
    house.engine.publish([article]).result()
    house.engine.catch_up()
    assert found(house, "public transport") == ["tram"]


def test_other_forms_of_a_word_are_found_in_the_language_of_the_archive(house: House) -> None:
    assert found(house, "mediators") == ["ferry-3"]
    assert "the <mark>mediator</mark> to come back" in house.client.get("/search?q=mediators").text
    assert found(house, '"mediators"') == []


def test_a_word_one_letter_off_is_proposed_as_an_article_writes_it(house: House) -> None:
    page = house.client.get("/search?q=medaitor+midnigt").text
    assert "Nothing was found" in page
    assert "Did you mean" not in page  # both are known, but no article has both
    page = house.client.get("/search?q=count+midnigt").text
    assert 'Did you mean: <a href="/search?q=count%20midnight">count midnight</a>' in page
    assert found(house, "count midnight") == ["ferry-2"]
    assert "Did you mean" not in house.client.get("/search?q=mediator").text
    house.client.delete("/v1/articles/ferry-2", headers=house.auth)
    house.engine.catch_up()
    assert "Did you mean" not in house.client.get("/search?q=midnigt").text


def test_parts_of_compounds_come_after_the_words_themselves(house: House) -> None:
    rows = [
        ("whole", "Ausbau in Kiel"),
        ("part", "Straßenbahnausbau"),
        ("other", "Straßenbahnen stehen still"),
    ]
    house.engine.publish(
        [Article(id=name, headline=headline, language="de") for name, headline in rows]
    ).result()
    house.engine.catch_up()
    assert found(house, "ausbau") == ["whole", "part"]
    assert set(found(house, "strassenbahn")) == {"other", "part"}
    assert "<mark>Straßenbahnausbau</mark>" in house.client.get("/search?q=ausbau").text
    assert "Did you mean" not in house.client.get("/search?q=strassenbahn").text


def test_what_was_found_and_what_was_asked_stay_text(house: House) -> None:
    asked = '"><script>alert(1)</script> & <b>'
    page = house.client.get("/search", params={"q": asked})
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text
    assert found(house, "alert") != []
    assert "&lt;script&gt;<mark>alert</mark>(1)" in house.client.get("/search?q=alert").text
    assert STRANGE  # its headline is markup


def test_withdrawn_and_changed_articles_are_found_as_they_are_now(house: House) -> None:
    assert found(house, "aloud") == ["ferry-5"]
    house.client.delete("/v1/articles/ferry-5", headers=house.auth)
    assert found(house, "aloud") == []
    row = {"id": "ferry-4", "headline": "Shops are full again", "body": "Nobody reads aloud."}
    house.client.post("/v1/articles", json=row, headers=house.auth)
    assert found(house, "aloud") == ["ferry-4"]
    assert found(house, "patience") == []


def test_long_results_come_in_pages_the_recent_first(house: House) -> None:
    many = [
        Article(id=f"m{day:02}", headline="Regatta", published=house.now - timedelta(days=day * 40))
        for day in range(45)
    ]
    house.engine.publish(many).result()
    house.engine.catch_up()
    assert found(house, "regatta") == [f"m{day:02}" for day in range(20)]
    page = house.client.get("/search?q=regatta&page=3").text
    assert page.count('class="teaser"') == 5
    assert 'rel="prev" href="/search?q=regatta&amp;page=2"' in page
    assert '<link rel="canonical" href="https://tide.example/search?q=regatta&amp;page=3">' in page
    assert house.client.get("/search?q=regatta&page=4").status_code == 404


def test_whatever_is_asked_is_answered(house: House) -> None:
    @given(st.text(max_size=60))
    def ask(query: str) -> None:
        page = house.client.get("/search", params={"q": query.encode("utf-8", "replace")})
        assert page.status_code == 200
        assert page.text.count("<mark>") == page.text.count("</mark>")

    ask()
