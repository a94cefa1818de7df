"""The report of a month, which an editor hands to the publisher."""

from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from recirc.engine.figures import Figures, Group, Period
from recirc.engine.reading_sums import Totals
from recirc.settings.days import bounds_of
from recirc.store.actions import ActionTrail, AuditEntry, AuditQuery

ARTICLES, OTHERS, ACTIONS = 20, 15, 500
NOTED = ("correct", "withdraw", "restore", "exclude")
"""What was done to articles and figures in the month, as the report lists it."""


class MonthlyReport(NamedTuple):
    """A month in figures. `before` are the totals of the month before it."""

    month: date
    totals: Totals
    before: Totals
    days: list[Period]
    articles: list[Group]
    sections: list[Group]
    authors: list[Group]
    sources: list[Group]
    actions: list[AuditEntry]


def month_of(text: str, today: date) -> date | None:
    """The first day of a month such as "2026-11"; empty: the month before this one. None: it is no month.

    >>> month_of("2026-11", date(2026, 12, 5)), month_of("", date(2026, 1, 5)), month_of("November", date(2026, 1, 5))
    (datetime.date(2026, 11, 1), datetime.date(2025, 12, 1), None)
    """
    if not text:
        return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if 1970 < found.year < 2200 else None


def monthly_report(
    figures: Figures, trail: ActionTrail, month: date, zone: ZoneInfo, now: int
) -> MonthlyReport:
    """The report of the month that begins with a day. Raises StoreError, NotReadyError."""
    since, until = _bounds(month, zone)
    earlier = _bounds((month - timedelta(days=1)).replace(day=1), zone)
    found = [
        entry
        for action in NOTED
        for entry in trail.find(AuditQuery(action=action, since=since, until=until), ACTIONS)
    ]
    return MonthlyReport(
        month=month,
        totals=figures.totals(since, until, now),
        before=figures.totals(*earlier, now),
        days=figures.periods(since, until, "day", now),
        articles=figures.groups(since, until, "article", now, ARTICLES),
        sections=figures.groups(since, until, "section", now, OTHERS),
        authors=figures.groups(since, until, "author", now, OTHERS),
        sources=figures.groups(since, until, "source", now, OTHERS),
        actions=sorted(found, key=lambda entry: entry.number),
    )


def _bounds(month: date, zone: ZoneInfo) -> tuple[int, int]:
    following = (month + timedelta(days=31)).replace(day=1)
    return bounds_of(month, zone)[0], bounds_of(following, zone)[0]


def report_data(report: MonthlyReport) -> dict[str, Any]:
    """The report for programs."""
    groups = {"articles": report.articles, "sections": report.sections, "authors": report.authors}
    return {
        "month": f"{report.month:%Y-%m}",
        "totals": report.totals._asdict(),
        "before": report.before._asdict(),
        "days": [{"day": each.begin.date(), **each.totals._asdict()} for each in report.days],
        **{
            name: [{"key": each.key, "title": each.title, **each.totals._asdict()} for each in found]
            for name, found in (groups | {"sources": report.sources}).items()
        },
        "actions": [entry._asdict() for entry in report.actions],
    }
