"""A page that somebody asks about, read and inspected against the archive: for the API and for the desk."""

from msgspec.structs import replace

from recirc.engine import Engine
from recirc.extraction.page import Page
from recirc.ingest.inspections import archive_copies
from recirc.provenance.inspect import Inspection, inspect
from recirc.sources.fetching import Fetcher
from recirc.sources.source import FetchError
from recirc.web import problems
from recirc.web.problems import FieldError, ProblemError


def inspected(
    engine: Engine, *, url: str | None = None, html: str | None = None, text: str | None = None
) -> Inspection:
    """The inspection of a page; nothing is stored.

    Args:
        engine: its archive is searched for the original, and its settings say how a page is fetched.
        url: where the page is; it is fetched unless `html` or `text` is given.
        html: the page as HTML.
        text: the page as plain text.

    Raises:
        ProblemError: the page cannot be fetched, or has no article.
    """
    page = _page(engine, url, html, text)
    if not page.text:
        raise ProblemError(problems.REFUSED, "No article was found on the page.")
    return inspect(page, copies=archive_copies(engine, page))


def _page(engine: Engine, url: str | None, html: str | None, text: str | None) -> Page:
    from recirc.extraction.html import read_html  # imported late because it is slow to import
    from recirc.extraction.text import read_text

    if text is not None:
        return replace(read_text(text), url=url)
    if html is not None:
        return read_html(html, url=url)
    try:
        with Fetcher(engine.settings.sources) as fetch:
            answer = fetch(url or "")
    except FetchError as error:
        refused = FieldError(text=str(error), field="url")
        raise ProblemError(
            problems.REFUSED, f"The page was not fetched: {error}.", errors=[refused]
        ) from None
    if answer.media_type == "text/plain":
        return replace(read_text(answer.body.decode("utf-8-sig", "replace")), url=answer.url)
    return read_html(answer.body, url=answer.url, charset=answer.charset)
