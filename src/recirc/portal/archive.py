"""The archive: the months with articles, the days of a month, all articles of a day; in the newspaper's time zone."""

import calendar
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from starlette.responses import Response

from recirc.engine import Engine
from recirc.messages import message
from recirc.messages.dates import DateFormats
from recirc.web import problems
from recirc.web.brands import Site
from recirc.web.links import archive_path
from recirc.web.page_responder import PageResponder
from recirc.web.paging import (
    PER_PAGE,
    Breadcrumb,
    check_listing,
    home_of,
    page_number,
    pager,
)
from recirc.web.problems import ProblemError
from recirc.web.renderer import TemplateRenderer
from recirc.web.requests import HttpRequest

PATH = "/archive"


class Cell(NamedTuple):
    """A month of a year or a day of a month with the number of its articles; `path` is None if there are none."""

    name: str
    articles: int
    path: str | None


class ArchivePages:
    """The pages `/archive…`."""

    def __init__(self, engine: Engine, renderer: TemplateRenderer, pages: PageResponder) -> None:
        self._engine = engine
        self._renderer = renderer
        self._pages = pages

    def months(self, request: HttpRequest) -> Response:
        """GET /archive: the months of all years."""
        site = self._pages.site(request)
        found = self._engine.browse.months(site.key)
        years = sorted({year for year, _ in found}, reverse=True)
        names = self._renderer.dates(site).months()
        return self._pages.page(
            request,
            "archive.html",
            path=PATH,
            years=[(year, year_of(year, found, names)) for year in years],
            crumbs=_root(site),
        )

    def month(self, request: HttpRequest) -> Response:
        """GET /archive/{year}/{month}: a calendar of its days."""
        year, month = _numbers(request, "year", "month")
        site = self._pages.site(request)
        dates = self._renderer.dates(site)
        months = list(self._engine.browse.months(site.key))
        title = dates.month(year, month)
        if (year, month) not in months:
            raise ProblemError(
                problems.NOT_FOUND, message("Nothing was published in %(month)s.", month=title)
            )
        place = months.index((year, month))
        return self._pages.page(
            request,
            "archive_month.html",
            path=archive_path(year, month),
            title=title,
            weekdays=dates.weekdays(),
            weeks=weeks_of(year, month, self._engine.browse.days(year, month, site.key), dates.first_weekday),
            earlier=_month_crumb(dates, *months[place + 1]) if place + 1 < len(months) else None,
            later=_month_crumb(dates, *months[place - 1]) if place > 0 else None,
            crumbs=(*_root(site), Breadcrumb(title, archive_path(year, month))),
        )

    def day(self, request: HttpRequest) -> Response:
        """GET /archive/{year}/{month}/{day}: everything published on it, newest first."""
        year, month, number = _numbers(request, "year", "month", "day")
        page = page_number(request)
        try:
            wanted = date(year, month, number)
        except ValueError:
            raise ProblemError(problems.NOT_FOUND, message("There is no such day.")) from None
        site = self._pages.site(request)
        dates = self._renderer.dates(site)
        found = self._engine.browse.day(wanted, PER_PAGE, (page - 1) * PER_PAGE, site.key)
        title, path = dates.day(wanted), _day_path(wanted)
        check_listing(found.listing, message("Nothing was published on %(day)s.", day=title))
        return self._pages.page(
            request,
            "archive_day.html",
            path=path if page == 1 else f"{path}?page={page}",
            title=title,
            listing=found.listing,
            pager=pager(path, page, found.listing.total),
            earlier=_day_crumb(dates, found.before) if found.before else None,
            later=_day_crumb(dates, found.after) if found.after else None,
            crumbs=(*_root(site), _month_crumb(dates, year, month), Breadcrumb(title, path)),
        )


def year_of(year: int, found: Mapping[tuple[int, int], int], names: Sequence[str]) -> list[Cell]:
    """The twelve months of a year, with their names.

    >>> year_of(2026, {(2026, 2): 7}, "J F M A M J J A S O N D".split())[:2]
    [Cell(name='J', articles=0, path=None), Cell(name='F', articles=7, path='/archive/2026/02')]
    """
    counts = [found.get((year, month), 0) for month in range(1, 13)]
    return [
        Cell(name, count, archive_path(year, month) if count else None)
        for month, (name, count) in enumerate(zip(names, counts, strict=True), 1)
    ]


def weeks_of(
    year: int, month: int, found: Mapping[int, int], first_weekday: int = 0
) -> list[list[Cell | None]]:
    """The weeks of a month, from `first_weekday` (0: Monday) on; None for days of the neighbouring months.

    >>> [cell.name if cell else "" for cell in weeks_of(2026, 11, {22: 3})[0]]
    ['', '', '', '', '', '', '1']
    """
    return [
        [
            Cell(str(day), found.get(day, 0), archive_path(year, month, day) if day in found else None)
            if day
            else None
            for day in week
        ]
        for week in calendar.Calendar(first_weekday).monthdayscalendar(year, month)
    ]


def _numbers(request: HttpRequest, *names: str) -> list[int]:
    """Year, month and perhaps day of the address; only one way of writing each is accepted."""
    parts = [request.path_params[name] for name in names]
    text = "/".join(parts)
    if (
        not re.fullmatch(r"[0-9]{4}/(0[1-9]|1[0-2])(/[0-9]{2})?", text, re.ASCII)
        or not "0001" <= text < "9999"  # the calendar's ends: there is no day after the last
    ):
        raise ProblemError(
            problems.NOT_FOUND, message("The archive goes by days, such as /archive/2026/11/22.")
        )
    return [int(part) for part in parts]


def _root(site: Site) -> tuple[Breadcrumb, Breadcrumb]:
    return home_of(site.words), Breadcrumb(site.words.text("Archive"), PATH)


def _month_crumb(dates: DateFormats, year: int, month: int) -> Breadcrumb:
    return Breadcrumb(dates.month(year, month), archive_path(year, month))


def _day_crumb(dates: DateFormats, day: date) -> Breadcrumb:
    return Breadcrumb(dates.day(day), _day_path(day))


def _day_path(day: date) -> str:
    return archive_path(day.year, day.month, day.day)
