"""Whether near-copies share a story and different articles do not: `python benchmarks/stories.py --data PATH [--json]`.

PATH is a file of articles, one JSON object a line, gzipped or not, with `title` and `body`.

*Copies.* Of 1,000 articles of at least 60 words, drawn at random, five copies each are made: cut to its first 30 to 70
per cent; with the first 15 to 30 per cent of its words replaced by another's lead; with a made-up word injected after
every 6 to 15 words; with another headline; and glued together with the next of the 1,000 to one text. They are
published among all articles of the file, each some time after what it was made from (`in order`), or all in any order
(`shuffled`). Scored are the pairs among the 1,000 and their copies. Slots: a glued text belongs to the story of the
article that makes up more of it (of about equal ones, to either), and to no other. Members: it belongs to both.

*False merges.* Every article of the file counts that shares a story with another one of the file that tells something
else. Newswires send the same item twice and rewrite it: two articles of one story are the same item if runs of at least
5 equal words cover half of the shorter text and 4 of 5 of its numbers stand in the other (half of them, if half of the
words of the headline are the same too); but where more than a day lies between, nine tenths of the text, and all
numbers. Merges of the same item are reported apart (`sent again`). The peer joins whatever the index finds, and
whatever is joined to that.

*Time.* How long one more article takes, publication to story, among `--fill` articles: those of the file, and made-up
ones from pieces of 6 to 12 words of them, so that phrases occur as often as phrases do. On a busy
machine the processor's own time says more.
"""

import argparse
import gzip
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from recirc.settings import LearningSettings
from recirc.state.statistic import FoldContext
from recirc.state.stories import Stories
from recirc.text.facts import facts
from recirc.text.near_duplicates import shingles
from recirc.types import RECORD, ArticleFeatures, Batch, EntryKind, IntArray
from story_copies import KINDS, WORDS_MIN, Text, copies, in_order, shuffled

RUN: Final = 5
HALF: Final = 0.5
NUMBERS: Final = 0.8
NEARLY: Final = 0.9
EQUAL: Final = 0.9
CHUNK: Final = 2_000
TIMED: Final = 2_000
DAY: Final = 86_400
_WORD: Final = re.compile(r"\w+")
_TICKER: Final = re.compile(r"<[^>]*>")


class Item(NamedTuple):
    """An article of the file; `published` in seconds, 0: not known."""

    title: str
    body: str
    published: float


def read_items(path: Path) -> list[Item]:
    """Read the collection."""
    stored = path.read_bytes()
    lines = (gzip.decompress(stored) if path.suffix == ".gz" else stored).splitlines()
    return [_item(json.loads(line)) for line in lines]


def _item(raw: dict[str, str]) -> Item:
    published = datetime.fromisoformat(raw["published"]).timestamp() if raw.get("published") else 0.0
    return Item(raw["title"], raw["body"], published)


# Publishing


def publish(stories: Stories, said: Sequence[ArticleFeatures], first: int = 0) -> None:
    """Publish texts under indices from `first` on."""
    records = np.zeros(len(said), RECORD)
    records["kind"], records["source"] = EntryKind.PUBLISH, -1
    records["article"] = np.arange(first, first + len(said))
    stories.reserve(first + len(said))
    stories.fold(FoldContext(Batch(first + 1, records, dict(enumerate(said))), 1))


def features_of(body: str) -> ArticleFeatures:
    """What stories are made from, of a body."""
    return ArticleFeatures(
        model="",
        vector=b"",
        shingles=shingles(body).tobytes(),
        section=0,
        topics=(),
        authors=(),
        published=-1,
        facts=facts(body).tobytes(),
    )


def stories_of(said: Sequence[ArticleFeatures]) -> Stories:
    """Publish all of them, in their order."""
    stories = Stories(threshold=LearningSettings().story_containment)
    for start in range(0, len(said), CHUNK):
        publish(stories, said[start : start + CHUNK], start)
    return stories


def closure(stories: Stories) -> IntArray:
    """The peer: near-copies and theirs share a story."""
    story = np.arange(stories.size, dtype=np.int32)
    for article in range(stories.size):
        for other in stories.links[article][stories.links[article] >= 0].tolist():
            one, two = _root(story, article), _root(story, other)
            story[max(one, two)] = min(one, two)
    return np.array([_root(story, article) for article in range(stories.size)], np.int32)


def _root(story: IntArray, article: int) -> int:
    while story[article] != article:
        article = int(story[article])
    return article


# Scores


