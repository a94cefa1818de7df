"""How long an article is, and what follows from it: reading time, and how much of a shelf is in sight beside it."""

import re
from typing import Final

from recirc.types import Article

WORDS_A_MINUTE: Final = 230
SHORT: Final = 250
MIDDLE: Final = 500
"""Words below which an article is short, or of middle length."""

IN_SIGHT: Final = {"ranked": (5, 6), "quarters": (4, 4), "": (4, 6)}
"""Items in sight beside a short article and one of middle length, by a class of the shelf; beside a long one: all."""


def words_in_body(article: Article) -> float:
    """Length of the text in words; in scripts without spaces between words (Chinese, Japanese, Thai) 500 characters
    are a minute's words.
    """
    words = _TAG.sub(" ", article.body).split()
    letters = sum(map(len, words))
    return letters / 500 * WORDS_A_MINUTE if letters > 15 * len(words) else float(len(words))


def minutes_of(article: Article) -> int:
    """Reading time in minutes, at least one; 0: there is no text."""
    words = words_in_body(article)
    return max(1, round(words / WORDS_A_MINUTE)) if words else 0


def items_in_sight(article: Article | None, css_class: str, items: int) -> int:
    """How many of a shelf's items are in sight beside an article; None: beside no article, all.

    >>> [items_in_sight(Article(id="a", headline="A", body="word " * n), "halves", 10) for n in (90, 300, 900)]
    [4, 6, 10]
    """
    if article is None:
        return items
    words = words_in_body(article)
    if words >= MIDDLE:
        return items
    kind = next((name for name in IN_SIGHT if name and name in css_class.split()), "")
    shown = IN_SIGHT[kind][words >= SHORT]
    # One item alone is not worth a press.
    return items if items <= shown + 1 else shown


_TAG = re.compile("<[^>]*>")
