"""Front and article of a newspaper in each language, in Chromium: no English word is left, the direction is right,
dates are in the language, all fits. The screenshots are kept in the folder that `SCREENSHOTS` names.
"""

import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.numbers import format_decimal
from playwright.sync_api import Browser, Page

from browsing import another_reader, uncomplaining
from recirc.engine import Engine
from recirc.messages import languages, words_in
from recirc.messages.translating import extracted
from recirc.settings import Settings, StoreSettings
from recirc.text.slugs import slug
from recirc.types import Article, Author, Claims, Provenance
from served import free_port, running

pytestmark = pytest.mark.browser

PAPERS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "newspapers.toml").read_text("utf-8")
)
SHOTS = Path(os.environ.get("SCREENSHOTS") or Path(tempfile.gettempdir()) / "recirc-screenshots")
RIGHT_TO_LEFT = ("ar", "he")
NOT_LATIN = ("ar", "he", "ja", "uk", "zh-Hans")
NAMES = re.compile(
    r"\b(Recirc|RSS|Atom|JSON Feed|API|X|Facebook|WhatsApp|Global Privacy Control|[Cc]ookie)\b"
)
ENGLISH = re.compile(r"\b(the|and|with|this|these|your|which|there|how|what|readers|have|were)\b", re.I)
"""Words that none of the other languages has."""

LETTERS = re.compile(r"[A-Za-z]{2,}")
ZONE = "Europe/Athens"
OUTLET = "outlet {language}"
TOML = f"""
[site]
name = "Ω"
timezone = "{ZONE}"
[training]
background = false
[exploring]
share = 0.0
"""
BRAND = """
[[brands.list]]
name = "{name} "
tagline = "{topic}"
hosts = ["{host}.localhost"]
language = "{language}"
outlets = ["{outlet}"]
"""


@pytest.fixture(scope="module")
def published() -> datetime:
    """When the newest article of each newspaper came out."""
    return datetime.now(UTC) - timedelta(days=2, minutes=7)


@pytest.fixture(scope="module")
def newspapers(tmp_path_factory: pytest.TempPathFactory, published: datetime) -> Iterator[str]:
    """A newspaper in each language, with articles in it; gives the port."""
    folder = tmp_path_factory.mktemp("languages")
    brands = "".join(
        BRAND.format(language=each, host=each.lower(), outlet=OUTLET.format(language=each), **paper)
        for each, paper in PAPERS.items()
    )
    (folder / "recirc.toml").write_text(TOML + brands, "utf-8")
    engine = Engine.open(Settings(store=StoreSettings(path=str(folder / "recirc.db"))))
    engine.publish([article for each in PAPERS for article in articles_of(each, published)]).result()
    engine.close()
    with running(folder, "serve", port=free_port()) as base:
        yield base.rpartition(":")[2]


def articles_of(language: str, newest: datetime) -> list[Article]:
    paper = PAPERS[language]
    claims = Claims(section=paper["section"])
    return [
        Article(
            id=f"{language.lower()}-{place}",
            headline=headline,
            summary=summary,
            body=f"<p>{summary}</p><p>{text}</p>",
            section=slug(paper["section"]),
            topics=(paper["topic"],),
            authors=(Author(name=paper["author"], biography=text),),
            language=language.partition("-")[0],
            published=newest - timedelta(hours=30 * place),
            updated=newest if place == 0 else None,
            provenance=Provenance(outlet=OUTLET.format(language=language), claims=claims),
        )
        for place, (headline, summary, text) in enumerate(paper["articles"])
    ]


def untranslated(language: str) -> list[str]:
    """English messages that are said otherwise in a language, those long enough to be meant where they are found."""
    words = words_in(language)
    texts = (entry.id for entry in extracted() if isinstance(entry.id, str) and len(entry.id) > 5)
    return [text for text in texts if "%" not in text and "<" not in text and words.text(text) != text]


def shown_on(page: Page) -> str:
    """All that a page says, open or closed, to eyes and to screen readers, without names."""
    said: str = page.evaluate(
        """() => {
          document.querySelectorAll('details').forEach(one => { one.open = true; });
          const spoken = [...document.querySelectorAll('[aria-label], [alt], [title], [placeholder]')].flatMap(one =>
            ['aria-label', 'alt', 'title', 'placeholder'].map(name => one.getAttribute(name) || ''));
          return [document.title, document.body.innerText, ...spoken].join('\\n');
        }"""
    )
    return NAMES.sub("", re.sub(r"outlet [\w-]+", "", said))


def lines_with(words: re.Pattern[str], said: str) -> list[str]:
    return [line for line in said.splitlines() if words.search(line)]


def test_there_is_a_newspaper_in_every_language() -> None:
    assert set(PAPERS) == set(languages())


@pytest.mark.parametrize("language", PAPERS)
def test_pages_speak_their_language_alone(
    browser: Browser, newspapers: str, published: datetime, language: str
) -> None:
    base = f"http://{language.lower()}.localhost:{newspapers}"
    # A browser that is set to English, far away.
    context = browser.new_context(
        user_agent=another_reader(), locale="en-US", timezone_id="America/Los_Angeles"
    )
    with uncomplaining(context) as page:
        for name, path in (("front", "/"), ("article", f"/article/{language.lower()}-0")):
            page.set_viewport_size({"width": 390, "height": 844})
            answer = page.goto(base + path)
            assert answer is not None
            assert answer.status == 200
            assert page.locator("html").get_attribute("lang") == language
            direction = page.evaluate("getComputedStyle(document.documentElement).direction")
            assert direction == ("rtl" if language in RIGHT_TO_LEFT else "ltr")
            said = shown_on(page)
            assert PAPERS[language]["articles"][0][0] in said
            assert PAPERS[language]["section"] in said
            if language != "en":
                assert [
                    text for text in untranslated(language) if re.search(rf"\b{re.escape(text)}\b", said)
                ] == []
                assert lines_with(ENGLISH, said) == []
            if language in NOT_LATIN:
                assert lines_with(LETTERS, said) == []
            assert_dates(page, language, published)
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 844})
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                SHOTS.mkdir(parents=True, exist_ok=True)
                page.screenshot(path=SHOTS / f"{language}-{name}-{width}.png")


def assert_dates(page: Page, language: str, published: datetime) -> None:
    """The day of the newest article, in the newspaper's time, is written as its language writes days and numbers."""
    locale = Locale.parse({"en": "en_GB"}.get(language, language.replace("-", "_")))
    moment = published.astimezone(ZoneInfo(ZONE))
    shown = page.locator(f'main time[datetime^="{published:%Y-%m-%dT%H:%M}"]').all_inner_texts()
    months = {
        locale.months[form][width][moment.month]
        for form in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
    }
    day = format_decimal(moment.day, locale=locale)
    assert shown
    for text in shown:
        assert any(month in text for month in months), (text, months)
        assert re.search(rf"(?<!\d){day}(?!\d)", text), (text, day)
