"""`recirc audit`: write what a day's counts follow from, and count it again without the server."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from recirc.cli.options import Config, Database, Json, settings_of, store_of

app = typer.Typer(
    help="Have a day's counts checked by others.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("export")
def audit_export(
    day: Annotated[
        datetime,
        typer.Argument(
            help="A day of the site's time zone, such as 2026-11-22.",
            formats=["%Y-%m-%d"],
            show_default=False,
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="File to write; compressed if it ends in .gz. Default: counts-DAY.jsonl.gz.",
            show_default=False,
            dir_okay=False,
        ),
    ] = None,
    repeat_seconds: Annotated[
        float | None,
        typer.Option(
            help="What learning.repeat_seconds was on that day, if it was changed since.",
            min=0.001,
            show_default=False,
        ),
    ] = None,
    config: Config = None,
    database: Database = None,
) -> None:
    """Write all views of a day, with readers as random numbers of this file alone."""
    from recirc.clock import now_ms
    from recirc.store.audit_export import AuditDay, export_day

    settings, store = settings_of(config, database), store_of(config, database)
    site = settings.site
    wanted = AuditDay(site.name, day.date(), site.timezone, now_ms(), repeat_seconds)
    target = file or Path(f"counts-{wanted.day}.jsonl.gz")
    running = export_day(store, settings.store.busy_seconds, wanted, target)
    print(f"{target}: the views of {wanted.day} ({site.timezone}); running hash {running}")


@app.command("verify")
def audit_verify(
    file: Annotated[
        Path, typer.Argument(help="A file of `recirc audit export`.", exists=True, dir_okay=False)
    ],
    counts: Annotated[bool, typer.Option("--counts", help="Also print each article and hour.")] = False,
    as_json: Json = False,
) -> None:
    """Count the views of a file again, by the rules, and compare. Needs no server and no store."""
    import msgspec

    from recirc.store.audit_check import verify
    from recirc.store.audit_file import AuditError

    try:
        found = verify(file)
    except AuditError as error:
        print(f"{file}: {error}")
        raise typer.Exit(1) from None
    header, total = found.header, found.totals
    if as_json:
        fields = ("raw", "excluded", "in_doubt", "repeated", "views", "readers")
        shown = {
            "site": header.site,
            "day": header.day,
            "timezone": header.timezone,
            **{field: getattr(total, field) for field in fields},
            "seal": found.seal,
            "counts": [[*msgspec.to_builtins(each)] for each in found.counts],
        }
        print(msgspec.json.encode(shown).decode())
        return
    print(
        f"{header.site}, {header.day} ({header.timezone}): the counts follow from the {found.views:,} views"
    )
    print(
        f"{total.raw:,} raw = {total.excluded:,} excluded + {total.in_doubt:,} in doubt + "
        f"{total.repeated:,} repeated + {total.views:,} views; {total.readers:,} readers"
    )
    print(f"seal {found.seal}")
    for each in header.exclusions:
        print(f"excluded by hand: {each.key}, {each.events:,} events, by {each.by}: {each.reason}")
    if counts:
        print("article\thour\traw\texcluded\tin doubt\trepeated\tviews\treaders")
        for row in found.counts:
            print("\t".join(map(str, msgspec.to_builtins(row))))
