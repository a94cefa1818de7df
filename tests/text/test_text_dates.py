"""Dates in the languages, zones and forms in which newspapers write them; no other moment is ever made of one."""

from datetime import UTC, date, datetime

import pytest
from babel.dates import format_date

from recirc.text.dates import DateContext, context_of, moment_of

TEN = "2026-11-28T10:00:00+00:00"


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Sat, 28 Nov 2026 10:00:00 +01:00", 9),
        ("Sat, 28 Nov 2026 10:00:00 +0100", 9),
        ("Sat, 28 Nov 2026 10:00:00 +01", 9),
        ("Sat, 28 Nov 2026 10:00:00 GMT+0100", 9),
        ("Sat, 28 Nov 2026 10:00:00 UTC+1", 9),
        ("Sat, 28 Nov 2026 10:00:00 CEST", 8),
        ("Sat, 28 Nov 2026 10:00:00 MEZ", 9),
        ("Sat, 28 Nov 2026 10:00:00 MSK", 7),
        ("28 ноября 2026 г., 10:00 МСК", 7),
        ("2026/11/28 10:00:00 JST", 1),
        ("2026年11月28日 10时00分 北京时间", 2),
        ("Sat, 28 Nov 2026 10:00:00 EST", 15),
        ("Nov 28, 2026 10 AM ET", 15),
        ("2026-11-28 10:00:00 UTC", 10),
        ("2026-11-28T10:00:00−05:00", 15),
        ("2026-11-28T10:00:00+01:00[Europe/Berlin]", 9),
        ("2026-11-28 10:00 Europe/Berlin", 9),
        ("Sat Nov 28 10:00:00 CET 2026", 9),
        ("Sat Nov 28 2026 10:00:00 GMT+0100 (Mitteleuropäische Normalzeit)", 9),
        ("28/Nov/2026:10:00:00 +0100", 9),
        ("Sat, 28 Nov 26 10:00 EST", 15),
        ("Sat, 28 Nov 2026 10:00:00 PM", 22),
        ("Sat, 28 Nov 2026 12:00:00 AM", 0),
        ("Sat, 28 Nov 2026 12:00:00 PM", 12),
        ("28.11.2026 23:00 Uhr", 23),
        ("28.11.2026, 23 Uhr", 23),
        ("2026年11月28日 下午3:00", 15),
        ("令和8年11月28日 午後3時", 15),
        ("2026년 11월 28일 오후 3시", 15),
        ("28 نوفمبر 2026 03:00 م", 15),
        ("28 Νοεμβρίου 2026 3:00 μ.μ.", 15),
    ],
)
def test_zones_and_halves_of_the_day(written: str, hour: int) -> None:
    found = moment_of(written, alone=True)
    assert found is not None
    assert found.astimezone(UTC) == datetime(2026, 11, 28, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Sat, 28 Nov 2026 10:00:00",
        "Sa, 28 Nov 2026 10:00:00 +0000",
        "28. November 2026 um 10:00 Uhr",
        "samedi 28 novembre 2026 à 10h00",
        "sábado, 28 de noviembre de 2026, a las 10:00 a. m.",
        "sáb, 28 nov 2026 10:00:00 +0000",
        "28 de novembro de 2026 às 10h",
        "Il 28 novembre 2026 alle ore 10:00",
        "zaterdag 28 november 2026 om 10.00 uur",
        "lördag 28 november 2026 kl. 10.00",
        "lørdag den 28. november 2026 kl. 10:00",
        "28. marraskuuta 2026 klo 10.00",
        "28 listopada 2026, godz. 10:00",
        "28 ноября 2026, 10:00",
        "28 листопада 2026, 10:00",
        "28 Kasım 2026 Cumartesi 10:00",
        "28 KASIM 2026, 10:00",
        "28 نوفمبر 2026 - 10:00",
        "٢٨ تشرين الثاني ٢٠٢٦ - ١٠:٠٠",
        "2026年11月28日 10時00分",
        "2026년 11월 28일 오전 10시",
        "2026. november 28., szombat 10:00",
        "2026. gada 28. novembris, 10:00",
        "28. listopadu 2026 v 10:00",
        "28 Νοεμβρίου 2026 10:00",
        "28 พฤศจิกายน 2569 10:00 น.",
        "28 พ.ย. 2569 10:00 น.",
        "28 tháng 11, 2026 10:00",
        "28 नवंबर 2026, 10:00",
        "28 בנובמבר 2026 10:00",
        "28 noiembrie 2026, 10:00",
        "2026/11/28 10:00",
        "2026.11.28 10:00 (土)",
        "20261128T100000Z",
        "20261128100000",
        "28-Nov-2026 10:00",
        "28.11.2026 klo 10.00",
        "28. 11. 2026 10:00",
        "Sat Nov 28 10:00:00 2026",
    ],
)
def test_languages_and_forms(written: str) -> None:
    found = moment_of(written, alone=True)
    assert (found and found.isoformat()) == TEN


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00Z",
        "-0001-11-30T00:00:00+00:00",
        "Mon, 01 Jan 0001 00:00:00 +0000",
        "0000-00-00 00:00:00",
        "1970-01-01",
        "1970-01-01T00:00:00Z",
        "Thu, 01 Jan 1970 01:00:00 +0100",
        "Wed, 31 Dec 1969 19:00:00 EST",
        "1 janvier 1970",
        "1601-01-01T00:00:00Z",
        "Sat, 28 Nov 126 10:00:00 GMT",
        "28 novembre 0126",
        "2026-11",
        "November 2026",
        "2026",
        "202611281000",
        "2026-11-28T25:00:00Z",
        "2026-11-28T10:61:00Z",
        "2026-11-28T10:00:00 01:00",
        "2026-28-11",
        "Sat, 28 Nov 2026 10:00:00 FOO",
        "Sat, 28 Nov 2026 10:00:00 +99:00",
        "28 Mayor 2026",
        "gestern, 10:00 Uhr",
    ],
)
def test_unknown(written: str) -> None:
    assert moment_of(written, alone=True) is None


