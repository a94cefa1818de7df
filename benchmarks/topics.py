"""How well the topics found are the editors' labels: `python benchmarks/topics.py --data PATH [--json]`.

PATH is a file of articles, one JSON object a line, oldest first, gzipped or not, with `title`, `body`, `dateline` and
the editors' labels `places`, `people` and `orgs`. Precision, recall and F1 are micro-averaged over the newest articles,
for each kind and for all three together.

The labels are slugs of a closed list. What is found is brought to it so: places by the slug of their state (the list
has no cities), people by their full name or the longest end of it that the list has ("du-plessis"), organisations by
slug; a small table has the labels that are no slugs of names ("usa", "worldbank"). What the list does not have, such as
companies, does not count: the editors never label it. The list is what the articles before the measured ones are
labelled with, so that a label that is used for the first time is missed. The last row is of the articles that have any
label, also by subject or exchange: a fifth of the newest 2,000 have none, whatever they are about. With `--open`, what
is found counts as wrong wherever it is not the label of the article, in the list or not: all places, and the people and
organisations that the gazetteer has.

`--fit PATH` fits the weights of `recirc.text.topics.salience` to the articles before the newest 2,000 and writes them.
"""

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.text.slugs import slug
from recirc.text.topics import KINDS, Gazetteer, KindOfTopic, Topics
from recirc.text.topics.linking import link
from recirc.text.topics.salience import NAMES, TopicCandidate, candidates

Label = tuple[KindOfTopic, str]
Floats = NDArray[np.float64]

FIELDS: Final[Mapping[str, KindOfTopic]] = {"places": "place", "people": "person", "orgs": "organisation"}

LABELS: Final = {
    "united-states": "usa", "united-kingdom": "uk", "soviet-union": "ussr", "russia": "ussr",
    "germany": "west-germany", "united-arab-emirates": "uae", "cambodia": "kampuchea", "myanmar": "burma",
    "north-yemen": "yemen-arab-republic", "yemen": "yemen-arab-republic", "south-yemen": "yemen-demo-republic",
    "trinidad-and-tobago": "trinidad-tobago", "democratic-republic-of-the-congo": "zaire",
    "republic-of-the-congo": "congo", "serbia": "yugoslavia", "croatia": "yugoslavia", "slovenia": "yugoslavia",
    "czechia": "czechoslovakia", "u-s-virgin-islands": "us-virgin-islands", "england": "uk", "scotland": "uk",
    "wales": "uk", "european-union": "ec", "world-bank": "worldbank", "international-monetary-fund": "imf",
    "general-agreement-on-tariffs-and-trade": "gatt", "international-coffee-organization": "ico-coffee",
    "international-cocoa-organization": "icco",
    "organisation-for-economic-co-operation-and-development": "oecd",
    "food-and-agriculture-organization": "fao", "united-nations": "un", "un-security-council": "un",
    "international-natural-rubber-organization": "inro", "international-tin-council": "itc",
    "african-development-bank": "adb-africa", "asian-development-bank": "adb-asia",
    "international-energy-agency": "iea", "european-investment-bank": "eib",
    "association-of-tin-producing-countries": "atpc", "gulf-cooperation-council": "gcc",
    "international-wheat-council": "iwc-wheat", "international-maritime-organization": "imco",
    "bank-for-international-settlements": "bis", "international-development-association": "ida",
    "international-wrought-copper-council": "iwcc", "european-free-trade-association": "efta",
    "international-sugar-organization": "isa",
}  # fmt: skip
"""Slugs of Recirc's names, and the labels of the collection for the same."""

SMOOTHING: Final = 3.0  # of the ridge, in articles
STEPS: Final = 12  # of Newton's method
SEARCHED: Final = np.arange(0.08, 0.75, 0.01)
BETA: Final[Mapping[KindOfTopic, float]] = {"person": 2.0, "place": 1.0, "organisation": 1.0}
"""Recall counts so many times as much as precision in the choice of the threshold. News portals name people more freely
as topics than Reuters did, whose editors labelled some 90 officials."""


