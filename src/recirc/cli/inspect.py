"""`recirc inspect`: the parts of a page and their faults."""

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from recirc.cli.options import Config, Json, err, settings_of
from recirc.settings import Settings, SettingsError

if TYPE_CHECKING:
    from recirc.extraction.page import Page
    from recirc.provenance.inspect import Inspection
    from recirc.provenance.reading import ArchiveCopy, Copies
    from recirc.store.ports import ArchivedArticle
    from recirc.text.near_duplicates import Shingles

MAX_BYTES: Final = 20_000_000  # read from a file; as sources.most_bytes
MIN_CONTAINMENT: Final = 0.3  # of archived articles in the report
BINARY_SIGNATURES: Final = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
)
"""First bytes of files that contain no readable article."""

_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|body|article|div|p|meta)\b", re.IGNORECASE)


def inspect(
    page: Annotated[
        str, typer.Argument(metavar="FILE|URL|-", help="A page as HTML or text; - reads standard input.")
    ],
    against: Annotated[
        Path | None,
        typer.Option(help="A store whose articles are searched for near-copies.", show_default=False),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write the report as one page of HTML, with the words of findings marked; - prints it.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Print the parts of a page and their faults, with the evidence."""
    from recirc.provenance.inspect import inspect as inspect_page
    from recirc.provenance.report import as_json as report_as_json
    from recirc.provenance.report import as_text

    content = _read_page(page, settings_of(config, None))
    if not content.text:
        raise SettingsError(f"{page}: no article was found on the page")
    found = inspect_page(content, copies=_copies(against) if against else None)
    if report is not None:
        _write_report(report, found)
        if str(report) == "-":
            return
    print(json.dumps(report_as_json(found), ensure_ascii=False) if as_json else as_text(found))


def _write_report(path: Path, found: "Inspection") -> None:
    from recirc.provenance.report_page import as_html

    if str(path) == "-":
        print(as_html(found), end="")
        return
    try:
        path.write_text(as_html(found), "utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: the report cannot be written: {error.strerror}") from None


def _read_page(where: str, settings: Settings) -> "Page":
    from recirc.extraction.text import read_text

    url = charset = None
    plain = False
    if re.match(r"https?://", where, re.IGNORECASE):
        from recirc.sources.fetching import Fetcher

        with Fetcher(settings.sources) as fetch:
            answer = fetch(where)
        content, url, charset = answer.body, answer.url, answer.charset
        plain = answer.media_type == "text/plain"
    else:
        content = _read_file(where)
        plain = not _MARKUP.search(content[:20_000].replace(b"\x00", b""))
    if plain:
        return read_text(content.decode("utf-8-sig", "replace"))
    from recirc.extraction.html import read_html  # imported late because it is slow to import

    return read_html(content, url=url, charset=charset)


def _read_file(where: str) -> bytes:
    if where == "-":
        return sys.stdin.buffer.read(MAX_BYTES)
    path = Path(where)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(MAX_BYTES)
    except FileNotFoundError:
        raise SettingsError(f"{where}: no such file; a URL begins with http:// or https://") from None
    except (OSError, EOFError) as error:
        raise SettingsError(f"{where}: cannot be read: {error}") from None
    if not content.strip():
        raise SettingsError(f"{where}: is empty")
    if content.startswith(BINARY_SIGNATURES):
        raise SettingsError(f"{where}: is a picture, PDF or archive, not a page; give its HTML or text")
    return content


def _copies(path: Path) -> "Copies":
    """Compares a text with every article of a store, without an index, as this is done once."""
    from recirc.store.sqlite import SqliteStore

    if not path.is_file():
        raise SettingsError(
            f"{path}: there is no store; --against expects the file that recirc serve writes (store.path)"
        )

    def copies(of: "Shingles") -> "Sequence[ArchiveCopy]":
        with SqliteStore(path) as store, err.status("comparing"):
            compared = _compare_all(store.get, store.size(), of)
            found = [copy for copy in compared if copy.containment >= MIN_CONTAINMENT]
        return sorted(found, key=lambda copy: -copy.containment)

    return copies


def _compare_all(
    get: "Callable[[Sequence[int]], list[ArchivedArticle | None]]", size: int, of: "Shingles"
) -> "Iterator[ArchiveCopy]":
    from recirc.provenance.reading import ArchiveCopy
    from recirc.text.clean import words_of
    from recirc.text.near_duplicates import containment, shingles

    for first in range(0, size, 500):
        for stored in get(range(first, min(first + 500, size))):
            article = stored.article if stored is not None and not stored.withdrawn else None
            if article is not None:
                origin = article.provenance
                shared = containment(of, shingles(words_of(article.body)))
                yield ArchiveCopy(
                    article.id,
                    article.headline,
                    origin.first_published_by or origin.outlet,
                    origin.first_published or article.published,
                    origin.original_url or origin.canonical_url or article.url,
                    shared,
                    None if origin.first_published_by else origin.first_seen,
                )
