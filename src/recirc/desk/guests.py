"""Other sites that show shelves: their keys, and what was rejected of their pages."""

from typing import Final

from starlette.responses import Response

from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.web.embed_rejections import RejectionKind
from recirc.web.requests import HttpRequest

WHAT_TO_DO: Final = {
    RejectionKind.UNKNOWN_KEY.value: "No key here is like this one. Is it mistyped in the page, or revoked?",
    RejectionKind.WRONG_ORIGIN.value: "The key is for other sites. Make one that names this site too.",
    RejectionKind.NO_KEY.value: "The page has no key, and its site has none. Make one for it.",
}


class GuestsPage:
    """`/desk/guests`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/guests."""
        web = self._desk.web
        return self._desk.page(
            request,
            visitor,
            "guests.html",
            site_keys=await self._desk.run(web.stores.site_keys.all),
            origins=web.engine.settings.embed.origins,
            rejections=await self._desk.run(web.embed_origins.rejections.all),
            what_to_do=WHAT_TO_DO,
        )
