"""Dates, the archive's days and months, and sitemaps follow the site's time zone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_house import Build
from recirc.settings import BrandSettings, BrandsSettings, SettingsError, SiteSettings, load
from recirc.settings.days import local_times
from recirc.types import Article

NEW_YEARS_EVE = datetime(2025, 12, 31, 18, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "shown"),
    [
        ("UTC", "2025/12/31", "31 December 2025, 18:20"),
        ("Asia/Kathmandu", "2026/01/01", "1 January 2026, 00:05"),
        ("America/St_Johns", "2025/12/31", "31 December 2025, 14:50"),
        ("Pacific/Auckland", "2026/01/01", "1 January 2026, 07:20"),
    ],
)
def test_an_article_is_of_the_day_that_it_was_there(build: Build, zone: str, day: str, shown: str) -> None:
    house = build(site=SiteSettings(name="The Tide", url="https://tide.example", timezone=zone))
    house.engine.publish(
        [Article(id="eve", headline="Eve", body="<p>Text.</p>", published=NEW_YEARS_EVE)]
    ).result()
    house.engine.catch_up()
    assert "/article/eve" in house.client.get(f"/archive/{day}").text
    assert house.client.get(f"/archive/{day[:7]}").text.count(f"/archive/{day}") == 1
    other = "2026/01/01" if day.startswith("2025") else "2025/12/31"
    assert house.client.get(f"/archive/{other}").status_code == 404
    assert shown in house.client.get("/article/eve").text
    month = day[:7].replace("/", "-")
    assert f"/sitemaps/{month}.xml" in house.client.get("/sitemap.xml").text
    assert "/article/eve" in house.client.get(f"/sitemaps/{month}.xml").text


def test_a_newspaper_has_its_own_time_zone(build: Build) -> None:
    brand = BrandSettings(
        name="Der Bote", hosts=("bote.example",), language="de", timezone="Pacific/Auckland"
    )
    house = build(site=SiteSettings(name="The Tide"), brands=BrandsSettings(list=(brand,)))
    house.engine.publish(
        [Article(id="eve", headline="Eve", body="<p>Text.</p>", published=NEW_YEARS_EVE)]
    ).result()
    house.engine.catch_up()
    for host, day, shown, zone in (
        ("tide.example", "2025/12/31", "31 December 2025, 18:20", "UTC"),
        ("bote.example", "2026/01/01", "1. Januar 2026, 07:20", "Pacific/Auckland"),
    ):
        headers = {"Host": host}
        page = house.client.get("/article/eve", headers=headers).text
        assert shown in page
        assert f'data-timezone="{zone}"' in page
        assert "/article/eve" in house.client.get(f"/archive/{day}", headers=headers).text
        assert f"/archive/{day}" in house.client.get(f"/archive/{day[:7]}", headers=headers).text
        other = "2026/01/01" if day.startswith("2025") else "2025/12/31"
        assert house.client.get(f"/archive/{other}", headers=headers).status_code == 404
        month = day[:7].replace("/", "-")
        assert "/article/eve" in house.client.get(f"/sitemaps/{month}.xml", headers=headers).text


def test_a_zone_of_a_newspaper_that_does_not_exist_is_told(tmp_path: Path) -> None:
    file = tmp_path / "recirc.toml"
    file.write_text('[[brands.list]]\nname = "A"\nhosts = ["a.example"]\ntimezone = "Mars/Base"\n')
    with pytest.raises(SettingsError, match=r"timezone of A.*'Mars/Base'"):
        load(file, {})


@given(
    st.lists(st.integers(-62_000_000, 250_000_000), min_size=1, max_size=40),
    st.sampled_from(["UTC", "Europe/Rome", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"]),
)
def test_clocks_show_what_they_show_in_each_zone(minutes: list[int], zone: str) -> None:
    found = local_times(np.array(minutes, np.int64) * 60_000, ZoneInfo(zone)).tolist()
    for minute, local in zip(minutes, found, strict=True):
        when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
        offset = when.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        if offset.total_seconds() % 60 == 0:  # before 1900 some were odd by seconds
            assert local == round((when.timestamp() + offset.total_seconds()) * 1000), (when, zone)


def test_a_zone_that_does_not_exist_is_told() -> None:
    with pytest.raises(SettingsError, match=r"site\.timezone.*'Mars/Base'.*Europe/Rome"):
        load(environment={"RECIRC_SITE__TIMEZONE": "Mars/Base"})
    assert load(environment={"RECIRC_SITE__TIMEZONE": "Europe/Rome"}).site.timezone == "Europe/Rome"
