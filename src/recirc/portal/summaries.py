"""Summaries of articles, also of those without one of their own."""

from recirc.text.clean import words_of
from recirc.types import Article


def summary_of(article: Article) -> str:
    """The summary, else the first words of the body, at most some 200 characters, cut between words."""
    if article.summary:
        return article.summary
    words = words_of(article.body[:2000])
    return words if len(words) <= 200 else words[:200].rpartition(" ")[0].rstrip(",.;:–- ") + " …"
