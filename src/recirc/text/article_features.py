"""Numeric features of an article, extracted once at publication."""

from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from recirc.clock import to_ms
from recirc.text import facts as facts_of_texts
from recirc.text import near_duplicates
from recirc.text import terms as terms_of_texts
from recirc.text import vector as vectors
from recirc.text.clean import words_of
from recirc.text.facts import facts
from recirc.text.language import language as identified
from recirc.text.language import short_code
from recirc.text.near_duplicates import shingles
from recirc.text.sites import UNKNOWN_SITE, article_site
from recirc.text.slugs import key, slug
from recirc.text.terms import terms
from recirc.text.vector import vector
from recirc.text.word_count import word_count
from recirc.types import Article, ArticleFeatures

UNKNOWN: Final = -1

MODEL: Final = (
    f"{vectors.MODEL}/{near_duplicates.MODEL}/{facts_of_texts.MODEL}/{terms_of_texts.MODEL}/keys-63"
)
"""Identifies the text model. Features of another model are recomputed, as vectors of two models are not comparable.
"""


def extract_features(article: Article) -> ArticleFeatures:
    """Extract the features of an article; a pure function of it."""
    words = words_of(article.body)
    language = short_code(article.language or identified(f"{article.headline}\n{words}"))
    found = terms(article.headline, words, language)
    return ArticleFeatures(
        model=MODEL,
        vector=vector(article.headline, words, language).tobytes(),
        shingles=shingles(words).tobytes(),
        section=key(slug(article.section)),
        topics=_keys(article.topics),
        authors=_keys(tuple(author.name for author in article.authors)),
        published=UNKNOWN if article.published is None else milliseconds(article.published),
        facts=facts(words).tobytes(),
        outlet=key(slug(outlet)) if (outlet := article.provenance.outlet) else 0,
        copy=any(each.kind == "copied" and each.stands for each in article.provenance.findings),
        language=language,
        terms=found.hashes.tobytes(),
        weights=found.weights.tobytes(),
        site=article_site(article),
        labels=_keys(article.labels),
        words=word_count(words),
    )


def is_current(features: ArticleFeatures) -> bool:
    """Whether the features are those that this version would extract."""
    return features.model == MODEL and features.site != UNKNOWN_SITE and features.words >= 0


def current_features(features: ArticleFeatures, article: Article) -> ArticleFeatures:
    """The features of an article as this version extracts them, of which those of an older one keep what they can."""
    if features.model != MODEL:
        return extract_features(article)
    return replace(
        features,
        site=article_site(article),
        labels=_keys(article.labels),
        words=word_count(words_of(article.body)),
    )


def milliseconds(moment: datetime) -> int:
    """Convert a datetime (UTC if it has no zone) to ms since 1970; never `UNKNOWN`, which means no date."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    whole = to_ms(aware)
    return whole if whole != UNKNOWN else UNKNOWN - 1


def _keys(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(key(slug(name)) for name in names))
