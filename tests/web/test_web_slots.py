"""The slots of a shelf as HTML: complete, addressed, and nothing of an article gets out of its place."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from portal_house import STRANGE
from recirc.messages import Words, words_in
from recirc.types import Reason, Shelf, ShelfItem
from recirc.web.links import article_path
from recirc.web.slots import SlotDetails
from recirc.web.slots import slots_of as slots_of_items

ENGLISH = words_in("en")

EVIL = "\"><script>alert(1)</script> & 'x'"


def slots_of(shelf: Shelf, source: str | None, words: Words, details: SlotDetails = SlotDetails()) -> str:  # noqa: B008  # immutable
    return slots_of_items(shelf, shelf.items, source, words, details)


class Seen(HTMLParser):
    """Tags with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def _shelf(*items: ShelfItem) -> Shelf:
    when = datetime(2026, 11, 22, tzinfo=UTC)
    return Shelf(kind="ranking", items=items, method="counted", as_of=when, serve_id="00ab")


def _item(**fields: object) -> ShelfItem:
    said = {"article": "a", "position": 0, "score": 1.0, "reason": Reason(kind="young", text="It is new."),
            "propensity": 1.0, "signature": "0a1b2c3d4e5f"}  # fmt: skip
    return ShelfItem(**(said | fields))  # type: ignore[arg-type]  # whichever fields a test is about


def test_a_slot_has_its_place_its_link_its_headline_and_its_reason() -> None:
    reason = Reason(kind="most read", text="Most read.", numbers={"rank": 3.0}, fallback=True)
    item = _item(article="ferry", headline="Ferry", position=2, propensity=0.25, reason=reason)
    seen = Seen(slots_of(_shelf(item), "otter", ENGLISH))
    assert seen.tags == [
        (
            "li",
            {
                "data-article": "ferry",
                "data-position": "2",
                "data-propensity": "0.25",
                "data-signature": "0a1b2c3d4e5f",
                "data-rank": "3",
            },
        ),
        (
            "a",
            {"class": "headline", "href": "/article/ferry#from=ranking.2.00ab.0.250000.0a1b2c3d4e5f.otter"},
        ),
        ("p", {"class": "reason fallback"}),
    ]
    assert seen.texts == ["Ferry", "Most read."]


@pytest.mark.parametrize("hostile", [EVIL, STRANGE, "<!--", "&lt;b&gt;"])
def test_nothing_of_an_article_gets_out_of_its_place(hostile: str) -> None:
    item = _item(article=hostile, headline=hostile, reason=Reason(kind="young", text=hostile))
    seen = Seen(slots_of(_shelf(item), hostile, ENGLISH))
    assert [tag for tag, _ in seen.tags] == ["li", "a", "p"]
    assert seen.tags[0][1]["data-article"] == hostile
    address = seen.tags[1][1]["href"]
    assert address is not None
    assert address.startswith(article_path(hostile) + "#from=")
    assert seen.texts == [hostile, hostile]


def test_an_article_without_a_headline_is_called_by_its_id_and_one_elsewhere_is_linked_there() -> None:
    seen = Seen(
        slots_of(_shelf(_item(article="gone", url="https://news.example/gone?a=1&b=2")), None, ENGLISH)
    )
    assert seen.texts[0] == "Article gone"
    assert seen.tags[1][1]["href"] == "https://news.example/gone?a=1&b=2"
    assert "data-rank" not in seen.tags[0][1]


def test_a_shelf_without_items_has_no_slots() -> None:
    assert slots_of(_shelf(), "ferry", ENGLISH) == ""


def test_a_slot_may_have_section_date_and_picture() -> None:
    told = SlotDetails(
        str.title,
        lambda when: f"{when:%d.%m.}",
        lambda item: f'<img alt="" src="/media/{item.article}.webp">',
    )
    item = _item(headline="Ferry", section="town", published=datetime(2026, 11, 20, tzinfo=UTC))
    seen = Seen(slots_of(_shelf(item), None, ENGLISH, told))
    assert [tag for tag, _ in seen.tags] == ["li", "a", "img", "a", "p", "a", "span", "time", "p"]
    assert seen.tags[1][1]["href"] == seen.tags[3][1]["href"]
    assert seen.tags[1][1]["aria-hidden"] == "true"
    assert seen.tags[5][1]["href"] == "/section/town"
    assert seen.texts == ["Ferry", "Town", "·", "20.11.", "It is new."]


def test_a_slot_without_section_and_date_has_no_empty_line_for_them() -> None:
    seen = Seen(slots_of(_shelf(_item()), None, ENGLISH, SlotDetails(str.title)))
    assert [tag for tag, _ in seen.tags] == ["li", "a", "p"]