class Article(NamedTuple):
    """What the benchmark needs of an article."""

    title: str
    body: str
    dateline: str
    labels: frozenset[Label]
    is_labelled: bool  # of any kind, also by subject or exchange: the editors saw it

    @property
    def text(self) -> str:
        """The body as a wire service sends it, with its dateline."""
        return f"{self.dateline} {self.body}" if self.dateline else self.body


def read_articles(path: Path) -> list[Article]:
    """Read the collection."""
    stored = path.read_bytes()
    lines = (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    return [_article(json.loads(line)) for line in lines]


def _article(raw: dict[str, Any]) -> Article:
    labels = frozenset((kind, label) for name, kind in FIELDS.items() for label in raw[name])
    seen = bool(labels or raw.get("subjects") or raw.get("exchanges"))
    return Article(raw["title"], raw["body"], raw.get("dateline") or "", labels, seen)


def scheme(articles: Iterable[Article]) -> frozenset[Label]:
    """The list of labels: all that some articles have."""
    return frozenset(label for article in articles for label in article.labels)


def label_of(kind: KindOfTopic, name: str, known: frozenset[Label]) -> Label | None:
    """The label for what Recirc calls `name`; None where the list has none."""
    whole = slug(name)
    if kind != "person":
        label = (kind, LABELS.get(whole, whole))
        return label if label in known else None
    parts = whole.split("-")
    ends = ["-".join(parts[place:]) for place in range(len(parts))]
    return next(((kind, end) for end in ends if (kind, end) in known), None)


def found(
    topics: Topics, article: Article, known: frozenset[Label], *, open_list: bool = False
) -> frozenset[Label]:
    """The labels that Recirc gives an article; with an open list, topics of the gazetteer without a label as well."""
    labels: set[Label] = set()
    for topic in topics.find(article.title, article.text):
        if topic.within is None:
            label = label_of(topic.kind, topic.name, known)
            if label is None and open_list and topic.known:
                label = (topic.kind, slug(topic.name))
            if label is not None:
                labels.add(label)
    return frozenset(labels)


class Score(NamedTuple):
    """Counts of labels: right, found without being right, missed."""

    right: int
    wrong: int
    missed: int

    def figures(self) -> dict[str, float]:
        """Precision, recall and F1."""
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        f1 = 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)
        return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def score(pairs: Sequence[tuple[frozenset[Label], frozenset[Label]]], kinds: Sequence[KindOfTopic]) -> Score:
    """Compare what was found with what was labelled, of some kinds."""
    counts: Counter[str] = Counter()
    for got, wanted in pairs:
        for kind in kinds:
            mine = {label for label in got if label[0] == kind}
            theirs = {label for label in wanted if label[0] == kind}
            counts.update(right=len(mine & theirs), wrong=len(mine - theirs), missed=len(theirs - mine))
    return Score(counts["right"], counts["wrong"], counts["missed"])


def measure(
    articles: Sequence[Article], begin: int, end: int, *, open_list: bool = False
) -> dict[str, dict[str, float]]:
    """The figures on the articles from `begin` to `end`; the labels are those of the articles before, or of all."""
    known = scheme(articles[:begin] or articles)
    topics = Topics(Gazetteer())
    topics.find("", "Reads the files, once in the life of a process, so that they are not timed.")
    started = time.perf_counter()
    pairs = [
        (found(topics, article, known, open_list=open_list), article.labels)
        for article in articles[begin:end]
    ]
    taken = time.perf_counter() - started
    results: dict[str, dict[str, float]] = {kind: score(pairs, (kind,)).figures() for kind in KINDS}
    results["together"] = score(pairs, KINDS).figures()
    results["together"]["articles/s"] = round(len(pairs) / taken)
    labelled = [pair for pair, article in zip(pairs, articles[begin:end], strict=True) if article.is_labelled]
    results["of labelled"] = {**score(labelled, KINDS).figures(), "articles": len(labelled)}
    return results


class Example(NamedTuple):
    """A candidate of an article, and whether the editors labelled it."""

    candidate: TopicCandidate
    right: bool


