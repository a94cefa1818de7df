"""What an article lacks is found in its text, and what it brings gets its one name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from recirc.engine.enrichment import article_enricher
from recirc.settings import Settings, TopicsSettings
from recirc.text.topics import OwnNamesError
from recirc.types import Article, Provenance

TEXT = (
    "<p>President Biden met Ukrainian officials in Kyiv on Tuesday and promised more help for Ukraine. Biden said that "
    "the United Nations had been told. Ukraine has asked for such a promise for months, and thanked Mr Biden.</p>"
)
BARE = Article(id="1", headline="Biden promises Ukraine more help", body=TEXT)


def test_topics_and_language_are_found_where_none_came() -> None:
    named = article_enricher(Settings())(BARE)
    assert named.language == "en"
    assert {"Joe Biden", "Ukraine"} <= set(named.topics)
    assert article_enricher(Settings())(named) == named


def test_what_the_newsroom_says_stands_under_its_one_name() -> None:
    brought = replace(BARE, topics=("President Biden", "biden", "Harbour works"), language="uk")
    named = article_enricher(Settings())(brought)
    assert (named.topics, named.language) == (("Joe Biden", "Harbour works"), "uk")


def test_a_feed_s_only_category_does_not_stand_in_the_way() -> None:
    tagged = replace(BARE, topics=("News",))
    assert article_enricher(Settings())(tagged).topics == ("News",)
    polled = replace(tagged, provenance=Provenance(first_seen=datetime(2026, 11, 22, tzinfo=UTC)))
    named = article_enricher(Settings())(polled)
    assert named.topics[0] == "News"
    assert {"Joe Biden", "Ukraine"} <= set(named.topics)
    assert named.language == "en"


def test_finding_can_be_switched_off() -> None:
    assert article_enricher(Settings(topics=TopicsSettings(find=False)))(BARE).topics == ()


def test_the_newsroom_s_own_names_count(tmp_path: Path) -> None:
    own = tmp_path / "topics.toml"
    own.write_text("[[topic\n")
    with pytest.raises(OwnNamesError, match=r"topics\.toml"):
        article_enricher(Settings(topics=TopicsSettings(file=str(own))))