@pytest.mark.parametrize(
    ("written", "context", "day"),
    [
        ("06/02/2026", context_of([]), None),
        ("06/02/2026", context_of([], "en"), None),
        ("06/02/2026", context_of([], "en-CA"), None),
        ("06/02/2026", context_of([], "en-US"), "2026-06-02"),
        ("06/02/2026", context_of([], "en_GB"), "2026-02-06"),
        ("06/02/2026", context_of([], "pt-BR"), "2026-02-06"),
        ("06-02-2026", context_of([], "nl"), "2026-02-06"),
        ("06/02/2026", context_of(["06/02/2026", "28/01/2026"], "en-US"), "2026-02-06"),
        ("06/02/2026", context_of(["02/13/2026"], "en"), "2026-06-02"),
        ("06/02/2026", context_of(["02/13/2026", "13/02/2026"], "de"), None),
        ("06/02/2026", context_of(["06/02/2026", "2026-02-06T10:00:00Z"]), "2026-02-06"),
        ("06/02/2026", context_of(["06/02/2026", "https://a.example/2026/06/02/quay"], "de"), "2026-06-02"),
        ("Fri, 06/02/2026", context_of([], "en-US"), "2026-02-06"),
        ("06/02/2026, Dienstag", context_of([]), "2026-06-02"),
        ("06.02.2026", context_of([], "en-US"), "2026-02-06"),
        ("06/06/2026", context_of([]), "2026-06-06"),
    ],
)
def test_an_ambiguous_date_is_decided_by_evidence(
    written: str, context: DateContext, day: str | None
) -> None:
    found = moment_of(written, context)
    assert (found and found.date().isoformat()) == day


def test_a_month_that_means_another_one_elsewhere() -> None:
    found = moment_of("28. listopada 2026", context_of([], "hr"))
    assert found is not None
    assert found.month == 10


def test_words_after_a_time_are_no_zone() -> None:
    found = moment_of("Publié le 28 novembre 2026 à 10:00 et mis à jour hier")
    assert (found and found.isoformat()) == TEN


LANGUAGES = "en de fr es pt it nl pl ru sv da nb fi cs ro hu el uk tr ar zh ja ca"


@pytest.mark.parametrize("language", LANGUAGES.split(" "))
def test_every_month_is_read_in_its_language(language: str) -> None:
    for month in range(1, 13):
        day = date(2025, month, 17)
        written = format_date(day, "long", locale=language)
        found = moment_of(written)
        assert found is not None, written
        assert found.date() == day, written
