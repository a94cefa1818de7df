"""The fonts of pages: which are fetched at once, which languages have them, and those of a newspaper's own folder."""

import io
import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from portal_house import Build
from recirc import messages
from recirc.messages import languages, words_in
from recirc.settings import BrandSettings, BrandsSettings, PortalSettings, SettingsError, SiteSettings, load
from recirc.web.brands import RIGHT_TO_LEFT
from recirc.web.typefaces import OWN, script_of, typefaces_of

PRELOADED = re.compile(r'<link rel="preload" href="([^"]+)" as="font" type="font/woff2" crossorigin>')
SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')
CATALOGUES = Path(messages.__file__).parent / "catalogues"
LATIN_KB = 40
"""Of all files that a page in a Latin script fetches at once."""


def test_a_page_fetches_its_fonts_at_once_under_the_addresses_of_its_sheet(build: Build) -> None:
    client = build().client
    page = client.get("/")
    (sheet,) = SHEET.findall(page.text)
    rules = client.get(sheet).text
    fonts = PRELOADED.findall(page.text)
    assert [font.partition("?")[0] for font in fonts] == [
        f"/static/{name}-latin.woff2" for name in ("serif", "sans")
    ]
    assert "font-src 'self'" in page.headers["content-security-policy"]
    sizes = []
    for font in fonts:
        assert f"url({font.removeprefix('/static/')})" in rules
        file = client.get(font)
        assert file.headers["content-type"] == "font/woff2"
        assert "immutable" in file.headers["cache-control"]
        assert file.content.startswith(b"wOF2")
        sizes.append(len(file.content))
    assert sum(sizes) <= LATIN_KB * 1000
    assert "font-display:optional" in rules
    assert "size-adjust" in rules


def test_a_language_has_the_fonts_that_have_its_letters(build: Build) -> None:
    brands = tuple(
        BrandSettings(name=f"In {language}", hosts=(f"{language}.example",), language=language)
        for language in ("ar", "uk", "pl")
    )
    client = build(brands=BrandsSettings(list=brands)).client
    pages = {each: client.get("/", headers={"Host": f"{each}.example"}).text for each in ("ar", "uk", "pl")}
    assert not PRELOADED.findall(pages["ar"])
    (plain,) = SHEET.findall(pages["ar"])
    assert "@font-face" not in client.get(plain).text
    assert all("-cyrillic.woff2" in font for font in PRELOADED.findall(pages["uk"]))
    assert len(PRELOADED.findall(pages["uk"])) == 2
    assert all("-latin.woff2" in font for font in PRELOADED.findall(pages["pl"]))


def test_the_device_s_fonts_alone(build: Build) -> None:
    client = build(portal=PortalSettings(fonts="system")).client
    page = client.get("/").text
    (sheet,) = SHEET.findall(page)
    assert "@font-face" not in client.get(sheet).text
    assert not PRELOADED.findall(page)


def test_a_newspaper_s_own_folder(build: Build, tmp_path: Path) -> None:
    (tmp_path / "tide.woff2").write_bytes(b"wOF2 of The Tide")
    (tmp_path / "secret.txt").write_text("not a font")
    (tmp_path / "fonts.css").write_text(
        '@font-face { font-family: Tide; src: url("tide.woff2"); font-display: optional; }\n'
        ":root { --text: Tide, serif; }\n"
    )
    client = build(portal=PortalSettings(fonts=str(tmp_path))).client
    page = client.get("/").text
    (font,) = PRELOADED.findall(page)
    assert client.get(font).content == b"wOF2 of The Tide"
    rules = client.get(SHEET.findall(page)[0]).text
    assert rules.index("--text:Tide,serif") > rules.index("--text:Charter")
    assert client.get("/static/secret.txt").status_code == 404


@pytest.mark.parametrize(("language", "served"), [("am", True), ("ta", True), ("en", True), ("ar", False)])
def test_fonts_of_a_newspapers_own_are_served_in_scripts_that_we_have_no_sample_of(
    build: Build, tmp_path: Path, language: str, served: bool
) -> None:
    (tmp_path / "fonts.css").write_text(
        "@font-face { font-family: Own; src: url(own.woff2); unicode-range: U+41-7A, U+B80-BFF, U+1200-137F }"
    )
    (tmp_path / "own.woff2").write_bytes(b"wOF2")
    for fonts, found in ((str(tmp_path), served), ("recirc", language == "en")):
        client = build(
            site=SiteSettings(name="The Tide", language=language), portal=PortalSettings(fonts=fonts)
        ).client
        rules = client.get(SHEET.findall(client.get("/").text)[0]).text
        assert ("@font-face" in rules) == found


