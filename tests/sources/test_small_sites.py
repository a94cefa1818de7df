"""Small sites as newsrooms have them, in many languages: what becomes of their dates, names, letters and pages."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from played_site import TEXT, PlayedSite, articles, item, page, playing, rss

from recirc.sources.source import PollState
from recirc.text.clean import words_of
from recirc.types import Article


@pytest.fixture(scope="module")
def site() -> Iterator[PlayedSite]:
    with playing() as site:
        yield site


def read(site: PlayedSite, path: str, **entry: Any) -> list[Article]:
    site.state = PollState()
    return articles(site.poll(path, **entry))


def feed(*items: str, language: str = "") -> tuple[int, dict[str, str], str]:
    head = f"<language>{language}</language>" if language else ""
    names = "xmlns:dc='http://purl.org/dc/elements/1.1/'"
    text = f"<rss version='2.0' {names}><channel><title>Wren</title>{head}{''.join(items)}</channel></rss>"
    return 200, {"Content-Type": "application/rss+xml; charset=utf-8"}, text


def entry(extra: str) -> str:
    return f"<item><title>At the quay</title><link>{{BASE}}/i</link><description>{TEXT}</description>{extra}</item>"


DATES = [
    ("fr", "sam. 28 nov. 2026 10:00:00 +0100", "2026-11-28T09:00"),
    ("fr", "mar., 10 févr. 2026 10:00:00 GMT", "2026-02-10T10:00"),
    ("fr", "jeu, 06 août 2026 10:00:00 +0200", "2026-08-06T08:00"),
    ("it", "sab, 28 nov 2026 10:00:00 CET", "2026-11-28T09:00"),
    ("it", "gio, 01 gen 2026 10:00:00 +0100", "2026-01-01T09:00"),
    ("nl", "do, 05 mrt 2026 10:00:00 +0100", "2026-03-05T09:00"),
    ("pl", "sob, 28 lis 2026 10:00:00 +0100", "2026-11-28T09:00"),
    ("pl", "pon., 05 sty 2026 10:00:00 +0100", "2026-01-05T09:00"),
    ("ru", "Сб, 28 ноя 2026 10:00:00 +0300", "2026-11-28T07:00"),
    ("ru", "28 ноября 2026, 10:00 МСК", "2026-11-28T07:00"),
    ("ar", "28 نوفمبر 2026 10:00 +0300", "2026-11-28T07:00"),
    ("tr", "Cmt, 28 Kas 2026 10:00:00 +0300", "2026-11-28T07:00"),
    ("uk", "28 листопада 2026 10:00 +0200", "2026-11-28T08:00"),
    ("sv", "lör, 28 nov 2026 10:00:00 +0100", "2026-11-28T09:00"),
    ("sv", "ons, 14 okt 2026 10:00:00 +0200", "2026-10-14T08:00"),
    ("da", "lør, 28 nov 2026 10:00:00 +0100", "2026-11-28T09:00"),
    ("es", "vie, 28 ago 2026 10:00:00 -0300", "2026-08-28T13:00"),
    ("es", "28 de diciembre de 2025 10:00 -0300", "2025-12-28T13:00"),
    ("es", "sáb., 03 ene. 2026 10:00:00 +0100", "2026-01-03T09:00"),
    ("pt", "qui, 24 set 2026 10:00:00 -0300", "2026-09-24T13:00"),
    ("de", "Do, 05 Mär 2026 10:00:00 +0100", "2026-03-05T09:00"),
    ("de", "Fr, 01 Mai 2026 10:00:00 +0200", "2026-05-01T08:00"),
    ("ja", "2026年11月28日 19:00 JST", "2026-11-28T10:00"),
    ("", "2026-11-28T10:00+0100", "2026-11-28T09:00"),
    ("", "2026-11-28T10:00:00+01", "2026-11-28T09:00"),
    ("", "Sat, 28 Nov 2026 10:00 UT", "2026-11-28T10:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 EST", "2026-11-28T15:00"),
    ("", "Fri, 28 Aug 2026 10:00:00 PDT", "2026-08-28T17:00"),
    ("de", "Sat, 28 Nov 2026 10:00:00 MEZ", "2026-11-28T09:00"),
    ("de", "Fri, 28 Aug 2026 10:00:00 MESZ", "2026-08-28T08:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 AEDT", "2026-11-27T23:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 KST", "2026-11-28T01:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 BRT", "2026-11-28T13:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 EET", "2026-11-28T08:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 GMT+1", "2026-11-28T09:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 UTC-3", "2026-11-28T13:00"),
    ("", "Sat, 28 Nov 2026 10:00:00 UTC+05:30", "2026-11-28T04:30"),
    ("", "Sat Nov 28 2026 10:00:00 GMT-0300 (Brasilia Standard Time)", "2026-11-28T13:00"),
    ("", "2026-11-28 10:00:00.000000 +0000 UTC", "2026-11-28T10:00"),
    ("", "2026-11-28 10:00:00 +0100 CET", "2026-11-28T09:00"),
    ("", "20261128T100000Z", "2026-11-28T10:00"),
    ("", "Sat Nov 28 10:00:00 2026 UTC", "2026-11-28T10:00"),
    ("", "Sat Nov 28 10:00:00 UTC 2026", "2026-11-28T10:00"),
    ("", "Saturday, November 28, 2026 - 10:00 GMT", "2026-11-28T10:00"),
    ("", "11/28/2026 10:00:00 PM UTC", "2026-11-28T22:00"),
    ("", "28/11/2026 10:00 UTC", "2026-11-28T10:00"),
    ("de", "28.11.2026, 10:00 Uhr MEZ", "2026-11-28T09:00"),
    ("", "2026.11.28 10:00 UTC", "2026-11-28T10:00"),
    ("", "28-Nov-2026 10:00 GMT", "2026-11-28T10:00"),
    ("", "Sat, 28 Nov 26 10:00:00 GMT", "2026-11-28T10:00"),
    ("", "Sat,28 Nov 2026 10:00:00 GMT", "2026-11-28T10:00"),
    ("", "Sat, 28 Nov 2026 12:30 AM GMT", "2026-11-28T00:30"),
    ("", "Sat, 28 Nov 2026 12:30 PM GMT", "2026-11-28T12:30"),
    ("", "28 Nov 2026 10.00 GMT", "2026-11-28T10:00"),
    ("", "Sat, 28 Sept 2026 10:00:00 GMT", "2026-09-28T10:00"),
    ("zh", "2026年11月28日 下午7:00 +0800", "2026-11-28T11:00"),
    ("ko", "2026년 11월 28일 오후 7:00 KST", "2026-11-28T10:00"),
]


@pytest.mark.parametrize(("language", "written", "moment"), DATES)
def test_dates_of_feeds(site: PlayedSite, language: str, written: str, moment: str) -> None:
    site.put("/feed", feed(entry(f"<pubDate>{written}</pubDate>"), language=language))
    (found,) = read(site, "/feed")
    assert found.published == datetime.fromisoformat(f"{moment}:00+00:00")


@pytest.mark.parametrize(
    "written",
    [
        "0000-00-00 00:00:00",
        "1900-01-01",
        "1899-12-30T00:00:00",
        "Thu, 01 Jan 1970 01:00:00 +0100",
        "1969-12-31T23:00:00Z",
        "0001-01-01T00:00:00Z",
        "-62135596800",
        "NaN",
        "null",
        "Invalid date",
        "0",
        "undefined",
        "1970-01-01T00:00:01Z",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "01.01.1970 01:00",
        "1901-12-13T20:45:52Z",
        "January 1, 1",
        "--",
        "today",
        "Sat, 28 Nov 126 10:00:00 GMT",
        "31 Feb 2026 10:00 GMT",
        "Sat, 99 Nov 2026 10:00:00 GMT",
    ],
)
def test_dates_of_nobody(site: PlayedSite, written: str) -> None:
    site.put("/feed", feed(entry(f"<pubDate>{written}</pubDate>")))
    (found,) = read(site, "/feed")
    assert found.published is None


BYLINES = [
    ("Von Ada Brook", ["Ada Brook"]),
    ("Par Ada Brook et Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Por Ada Brook y Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Por Ada Brook e Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Di Ada Brook e Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Door Ada Brook en Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Av Ada Brook og Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("От Ада Брук", ["Ада Брук"]),
    ("كتب أحمد علي", ["أحمد علي"]),
    ("بقلم أحمد علي", ["أحمد علي"]),
    ("記者 山田太郎", ["山田太郎"]),
    ("記者/李明", ["李明"]),
    ("文/李明", ["李明"]),
    ("文：李明", ["李明"]),
    ("ada@x.example (Ada Brook)", ["Ada Brook"]),
    ("Ada Brook, Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Ada Brook | Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Ada Brook &amp; Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Ada Brook, Ben Stone and Cy Dale", ["Ada Brook", "Ben Stone", "Cy Dale"]),
    ("Ada Brook; Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Von Ada Brook und Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Ada Brook / Ben Stone", ["Ada Brook", "Ben Stone"]),
    ("Ada O&amp;#39;Brook", ["Ada O'Brook"]),
    ("BY Ada Brook", ["Ada Brook"]),
    ("by: Ada Brook", ["Ada Brook"]),
    ("Tekst: Ada Brook", ["Ada Brook"]),
    ("Autor: Ada Brook", ["Ada Brook"]),
    ("Автор: Ада Брук", ["Ада Брук"]),
    ("Yazan: Ada Brook", ["Ada Brook"]),
    ("撰文 李明", ["李明"]),
    ("作者：李明", ["李明"]),
    ("文・山田太郎", ["山田太郎"]),
    ("מאת עדה ברוק", ["עדה ברוק"]),
]


@pytest.mark.parametrize(("written", "names"), BYLINES)
def test_bylines_of_feeds(site: PlayedSite, written: str, names: list[str]) -> None:
    site.put("/feed", feed(entry(f"<dc:creator>{written}</dc:creator>")))
    (found,) = read(site, "/feed")
    assert [author.name for author in found.authors] == names


LETTERS = [
    ("koi8-r", "koi8-r", "Шторм разрушил часть старого мола"),
    ("windows-1256", "cp1256", "دمرت العاصفة جزءا من الرصيف القديم"),
    ("x-gbk", "gbk", "风暴摧毁了旧码头的一部分"),
    ("gb2312", "gbk", "风暴摧毁了旧码头的一部分"),
    ("big5", "big5", "風暴摧毀了舊碼頭的一部分"),
    ("ks_c_5601-1987", "euc-kr", "폭풍이 낡은 부두 일부를 부쉈다"),
    ("euc-jp", "euc-jp", "嵐で古い防波堤の一部が壊れた"),
    ("x-euc-jp", "euc-jp", "嵐で古い防波堤の一部が壊れた"),
    ("ms_kanji", "cp932", "嵐で古い防波堤の一部が壊れた"),
    ("iso-2022-jp", "iso2022_jp", "嵐で古い防波堤の一部が壊れた"),
    ("tis-620", "cp874", "พายุทำลายท่าเรือเก่าบางส่วน"),
    ("iso-8859-8-i", "iso8859_8", "הסערה הרסה חלק מהמזח הישן"),
    ("iso-8859-9", "cp1254", "Fırtına eski iskelenin bir kısmını yıktı"),
    ("iso-8859-2", "iso8859_2", "Burza zniszczyła część starego molo źle"),
    ("utf-16", "utf-16", "Der Sturm zerstörte die Mole"),
    ("x-mac-roman", "mac_roman", "L’été à la jetée déçue"),
    ("windows-1250", "cp1250", "Žluťoučký kůň přišel"),
    ("cp1251", "cp1251", "Шторм разрушил часть старого мола"),
    ("x-cp1251", "cp1251", "Шторм разрушил часть старого мола"),
    ("unicode-1-1-utf-8", "utf-8", "Der Sturm zerstörte die Mole"),
    ("latin1", "cp1252", "Der Sturm zerstörte „die Mole“"),
]


@pytest.mark.parametrize("media_type", ["text/xml", "application/rss+xml; charset=iso-8859-1"])
@pytest.mark.parametrize(("label", "codec", "headline"), LETTERS)
def test_character_sets_of_feeds(
    site: PlayedSite, media_type: str, label: str, codec: str, headline: str
) -> None:
    text = f"<?xml version='1.0' encoding='{label}'?><rss version='2.0'><channel><title>Wren</title><item>"
    text += f"<title>{headline}</title><link>http://127.0.0.1/e</link>"
    text += f"<description>{(headline + '. ') * 30}</description></item></channel></rss>"
    site.put("/feed", (200, {"Content-Type": media_type}, text.encode(codec)))
    assert [found.headline for found in read(site, "/feed")] == [headline]


@pytest.mark.parametrize(("label", "codec", "headline"), [each for each in LETTERS if each[1] != "utf-16"])
def test_character_sets_of_pages(site: PlayedSite, label: str, codec: str, headline: str) -> None:
    text = page(headline, (headline + ". ") * 40, f"<meta charset='{label}'>")
    site.put("/p", (200, {"Content-Type": "text/html"}, text.encode(codec)))
    assert [found.headline for found in read(site, "/p", kind="page")] == [headline]


DATE_LINES = [
    ("pt-BR", "Publicado em 28 de agosto de 2026 às 10h30", "2026-08-28"),
    ("es", "Publicado el 28 de agosto de 2026 a las 10:30", "2026-08-28"),
    ("es", "28 de agosto, 2026", "2026-08-28"),
    ("fr", "Publié le 28 août 2026 à 10h30", "2026-08-28"),
    ("fr", "Publié le 1er août 2026", "2026-08-01"),
    ("it", "Pubblicato il 28 agosto 2026 alle 10:30", "2026-08-28"),
    ("de", "Veröffentlicht am 28. August 2026 um 10:30 Uhr", "2026-08-28"),
    ("de", "Stand: 28.08.2026, 10:30 Uhr", "2026-08-28"),
    ("nl", "Gepubliceerd op 28 augustus 2026 om 10:30", "2026-08-28"),
    ("ru", "Опубликовано 28 августа 2026 в 10:30", "2026-08-28"),
    ("ja", "公開日：2026年8月28日 10時30分", "2026-08-28"),
    ("zh", "发布时间：2026年8月28日 10:30", "2026-08-28"),
    ("zh", "2026-08-28 10:30 来源：新华社", "2026-08-28"),
    ("ar", "نُشر في 28 أغسطس 2026", "2026-08-28"),
    ("ar", "٢٨ أغسطس ٢٠٢٦", "2026-08-28"),
    ("pl", "Opublikowano 28 sierpnia 2026 o 10:30", "2026-08-28"),
    ("tr", "Yayınlanma: 28 Ağustos 2026 10:30", "2026-08-28"),
    ("sv", "Publicerad 28 augusti 2026 kl. 10.30", "2026-08-28"),
    ("uk", "Опубліковано 28 серпня 2026, 10:30", "2026-08-28"),
    ("ko", "입력 2026년 8월 28일 10:30", "2026-08-28"),
    ("ko", "2026.08.28. 오전 10:30", "2026-08-28"),
    ("cs", "Publikováno 28. srpna 2026", "2026-08-28"),
    ("da", "Publiceret 28. august 2026 kl. 10.30", "2026-08-28"),
    ("fi", "Julkaistu 28.8.2026 10:30", "2026-08-28"),
    ("he", "פורסם ב-28 באוגוסט 2026", "2026-08-28"),
    ("en-GB", "Published 28/08/2026 10:30", "2026-08-28"),
    ("en-US", "Published August 28th, 2026 at 10:30 a.m. ET", "2026-08-28"),
    ("hu", "2026. augusztus 28. 10:30", "2026-08-28"),
    ("el", "28 Αυγούστου 2026", "2026-08-28"),
    ("ro", "28 august 2026, ora 10:30", "2026-08-28"),
    ("vi", "28/08/2026 10:30", "2026-08-28"),
    ("id", "Jumat, 28 Agustus 2026 10:30 WIB", "2026-08-28"),
    ("th", "28 สิงหาคม 2569", "2026-08-28"),
    ("fa", "۲۸ اوت ۲۰۲۶", "2026-08-28"),
    ("hi", "28 अगस्त 2026", "2026-08-28"),
]


@pytest.mark.parametrize(("language", "line", "day"), DATE_LINES)
def test_dates_on_pages(site: PlayedSite, language: str, line: str, day: str) -> None:
    site.put(
        "/p",
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'><title>Works agreed</title></head>"
        f"<body><article><h1>Works agreed</h1><p class='date'>{line}</p><p>{TEXT}</p></article></body></html>",
    )
    (found,) = read(site, "/p", kind="page")
    assert found.published is not None
    assert found.published.date().isoformat() == day


@pytest.mark.parametrize(
    "target",
    [
        "/login",
        "/signin?next=/a",
        "/anmelden",
        "/konto/login",
        "/abo",
        "/subscribe",
        "/consent?x=1",
        "/cookie-wall",
        "/",
        "/error",
        "/403.html",
        "/accounts/sign_in",
        "/zugriff",
        "/connexion",
        "/accedi",
        "/iniciar-sesion",
        "/entrar",
        "/paywall/offer",
        "/registrieren",
        "/de/willkommen",
    ],
)
def test_a_redirect_to_a_page_about_something_else(site: PlayedSite, target: str) -> None:
    said = "Crews of the ferry line voted on Tuesday on the offer of the company."
    items = [
        item(f"Crews voted on offer {n}", f"/a{n}", str(n), f"{said} {n}", summary=True) for n in range(3)
    ]
    site.put("/feed", rss(*items))
    for number in range(3):
        site.put(f"/a{number}", (302, {"Location": target}, ""))
    wall = "Please sign in with your account to continue reading. Your password is needed for this. "
    site.put(target.partition("?")[0], page("Welcome back to the Wren Tide", wall * 12))
    found = read(site, "/feed")
    assert len({each.id for each in found}) == 3
    assert not any("sign in" in words_of(each.body) for each in found)


SAID = (
    '"@type":"NewsArticle","headline":"Dredging plan settled","datePublished":"2026-11-28T10:00:00+01:00",'
    '"author":{"@type":"Person","name":"Ada Brook"}'
)


@pytest.mark.parametrize(
    "written",
    [
        f"{{{SAID},}}",
        f"/* a note */ {{{SAID}}}",
        f"{{ // a note\n{SAID}}}",
        f"//<![CDATA[\n{{{SAID}}}\n//]]>",
        f"<!-- {{{SAID}}} -->",
        f"{{{SAID}}};".replace("plan settled", "plan\nsettled"),
        f"{{{SAID}}}".replace('"', "&quot;"),
        f'{{"@graph":[{{{SAID}}},],}}',
        f'{{{SAID}}}{{"@type":"WebSite"}}',
        f"\ufeff{{{SAID}}}",
        f"{{{SAID}}}".replace("plan", "pl\\'an"),
        f"{{{SAID}",
        f'{{"@graph":[{{{SAID}',
        f'{{{SAID},"wordCount":NaN}}',
        f'{{"@graph":[{{"@type":"WebPage","mainEntity":{{{SAID}}}}}]}}',
    ],
)
def test_what_a_page_says_for_machines_is_read_though_it_is_no_json(site: PlayedSite, written: str) -> None:
    script = f"<script type='application/ld+json'>{written}</script>"
    site.put(
        "/p",
        f"<!doctype html><html lang='en'><head><title>Dredging plan settled</title>{script}</head>"
        f"<body><article><h1>Dredging plan settled</h1><p>{TEXT}</p></article></body></html>",
    )
    (found,) = read(site, "/p", kind="page")
    assert found.published == datetime.fromisoformat("2026-11-28T09:00:00+00:00")
    assert [author.name for author in found.authors] == ["Ada Brook"]


@pytest.mark.parametrize(
    "said",
    [
        "<item><description>{}</description></item>",
        "<item><title><![CDATA[ ]]></title><link>{{BASE}}/i</link><description>{}</description></item>",
        "<item><title/><guid isPermaLink='false'>7</guid><description><![CDATA[<p>{}</p>]]></description></item>",
    ],
)
@pytest.mark.parametrize("text", [TEXT, "市政府周二宣布渡轮停航。" * 20])
def test_items_without_a_title(site: PlayedSite, said: str, text: str) -> None:
    site.put("/feed", feed(said.format(text)))
    (found,) = read(site, "/feed")
    assert 0 < len(found.headline) < 140
    assert text.startswith(found.headline.rstrip("…")[:20])


@pytest.mark.parametrize("before", ["\ufeff", "\ufeff\ufeff", " \n\ufeff", "\ufeff \r\n"])
def test_marks_and_spaces_before_json(site: PlayedSite, before: str) -> None:
    said = {
        "items": [{"id": "1", "content_text": TEXT}],
        "title": "x",
        "version": "https://jsonfeed.org/version/1",
    }
    site.put("/feed", (200, {"Content-Type": "application/json"}, f"{before}{json.dumps(said)}".encode()))
    assert len(read(site, "/feed")) == 1
