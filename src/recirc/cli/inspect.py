"""`recirc inspect`: what is on a page, and what is wrong with it."""

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
    from recirc.provenance.reading import ArchiveCopy, Copies
    from recirc.store.ports import ArchivedArticle
    from recirc.text.near_duplicates import Shingles

MOST_BYTES: Final = 20_000_000  # read of a file; as sources.most_bytes
LEAST_CONTAINMENT: Final = 0.3  # of an archived article that is named at all
NO_PAGES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF-", b"PK\x03\x04", b"\x1f\x8b")
"""How files begin that no article can be read from."""

_MARKUP: Final = re.compile(rb"<(?:!doctype|html|head|body|article|div|p|meta)\b", re.IGNORECASE)


def inspect(
    page: Annotated[
        str, typer.Argument(metavar="FILE|URL|-", help="A page as HTML or text; - is standard input.")
    ],
    against: Annotated[
        Path | None,
        typer.Option(help="A store; near-copies are looked for among its articles.", show_default=False),
    ] = None,
    as_json: Json = False,
    config: Config = None,
) -> None:
    """Print the parts of a page, and what is wrong with them, with the evidence."""
    from recirc.provenance.inspect import inspect as inspected
    from recirc.provenance.report import as_json as object_of
    from recirc.provenance.report import as_text

    read = _page(page, settings_of(config, None))
    if not read.text:
        raise SettingsError(f"{page}: no article was found on it")
    found = inspected(read, copies=_copies(against) if against else None)
    print(json.dumps(object_of(found), ensure_ascii=False) if as_json else as_text(found))


def _page(where: str, settings: Settings) -> "Page":
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
        content = _content(where)
        plain = not _MARKUP.search(content[:20_000].replace(b"\x00", b""))
    if plain:
        return read_text(content.decode("utf-8-sig", "replace"))
    from recirc.extraction.html import read_html  # after the branch: it is slow to import

    return read_html(content, url=url, charset=charset)


def _content(where: str) -> bytes:
    if where == "-":
        return sys.stdin.buffer.read(MOST_BYTES)
    path = Path(where)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(MOST_BYTES)
    except FileNotFoundError:
        raise SettingsError(f"{where}: no such file; an address begins with http:// or https://") from None
    except (OSError, EOFError) as error:
        raise SettingsError(f"{where}: cannot be read: {error}") from None
    if not content.strip():
        raise SettingsError(f"{where}: is empty")
    if content.startswith(NO_PAGES):
        raise SettingsError(f"{where}: is no page but a picture, PDF or archive; give its HTML or its text")
    return content


def _copies(path: Path) -> "Copies":
    """Compares with every article of a store; an archive that is asked often has an index instead."""
    from recirc.store.sqlite import SqliteStore

    if not path.is_file():
        raise SettingsError(
            f"{path}: no store is there; --against takes the file that recirc serve writes (store.path)"
        )

    def copies(of: "Shingles") -> "Sequence[ArchiveCopy]":
        with SqliteStore(path) as store, err.status("comparing"):
            found = [
                known
                for known in _known(store.get, store.size(), of)
                if known.containment >= LEAST_CONTAINMENT
            ]
        return sorted(found, key=lambda known: -known.containment)

    return copies


def _known(
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
