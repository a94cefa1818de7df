"""Long lists in pages, and the way back up from them."""

import re
from typing import NamedTuple
from urllib.parse import quote

from recirc.engine import ArticleListing
from recirc.web import problems
from recirc.web.incoming import Incoming
from recirc.web.problems import ProblemError

PER_PAGE = 20


class Breadcrumb(NamedTuple):
    """One step of the breadcrumb."""

    name: str
    path: str


HOME = Breadcrumb("Home", "/")


class Pager(NamedTuple):
    """Where in a long list this page is; `newer` and `older` are the addresses of those beside it."""

    page: int
    pages: int
    newer: str | None
    older: str | None


def pager(path: str, page: int, total: int, **query: str) -> Pager:
    """Where page `page` is in a list of `total` articles at `path` with these query parameters."""
    pages = max(1, -(-total // PER_PAGE))

    def address(number: int) -> str:
        given = query | ({"page": str(number)} if number > 1 else {})
        said = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
        return f"{path}?{said}" if said else path

    return Pager(
        page, pages, address(page - 1) if page > 1 else None, address(page + 1) if page < pages else None
    )


def page_number(request: Incoming) -> int:
    """Which page is asked for.

    Raises:
        ProblemError: 404, it is no number of a page.
    """
    text = request.query_params.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        raise ProblemError(problems.NOT_FOUND, f"There is no page {text!r} of this list.")
    return int(text)


def check_listing(listing: ArticleListing, missing: str) -> None:
    """Whether there is anything on a page.

    Raises:
        ProblemError: 404, there is nothing at all (`missing` says so), or less than that.
    """
    if not listing.total:
        raise ProblemError(problems.NOT_FOUND, missing)
    if not listing.articles:
        raise ProblemError(
            problems.NOT_FOUND, "The list is shorter than that; its first page is still there."
        )
