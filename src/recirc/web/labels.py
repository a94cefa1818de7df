"""The labels that editors give articles, in readers' words."""

from collections.abc import Mapping
from typing import Final

from recirc.messages import Words, marked
from recirc.store.rules import ArticleLabel

LABELS: Final[Mapping[str, str]] = {
    ArticleLabel.LIVE.value: marked("Live"),
    ArticleLabel.BREAKING.value: marked("Breaking"),
}
"""English words by label."""


def label_words(words: Words) -> dict[str, str]:
    """Each label in some words."""
    return {label: words.text(text) for label, text in LABELS.items()}