def test_letters_that_join_keep_together_in_every_language_that_runs_from_right_to_left(build: Build) -> None:
    client = build().client
    rules = client.get(SHEET.findall(client.get("/").text)[0]).text
    (selector,) = re.findall(r"([^{}]*)\{font-style:normal ?!important", rules)
    assert ":root" not in selector  # also of an article in another language than its page
    for language in RIGHT_TO_LEFT:
        assert f":lang({language})" in selector


def test_colours_come_with_the_fonts(build: Build) -> None:
    client = build(site=SiteSettings(name="The Tide", colours={"accent": "#004488"})).client
    rules = client.get(SHEET.findall(client.get("/").text)[0]).text
    assert "@font-face" in rules
    assert "--accent:#004488" in rules


@pytest.mark.parametrize(
    ("sheet", "text"),
    [
        (None, "nor a folder with a file fonts.css"),
        ("@font-face { src: url(missing.woff2) }", "'missing.woff2', which is no WOFF2 file beside it"),
        ("@font-face { src: url(https://elsewhere.example/a.woff2) }", "which is no WOFF2 file beside it"),
        ("@font-face { src: url(../a.woff2) }", "'../a.woff2', which is no WOFF2 file beside it"),
    ],
)
def test_a_folder_that_cannot_be_served_is_refused_at_the_start(
    tmp_path: Path, sheet: str | None, text: str
) -> None:
    if sheet is not None:
        (tmp_path / "fonts.css").write_text(sheet)
    toml = tmp_path / "recirc.toml"
    toml.write_text(f'[portal]\nfonts = "{tmp_path}"\n')
    with pytest.raises(SettingsError, match=re.escape(text)):
        load(toml, {})


def test_our_fonts_have_every_letter_of_the_catalogues_in_their_scripts() -> None:
    own = typefaces_of("recirc")
    letters = {name: set(TTFont(io.BytesIO(content)).getBestCmap()) for name, content in own.files.items()}
    cuts = {name.partition("-")[0] for name in letters}
    assert cuts == {"serif", "italic", "sans"}
    spoken = [language for language in languages() if own.suit(language)]
    assert {"en", "de", "pl", "tr", "uk"} <= set(spoken)
    assert not {"ar", "he", "ja", "zh-Hans"} & set(spoken)
    for language in spoken:
        catalogue = CATALOGUES / f"{words_in(language).catalogue.replace('-', '_')}.po"
        text = catalogue.read_text("utf-8") if catalogue.is_file() else "English"
        wanted = {each for each in text if each.isalpha()}
        for cut in cuts:
            known = set().union(*(found for name, found in letters.items() if name.startswith(f"{cut}-")))
            assert not {each for each in wanted if ord(each) not in known}, (language, cut)


def test_a_browser_finds_each_letter_in_the_file_that_it_fetches_for_it() -> None:
    own = typefaces_of("recirc")
    for cut in ("serif", "italic", "sans"):
        faces = [face for face in own.faces if face.file.startswith(f"{cut}-")]
        for letter in "AzéßœŁşğŞİıїґЖ—“€№₴":
            having = [face for face in faces if face.has(letter)]
            if letter == "₴":  # no cut has it: a font of the device stands in
                continue
            font = TTFont(io.BytesIO(own.files[having[-1].file]))
            assert ord(letter) in font.getBestCmap(), (cut, letter)


def test_their_licence_is_beside_them_and_reserves_the_name_of_the_originals() -> None:
    licence = (OWN / "LICENSE").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name" in licence
    for content in typefaces_of("recirc").files.values():
        named = TTFont(io.BytesIO(content))["name"]
        assert named.getDebugName(1).startswith("Recirc ")
        assert "Adobe" in named.getDebugName(0)
        assert "Source" not in " ".join(str(named.getDebugName(number)) for number in (1, 3, 4, 6))


def test_a_script_is_known_by_its_language() -> None:
    assert [script_of(each) for each in ("de-AT", "sr", "he", "ja", "qps-ploc")] == [
        "Latn", "Cyrl", "Hebr", "Jpan", "",
    ]  # fmt: skip