def examples(articles: Sequence[Article]) -> dict[KindOfTopic, list[Example]]:
    """The candidates of the articles that the list of labels has; each second article is read without its dateline."""
    known = scheme(articles)
    gazetteer = Gazetteer()
    result: dict[KindOfTopic, list[Example]] = {kind: [] for kind in KINDS}
    for number, article in enumerate(articles):
        text = article.text if number % 2 else article.body
        best: dict[Label, TopicCandidate] = {}
        for candidate in candidates(link(gazetteer, article.title, text)):
            label = label_of(candidate.kind, candidate.name, known)
            if label is not None and (
                label not in best or candidate.evidence.count > best[label].evidence.count
            ):
                best[label] = candidate
        for label, candidate in best.items():
            result[candidate.kind].append(Example(candidate, label in article.labels))
    return result


def fit(chosen: Sequence[Example], missed: int, beta: float) -> tuple[Floats, float]:
    """Weights of a logistic regression, by Newton's method with a ridge, and the threshold that is best for F-beta.

    Args:
        chosen: candidates of one kind.
        missed: labels that were no candidates.
    """
    x = np.array([example.candidate.features for example in chosen])
    y = np.array([example.right for example in chosen], dtype=np.float64)
    weights = np.zeros(x.shape[1])
    ridge = np.full(x.shape[1], SMOOTHING)
    ridge[0] = 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - p) - ridge * weights
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge + 1e-6)
        weights = weights + np.linalg.solve(curve, slope)
    p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
    best = max(SEARCHED, key=lambda least: _f_beta(p >= least, y, missed, beta))
    return weights, float(best)


def _f_beta(kept: NDArray[np.bool_], y: Floats, missed: int, beta: float) -> float:
    right = float(y[kept].sum())
    return (1 + beta**2) * right / (float(kept.sum()) + beta**2 * (float(y.sum()) + missed))


def write_weights(articles: Sequence[Article], path: Path) -> None:
    """Fit to the articles and write the weights as TOML."""
    wanted = Counter(kind for article in articles for kind, _ in article.labels)
    tables, least = [], []
    for kind, chosen in examples(articles).items():
        weights, threshold = fit(chosen, wanted[kind] - sum(example.right for example in chosen), BETA[kind])
        rows = [f'"{name}" = {weight:.4f}' for name, weight in zip(NAMES[kind], weights, strict=True)]
        tables.append("\n".join([f"[{kind}]", *rows]))
        least.append(f"{kind} = {threshold:.2f}")
    head = "# Fitted by `python benchmarks/topics.py --data PATH --fit THIS_FILE`; see salience.py."
    path.write_text("\n\n".join([head, *tables, "\n".join(["[thresholds]", *least])]) + "\n", "utf-8")


def main() -> None:
    """Measure and print, or fit."""
    parser = argparse.ArgumentParser(description="Measure whether the topics found are the editors' labels.")
    parser.add_argument(
        "--data", type=Path, required=True, help="for instance ../shared/data/reuters/articles.jsonl.gz"
    )
    parser.add_argument("--newest", type=int, default=2_000, help="how many articles are measured")
    parser.add_argument(
        "--skip", type=int, default=0, help="leave out so many of the newest (2000 while developing)"
    )
    parser.add_argument(
        "--all", action="store_true", help="measure all articles, those of the fit among them"
    )
    parser.add_argument(
        "--open", action="store_true", help="what the list of labels does not have is wrong too"
    )
    parser.add_argument(
        "--fit", type=Path, help="fit to the articles before the newest, and write the weights"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    articles = read_articles(options.data)
    end = len(articles) - options.skip
    begin = 0 if options.all else max(0, end - options.newest)
    if options.fit:
        write_weights(articles[:begin], options.fit)
        return
    results = measure(articles, begin, end, open_list=options.open)
    if options.json:
        data = {"rows": end - begin, "windows": None}
        head = {"benchmark": "topics", "protocol": None, "data": data}
        print(json.dumps({**head, "policies": results, "seconds": round(time.perf_counter() - started, 1)}))
        return
    print(f"{'kind':<13} {'precision':>9} {'recall':>8} {'f1':>8}")
    for name, figures in results.items():
        print(f"{name:<13} {figures['precision']:>9.4f} {figures['recall']:>8.4f} {figures['f1']:>8.4f}")
    print(f"{results['together']['articles/s']:,.0f} articles/s on one core")


if __name__ == "__main__":
    main()
