"""The pages about the newspaper itself: contact, imprint, privacy, newsletter."""

from starlette.responses import Response

from recirc.settings.portal import PortalSettings
from recirc.web.house_pages import house_pages
from recirc.web.page_responder import PageResponder
from recirc.web.requests import HttpRequest


class HousePages:
    """`/contact`, `/imprint`, `/privacy`, `/newsletter`, where settings name a file with the text.

    Attributes:
        paths: those of the pages that there are.
    """

    def __init__(self, settings: PortalSettings, pages: PageResponder) -> None:
        self._texts = {page.path: page for page in house_pages(settings).values()}
        self._pages = pages
        self.paths = tuple(self._texts)

    def get(self, request: HttpRequest) -> Response:
        """GET of one of them."""
        page = self._texts[request.url.path]
        title = self._pages.site(request).words.text(page.title)
        return self._pages.page(request, "house.html", path=page.path, title=title, body=page.body)
