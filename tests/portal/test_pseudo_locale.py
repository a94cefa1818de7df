"""In a language of other letters no page shows a Latin one: where one is left, a text is in no catalogue."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from lxml import etree, html

from portal_house import FERRY, OTTER, Build, House
from recirc.messages import PSEUDO
from recirc.settings import SiteSettings
from recirc.types import Article, Author, Provenance

NAMES = re.compile(r"\b(Recirc|RSS|Atom|JSON Feed|API|X|Facebook|WhatsApp|NDCG@20)(?=\b|$)|https?://\S+")
"""Names that are the same in every language."""

LATIN = re.compile(r"[A-Za-z]{2,}")
READ = ("aria-label", "alt", "placeholder", "title")
UNREAD = {"script", "style", "code", "kbd", "pre"}

ΓΡΆΜΜΑΤΑ = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "αβψδεφγηιξκλμνοπρστυωχθζαβΑΒΨΔΕΦΓΗΙΞΚΛΜΝΟΠΡΣΤΥΩΧΘΖΑΒ",
)


def _greek(text: str) -> str:
    return text.translate(ΓΡΆΜΜΑΤΑ)


def _articles(now: datetime) -> list[Article]:
    author = Author(name="Άννα", role="Σ", biography="Β", outlet="Ε")
    found = [
        Article(
            id=f"a-{number}", headline=f"Τίτλος {number}", summary=f"Σύνοψη {number}.", section="ω",
            body=f"<p>{_greek(text)}</p>", topics=("Πλοία", "Λιμάνι", "Νησί"), authors=(author,), language="el",
            published=now - timedelta(hours=number),
        )
        for number, text in enumerate(FERRY, 1)
    ]  # fmt: skip
    for place, outlet in enumerate(("Ξ", "Φ")):
        found.append(
            Article(
                id=f"copy-{place}", headline=f"Βίδρα {place}", body=f"<p>{_greek(OTTER)}</p>", section="ω",
                provenance=Provenance(outlet=outlet, canonical_url=f"https://{place}.example/otter"),
                published=now - timedelta(hours=30 + place),
            )
        )  # fmt: skip
    found.append(Article(id="undated", headline="Χωρίς", section="ω"))
    return found


@pytest.fixture
def pseudo(build: Build) -> House:
    site = SiteSettings(name="Ω", tagline="Τ", language=PSEUDO, timezone="Europe/Athens")
    house = build(site=site)
    house.engine.publish(_articles(house.now)).result()
    house.engine.catch_up()
    for number in range(1, 6):
        for reader in range(4):
            headers = {"User-Agent": f"Mozilla/5.0 (X11; Linux x86_64) Firefox/{100 + reader}"}
            house.client.post("/v1/events", json={"kind": "view", "article": f"a-{number}"}, headers=headers)
    house.engine.catch_up()
    return house


def _texts(page: str) -> Iterator[str]:
    root = html.fromstring(page)
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        parents = {each.tag for each in element.iterancestors()} | {element.tag}
        if element.text and not parents & UNREAD:
            yield element.text
        if element.tail and not {each.tag for each in element.iterancestors()} & UNREAD:
            yield element.tail
        yield from (element.get(name, "") for name in READ)
        if {element.get("name"), element.get("property")} & {"description", "og:title", "og:description"}:
            yield element.get("content", "")
        yield from json.loads(element.get("data-words", "{}")).values()


def _untranslated(texts: Iterator[str] | list[str]) -> list[str]:
    return [text.strip() for text in texts if LATIN.search(NAMES.sub("", text))]


PATHS = (
    "/", "/section/ω", "/article/a-1", "/article/copy-0", "/article/undated", "/topic/πλοία", "/author/άννα",
    "/story/copy-0", "/search",
    "/search?q=τίτλος", "/search?q=ζζ", "/search?q=-ζ", "/archive", "/archive/{year}/{month}",
    "/archive/{year}/{month}/{day}", "/how-it-works", "/0", "/article/0", "/section/0", "/topic/0", "/author/0",
    "/archive/1990/01", "/?page=0", "/section/ω?page=7", "/section/ω?page=0", "/media/0", "/static/0", "/archive/0/0",
)  # fmt: skip


def test_no_literal_is_left_on_a_page(pseudo: House) -> None:
    day, left = pseudo.now - timedelta(hours=1), {}
    for path in PATHS:
        path = path.format(year=f"{day:%Y}", month=f"{day:%m}", day=f"{day:%d}")
        page = pseudo.client.get(path, follow_redirects=True).text
        assert f'<html lang="{PSEUDO}"' in page, path
        left[path] = _untranslated(_texts(page))
    assert {path: texts for path, texts in left.items() if texts} == {}


def test_no_literal_is_left_in_a_feed(pseudo: House) -> None:
    for path in ("/feed.xml", "/feed.atom", "/section/ω/feed.xml", "/section/ω/feed.atom"):
        root = etree.fromstring(pseudo.client.get(path).content)
        tags = root.iter("{*}title", "{*}description", "{*}subtitle", "{*}summary")
        texts = [each.text for each in tags if each.text]
        assert len(texts) > 3
        assert _untranslated(texts) == []


def test_no_literal_is_left_in_a_json_feed(pseudo: House) -> None:
    told = pseudo.client.get("/section/ω/feed.json").json()
    assert (
        _untranslated([told["title"], told["description"], *(each["title"] for each in told["items"])]) == []
    )


def test_no_literal_is_left_in_what_an_embed_shows(pseudo: House) -> None:
    asked: dict[str, Any] = {"article": "a-1", "published_only": True, "history": ["a-3"]}
    slate = pseudo.client.post("/v1/shelves", json=asked).json()
    shelves = [each for each in slate.values() if isinstance(each, dict)]
    texts = [text for each in shelves for text in (each["method"], each["short"] or "")]
    texts += [item["reason"]["text"] for each in shelves for item in each["items"]]
    assert len(texts) > 6
    assert _untranslated(texts) == []


def test_a_reader_is_answered_in_the_language_that_was_asked_for(house: House) -> None:
    told = house.client.get("/v1/shelves", params={"article": "ferry-1", "language": PSEUDO}).json()
    assert _untranslated([told["related"]["method"]]) == []
    assert (
        house.client.get("/v1/shelves", params={"article": "ferry-1"}).json()["related"]["method"].isascii()
    )


def test_a_shelf_on_a_withdrawn_articles_page_is_no_literal(pseudo: House) -> None:
    pseudo.client.delete("/v1/articles", params={"id": "a-5"}, headers=pseudo.auth)
    pseudo.engine.catch_up()
    answer = pseudo.client.get("/article/a-5")
    assert answer.status_code == 410
    assert _untranslated(_texts(answer.text)) == []
