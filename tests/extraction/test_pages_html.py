"""Pages of HTML, read: golden pages, broken ones, every encoding, and a floor for the measured bodies."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from recirc.extraction.html import read_html
from recirc.extraction.page import Page
from recirc.text.charset import decoded
from recirc.text.clean import body_html, words_of
from recirc.text.dates import moment_of
from recirc.text.people import people
from recirc.types import Author

ADDRESS = "https://www.harbourpost.example/local/mill.html"

PARAGRAPHS = (
    "The old flour mill at the mouth of the Wren opened its doors again on Tuesday, eleven years after a fire "
    "took its roof, and some four hundred people came to see the wheel turn.",
    "The trust that bought the ruin for a pound spent six years on the timber alone. Its carpenters found oak of "
    "the right length in a barn two valleys away, and carried it over the pass by night.",
    "“Nobody believed that the stones would ever run true,” said Ines Marchetti, who led the work, “and on Monday "
    "evening I was not sure of it myself.” The first sack of flour went to the school.",
    "Flour will be ground on two days a week. The bakery next door, which had closed in the spring, has taken on "
    "three people and means to open before the end of the month.",
)

PLAIN = f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Mill wheel turns again after eleven years | Harbour Post</title>
<link rel="canonical" href="/local/mill.html">
<meta property="og:site_name" content="Harbour Post">
<meta property="og:title" content="Mill wheel turns again after eleven years - Harbour Post">
<meta property="article:published_time" content="2024-05-07T18:30:00+02:00">
<meta property="article:section" content="Local">
<meta property="article:tag" content="Mills"><meta property="article:tag" content="Bread">
<meta name="author" content="By Ada Hartley and Tom Reid">
<meta name="description" content="Four hundred people came to see it.">
</head><body>
<header><a href="/">Harbour Post</a><nav><ul><li><a href="/local">Local</a></li><li><a href="/sport">Sport</a></li>
<li><a href="/tides">Tides</a></li></ul></nav></header>
<main><article><h1>Mill wheel turns again after eleven years</h1>
<p class="byline">By Ada Hartley and Tom Reid</p><time datetime="2024-05-07T18:30:00+02:00">7 May 2024</time>
<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>
<h2>Stones that run true</h2>
<p>{PARAGRAPHS[2]}</p>
<ul><li>Open on Tuesdays and Fridays from ten o’clock until four.</li>
<li>Children under twelve enter free of charge.</li></ul>
<p>{PARAGRAPHS[3]} See <a href="/plans.html">the plans of the trust</a>.</p></article>
<aside class="related"><h3>Related</h3><ul><li><a href="/a">Ferry timetable changes in June</a></li>
<li><a href="/b">Harbour wall to be raised</a></li></ul></aside></main>
<footer><p>© 2024 Harbour Post. All rights reserved. Use of this site is subject to our terms.</p>
</footer></body></html>"""


