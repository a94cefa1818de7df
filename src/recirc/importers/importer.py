"""What an importer is: a function that opens what another system exported, found by its name as `recirc import NAME`.

Its own options are keyword arguments, each `Annotated` with a `Doc` for the command line:

    @importer("counter")
    def open_counter(path: Path, context: ImportContext, *, zone: Annotated[str, Doc("Time zone.")] = "UTC") -> Dump:
        "Import the page views of Counter."
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple, Protocol, TypeAlias

import recirc.importers
from recirc.plugins import load
from recirc.reading.columns import EventFile, EventRules
from recirc.reading.fields import MAX_BYTES
from recirc.reading.rejections import Rejection
from recirc.types import Article

GROUP: Final = "recirc.importers"
"""Entry points of other packages that define importers."""


class ArticleReader(Protocol):
    """Articles of one or several files, with the progress of reading them."""

    @property
    def total_bytes(self) -> int:
        """Size of the files on disk."""

    @property
    def read_bytes(self) -> int:
        """How much of them was read."""

    def __iter__(self) -> Iterator[Article | Rejection]:
        """The articles, and what was rejected."""


class Dump(NamedTuple):
    """What there is to import.

    Attributes:
        articles: None without any.
        events: None without any.
        notes: what was left out on purpose, and how much of it; called after reading.
    """

    articles: ArticleReader | None
    events: EventFile | None
    notes: Callable[[], list[str]] = list


class ImportContext(NamedTuple):
    """What holds for all importers.

    Attributes:
        rules: which events are accepted.
        max_bytes: size of the largest body of an article.
    """

    rules: EventRules
    max_bytes: int = MAX_BYTES


Open: TypeAlias = Callable[..., Dump]
"""Opens a file or folder, given its path, an ImportContext and the importer's own options; raises RejectedValueError
where nothing can be imported from it.
"""

_importers: dict[str, Open] = {}


def importer(name: str) -> Callable[[Open], Open]:
    """Register a function as the importer with a name; the first line of its docstring is its help.

    Raises:
        ValueError: there is another one with this name.
    """

    def register(function: Open) -> Open:
        if _importers.setdefault(name, function) is not function:
            raise ValueError(f"two importers have the name {name!r}: {_importers[name]}, {function}")
        return function

    return register


@cache
def importers() -> Mapping[str, Open]:
    """Every importer by its name: those of this package, and those of entry points."""
    for module in pkgutil.iter_modules(recirc.importers.__path__):
        importlib.import_module(f"recirc.importers.{module.name}")
    load(GROUP)
    return dict(sorted(_importers.items()))