class Score(NamedTuple):
    """Pairs that are together and should be, of those that are, and of those that should be."""

    both: int
    found: int
    wanted: int

    def told(self, prefix: str = "") -> dict[str, float]:
        """Precision, recall and F1."""
        precision, recall = self.both / max(self.found, 1), self.both / max(self.wanted, 1)
        f1 = 2 * self.both / max(self.found + self.wanted, 1)
        figures = {"precision": precision, "recall": recall, "f1": f1}
        return {f"{prefix}{name}": round(figure, 4) for name, figure in figures.items()}


def _pairs(groups: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def _grouped(keys: Iterable[tuple[int, int]]) -> list[list[int]]:
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for key, place in keys:
        groups[key].append(place)
    return list(groups.values())


def slots(texts: Sequence[Text], scored: Sequence[int], story: IntArray) -> Score:
    """Pairs that share a slot."""
    found = _pairs(_grouped((int(story[place]), place) for place in scored))
    home = {texts[place].of[0]: int(story[place]) for place in scored if not texts[place].kind}
    wanted = _pairs(_grouped((_belongs(texts[place], int(story[place]), home), place) for place in scored))
    return Score(len(found & wanted), len(found), len(wanted))


def _belongs(text: Text, story: int, home: dict[int, int]) -> int:
    """Of which original it is a copy; of two about equal ones the one whose story it joined."""
    best = max(range(len(text.of)), key=lambda place: text.shares[place])
    for original, share in zip(text.of, text.shares, strict=True):
        if share >= EQUAL * text.shares[best] and home[original] == story:
            return original
    return text.of[best]


def members(texts: Sequence[Text], scored: Sequence[int], stories: Stories) -> Score:
    """Pairs of which one is among the members of the other."""
    counted = set(scored)
    found = {
        (min(place, other), max(place, other))
        for place in scored
        for other in stories.members(place).tolist()
        if other != place and other in counted
    }
    wanted = _pairs(_grouped((original, place) for place in scored for original in texts[place].of))
    return Score(len(found & wanted), len(found), len(wanted))


def placed(texts: Sequence[Text], scored: Sequence[int], story: IntArray) -> dict[str, float]:
    """Share of each kind of copy that is in the story of what it was made from (a glued one: of either)."""
    home = {texts[place].of[0]: story[place] for place in scored if not texts[place].kind}
    right: Counter[str] = Counter()
    for place in scored:
        right[texts[place].kind] += any(story[place] == home[original] for original in texts[place].of)
    return {kind: round(right[kind] / max(len(home), 1), 4) for kind in KINDS}


def same_item(one: Item, other: Item) -> bool:
    """Whether two articles are the same item, sent or rewritten again."""
    few, many = sorted((_WORD.findall(each.body.lower()) for each in (one, other)), key=len)
    blocks = SequenceMatcher(None, few, many, autojunk=False).get_matching_blocks()
    common = sum(block.size for block in blocks if block.size >= min(RUN, len(few)))
    numbers, known = (Counter(word for word in words if word.isdigit()) for words in (few, many))
    agreed = (numbers & known).total()
    if abs(one.published - other.published) >= DAY:
        return common >= NEARLY * len(few) and agreed == numbers.total()
    needed = HALF if _same_headline(one, other) else NUMBERS
    return common >= HALF * len(few) and agreed >= needed * numbers.total()


def _same_headline(one: Item, other: Item) -> bool:
    first, second = (set(_WORD.findall(_TICKER.sub("", each.title.lower()))) for each in (one, other))
    return len(first & second) >= HALF * min(len(first), len(second))


class Merges(NamedTuple):
    """Articles of the file that share a story: pairs that tell different things, and articles sent again."""

    false: list[tuple[int, int]]
    repeated: set[int]

    def rate(self, name: str, articles: int) -> dict[str, float]:
        """False merges among distinct articles."""
        distinct = articles - len(self.repeated)
        return {f"false merges per 1,000, {name}": round(1_000 * len(self.false) / distinct, 3)}


def merges(texts: Sequence[Text], story: IntArray, same: Callable[[int, int], bool]) -> Merges:
    """Look into every story that more than one article of the file is in."""
    result = Merges([], set())
    file = [place for place, text in enumerate(texts) if not text.kind]
    for group in _grouped((int(story[place]), place) for place in file):
        items: list[list[int]] = []
        for own in sorted(texts[place].of[0] for place in group):
            known = next((item for item in items if any(same(own, other) for other in item)), None)
            if known is not None:
                known.append(own)
                result.repeated.add(own)
                continue
            if items:
                result.false.append((items[0][0], own))
            items.append([own])
    return result


# Time


def timed(
    said: Sequence[ArticleFeatures], bodies: Sequence[str], fill: int, draw: random.Random
) -> dict[str, float]:
    """How long one more article takes among `fill`, in ms, and what the stories need of memory."""
    words = [word for body in bodies for word in body.split()]
    made = [*said[:fill]]
    while len(made) < fill + TIMED:
        made.append(features_of(_made_up(words, draw.randint(100, 400), draw)))
    stories = stories_of(made[:fill])
    taken, worked = [], []
    for place in range(fill, fill + TIMED):
        begun, busy = time.perf_counter(), time.thread_time()
        publish(stories, made[place : place + 1], place)
        stories.of(place)
        taken.append(1_000 * (time.perf_counter() - begun))
        worked.append(1_000 * (time.thread_time() - busy))
    kept = sum(array.nbytes for array in stories.save().values()) / stories.size
    return {
        "articles": fill,
        "p50 ms": round(float(np.percentile(taken, 50)), 3),
        "p99 ms": round(float(np.percentile(taken, 99)), 3),
        "max ms": round(max(taken), 3),
        "p99 ms of the processor": round(float(np.percentile(worked, 99)), 3),
        "bytes an article": round(kept + stories.index.linked_bytes / stories.size),
    }


def _made_up(words: Sequence[str], length: int, draw: random.Random) -> str:
    text: list[str] = []
    while len(text) < length:
        start = draw.randrange(len(words) - 12)
        text += words[start : start + draw.randint(6, 12)]
    return " ".join(text)


def measure(
    items: Sequence[Item], copied: int, seed: int
) -> tuple[dict[str, dict[str, float]], list[tuple[int, int]]]:
    """All figures of each policy, and the false merges of the first."""
    answers: dict[tuple[int, int], bool] = {}

    def same(one: int, other: int) -> bool:
        pair = (min(one, other), max(one, other))
        if pair not in answers:
            answers[pair] = same_item(items[one], items[other])
        return answers[pair]

    bodies = [item.body for item in items]
    draw = random.Random(seed)
    said = [features_of(body) for body in bodies]
    alone = [Text(body, (place,)) for place, body in enumerate(bodies)]
    stories = stories_of(said)
    first = merges(alone, stories.all(), same)
    closed = merges(alone, closure(stories), same)
    results = {
        "recirc": {"sent again": float(len(first.repeated)), **first.rate("only these", len(bodies))},
        "closure": closed.rate("only these", len(bodies)),
    }
    long = [place for place, body in enumerate(bodies) if len(body.split()) >= WORDS_MIN]
    once = [place for place in long if place not in first.repeated]
    chosen = draw.sample(once, min(copied, len(once)))
    texts = [*alone, *copies(bodies, chosen, draw)]
    known = [*said, *(features_of(text.body) for text in texts[len(bodies) :])]
    said_by = {id(text): each for text, each in zip(texts, known, strict=True)}
    for suffix, arranged in (("", in_order), (" shuffled", shuffled)):
        order = arranged(texts, len(bodies), draw)
        stories = stories_of([said_by[id(text)] for text in order])
        among = set(chosen)
        scored = [place for place, text in enumerate(order) if text.kind or text.of[0] in among]
        for policy, story in (("recirc", stories.all()), ("closure", closure(stories))):
            results[policy + suffix] = {
                **results.get(policy + suffix, {}),
                **slots(order, scored, story).told(),
                **(members(order, scored, stories).told("members ") if policy == "recirc" else {}),
                **placed(order, scored, story),
                **(merges(order, story, same).rate("with copies", len(bodies)) if policy == "recirc" else {}),
            }
    return results, first.false


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description="Measure whether near-copies share a story and others do not."
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="for instance ../shared/data/reuters/articles.jsonl.gz"
    )
    parser.add_argument("--copied", type=int, default=1_000, help="of how many articles copies are made")
    parser.add_argument(
        "--fill", type=int, default=100_000, help="articles among which one is timed; 0: do not"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--false", action="store_true", help="print the pairs that were merged falsely, by line"
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    started = time.perf_counter()
    items = read_items(options.data)
    results, false = measure(items, options.copied, options.seed)
    if options.fill:
        said, bodies = [features_of(item.body) for item in items], [item.body for item in items]
        results["recirc"] |= timed(said, bodies, options.fill, random.Random(options.seed))
    if options.json:
        seconds = round(time.perf_counter() - started, 1)
        data = {"rows": len(items), "windows": None}
        head = {"benchmark": "stories", "protocol": None, "data": data}
        print(json.dumps({**head, "policies": results, "seconds": seconds}))
        return
    for policy, figures in results.items():
        print(policy)
        for name, figure in figures.items():
            print(f"  {name:<40} {figure:>12,.4f}")
    if options.false:
        for one, other in false:
            print(f"lines {one + 1} and {other + 1}: {items[one].title} | {items[other].title}")


if __name__ == "__main__":
    main()
