"""Alarms at the desk: what is wrong now, and what was told."""

from typing import Final

from starlette.responses import Response

from recirc.desk.article import dated
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.engine.alarm_channels import ACTION
from recirc.store.actions import AuditQuery
from recirc.web.requests import HttpRequest
from recirc.web.site_alarms import SiteAlarms

SHOWN: Final = 50


class AlarmsPage:
    """`/desk/alarms`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._alarms = SiteAlarms(desk.web.engine, desk.web.stores.sources)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/alarms."""
        now = self._desk.web.clock()
        found = await self._desk.web.pools.figures.run(self._alarms.conditions, now)
        told = await self._desk.run(self._desk.trail.find, AuditQuery(action=ACTION), SHOWN)
        settings = self._desk.web.engine.settings.alarm
        channels = [
            name
            for name, set_ in (
                ("a webhook", settings.webhook),
                ("e-mail", settings.smtp and settings.mail_to),
            )
            if set_
        ]
        return self._desk.page(
            request, visitor, "alarms.html", conditions=found, told=dated(told), channels=channels
        )
