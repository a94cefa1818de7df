"""Long lists in pages, and breadcrumbs."""

import re
from typing import NamedTuple
from urllib.parse import quote

from recirc.engine import ArticleListing
from recirc.messages import MessageText, Words, message
from recirc.web import problems
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

PER_PAGE = 20


class Breadcrumb(NamedTuple):
    """One step of the breadcrumb."""

    name: str
    path: str


def home_of(words: Words) -> Breadcrumb:
    """The first step."""
    return Breadcrumb(words.text("Home"), "/")


class Pager(NamedTuple):
    """The position of a page in a long list; `newer` and `older` are the addresses of its neighbours."""

    page: int
    pages: int
    newer: str | None
    older: str | None


def pager(path: str, page: int, total: int, **query: str) -> Pager:
    """The pager of page `page` of a list of `total` articles at `path` with these query parameters."""
    pages = max(1, -(-total // PER_PAGE))

    def address(number: int) -> str:
        parameters = query | ({"page": str(number)} if number > 1 else {})
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
        return f"{path}?{text}" if text else path

    return Pager(
        page, pages, address(page - 1) if page > 1 else None, address(page + 1) if page < pages else None
    )


def page_number(request: HttpRequest) -> int:
    """The requested page, from 1.

    Raises:
        ProblemError: 404, the parameter is not a page number.
    """
    text = request.query_params.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise ProblemError(
            problems.NOT_FOUND, message("There is no page “%(page)s” of this list.", page=text)
        )
    return int(text)


def check_listing(listing: ArticleListing, missing: MessageText) -> None:
    """Check that a page of a list has articles.

    Raises:
        ProblemError: 404, the list is empty (with the text `missing`), or the page lies behind its end.
    """
    if not listing.total:
        raise ProblemError(problems.NOT_FOUND, missing)
    if not listing.articles:
        raise ProblemError(problems.NOT_FOUND, message("The list is shorter than that; see its first page."))
