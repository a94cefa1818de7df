"""Figures over time, as a page and to take away; and the report of a month."""

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from starlette.responses import Response

from recirc.desk.audit import csv_response, file_response, json_file
from recirc.desk.guard import Desk
from recirc.desk.sessions import Visitor
from recirc.engine.figures import KINDS, Figures, Group, Kind, NotReadyError, Period, chosen_articles
from recirc.engine.reading_sums import GRAINS, Grain, Totals
from recirc.engine.report import MonthlyReport, month_of, monthly_report
from recirc.settings.days import bounds_of, day_of, zone_named
from recirc.types import Article
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

SHOWN = 100
DAYS = 30
COLUMNS = ("begin", *Totals._fields)


class FiguresQuery(NamedTuple):
    """A range of days, how it is cut, and of which articles. `since` and `until` are in it."""

    since: date
    until: date
    grain: Grain
    kind: Kind
    section: str
    author: str

    @property
    def chosen(self) -> Callable[[Article], bool] | None:
        """Whether an article is meant; None: all are."""
        return chosen_articles(self.section, self.author)


class FiguresPages:
    """`/desk/figures`, the same as CSV and JSON, and `/desk/report`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._figures: Figures = desk.web.engine.figures
        self._zone = zone_named(desk.web.engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/figures?since=&until=&by=&of=&section=&author=."""
        query = self._query(request)
        try:
            periods, groups = await self._found(query)
        except NotReadyError as error:
            return self._desk.page(request, visitor, "gathering.html", problem=str(error))
        return self._desk.page(
            request,
            visitor,
            "figures.html",
            query=query,
            periods=periods,
            groups=groups,
            grains=GRAINS,
            kinds=KINDS,
            exported=urlencode(_parameters(query)),
        )

    async def as_csv(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/figures.csv: with `table=groups` by article, section and so on, else by parts of time."""
        return csv_response("figures.csv", *await self._table(request))

    async def as_parquet(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/figures.parquet: the same tables."""
        columns, rows = await self._table(request)
        body = await self._desk.web.pools.figures.run(parquet_of, columns, rows)
        return file_response("figures.parquet", body, "application/vnd.apache.parquet")

    async def _table(self, request: HttpRequest) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        query = self._query(request)
        periods, groups = await self._found(query)
        if request.query_params.get("table") == "groups":
            columns = (query.kind, "title", *Totals._fields)
            return columns, [(each.key, each.title, *each.totals) for each in groups]
        return COLUMNS, [(each.begin.isoformat(), *each.totals) for each in periods]

    async def as_json(self, request: HttpRequest, _: Visitor) -> Response:
        """GET /desk/figures.json."""
        query = self._query(request)
        periods, groups = await self._found(query)
        return json_file("figures.json", as_data(query, periods, groups))

    async def report(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/report?month=2026-11: default, the month before this one."""
        now = self._desk.web.clock()
        month = month_of(request.query_params.get("month", ""), day_of(now, self._zone))
        if month is None:
            raise invalid_field(FieldError(text="write a month as 2026-11", field="month"))
        try:
            made: MonthlyReport = await self._desk.web.pools.figures.run(
                monthly_report, self._figures, self._desk.trail, month, self._zone, now
            )
        except NotReadyError as error:
            return self._desk.page(request, visitor, "gathering.html", problem=str(error))
        return self._desk.page(request, visitor, "report.html", report=made)

    async def _found(self, query: FiguresQuery) -> tuple[list[Period], list[Group]]:
        return await self._desk.web.pools.figures.run(self._read, query)

    def _read(self, query: FiguresQuery) -> tuple[list[Period], list[Group]]:
        now = self._desk.web.clock()
        since, until = bounds_of(query.since, self._zone)[0], bounds_of(query.until, self._zone)[1]
        return (
            self._figures.periods(since, until, query.grain, now, query.chosen),
            self._figures.groups(since, until, query.kind, now, SHOWN),
        )

    def _query(self, request: HttpRequest) -> FiguresQuery:
        given, today = request.query_params, day_of(self._desk.web.clock(), self._zone)
        until = _day(given.get("until", ""), "until") or today
        since = _day(given.get("since", ""), "since") or until - timedelta(days=DAYS - 1)
        if not since <= until:
            raise invalid_field(FieldError(text=f"{since} is after {until}", field="since"))
        grain, kind = given.get("by") or "day", given.get("of") or "article"
        for value, known, field in ((grain, GRAINS, "by"), (kind, KINDS, "of")):
            if value not in known:
                raise invalid_field(FieldError(text=f"{value!r} is none of {', '.join(known)}", field=field))
        return FiguresQuery(
            since,
            until,
            cast(Grain, grain),
            cast(Kind, kind),
            given.get("section", ""),
            given.get("author", ""),
        )


def parquet_of(columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> bytes:
    """A table as a Parquet file; a column has the type of its values."""
    import pyarrow as pa  # it takes a quarter of a second to load, and few ask for it
    import pyarrow.parquet as pq

    out = io.BytesIO()
    values = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    pq.write_table(pa.table(values), out)
    return out.getvalue()


def as_data(query: FiguresQuery, periods: list[Period], groups: list[Group]) -> dict[str, Any]:
    """The figures for programs."""
    return {
        "since": query.since,
        "until": query.until,
        "periods": [{"begin": each.begin, **each.totals._asdict()} for each in periods],
        query.kind: [{"key": each.key, "title": each.title, **each.totals._asdict()} for each in groups],
    }


def _parameters(query: FiguresQuery) -> dict[str, str]:
    named = {"since": query.since, "until": query.until, "by": query.grain, "of": query.kind}
    return {
        name: str(value)
        for name, value in (named | {"section": query.section, "author": query.author}).items()
    }


def _day(text: str, field: str) -> date | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day has no zone
    except ValueError:
        found = date.min
    if found is not None and not 1970 < found.year < 2200:
        raise invalid_field(FieldError(text=f"{text!r} is no day, such as 2026-12-24", field=field))
    return found
