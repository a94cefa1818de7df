"""The sources and how they are doing, as a page for the newsroom."""

from datetime import UTC, datetime

from litestar import Response

from recirc.settings import SourcesSettings
from recirc.store.source_registry import SourceRegistry
from recirc.web.access import KeyRing, needed_in_browser
from recirc.web.incoming import Clock, Incoming
from recirc.web.page_responder import PageResponder
from recirc.web.source_status import statuses


class DeskSources:
    """The handler of `/sources`."""

    def __init__(
        self,
        sources: SourceRegistry,
        settings: SourcesSettings,
        keys: KeyRing,
        pages: PageResponder,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._keys = keys
        self._pages = pages
        self._clock = clock

    async def page(self, request: Incoming) -> Response[bytes]:
        """GET /sources."""
        await needed_in_browser(request, self._keys, "Looking at the sources")
        listed = statuses(self._sources, self._settings)
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        # The poller looks every few seconds, so only a source that is much later than that is overdue.
        overdue = {
            status.address for status in listed if status.next and (now - status.next).total_seconds() > 900
        }
        answer = self._pages.page(
            request, "sources.html", etag=False, path="/sources", sources=listed, overdue=overdue
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer
