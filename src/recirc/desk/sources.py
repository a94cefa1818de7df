"""The sources and their status, as a page for the newsroom."""

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.settings import SourcesSettings
from recirc.store.api_keys import ApiKeys
from recirc.store.source_registry import SourceRegistry
from recirc.web.access import require_key_in_browser
from recirc.web.page_responder import PageResponder
from recirc.web.requests import Clock, HttpRequest
from recirc.web.source_status import statuses


class SourcesPage:
    """The page `/sources`."""

    def __init__(
        self,
        sources: SourceRegistry,
        settings: SourcesSettings,
        keys: ApiKeys,
        pages: PageResponder,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._settings = settings
        self._keys = keys
        self._pages = pages
        self._clock = clock

    async def get(self, request: HttpRequest) -> Response:
        """GET /sources."""
        await require_key_in_browser(request, self._keys, "Reading the sources")
        listed = statuses(self._sources, self._settings)
        now = from_ms(self._clock())
        # The poller checks every few seconds, so a source that is much later than that is overdue.
        overdue = {
            status.address for status in listed if status.next and (now - status.next).total_seconds() > 900
        }
        response = self._pages.page(
            request, "sources.html", etag=False, path="/sources", sources=listed, overdue=overdue
        )
        response.headers["Cache-Control"] = "no-store"
        return response
