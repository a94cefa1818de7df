from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.text.slugs import key
from recirc.types import Article, Author


def test_no_two_of_a_hundred_thousand_slugs_share_a_key() -> None:
    keys = {key(f"topic-{n}") for n in range(120_000)}
    assert len(keys) == 120_000
    assert min(keys) > 0
    assert max(keys) < 1 << 63


def test_a_topic_lists_its_own_articles_alone(tmp_path: Path) -> None:
    """Of these pairs of slugs, each had one key when keys had 31 bits."""
    settings = replace(Settings(), store=StoreSettings(path=str(tmp_path / "recirc.db")))
    engine = Engine.open(settings)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    one = Article(
        id="1",
        headline="A",
        body="<p>x</p>",
        topics=("topic-19037",),
        authors=(Author(name="topic-8396"),),
        published=now,
    )
    two = replace(one, id="2", topics=("topic-21442",), authors=(Author(name="topic-109858"),))
    engine.publish([one, two]).result()
    engine.catch_up()
    assert [each.id for each in engine.listing(topic="topic-19037", limit=9).articles] == ["1"]
    assert [each.id for each in engine.listing(author="topic-8396", limit=9).articles] == ["1"]
    engine.close()
