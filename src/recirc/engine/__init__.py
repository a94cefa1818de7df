"""The engine: articles and events in, shelves out. Composes store, state, model and shelves."""

from recirc.engine.archive_browser import (
    ArchiveBrowser,
    ArchiveDay,
    ArticleListing,
    SearchResults,
    SitemapEntry,
)
from recirc.engine.engine import Engine
from recirc.engine.observations import Observation, UnknownReactionError
from recirc.text.slugs import title_of as title
from recirc.types import REACTIONS

__all__ = [
    "REACTIONS",
    "ArchiveBrowser",
    "ArchiveDay",
    "ArticleListing",
    "Engine",
    "Observation",
    "SearchResults",
    "SitemapEntry",
    "UnknownReactionError",
    "title",
]
