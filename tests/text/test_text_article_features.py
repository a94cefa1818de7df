"""What an article is about is a pure function of it."""

from datetime import UTC, datetime

import msgspec
import numpy as np

from recirc.text.article_features import extract_features, milliseconds
from recirc.text.near_duplicates import shingles
from recirc.text.slugs import key, slug
from recirc.text.vector import DIMENSIONS
from recirc.types import Article, ArticleFeatures, Author

ARTICLE = Article(
    id="1",
    headline="Ferries stop after strike vote",
    body="<p>The ferries of Skarholm stopped on Monday after crews voted to strike for better pay.</p>",
    section="business",
    topics=("Ferry strike", "Skarholm", "ferry-strike"),
    authors=(Author(name="Ada Brook"),),
    published=datetime(2026, 11, 20, 12, tzinfo=UTC),
)


def test_its_parts() -> None:
    known = extract_features(ARTICLE)
    assert np.frombuffer(known.vector, np.int8).shape == (DIMENSIONS,)
    assert np.frombuffer(known.vector, np.int8).any()
    words = "The ferries of Skarholm stopped on Monday after crews voted to strike for better pay."
    assert np.frombuffer(known.shingles, np.uint32).tolist() == shingles(words).tolist()
    assert known.section == key("business")
    assert known.topics == (key("ferry-strike"), key("skarholm"))
    assert known.authors == (key(slug("Ada Brook")),)
    assert known.published == 1_795_176_000_000


def test_the_same_article_is_understood_the_same_and_survives_the_log() -> None:
    known = extract_features(ARTICLE)
    assert extract_features(ARTICLE) == known
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(known), type=ArticleFeatures) == known


def test_nothing_known_is_nothing_guessed() -> None:
    known = extract_features(Article(id="1", headline=""))
    assert known.published == -1
    assert known.topics == known.authors == ()
    assert known.shingles == b""
    assert not np.frombuffer(known.vector, np.int8).any()


def test_milliseconds() -> None:
    assert milliseconds(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert milliseconds(datetime(1970, 1, 1)) == 0  # noqa: DTZ001 - it is such a moment that is tried
    assert milliseconds(datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)) == -2, "-1 means unknown"
    assert milliseconds(datetime(1850, 1, 1, tzinfo=UTC)) < -2
