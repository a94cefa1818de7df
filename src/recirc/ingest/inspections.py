"""What inspecting a page needs of the archive: the articles of which it is a near-copy."""

from collections.abc import Sequence

from recirc.engine import Engine
from recirc.extraction.page import Page
from recirc.ingest.pipeline import known_of
from recirc.provenance.reading import ArchiveCopy, Copies
from recirc.text.facts import facts
from recirc.text.near_duplicates import Shingles


def archive_copies(engine: Engine, page: Page) -> Copies:
    """Finds the published near-copies of a page, most similar first."""

    def copies(of: Shingles) -> Sequence[ArchiveCopy]:
        return [known_of(other, part) for other, part in engine.copies(of, facts(page.text))]

    return copies
