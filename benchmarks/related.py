"""How well the nearest articles are the related ones: `python benchmarks/related.py --data PATH [--json]`.

PATH is a file of articles, one JSON object a line, oldest first, gzipped or not, with `title`, `body` and the
editors' labels `subjects` and `places`. Each of the newest articles asks for the articles before it. One that
shares a subject with it is relevant, by the Jaccard overlap of their subjects and places; all others are not.
Queries without a subject, or without any relevant article before them, are left out. The peers are fitted on
the whole collection; the vectors of Recirc know nothing of it.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.text.vector import vector

Floats = NDArray[np.float32]
Scores = Callable[[int], Floats]  # of a query: the score of every article

DEPTH: Final = 10
DISCOUNTS: Final = 1 / np.log2(np.arange(2, DEPTH + 2))
BM25_K1: Final = 1.2
BM25_B: Final = 0.75
WORD: Final = re.compile(r"[^\W_]+")


class Article(NamedTuple):
    """What the benchmark needs of an article."""

    title: str
    body: str
    subjects: frozenset[str]
    labels: frozenset[tuple[str, str]]


class Query(NamedTuple):
    """An article that asks, and how relevant each earlier one is to it."""

    row: int
    gains: NDArray[np.float64]


class Postings(NamedTuple):
    """For every word: the articles it is in and how often; for every article: its words and how often."""

    rows: list[NDArray[np.int32]]
    counts: list[Floats]
    words: list[dict[int, int]]
    lengths: Floats


def read_articles(path: Path) -> list[Article]:
    """Read the collection."""
    stored = path.read_bytes()
    lines = (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    return [_article(json.loads(line)) for line in lines]


def _article(raw: dict[str, Any]) -> Article:
    labels = [(kind, label) for kind in ("subjects", "places") for label in raw[kind]]
    return Article(raw["title"], raw["body"], frozenset(raw["subjects"]), frozenset(labels))


def queries(articles: Sequence[Article], begin: int, end: int) -> list[Query]:
    """Return the articles from `begin` to `end` that have something relevant before them."""
    found = []
    for row in range(begin, end):
        gains = np.array([_gain(articles[row], earlier) for earlier in articles[:row]])
        if gains.any():
            found.append(Query(row, gains))
    return found


def _gain(asked: Article, earlier: Article) -> float:
    if asked.subjects.isdisjoint(earlier.subjects):
        return 0.0
    return len(asked.labels & earlier.labels) / len(asked.labels | earlier.labels)


def ndcg(asked: Sequence[Query], scores: Scores) -> float:
    """Return the mean nDCG@10; of equal scores the newer article comes first."""
    total = 0.0
    for query in asked:
        before = scores(query.row)[: query.row]
        order = np.argsort(-before[::-1], kind="stable")[:DEPTH]
        ideal = -np.sort(-query.gains)[:DEPTH]
        reached = query.gains[::-1][order]
        total += float(reached @ DISCOUNTS[: len(reached)]) / float(ideal @ DISCOUNTS[: len(ideal)])
    return total / len(asked)


def postings(articles: Sequence[Article]) -> Postings:
    """Index the words of titles and bodies."""
    known: dict[str, int] = {}
    rows: list[list[int]] = []
    counts: list[list[int]] = []
    words: list[dict[int, int]] = []
    for row, article in enumerate(articles):
        bag = Counter(WORD.findall(f"{article.title} {article.body}".lower()))
        words.append({known.setdefault(word, len(known)): count for word, count in bag.items()})
        for word, count in words[-1].items():
            if word == len(rows):
                rows.append([])
                counts.append([])
            rows[word].append(row)
            counts[word].append(count)
    lengths = np.zeros(len(articles), dtype=np.float32)
    for places, times in zip(rows, counts, strict=True):
        lengths[places] += times
    return Postings(
        [np.array(places, dtype=np.int32) for places in rows],
        [np.array(times, dtype=np.float32) for times in counts],
        words,
        lengths,
    )


def bm25(articles: Sequence[Article]) -> Scores:
    """Score by BM25 (Robertson and Zaragoza 2009), the asking article's words as often as it has them."""
    index = postings(articles)
    lengths = 1 - BM25_B + BM25_B * index.lengths / index.lengths.mean()
    weights = []
    for rows, counts in zip(index.rows, index.counts, strict=True):
        rarity = np.log1p((len(articles) - len(rows) + 0.5) / (len(rows) + 0.5))
        weights.append(rarity * counts * (BM25_K1 + 1) / (counts + BM25_K1 * lengths[rows]))

    def scores(row: int) -> Floats:
        total = np.zeros(len(articles), dtype=np.float32)
        for word, count in index.words[row].items():
            total[index.rows[word]] += count * weights[word]
        return total

    return scores


def tfidf(articles: Sequence[Article]) -> Scores:
    """Score by the cosine of (1 + log tf)·(1 + log N/df)."""
    index = postings(articles)
    norms = np.zeros(len(articles), dtype=np.float32)
    weights = []
    for rows, counts in zip(index.rows, index.counts, strict=True):
        weights.append((1 + np.log(counts)) * (1 + np.log(len(articles) / len(rows))))
        norms[rows] += np.square(weights[-1])
    norms = np.sqrt(np.maximum(norms, 1e-12))

    def scores(row: int) -> Floats:
        total = np.zeros(len(articles), dtype=np.float32)
        for word in index.words[row]:
            at = np.searchsorted(index.rows[word], row)
            total[index.rows[word]] += weights[word] * weights[word][at]
        return total / norms

    return scores


def recirc(articles: Sequence[Article]) -> Scores:
    """Score by the cosine of the vectors the portal uses."""
    rows = np.stack([vector(article.title, article.body) for article in articles]).astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
    return lambda row: np.asarray(rows @ rows[row])


POLICIES: Final[dict[str, Callable[[Sequence[Article]], Scores]]] = {
    "bm25": bm25,
    "tfidf": tfidf,
    "recirc": recirc,
}


def measure(articles: Sequence[Article], begin: int, end: int) -> dict[str, dict[str, float]]:
    """Return for each policy its nDCG@10 and how many articles a second it takes in."""
    asked = queries(articles, begin, end)
    vector("", "warm")  # reads the table, once in the life of a process
    results = {}
    for name, policy in POLICIES.items():
        started = time.perf_counter()
        scores = policy(articles)
        taken = time.perf_counter() - started
        results[name] = {"ndcg@10": round(ndcg(asked, scores), 4), "articles/s": round(len(articles) / taken)}
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure whether the nearest articles are the related ones.")
    parser.add_argument(
        "--data", type=Path, required=True, help="for instance ../shared/data/reuters/articles.jsonl.gz"
    )
    parser.add_argument("--queries", type=int, default=2_000, help="how many articles ask")
    parser.add_argument(
        "--skip", type=int, default=0, help="leave out this many of the newest (2000 for tuning)"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    articles = read_articles(options.data)
    end = len(articles) - options.skip
    results = measure(articles, max(0, end - options.queries), end)
    if options.json:
        seconds = round(time.perf_counter() - started, 1)
        data = {"rows": len(articles), "windows": None}
        head = {"benchmark": "related", "protocol": None, "data": data}
        print(json.dumps({**head, "policies": results, "seconds": seconds}))
        return
    print(f"{'policy':<8} {'ndcg@10':>8} {'articles/s':>11}")
    for name, result in results.items():
        print(f"{name:<8} {result['ndcg@10']:>8.4f} {result['articles/s']:>11,.0f}")


if __name__ == "__main__":
    main()