def with_json_ld(node: str, *, title: str = "Wheel turns", body: tuple[str, ...] = PARAGRAPHS) -> str:
    """A page that says who it is in JSON-LD only."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    return (
        f"<html><head><title>{title}</title><script type='application/ld+json'>{node}</script></head>"
        f"<body><article><h1>Wheel turns</h1>{text}</article></body></html>"
    )


def test_a_plain_page() -> None:
    page = read_html(PLAIN, url=ADDRESS)
    assert page.headline == "Mill wheel turns again after eleven years"
    assert page.title == "Mill wheel turns again after eleven years | Harbour Post"
    assert (page.brand, page.outlet) == ("Harbour Post", "Harbour Post")
    assert page.authors == (Author(name="Ada Hartley"), Author(name="Tom Reid"))
    assert page.byline == "Ada Hartley and Tom Reid"
    assert page.published == datetime(2024, 5, 7, 18, 30, tzinfo=timezone(timedelta(hours=2)))
    assert page.published.utcoffset() == timedelta(hours=2)
    assert page.date_text == "2024-05-07T18:30:00+02:00"
    assert (page.section, page.topics) == ("Local", ("Mills", "Bread"))
    assert (page.url, page.canonical_url) == (ADDRESS, ADDRESS)
    assert (page.language, page.noindex) == ("en-GB", False)
    assert page.summary == "Four hundred people came to see it."


def test_the_body_is_the_article_and_nothing_else() -> None:
    page = read_html(PLAIN, url=ADDRESS)
    for paragraph in PARAGRAPHS:
        assert paragraph in page.text
    for other in ("Ferry timetable", "All rights reserved", "Tides", "By Ada Hartley"):
        assert other not in page.text
    assert page.text.split("\n").count("Stones that run true") == 1
    assert "<h2>Stones that run true</h2>" in page.body
    assert "<li>Children under twelve enter free of charge.</li>" in page.body
    assert 'href="https://www.harbourpost.example/plans.html"' in page.body
    assert page.body == body_html(page.body, "html")
    assert page.text == words_of(page.body)


def test_json_ld_with_a_graph_and_references() -> None:
    node = """{"@context": "https://schema.org", "@graph": [
        {"@type": "WebSite", "name": "The Wren", "@id": "#site"},
        {"@type": "Person", "@id": "#ada", "name": "Ada Hartley", "jobTitle": "Reporter",
         "description": "Covers\nmills."},
        {"@type": ["NewsArticle"], "headline": "Wheel turns", "author": [{"@id": "#ada"}, "Tom Reid"],
         "publisher": {"@type": "Organization", "name": "The Wren"}, "datePublished": "2024-05-07T18:30:00Z",
         "dateModified": "2024-05-08", "articleSection": ["Local", "Trade"], "keywords": "mills, bread",
         "inLanguage": "en"}]};"""
    page = read_html(with_json_ld(node, title="Wheel turns - The Wren"))
    assert page.headline == "Wheel turns"
    assert page.authors == (
        Author(name="Ada Hartley", role="Reporter", biography="Covers mills."),
        Author(name="Tom Reid"),
    )
    assert (page.brand, page.outlet, page.section, page.language) == ("The Wren", "The Wren", "Local", "en")
    assert page.published == datetime(2024, 5, 7, 18, 30, tzinfo=UTC)
    assert page.updated == datetime(2024, 5, 8, tzinfo=UTC)
    assert page.topics == ("mills", "bread")


@pytest.mark.parametrize(
    "node",
    [
        "{",
        "[]",
        "null",
        '"x"',
        "[" * 100_000,
        '{"@type": "NewsArticle", "headline": {"a": [1]}, "author": 5}',
        "1e999",
    ],
)
def test_json_ld_that_is_none(node: str) -> None:
    page = read_html(with_json_ld(node))
    assert page.headline == "Wheel turns"
    assert PARAGRAPHS[1] in page.text


@pytest.mark.parametrize(
    "name", ["The Wren", "admin", "https://facebook.com/wren", "news@wren.example", "the-wren.example"]
)
def test_a_site_is_no_author(name: str) -> None:
    node = f'{{"@type": "Article", "author": {{"name": "{name}"}}, "publisher": {{"name": "The Wren"}}}}'
    assert read_html(with_json_ld(node), url="https://www.the-wren.example/x").authors == ()


def test_what_a_page_does_not_say_is_unknown() -> None:
    page = read_html(
        "<html><body><h1>Wheel turns</h1>" + "".join(f"<p>{p}</p>" for p in PARAGRAPHS) + "</body></html>"
    )
    unknown = Page(
        headline="Wheel turns",
        title="Wheel turns",
        shown_headline="Wheel turns",
        body=page.body,
        text=page.text,
    )
    assert PARAGRAPHS[0] in page.text
    assert page == unknown


@pytest.mark.parametrize(
    ("marks", "wanted"),
    [
        ("<meta name=robots content='noindex, follow'>", True),
        ("<meta name=GoogleBot content=none>", True),
        ("<meta name=robots content='index,max-image-preview:none-such'>", False),
        ("<meta name=robots content=index>", False),
    ],
)
def test_noindex(marks: str, *, wanted: bool) -> None:
    assert read_html(f"<html><head>{marks}</head><body><p>Text</p></body></html>").noindex is wanted


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("<link rel=canonical href='//other.example/a'>", "https://other.example/a"),
        ("<base href='/deep/'><link rel=canonical href=a>", "https://www.harbourpost.example/deep/a"),
        ("<link rel=canonical href='javascript:alert(1)'>", None),
        ("<link rel=canonical href='http://['>", None),
        ("<meta property=og:url content='https://other.example/b'>", "https://other.example/b"),
        ("", None),
    ],
)
def test_the_canonical_address(link: str, wanted: str | None) -> None:
    page = read_html(f"<html><head>{link}</head><body><p>Text</p></body></html>", url=ADDRESS)
    assert page.canonical_url == wanted


def test_the_visible_date_after_the_headline_counts() -> None:
    page = read_html(
        f"""<html><body><aside class=latest><time datetime="2025-01-01">today</time></aside>
        <h1>Wheel turns</h1><span class="article-date">Tuesday 7 May 2024, 6.30pm</span><p>{PARAGRAPHS[0]}</p>
        <p>{PARAGRAPHS[1]}</p></body></html>"""
    )
    assert page.published == datetime(2024, 5, 7, 18, 30, tzinfo=UTC)
    assert page.date_text == "Tuesday 7 May 2024, 6.30pm"


@pytest.mark.parametrize(
    ("language", "more", "wanted"),
    [
        ("en", "", None),
        ("en", "<p>Earlier: 28/01/2026</p>", "2026-02-06"),
        ("en-US", "", "2026-06-02"),
        ("it", "", "2026-02-06"),
    ],
)
def test_a_page_decides_what_its_ambiguous_date_means(language: str, more: str, wanted: str | None) -> None:
    page = read_html(
        f'<html lang="{language}"><body><h1>Quay opens</h1><p class="date">06/02/2026</p>'
        f"<p>The quay opened again after the winter storms.</p>{more}</body></html>"
    )
    assert (page.published and page.published.date().isoformat()) == wanted


MASTHEAD = '<p><time datetime="2026-11-29">Sunday 29 November 2026</time></p><p><a href="/">The Tide</a></p>'
OTHERS = (
    '<h2>More</h2><ul><li><a href="/a">Ferry timetable changes</a> '
    '<time datetime="2026-11-28">28 Nov</time></li></ul>'
)
STORY = f"<h1>Mill wheel turns again</h1>{{dated}}<p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>"


@pytest.mark.parametrize(
    "layout",
    [
        f"<header>{MASTHEAD}</header><main><article>{STORY}</article><section>{OTHERS}</section></main>",
        f"<header class='masthead'>{MASTHEAD}</header><main>{STORY}</main><aside>{OTHERS}</aside>",
        f"<div><header>{MASTHEAD}</header></div><article>{STORY}</article><article>{OTHERS}</article>",
        f"<header>{MASTHEAD}</header><article><header>{STORY}</header></article><footer>{MASTHEAD}</footer>",
    ],
)
def test_the_day_of_the_masthead_and_of_other_articles_is_not_the_date_of_this_one(layout: str) -> None:
    undated = read_html(f"<html lang='en'><body>{layout.format(dated='')}</body></html>", url=ADDRESS)
    assert (undated.headline, undated.published) == ("Mill wheel turns again", None)
    dated = layout.format(dated='<p><time datetime="2024-05-07">7 May 2024</time></p>')
    page = read_html(f"<html lang='en'><body>{dated}</body></html>", url=ADDRESS)
    assert page.published is not None
    assert page.published.date().isoformat() == "2024-05-07"


def test_the_date_in_the_head_of_the_article_or_of_the_headline_counts() -> None:
    for head in (
        "<header>{}</header>",
        "<article><header>{}</header><p>Text.</p></article>",
        "<main>{}</main>",
    ):
        story = head.format('<time datetime="2024-05-07">7 May 2024</time><h1>Mill wheel turns again</h1>')
        page = read_html(f"<html><body>{story}<p>{PARAGRAPHS[0]}</p></body></html>", url=ADDRESS)
        assert page.published is not None, head
        assert page.published.date().isoformat() == "2024-05-07"


def test_a_date_that_cannot_be_read_is_told_and_unknown() -> None:
    page = read_html(
        '<html><head><meta name="date" content="yesterday"></head><body><p>Text</p></body></html>'
    )
    assert (page.date_text, page.published) == ("yesterday", None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2019-11-19T10:00:00.000+0100", "2019-11-19T10:00:00+01:00"),
        ("2019-11-19 10:00:00 UTC", "2019-11-19T10:00:00+00:00"),
        ("2019/11/19", "2019-11-19T00:00:00+00:00"),
        ("Tue, 19 Nov 2019 10:00:00 -0500", "2019-11-19T10:00:00-05:00"),
        ("Nov. 19, 2019, 5:30 p.m. ET", "2019-11-19T17:30:00-05:00"),
        ("Published 12:05 AM PDT, July 4, 2019", "2019-07-04T00:05:00-07:00"),
        ("19th of November 2019", "2019-11-19T00:00:00+00:00"),
        ("1574157600", "2019-11-19T10:00:00+00:00"),
        ("19.11.2019", "2019-11-19T00:00:00+00:00"),
        ("04/03/2019", None),
        ("31 November 2019", None),
        ("19 November 0019", None),
        ("2019-13-45", None),
        ("an hour ago", None),
        ("", None),
    ],
)
def test_dates(text: str, wanted: str | None) -> None:
    found = moment_of(text)
    assert (found and found.isoformat()) == wanted


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("By Ada Hartley", ["Ada Hartley"]),
        ("Ada Hartley, Harbour Post", ["Ada Hartley"]),
        ("Ada Hartley, Tom Reid and Mina Oyelaran", ["Ada Hartley", "Tom Reid", "Mina Oyelaran"]),
        ("Ada Hartley; Tom Reid | Harbour Desk", ["Ada Hartley", "Tom Reid", "Harbour Desk"]),
        ("", []),
    ],
)
def test_names_in_a_byline(written: str, wanted: list[str]) -> None:
    assert list(people(written)) == wanted


@pytest.mark.parametrize(
    ("codec", "header", "declared"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8", "iso-8859-1", "iso-8859-1"),  # the header is wrong, and the page too
        ("cp1252", None, "windows-1252"),
        ("cp1252", None, "iso-8859-1"),
        ("cp1252", "utf-8", "windows-1252"),
        ("cp1252", None, "no-such-thing"),
        ("cp1252", "windows-1252", "utf-8"),
        ("utf-16", None, "utf-16"),
        ("utf-16-le", None, "utf-8"),
        ("utf-16-be", "utf-16", "utf-16"),
        ("utf-8-sig", "windows-1252", "windows-1252"),
    ],
)
def test_encodings(codec: str, header: str | None, declared: str) -> None:
    html = PLAIN.replace('charset="utf-8"', f'charset="{declared}"').replace("“", "“É")
    page = read_html(html.encode(codec), charset=header)
    assert "“ÉNobody believed" in page.text
    assert "o’clock" in page.text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("shift_jis", "水車が再び回った。" * 20),
        ("windows-1251", "Колесо мельницы снова вертится. " * 20),
        ("iso2022_jp", "水車" * 40),
    ],
)
def test_other_scripts_as_they_declare(codec: str, text: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={codec}">'
    html = f"<html><head>{meta}</head><body><p>{text}</p></body></html>"
    assert text in decoded(html.encode(codec))


@pytest.mark.parametrize(
    "name", ["punycode", "hex", "rot13", "unicode_escape", "utf-7", "x\x00y", "é", "a" * 100_000]
)
def test_a_charset_that_is_none_is_not_used(name: str) -> None:
    assert decoded("Café +AGE-".encode("cp1252"), name) == "Café +AGE-"


def test_a_brand_is_without_its_motto() -> None:
    page = read_html(
        "<html><head><title>Wheel turns | The Wren | News of the coast</title>"
        "<meta property=og:site_name content='The Wren | News of the coast'></head><body><p>Text</p></body></html>"
    )
    assert (page.brand, page.headline) == ("The Wren", "Wheel turns")


ARTICLE = (
    '{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Quay &amp; mole reopened",'
    ' "datePublished": "2026-11-28T10:00:00+01:00", "author": {"@type": "Person", "name": "Ada O&#8217;Brook"}}'
)


@pytest.mark.parametrize(
    "script",
    [
        ARTICLE,
        ARTICLE.replace("}", ",}"),
        ARTICLE.replace("}", " , \n}").replace('"headline"', ',"headline"').replace(",,", ","),
        ARTICLE.replace('"headline"', '/* the title // of it */ "headline"'),
        ARTICLE.replace('"headline"', '// the title, "quoted"\n "headline"').replace("}}", "}, // end\n}"),
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"[{ARTICLE},]",
        f'{{"@type": "WebSite", "name": "Tide"}}\n{ARTICLE}',
        ARTICLE.replace("reopened", "re\topened").replace("\t", ""),
        ARTICLE.replace('"', "&quot;"),
        f"{ARTICLE};",
        f"var data = {ARTICLE};",
    ],
)
def test_json_ld_as_pages_have_it(script: str) -> None:
    page = read_html(
        f'<html lang="en"><head><title>Quay &amp; mole reopened</title><script type="application/ld+json">{script}'
        "</script></head><body><h1>Quay &amp; mole reopened</h1><p>The quay opened again.</p></body></html>"
    )
    assert page.published is not None
    assert page.published.isoformat() == "2026-11-28T10:00:00+01:00"
    assert [author.name for author in page.authors] == ["Ada O’Brook"]


@pytest.mark.parametrize("unit", ["/*", "//", '"', "{", ",", "&quot;", "/* */,", "[,"])
def test_broken_json_ld_takes_linear_time(unit: str) -> None:
    def seconds(copies: int) -> float:
        page = f'<script type="application/ld+json">{{{unit * copies}</script><p>Text</p>'
        started = time.process_time()
        read_html(page)
        return time.process_time() - started

    short, long = (min(seconds(copies) for _ in range(3)) for copies in (20_000, 80_000))
    assert long < 12 * short + 0.1
