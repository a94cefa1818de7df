"""Figures and tables of pages stay where they stand in the article."""

from test_pages_html import ADDRESS, PARAGRAPHS

from recirc.extraction.html import read_html

ONE, TWO, THREE, FOUR = (f"<p>{text}</p>" for text in PARAGRAPHS)
WHEEL = (
    '<figure><img src="/pictures/wheel.jpg" alt="The wheel">'
    "<figcaption>The wheel, on Tuesday.</figcaption></figure>"
)
TABLE = (
    "<table><tr><th>Year</th><th>Sacks</th></tr><tr><td>2013</td><td>4,100</td></tr>"
    "<tr><td>2024</td><td>12</td></tr></table>"
)


def page(*parts: str) -> str:
    story = "".join(parts)
    return (
        "<html lang='en'><head><title>Mill wheel turns again</title></head><body>"
        "<header><a href='/'>Harbour Post</a></header>"
        f"<main><article><h1>Mill wheel turns again</h1>{story}</article></main>"
        "<aside><figure><img src='/pictures/ferry.jpg'><figcaption>Another story</figcaption></figure></aside>"
        "</body></html>"
    )


def test_a_figure_between_paragraphs_stays_there_and_is_a_picture_of_the_article() -> None:
    read = read_html(page(ONE, TWO, WHEEL, THREE, FOUR), url=ADDRESS)
    figure = (
        '<figure><img src="https://www.harbourpost.example/pictures/wheel.jpg" alt="The wheel">'
        "<figcaption>The wheel, on Tuesday.</figcaption></figure>"
    )
    before, _, after = read.body.partition(figure)
    assert (before.count("<p>"), after.count("<p>")) == (2, 2)
    assert [picture.caption for picture in read.pictures] == ["The wheel, on Tuesday."]
    assert "on Tuesday.\n" not in read.text
    assert "ferry.jpg" not in read.body


def test_what_leads_or_follows_the_text_is_not_within_it() -> None:
    door = WHEEL.replace("wheel.jpg", "door.jpg")
    read = read_html(page(WHEEL, ONE, TWO, THREE, FOUR, door), url=ADDRESS)
    assert "<figure>" not in read.body
    assert [picture.address.rpartition("/")[2] for picture in read.pictures] == ["wheel.jpg", "door.jpg"]


def test_a_table_of_data_keeps_its_rows() -> None:
    read = read_html(page(ONE, TWO, TABLE, THREE, FOUR), url=ADDRESS)
    assert read.body.count("<tr>") == 3
    assert "2013 4,100" in read.text
