"""The audit trail as a page and as a table to take away: who did what, when and why. Nothing in it can be changed."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import msgspec
from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.article import dated
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.settings.days import bounds_of, zone_named
from recirc.store.actions import AuditQuery
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

FILTERS = ("actor", "action", "subject", "since", "until")
SHOWN = 100
EXPORTED = 100_000


class AuditPages:
    """`/desk/audit`, `/desk/audit.csv`, `/desk/audit.json`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._zone = zone_named(desk.web.engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/audit?actor=&action=&subject=&since=&until=&before=."""
        query = self._query(request)
        entries = await self._desk.run(self._desk.trail.find, query, SHOWN + 1)
        actors, actions = await self._desk.run(self._desk.trail.names)
        chosen = {name: value for name in FILTERS if (value := request.query_params.get(name, ""))}
        older = urlencode({**chosen, "before": entries[SHOWN - 1].number}) if len(entries) > SHOWN else ""
        return self._desk.page(
            request,
            visitor,
            "audit.html",
            entries=dated(entries[:SHOWN]),
            actors=actors,
            actions=actions,
            chosen={name: chosen.get(name, "") for name in FILTERS},
            older=older,
            exported=urlencode(chosen),
        )

    async def as_csv(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/audit.csv."""
        entries = await self._desk.run(self._desk.trail.find, self._query(request), EXPORTED)
        rows = [(from_ms(each.time).isoformat(), *each[2:]) for each in entries]
        return csv_response(
            "audit.csv", ("time", "actor", "role", "action", "subject", "reason", "detail"), rows
        )

    async def as_json(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/audit.json."""
        entries = await self._desk.run(self._desk.trail.find, self._query(request), EXPORTED)
        rows = [each._asdict() | {"time": from_ms(each.time)} for each in entries]
        return json_file("audit.json", rows)

    def _query(self, request: HttpRequest) -> AuditQuery:
        given = request.query_params
        since, until = (_day(given.get(name, ""), name) for name in ("since", "until"))
        before = given.get("before", "")
        return AuditQuery(
            given.get("actor", ""),
            given.get("action", ""),
            given.get("subject", ""),
            None if since is None else bounds_of(since, self._zone)[0],
            None if until is None else bounds_of(until, self._zone)[1],
            int(before) if before.isascii() and before.isdecimal() and len(before) < 16 else None,
        )


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid_field(FieldError(text=f"{text!r} is no day, such as 2026-12-24", field=field)) from None


def csv_response(name: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> Response:
    """A table as a CSV file to keep; no cell begins as a spreadsheet's formula does."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([tuple(map(_cell, row)) for row in rows])
    return file_response(name, out.getvalue().encode("utf-8"), "text/csv; charset=utf-8")


def _cell(value: object) -> object:
    """A spreadsheet would run what begins with one of these."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def json_file(name: str, content: object) -> Response:
    """Something as a JSON file to keep."""
    return file_response(name, msgspec.json.format(msgspec.json.encode(content)), "application/json")


def file_response(name: str, body: bytes, media: str) -> Response:
    """A file to keep, which no cache keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=media)
