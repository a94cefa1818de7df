"""How well the nearest articles are the related ones: `python benchmarks/related.py --data PATH [--json]`.

PATH is a file of articles, one JSON object a line, oldest first, gzipped or not, with `title`, `body`,
`published` and the editors' labels `subjects` and `places`. Each of the newest articles asks for those before it.
One that shares a subject with it is relevant, by the Jaccard overlap of their subjects and places; all others are
not. Queries without a subject, or without any relevant article before them, are left out.

The peers are fitted on the whole collection. Recirc is asked as the portal asks it: the articles are published one
after the other, and the moment one is published, the shelf Related beside it is the answer. `recirc` has the
labels of all earlier articles as their topics, as a newsroom's archive has them, but none of the asking one;
`recirc-found` has the topics that Recirc finds in the texts, the asking one's too; `recirc-text` has none at all, and
is what to compare with the peers, which have none either.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

import related_languages
from recirc.clock import to_ms
from recirc.rank.visit import Visit
from recirc.settings import Settings
from recirc.shelves.related import Related
from recirc.shelves.shelf import RankingContext
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.article_features import extract_features
from recirc.text.clean import body_html
from recirc.text.language import language
from recirc.text.topics import Gazetteer
from recirc.text.topics import Topics as TopicFinder
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, Batch, EntryKind, IntArray, Window
from recirc.types import Article as Published

Floats = NDArray[np.float32]
Topics = tuple[str, ...]
TopicsOf = Callable[["Article", bool], Topics]  # of an article, and whether it is the one that asks
Ranking = Callable[[int], IntArray]  # of a query: the rows of the best `DEPTH` articles or fewer, best first

DEPTH: Final = 10
DISCOUNTS: Final = 1 / np.log2(np.arange(2, DEPTH + 2))
BM25_K1: Final = 1.2
BM25_B: Final = 0.75
WORD: Final = re.compile(r"[^\W_]+")


class Article(NamedTuple):
    """What the benchmark needs of an article."""

    title: str
    body: str
    published: str
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
    return Article(raw["title"], raw["body"], raw["published"], frozenset(raw["subjects"]), frozenset(labels))


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


def ndcg(asked: Sequence[Query], ranking: Ranking) -> float:
    """Return the mean nDCG@10; a place that is left empty gains nothing."""
    total = 0.0
    for query in asked:
        order = ranking(query.row)
        if len(order) and order.max() >= query.row:
            raise ValueError(f"article {order.max()} came after article {query.row}, which asked")
        ideal = -np.sort(-query.gains)[:DEPTH]
        reached = query.gains[order]
        total += float(reached @ DISCOUNTS[: len(reached)]) / float(ideal @ DISCOUNTS[: len(ideal)])
    return total / len(asked)


def _best(scores: Callable[[int], Floats]) -> Ranking:
    """Rank the earlier articles by score; of equal ones the newer comes first."""

    def ranking(row: int) -> IntArray:
        before = scores(row)[:row]
        order = np.argsort(-before[::-1], kind="stable")[:DEPTH]
        return (row - 1 - order).astype(np.int32)

    return ranking


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


def bm25(articles: Sequence[Article], _asking: Sequence[int]) -> Ranking:
    """Score by BM25 (Robertson and Zaragoza 2009), the asking article's words as often as it has them."""
    index = postings(articles)
    lengths = 1 - BM25_B + BM25_B * index.lengths / index.lengths.mean()
    weights = []
    for places, counts in zip(index.rows, index.counts, strict=True):
        rarity = np.log1p((len(articles) - len(places) + 0.5) / (len(places) + 0.5))
        weights.append(rarity * counts * (BM25_K1 + 1) / (counts + BM25_K1 * lengths[places]))

    def scores(row: int) -> Floats:
        total = np.zeros(len(articles), dtype=np.float32)
        for word, count in index.words[row].items():
            total[index.rows[word]] += count * weights[word]
        return total

    return _best(scores)


def tfidf(articles: Sequence[Article], _asking: Sequence[int]) -> Ranking:
    """Score by the cosine of (1 + log tf)·(1 + log N/df)."""
    index = postings(articles)
    norms = np.zeros(len(articles), dtype=np.float32)
    weights = []
    for places, counts in zip(index.rows, index.counts, strict=True):
        weights.append((1 + np.log(counts)) * (1 + np.log(len(articles) / len(places))))
        norms[places] += np.square(weights[-1])
    norms = np.sqrt(np.maximum(norms, 1e-12))

    def scores(row: int) -> Floats:
        total = np.zeros(len(articles), dtype=np.float32)
        for word in index.words[row]:
            at = np.searchsorted(index.rows[word], row)
            total[index.rows[word]] += weights[word] * weights[word][at]
        return total / norms

    return _best(scores)


