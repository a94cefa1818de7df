"""Copies of articles: cut, with another lead, with injected words, with another headline, or glued together."""

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

KINDS: Final = ("cut", "lead", "injected", "headline", "glued")
WORDS_MIN: Final = 60
BRANDS: Final = ("Algosensey", "Capitatum", "Newsroomly", "Verdantix")


class Text(NamedTuple):
    """What is published: `of` are the places in the file of what it was made from, `kind` is empty for an original."""

    body: str
    of: tuple[int, ...]
    kind: str = ""
    shares: tuple[float, ...] = (1.0,)


def copies(bodies: Sequence[str], chosen: Sequence[int], draw: random.Random) -> list[Text]:
    """Make the five copies of each chosen article."""
    made = []
    for place, one in enumerate(chosen):
        other = chosen[(place + 1) % len(chosen)]
        words, others = bodies[one].split(), bodies[other].split()
        cut = round(len(words) * draw.uniform(0.3, 0.7))
        lead = round(len(words) * draw.uniform(0.15, 0.3))
        texts = {
            "cut": words[:cut],
            "lead": [*draw.choice(bodies).split()[:lead], *words[lead:]],
            "injected": _injected(words, draw),
            "headline": words,
        }
        made += [Text(" ".join(text), (one,), kind) for kind, text in texts.items()]
        whole = len(words) + len(others)
        shares = (len(words) / whole, len(others) / whole)
        made.append(Text(" ".join([*words, *others]), (one, other), "glued", shares))
    return made


def _injected(words: Sequence[str], draw: random.Random) -> list[str]:
    every, brand = draw.randint(6, 15), draw.choice(BRANDS)
    return [
        each for at, word in enumerate(words, 1) for each in ((word, brand) if at % every == 0 else (word,))
    ]


def in_order(texts: Sequence[Text], originals: int, draw: random.Random) -> list[Text]:
    """Each copy at a random place after what it was made from."""
    keys = [
        place if place < originals else draw.uniform(max(text.of), originals)
        for place, text in enumerate(texts)
    ]
    return [texts[place] for place in sorted(range(len(texts)), key=lambda place: (keys[place], place))]


def shuffled(texts: Sequence[Text], _: int, draw: random.Random) -> list[Text]:
    """In any order."""
    return draw.sample(texts, len(texts))
