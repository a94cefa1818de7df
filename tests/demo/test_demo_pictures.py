"""The pictures of the sample newspaper."""

import io
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recirc.demo.drawing.grounds import GROUNDS, SKIES
from recirc.demo.drawing.scenes import THINGS, scene
from recirc.demo.paper import articles, authors
from recirc.demo.pictures import draw, drawings, table
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_most_articles_and_all_authors_of_the_paper_have_a_picture_with_an_alt_text() -> None:
    for language, least in (("en", 80), ("de", 25)):
        paper = {article.id: article for article in articles(NOW, language)}
        drawn = table(language)
        assert set(drawn.article) <= set(paper)
        assert len(drawn.article) >= least
        assert all(
            picture.alt and picture.credit for article in paper.values() for picture in article.pictures
        )
        writers = {author.name for author in authors(language).values() if author.role != "News agency"}
        assert set(drawn.portrait) == writers


def test_every_description_names_what_there_is() -> None:
    used = set[str]()
    for description, _ in (*table().article.values(), *table("de").article.values()):
        ground, _, rest = description.partition(": ")
        place, mood = ground.split()
        assert place in GROUNDS
        assert mood in SKIES
        for each in rest.split(", "):
            name, *numbers = each.split()
            assert len([float(number) for number in numbers]) == 3, description
            used.add(name)
    assert used <= set(THINGS)


@pytest.mark.parametrize("name", sorted(THINGS))
def test_each_thing_can_be_seen(name: str) -> None:
    ground = Image.open(io.BytesIO(scene("desk day")))
    shown = Image.open(io.BytesIO(scene(f"desk day: {name} 75 55 1")))
    assert shown.size == (1500, 1000)
    difference = np.abs(np.asarray(ground, np.int16) - np.asarray(shown, np.int16)).max(axis=2)
    changed = float(np.mean(difference > 40))
    assert changed > 0.01, f"{name} changes {changed:.1%} of the picture"


def test_the_same_description_is_the_same_picture() -> None:
    assert scene("sea dawn: whale 76 58 1") == scene("sea dawn: whale 76 58 1")


@pytest.mark.parametrize(
    ("description", "why"),
    [
        ("sae dawn: whale 1 1 1", "grounds: sea"),
        ("sea dawn: wahle 1 1 1", "there is no wahle"),
        ("", "a picture is"),
    ],
)
def test_what_cannot_be_drawn_is_said(description: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        scene(description)


def test_drawn_pictures_are_found_under_the_addresses_that_the_articles_name(tmp_path: Path) -> None:
    settings = Settings(store=StoreSettings(path=str(tmp_path / "recirc.db")))
    first, second = [article for article in articles(NOW) if article.pictures][:2]
    with_address = dict(drawings([first]))
    assert first.pictures[0].address in with_address
    engine = Engine.open(settings)
    try:
        engine.publish([first, second]).result()
        draw(settings, [first], portraits=False)
        facts = engine.pictures.facts([first.pictures[0].address, second.pictures[0].address])
    finally:
        engine.close()
    assert set(facts) == {first.pictures[0].address}
    kept = list(Path(f"{settings.store.path}.media").glob("*/*"))
    assert {path.name[:32] for path in kept} == {facts[first.pictures[0].address].key}
