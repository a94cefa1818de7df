"""Finding an article by its id, or the problem to answer with."""

from collections.abc import Callable

from recirc.engine import Engine
from recirc.messages import message
from recirc.reading.urls import identity_of
from recirc.store.ports import ArchivedArticle
from recirc.store.rules import FRONT
from recirc.types import Article
from recirc.web import problems
from recirc.web.links import ADDRESS
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest


def article_id_of(request: HttpRequest) -> str:
    """The id of the article that a page is about: in the path, or as the parameter `id` (see `links.article_path`)."""
    named: str | None = request.path_params.get("id")
    if named is None:
        return request.query_params.get("id", "")
    return ADDRESS + named if request.scope["path"].startswith("/from/") else named


def find_page_article(engine: Engine, article: str) -> ArchivedArticle:
    """The archived article of a page: with this id, or with this address, present or former.

    Raises:
        ProblemError: as `find_article`.
    """
    stored = engine.article(article) if article else None
    if (stored is None or stored.article is None) and article.startswith(ADDRESS):
        owner = engine.owner(identity_of(article))
        return find_article(engine, article if owner is None else owner)
    return find_article(engine, article)


def find_article(engine: Engine, article: str) -> ArchivedArticle:
    """The archived article with this id.

    Raises:
        ProblemError: 404, there is none; 410, it was withdrawn.
    """
    stored = engine.article(article) if article else None
    if stored is None:
        raise article_not_found(article)
    if stored.withdrawn:
        raise ProblemError(
            problems.WITHDRAWN, message("The newsroom withdrew the article “%(id)s”.", id=article)
        )
    return stored


def article_not_found(article: str) -> ProblemError:
    """The problem of an unknown id."""
    return ProblemError(problems.NOT_FOUND, message("No article has the id “%(id)s”.", id=article))


def published_article(engine: Engine, id: str) -> Article | None:
    """The article of an id; None: it is not published here. Raises StoreError."""
    stored = engine.article(id)
    return None if stored is None or stored.withdrawn else stored.article


def listed_follow_ups(engine: Engine, id: str, now: int, shows: Callable[[Article], bool]) -> list[Article]:
    """The other articles on an article's event, the oldest first, of those that a newspaper `shows`: none that editors
    keep off its front page at `now` (ms). Raises StoreError.
    """
    found = [each for each in engine.browse.follow_ups(id) if shows(each)]
    hidden = engine.rules.hidden_on(FRONT, [each.id for each in found], now) if found else ()
    return [each for each in found if each.id not in hidden]
