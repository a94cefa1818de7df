"""The archive: the months with articles, the days of a month, and all articles of a day (`site.timezone`)."""

import calendar
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from starlette.responses import Response

from recirc.engine import Engine
from recirc.web import problems
from recirc.web.links import archive_path
from recirc.web.page_responder import PageResponder
from recirc.web.paging import (
    HOME,
    PER_PAGE,
    Breadcrumb,
    check_listing,
    page_number,
    pager,
)
from recirc.web.problems import ProblemError
from recirc.web.requests import HttpRequest

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
ROOT = Breadcrumb("Archive", "/archive")


class Cell(NamedTuple):
    """A month of a year or a day of a month with the number of its articles; `path` is None if there are none."""

    name: str
    articles: int
    path: str | None


class ArchivePages:
    """The pages `/archive…`."""

    def __init__(self, engine: Engine, pages: PageResponder) -> None:
        self._engine = engine
        self._pages = pages

    def months(self, request: HttpRequest) -> Response:
        """GET /archive: the months of all years."""
        found = self._engine.browse.months(self._pages.site(request).key)
        years = sorted({year for year, _ in found}, reverse=True)
        return self._pages.page(
            request,
            "archive.html",
            path=ROOT.path,
            title="Archive",
            years=[(year, year_of(year, found)) for year in years],
            crumbs=(HOME, ROOT),
        )

    def month(self, request: HttpRequest) -> Response:
        """GET /archive/{year}/{month}: a calendar of its days."""
        year, month = _numbers(request, "year", "month")
        brand = self._pages.site(request).key
        months = list(self._engine.browse.months(brand))
        if (year, month) not in months:
            raise ProblemError(problems.NOT_FOUND, f"Nothing was published in {MONTHS[month - 1]} {year}.")
        place = months.index((year, month))
        title = f"{MONTHS[month - 1]} {year}"
        return self._pages.page(
            request,
            "archive_month.html",
            path=archive_path(year, month),
            title=title,
            weeks=weeks_of(year, month, self._engine.browse.days(year, month, brand)),
            earlier=_month_crumb(*months[place + 1]) if place + 1 < len(months) else None,
            later=_month_crumb(*months[place - 1]) if place > 0 else None,
            crumbs=(HOME, ROOT, Breadcrumb(title, archive_path(year, month))),
        )

    def day(self, request: HttpRequest) -> Response:
        """GET /archive/{year}/{month}/{day}: everything published on it, newest first."""
        year, month, number = _numbers(request, "year", "month", "day")
        page = page_number(request)
        try:
            wanted = date(year, month, number)
        except ValueError:
            raise ProblemError(problems.NOT_FOUND, "There is no such day.") from None
        brand = self._pages.site(request).key
        found = self._engine.browse.day(wanted, PER_PAGE, (page - 1) * PER_PAGE, brand)
        check_listing(found.listing, f"Nothing was published on {_day_name(wanted)}.")
        path = _day_path(wanted)
        return self._pages.page(
            request,
            "archive_day.html",
            path=path if page == 1 else f"{path}?page={page}",
            title=_day_name(wanted),
            listing=found.listing,
            pager=pager(path, page, found.listing.total),
            earlier=Breadcrumb(_day_name(found.before), _day_path(found.before)) if found.before else None,
            later=Breadcrumb(_day_name(found.after), _day_path(found.after)) if found.after else None,
            crumbs=(HOME, ROOT, _month_crumb(year, month), Breadcrumb(_day_name(wanted), path)),
        )


def year_of(year: int, found: Mapping[tuple[int, int], int]) -> list[Cell]:
    """The twelve months of a year.

    >>> year_of(2026, {(2026, 2): 7})[:2]
    [Cell(name='January', articles=0, path=None), Cell(name='February', articles=7, path='/archive/2026/02')]
    """
    counts = [found.get((year, month), 0) for month in range(1, 13)]
    return [
        Cell(name, count, archive_path(year, month) if count else None)
        for month, (name, count) in enumerate(zip(MONTHS, counts, strict=True), 1)
    ]


def weeks_of(year: int, month: int, found: Mapping[int, int]) -> list[list[Cell | None]]:
    """The weeks of a month from Monday to Sunday; None for days of the neighbouring months.

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
        for week in calendar.Calendar().monthdayscalendar(year, month)
    ]


def _numbers(request: HttpRequest, *names: str) -> list[int]:
    """Year, month and perhaps day of the address; only one way of writing each is accepted."""
    parts = [request.path_params[name] for name in names]
    text = "/".join(parts)
    if (
        not re.fullmatch(r"[0-9]{4}/(0[1-9]|1[0-2])(/[0-9]{2})?", text, re.ASCII)
        or not "0001" <= text < "9999"  # the calendar's ends: there is no day after the last
    ):
        raise ProblemError(problems.NOT_FOUND, "The archive goes by days, such as /archive/2026/11/22.")
    return [int(part) for part in parts]


def _month_crumb(year: int, month: int) -> Breadcrumb:
    return Breadcrumb(f"{MONTHS[month - 1]} {year}", archive_path(year, month))


def _day_path(day: date) -> str:
    return archive_path(day.year, day.month, day.day)


def _day_name(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
