"""What two articles both mention, in the words of their texts."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, NamedTuple

from recirc.engine.article_cache import ArticleCache
from recirc.engine.bounded_values import BoundedValues
from recirc.shelves.reasons import MOST_TOPICS
from recirc.text.clean import words_of
from recirc.text.language import short_code
from recirc.text.written import WrittenText, shared_phrases, written
from recirc.types import Article

CAPACITY: Final = 512
"""Number of texts that are kept; the least recently used ones are dropped."""

MOST_PAIRS: Final = 16_384
"""Number of pairs of texts of which the phrases are kept; beyond it, or PAIR_BYTES, the oldest are dropped."""
PAIR_BYTES: Final = 16_000_000


class _Kept(NamedTuple):
    article: Article
    text: str
    written: WrittenText | None


class _Phrases(NamedTuple):
    """What two versions of texts have in common of some terms."""

    phrases: tuple[str, ...]
    nbytes: int


class WrittenTexts:
    """The texts of articles, kept as long as the article cache gives the same version, and what pairs of versions have
    in common.

    Threads may share it: at worst a text is prepared twice.
    """

    def __init__(self, articles: ArticleCache) -> None:
        self._articles = articles
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._pairs = BoundedValues(MOST_PAIRS, PAIR_BYTES)

    def phrases(self, about: int, of: int, terms: Sequence[int]) -> Sequence[str]:
        """Names and words that stand in the articles with these indices, for these terms. Raises StoreError."""
        if not terms:
            return ()
        stored = self._articles.get([about, of])
        versions = [each.version for each in stored if each is not None and each.article is not None]
        if len(versions) < 2:
            return ()
        key = (about, of, *versions, *terms) if all(versions) else None
        kept: _Phrases | None = self._pairs.get(key) if key is not None else None
        if kept is not None:
            return kept.phrases
        found = tuple(self._phrases(about, of, terms))
        if key is not None:
            self._pairs[key] = _Phrases(found, 400 + 8 * len(terms) + 4 * sum(map(len, found)))
        return found

    def _phrases(self, about: int, of: int, terms: Sequence[int]) -> Sequence[str]:
        ours, theirs = self._text(about, places=True), self._text(of, places=False)
        if ours is None or theirs is None or ours.written is None:
            return ()
        return shared_phrases(terms, ours.written, theirs.text, MOST_TOPICS)

    def _text(self, index: int, *, places: bool) -> _Kept | None:
        (stored,) = self._articles.get([index])
        if stored is None or stored.article is None:
            return None
        article = stored.article
        kept = self._kept.pop(index, None)
        if kept is None or kept.article is not article:
            kept = _Kept(article, f"{article.headline}\n{words_of(article.body)}", None)
        if places and kept.written is None:
            kept = kept._replace(written=written(kept.text, short_code(article.language)))
        self._kept[index] = kept
        while len(self._kept) > CAPACITY:
            try:
                self._kept.popitem(last=False)
            except KeyError:  # another thread was faster
                break
        return kept
