"""The newsroom's figures for programs: the same as at the desk, by the same functions."""

from datetime import date, datetime, timedelta
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.engine.figures import Figures, Kind, NotReadyError, chosen_articles
from recirc.engine.reading_sums import Grain, Totals
from recirc.settings.days import bounds_of, day_of, zone_named
from recirc.web import problems
from recirc.web.operations import ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, invalid_field
from recirc.web.work_pools import WorkPool

DAYS = 30
MOST_GROUPS = 1_000
FIRST = date(1970, 1, 2)
"""Days of figures are after this one."""


class FiguresRange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of days of the site's time zone, both included, how it is cut, and of which articles."""

    since: Annotated[date | None, Meta(description="Default: 29 days before `until`.")] = None
    until: Annotated[date | None, Meta(description="Default: today.")] = None
    by: Annotated[Grain, Meta(description="Parts of time.")] = "day"
    of: Annotated[Kind, Meta(description="What the groups are.")] = "article"
    section: Annotated[str, Meta(max_length=200, description="Periods of this section alone.")] = ""
    author: Annotated[str, Meta(max_length=200, description="Periods of this author alone.")] = ""
    most: Annotated[int, Meta(ge=0, le=MOST_GROUPS, description="Number of groups.")] = 100


class ReadingTotals(Struct, frozen=True, kw_only=True):
    """Sums over a time; `engaged` is the mean of reported seconds, null: none was reported."""

    views: int
    readers: int
    reads: int
    engaged: float | None
    impressions: int
    clicks: int
    onward: int
    excluded: int
    doubtful: int


class FiguresPeriod(Struct, frozen=True, kw_only=True):
    """A part of time by its beginning on the site's clocks."""

    begin: datetime
    totals: ReadingTotals


class FiguresGroup(Struct, frozen=True, kw_only=True):
    """An article (`key` is its id), section, author, topic or source."""

    key: str
    title: str
    totals: ReadingTotals


class FiguresTables(Struct, frozen=True, kw_only=True):
    """The figures of a range: by time, and by what they are of, most readers first."""

    since: date
    until: date
    timezone: str
    periods: tuple[FiguresPeriod, ...]
    groups: tuple[FiguresGroup, ...]


class FiguresApi:
    """The resource `/v1/figures`."""

    def __init__(self, figures: Figures, timezone: str, pool: WorkPool, clock: Clock) -> None:
        self._figures, self._timezone = figures, timezone
        self._zone, self._pool, self._clock = zone_named(timezone), pool, clock

    @operation(
        "GET /v1/figures",
        "Figures over time",
        "Readers, views, engaged seconds, impressions and clicks of a range of days, by hour, day, week or month and "
        "by article, section, author, topic or source: what the desk shows under Figures. When somebody first asks, "
        "the log is read; until then the answer is 503 and says how far that is.",
        {200: ResponseSpec("The figures.", FiguresTables)},
        key="Reading the figures",
        problems=(problems.OVERLOADED,),
    )
    async def get(self, _: HttpRequest, query: FiguresRange) -> Response:
        """Tell the figures of a range."""
        until = query.until or day_of(self._clock(), self._zone)
        # Before a day is reckoned with: the calendar has no day before its first.
        since = query.since or max(until, FIRST + timedelta(days=DAYS)) - timedelta(days=DAYS - 1)
        if not FIRST < since <= until < date(2200, 1, 1):
            raise invalid_field(FieldError(text=f"{since} to {until} is no range of days", field="since"))
        try:
            return json_response(await self._pool.run(self._read, query, since, until))
        except NotReadyError as error:
            text = str(error)
            raise ProblemError(
                problems.OVERLOADED, f"{text[:1].upper()}{text[1:]}.", headers={"Retry-After": "2"}
            ) from None

    def _read(self, query: FiguresRange, since: date, until: date) -> FiguresTables:
        first, last, now = bounds_of(since, self._zone)[0], bounds_of(until, self._zone)[1], self._clock()
        chosen = chosen_articles(query.section, query.author)
        return FiguresTables(
            since=since,
            until=until,
            timezone=self._timezone,
            periods=tuple(
                FiguresPeriod(begin=each.begin, totals=_totals(each.totals))
                for each in self._figures.periods(first, last, query.by, now, chosen)
            ),
            groups=tuple(
                FiguresGroup(key=each.key, title=each.title, totals=_totals(each.totals))
                for each in self._figures.groups(first, last, query.of, now, query.most)
            ),
        )


def _totals(totals: Totals) -> ReadingTotals:
    return ReadingTotals(**totals._asdict())