def recirc(articles: Sequence[Article], rows: Sequence[int]) -> Ranking:
    """Ask the shelf, earlier articles having their labels as topics."""

    def labels(article: Article) -> Topics:
        return tuple(f"{kind} {label}" for kind, label in sorted(article.labels))

    return _shelf(articles, rows, lambda article, asks: () if asks else labels(article))


def recirc_found(articles: Sequence[Article], rows: Sequence[int]) -> Ranking:
    """Ask the shelf, every article having the topics that are found in it."""
    finder = TopicFinder(Gazetteer())
    return _shelf(
        articles, rows, lambda article, _: tuple(t.name for t in finder.find(article.title, article.body))
    )


def recirc_text(articles: Sequence[Article], rows: Sequence[int]) -> Ranking:
    """Ask the shelf, no article having topics."""
    return _shelf(articles, rows, lambda _article, _asks: ())


def _shelf(articles: Sequence[Article], rows: Sequence[int], topics: TopicsOf) -> Ranking:
    """Publish the articles in order with their topics. Those at `rows` ask before anything follows."""
    settings = Settings()
    state = State(settings.learning, DIMENSIONS)
    shelf = Related(settings)
    asking = set(rows)
    answers: dict[int, IntArray] = {}
    waiting: list[tuple[int, Article, Topics]] = []
    for row, article in enumerate(articles[: max(rows, default=-1) + 1]):
        if row in asking:
            _publish(state, [*waiting, (row, article, topics(article, True))])
            waiting.clear()
            visit = Visit(np.array([row], np.int32))
            question = RankingContext(
                row, visit, np.ones(state.size, bool), 0, Window.HOUR, True, None, state.clock
            )
            found = shelf.propose(state, question, DEPTH).proposals
            answers[row] = np.array([proposal.article for proposal in found], np.int32)
        waiting.append((row, article, topics(article, False)))
    return answers.__getitem__


def _publish(state: State, told: Sequence[tuple[int, Article, Topics]]) -> None:
    """Fold publications of articles by row, with their topics."""
    records = np.zeros(len(told), RECORD)
    records["kind"], records["source"], records["position"] = EntryKind.PUBLISH, -1, NO_POSITION
    said = {}
    for place, (row, article, topics) in enumerate(told):
        published = datetime.fromisoformat(article.published)
        records["article"][place], records["time"][place] = row, to_ms(published)
        body = body_html(article.body, "text")
        said[place] = extract_features(
            Published(
                id=str(row),
                headline=article.title,
                body=body,
                topics=topics,
                published=published,
                language=language(f"{article.title}\n{article.body}", expected="en"),
            )
        )
    state.fold(Batch(state.offset + 1, decided(records, 0.0), said))


POLICIES: Final[dict[str, Callable[[Sequence[Article], Sequence[int]], Ranking]]] = {
    "bm25": bm25,
    "tfidf": tfidf,
    "recirc-text": recirc_text,
    "recirc-found": recirc_found,
    "recirc": recirc,
}


def measure(articles: Sequence[Article], begin: int, end: int) -> dict[str, dict[str, float]]:
    """Return for each policy its nDCG@10 and how many articles a second it takes in."""
    asked = queries(articles, begin, end)
    rows = [query.row for query in asked]
    recirc(articles[:3], [2])  # compiles and reads the tables, once in the life of a process
    results = {}
    for name, policy in POLICIES.items():
        started = time.perf_counter()
        ranking = policy(articles, rows)
        taken = time.perf_counter() - started
        results[name] = {
            "ndcg@10": round(ndcg(asked, ranking), 4),
            "articles/s": round(len(articles) / taken),
        }
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
    parser.add_argument(
        "--language", action="store_true", help="articles with sections, see related_languages.py"
    )
    options = parser.parse_args()
    started = time.perf_counter()
    if options.language:
        precisions = related_languages.measure(options.data)
        print(json.dumps(precisions) if options.json else related_languages.table(precisions))
        return
    articles = read_articles(options.data)
    end = len(articles) - options.skip
    results = measure(articles, max(0, end - options.queries), end)
    if options.json:
        seconds = round(time.perf_counter() - started, 1)
        data = {"rows": len(articles), "windows": None}
        head = {"benchmark": "related", "protocol": None, "data": data}
        print(json.dumps({**head, "policies": results, "seconds": seconds}))
        return
    print(f"{'policy':<12} {'ndcg@10':>8} {'articles/s':>11}")
    for name, result in results.items():
        print(f"{name:<12} {result['ndcg@10']:>8.4f} {result['articles/s']:>11,.0f}")


if __name__ == "__main__":
    main()
