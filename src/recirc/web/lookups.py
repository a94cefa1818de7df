"""Looking an article up by its id: found, or the problem to answer with."""

from recirc.engine import Engine
from recirc.store.ports import ArchivedArticle
from recirc.web import problems
from recirc.web.problems import ProblemError


def known(engine: Engine, article: str) -> ArchivedArticle:
    """What is kept of an article.

    Raises:
        ProblemError: 404 nobody knows it, 410 it was withdrawn.
    """
    stored = engine.article(article) if article else None
    if stored is None:
        raise unknown(article)
    if stored.withdrawn:
        raise ProblemError(problems.WITHDRAWN, f"The newsroom withdrew the article {article!r}.")
    return stored


def unknown(article: str) -> ProblemError:
    """The problem of an id that nobody knows."""
    return ProblemError(problems.NOT_FOUND, f"No article has the id {article!r}.")
