"""The pages about the newspaper itself: links, or texts of files."""

from pathlib import Path
from typing import Literal

import pytest

from portal_house import Build
from recirc.settings import PortalSettings, SettingsError, SiteSettings, load


def test_a_file_is_a_page_that_the_foot_links(build: Build, tmp_path: Path) -> None:
    imprint, privacy = tmp_path / "imprint.txt", tmp_path / "privacy.html"
    imprint.write_text("The Wrenmouth Tide\n\n3 Quay Street & more <b>\n", "utf-8")
    privacy.write_text("<h2>No cookies</h2><p>None.</p><script>alert(1)</script>", "utf-8")
    portal = PortalSettings(
        imprint=str(imprint), privacy=str(privacy), contact="https://tide.example/contact"
    )
    house = build(site=SiteSettings(name="Der Bote", language="de"), portal=portal)
    front = house.client.get("/").text
    for address in ("/imprint", "/privacy", "https://tide.example/contact"):
        assert f'href="{address}"' in front
    page = house.client.get("/imprint")
    assert page.status_code == 200
    assert "<h1>Impressum</h1>" in page.text
    assert "3 Quay Street &amp; more" in page.text
    assert 'aria-current="page">Impressum' in page.text
    text = house.client.get("/privacy").text
    assert "<p>None.</p>" in text
    assert "alert(1)" not in text
    assert house.client.get("/contact").status_code == 404


@pytest.mark.parametrize("mode", ["mirror", "engine"])
def test_they_are_there_in_each_mode(build: Build, tmp_path: Path, mode: Literal["mirror", "engine"]) -> None:
    imprint = tmp_path / "imprint.txt"
    imprint.write_text("The Tide", "utf-8")
    house = build(portal=PortalSettings(imprint=str(imprint), mode=mode))
    assert "The Tide" in house.client.get("/imprint").text


@pytest.mark.parametrize("given", ["imprint.txt", "/srv/tide/imprnt.txt", "/imprint.html", "IMPRINT.MD"])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, given: str) -> None:
    toml = tmp_path / "recirc.toml"
    toml.write_text(f'[portal]\nimprint = "{given}"\n')
    with pytest.raises(SettingsError, match=r"portal\.imprint.*no such file"):
        load(toml, {})


def test_a_file_of_another_kind_is_told(tmp_path: Path) -> None:
    (tmp_path / "imprint.md").write_text("The Tide")
    toml = tmp_path / "recirc.toml"
    toml.write_text(f'[portal]\nimprint = "{tmp_path}/imprint.md"\n')
    with pytest.raises(SettingsError, match=r"ends in \.txt or \.html"):
        load(toml, {})


def test_an_address_may_end_as_it_likes(tmp_path: Path) -> None:
    toml = tmp_path / "recirc.toml"
    toml.write_text('[portal]\nimprint = "https://tide.example/imprint.html"\ncontact = "/contact"\n')
    assert load(toml, {}).portal.imprint == "https://tide.example/imprint.html"
