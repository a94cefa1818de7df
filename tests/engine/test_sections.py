"""Categories become sections by a setting, and the names of sections keep their spelling."""

import pytest
from msgspec.structs import replace

from recirc.engine.sections import section_mapper, spelled_titles
from recirc.reading.fields import article_from
from recirc.types import Article, Claims, Provenance

MAP = {"Lokales": "Küste", "sport": "Sport & Spiel", "Fußball": "Sport & Spiel"}


def article(section: str, *topics: str, written: str | None = None) -> Article:
    claims = Claims(section=written) if written else None
    return Article(id="1", headline="H", section=section, topics=topics, provenance=Provenance(claims=claims))


@pytest.mark.parametrize(
    ("given", "section", "topics"),
    [
        (article("lokales", "Hafen"), "kuste", ("Hafen",)),
        (article("news", "Meinung", "Lokales", "Hafen"), "kuste", ("Meinung", "Hafen")),
        (article("meinung", "Lokales", written="Meinung"), "kuste", ("Meinung",)),
        (article("welt-und-all", "Fussball"), "sport-spiel", ("Welt und all",)),
        (article("sport", "Lokales"), "sport-spiel", ("Lokales",)),
        (article("kultur", "Hafen"), "kultur", ("Hafen",)),
    ],
)
def test_the_first_category_that_is_mapped_is_the_section(
    given: Article, section: str, topics: tuple[str, ...]
) -> None:
    found = section_mapper(MAP)(given)
    assert (found.section, found.topics) == (section, topics)
    assert section_mapper({})(given) == given


def test_names_keep_their_spelling() -> None:
    read = [
        article_from({"id": "1", "headline": "H", "section": each}, source="x")[0]
        for each in ("Küste", "Größe")
    ]
    titles = spelled_titles([*read, article("world-news"), article("kultur", written="Andere")], MAP)
    assert titles["kuste"] == "Küste"
    assert titles["grosse"] == "Größe"
    assert titles["world-news"] == "World news"
    assert titles["kultur"] == "Kultur"
    assert titles["sport-spiel"] == "Sport & Spiel"
    again = replace(read[0], headline="Later")
    assert spelled_titles([again], {})["kuste"] == "Küste"
