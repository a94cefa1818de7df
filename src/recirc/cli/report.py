"""`recirc report`: the figures of a month on the command line."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from recirc.cli.options import CommandError, Config, Database, Json, settings_of, store_of

if TYPE_CHECKING:
    from datetime import date

    from recirc.engine.report import MonthlyReport


def report(
    month: Annotated[
        str, typer.Argument(help="Month, such as 2026-11. Default: the month before this one.")
    ] = "",
    as_json: Json = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Print the report of a month.

    Readers by day, articles, sections, authors and sources.
    """
    import msgspec

    from recirc.clock import now_ms
    from recirc.engine.article_cache import ArticleCache
    from recirc.engine.figures import Figures, NotReadyError
    from recirc.engine.report import month_of, monthly_report, report_data
    from recirc.settings.days import day_of, zone_named
    from recirc.store.actions import ActionTrail
    from recirc.store.sqlite import SqliteStore

    path, settings = store_of(config, database), settings_of(config, database)
    zone, now = zone_named(settings.site.timezone), now_ms()
    chosen = month_of(month, day_of(now, zone))
    if chosen is None:
        raise CommandError(f"{month!r} is no month; write one as 2026-11")
    store = SqliteStore(path, busy_seconds=settings.store.busy_seconds, lead=False)
    try:
        figures = Figures(store, None, ArticleCache(store), settings.site.timezone)
        while True:
            try:
                made = monthly_report(figures, ActionTrail(path), chosen, zone, now)
                break
            except NotReadyError as progress:  # it has waited a moment for the log to be read
                print(progress, file=sys.stderr)
    finally:
        store.close()
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(report_data(made))).decode())
        return
    _show(made, chosen)


def _show(made: "MonthlyReport", chosen: "date") -> None:
    totals, before = made.totals, made.before
    print(
        f"{chosen:%B %Y}: {totals.readers:,} readers ({before.readers:,} in the month before), {totals.views:,} views"
    )
    for title, groups in (
        ("Articles", made.articles),
        ("Sections", made.sections),
        ("Authors", made.authors),
    ):
        print(f"\n{title}")
        for group in groups:
            print(f"{group.totals.readers:>10,}  {group.title}")
