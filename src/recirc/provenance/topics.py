"""What a text is about, by its words: 22 broad topics in the languages of `model/topics.npz`.

Each of 12,600 words has a strength for each topic; where they come from, `model/README.md` tells.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recirc.text.vocabulary import folded, words

TABLE: Final = Path(__file__).parent / "model" / "topics.npz"
PHRASES: Final = TABLE.with_name("topics.txt")
READ: Final = 6_000  # characters
LONGEST_WORD: Final = 40
STEP: Final = 3.0  # units of the table to one standard deviation
SPAM: Final = "spam"

_TOKEN: Final = re.compile(r"[^\W\d_]+")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LONGEST_CJK: Final = 6
_SHARE: Final = 0.6  # of a word that its known beginning must be
_LONG_STEM: Final = (
    6  # letters: a beginning that long is a part of a compound, a shorter one may be any word's
)
_ENDINGS_LIST: Final = (
    "a e i o u y s n en es er em as os is us ed ing ie ą ę ó ów om ami ach "
    "а е и о у ы ю я й ов ам ах ом ой ей ем ии ة ات ون ين ه ها ي"
)
_ENDINGS: Final = frozenset(_ENDINGS_LIST.split())
"""What may follow a short beginning: "goals" is of "goal", but "stark" is not of "star"."""


class TopicTable(NamedTuple):
    """Attributes:
    names: of the topics.
    rows: the row of each word.
    strengths: float64 (n_words, n_topics), standard deviations above what is usual for a topic, from 0 to 5.
    """

    names: tuple[str, ...]
    rows: dict[str, int]
    strengths: NDArray[np.float64]


@cache
def table() -> TopicTable:
    """The table, read once in the life of a process."""
    with np.load(TABLE, allow_pickle=False) as stored:
        names = tuple(stored["topics"].tobytes().decode().split(" "))
        rows = {word: row for row, word in enumerate(stored["words"].tobytes().decode().split("\n"))}
        return TopicTable(names, rows, stored["strengths"].astype(np.float64) / STEP)


def strengths(text: str) -> dict[str, float]:
    """How strong each topic is in a text; about 0 to 5, a topic with 1 or more is plainly there.

    >>> found = strengths("The striker scored twice and the coach praised the team after the match.")
    >>> max(found, key=found.get)
    'sport'
    """
    known = table()
    counts = Counter(_rows(text[:READ]))
    total = np.zeros(len(known.names))
    for row, count in counts.items():
        total += np.sqrt(count) * known.strengths[row]
    total /= np.sqrt(sum(counts.values())) + 1
    return dict(zip(known.names, total.tolist(), strict=True))


def words_only_of(text: str, topic: str, least: float) -> int:
    """How many different words of a text have a strength of `least` or more for a topic, and less for every other.

    >>> words_only_of("The striker and the goalkeeper left the stadium.", "sport", 1.0)
    2
    """
    known = table()
    column, spam = known.names.index(topic), known.names.index(SPAM)
    found = 0
    for row in set(_rows(text[:READ])):
        strong = np.delete(known.strengths[row], spam) if column != spam else known.strengths[row]
        found += bool(known.strengths[row, column] >= max(least, float(strong.max())))
    return found


@cache
def phrases() -> dict[str, tuple[str, ...]]:
    """What each topic is about: some phrases in English, which `benchmarks/make_topics.py` and `sense` read."""
    lines = PHRASES.read_text("utf-8").splitlines()
    parts = [line.split("|") for line in lines if line and not line.startswith("#")]
    return {name: tuple(each) for name, *each in parts}


def strength_of(word: str, topic: str) -> float:
    """How strong a topic is in a single word; 0 for words that are not known."""
    known = table()
    row = next(iter(_rows(word)), None)
    return 0.0 if row is None else float(known.strengths[row, known.names.index(topic)])


def words_of_topic(text: str, topic: str, most: int = 6) -> tuple[str, ...]:
    """The words of a text that speak most for a topic."""
    known = table()
    column = known.names.index(topic)
    found: dict[str, float] = {}
    for token in _TOKEN.findall(text[:READ]):
        rows = list(_rows(token))
        if rows:
            found.setdefault(token, max(float(known.strengths[row, column]) for row in rows))
    best = sorted(found, key=lambda word: -found[word])
    return tuple(word for word in best[:most] if found[word] > 1)


def topic_of_section(name: str) -> str | None:
    """The topic that a section of a name holds, in any of the languages; None for those that may hold anything.

    >>> topic_of_section("Finance"), topic_of_section("Beauté"), topic_of_section("Top Stories")
    ('business', 'fashion', None)
    """
    return _topics_by_name().get(folded(name))


@cache
def _topics_by_name() -> dict[str, str]:
    general = words("section general")
    found: dict[str, str] = {}
    several: set[str] = set()
    for topic in sorted(words("sections") - {"general"}):
        for name in words(f"section {topic}"):
            if found.setdefault(name, topic) != topic:
                several.add(name)
    return {name: topic for name, topic in found.items() if name not in general and name not in several}


def _rows(text: str) -> Iterator[int]:
    """The rows of the words of a text; of a word that is not known, of the longest beginning that is."""
    rows = table().rows
    for token in _TOKEN.findall(text.lower()):
        if _CJK.search(token[:LONGEST_WORD]):
            place = 0
            while place < len(token):
                length = next((n for n in range(_LONGEST_CJK, 1, -1) if token[place : place + n] in rows), 1)
                if length > 1:
                    yield rows[token[place : place + length]]
                place += length
        elif token in rows:
            yield rows[token]
        elif 4 < len(token) <= LONGEST_WORD:
            least = max(4, int(len(token) * _SHARE))
            stem = next((token[:n] for n in range(len(token) - 1, least - 1, -1) if token[:n] in rows), None)
            if stem is not None and (len(stem) >= _LONG_STEM or token[len(stem) :] in _ENDINGS):
                yield rows[stem]
