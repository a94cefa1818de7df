"""Bylines and dates that pages show their readers, in fifteen languages."""

from datetime import datetime

import pytest

from recirc.extraction.html import read_html
from recirc.reading.fields import article_from

AT_TEN = "2026-11-28T10:00:00+00:00"
SHOWN = [
    ("de", "Von Ada Brook und Ben Stone", "28. November 2026, 10:00 Uhr", "Ada Brook + Ben Stone", AT_TEN),
    (
        "fr",
        "Par Anne Roux et Luc Petit",
        "Publié le 28 novembre 2026 à 10h00",
        "Anne Roux + Luc Petit",
        AT_TEN,
    ),
    ("es", "Por Ana Ruiz y Luis Peña", "28/11/2026 10:00", "Ana Ruiz + Luis Peña", AT_TEN),
    ("pt", "Por Ana Souza e João Lima", "28 nov 2026 às 10h", "Ana Souza + João Lima", AT_TEN),
    ("it", "Di Mario Rossi", "28 novembre 2026 ore 10:00", "Mario Rossi", AT_TEN),
    ("nl", "Door Jan de Vries", "za 28 nov 2026, 10:00", "Jan de Vries", AT_TEN),
    ("sv", "Av Lars Berg", "28 november 2026 kl. 10.00", "Lars Berg", AT_TEN),
    ("pl", "Autor: Jan Kowalski", "28 listopada 2026, 10:00", "Jan Kowalski", AT_TEN),
    ("tr", "Yazan: Ayşe Yılmaz", "28 Kasım 2026 10:00", "Ayşe Yılmaz", AT_TEN),
    ("ru", "Автор: Иван Петров", "28 ноября 2026, 10:00 МСК", "Иван Петров", "2026-11-28T10:00:00+03:00"),
    ("ar", "كتب أحمد علي", "28 نوفمبر 2026 10:00 م", "أحمد علي", "2026-11-28T22:00:00+00:00"),
    ("ja", "文／山田太郎", "2026年11月28日 10時00分", "山田太郎", AT_TEN),
    ("zh", "记者 张三 李四", "2026年11月28日 10:00", "张三 + 李四", AT_TEN),
    ("ko", "홍길동 기자", "2026.11.28 10:00", "홍길동", AT_TEN),
    (
        "en",
        "By Ada Brook and Ben Stone",
        "Nov. 28, 2026 10 a.m. EST",
        "Ada Brook + Ben Stone",
        "2026-11-28T10:00:00-05:00",
    ),
]


@pytest.mark.parametrize(("language", "byline", "date", "names", "published"), SHOWN)
def test_pages(language: str, byline: str, date: str, names: str, published: str) -> None:
    page = read_html(
        f'<html lang="{language}"><head><title>Title of it all</title></head><body><article><h1>Title of it all</h1>'
        f'<p class="byline">{byline}</p><p class="date">{date}</p><p>{"Words of a text here. " * 40}</p></article>'
        "</body></html>"
    )
    assert page.published is not None
    assert page.published.isoformat() == published
    assert " + ".join(author.name for author in page.authors) == names


@pytest.mark.parametrize(("language", "byline", "date", "names", "published"), SHOWN)
def test_files_and_the_api_read_the_same(
    language: str, byline: str, date: str, names: str, published: str
) -> None:
    row = {"id": "1", "headline": "Title", "authors": byline, "published": date.removeprefix("Publié le ")}
    article, _ = article_from({**row, "language": language}, source="x")
    assert " + ".join(author.name for author in article.authors) == names
    assert article.published is not None
    assert article.published == datetime.fromisoformat(published)
