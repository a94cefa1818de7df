"""`recirc train` and `recirc models`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import TaskID

from recirc.cli.options import Config, Database, progress, settings_of, store_of


def train(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the result without storing the model.")
    ] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Train a model of Recommendation from the store's log.

    It is activated if it is better than the one in use.
    """
    from recirc.replay.models import train as run

    store_of(config, database)
    with progress() as bar:
        tasks: dict[str, TaskID] = {}

        def on_progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done)

        report = run(settings_of(config, database), on_progress, keep=not dry_run)
    print(report)


def models(
    show: Annotated[
        str | None, typer.Option(help="Print the card of one model as JSON.", show_default=False)
    ] = None,
    rollback: Annotated[bool, typer.Option("--rollback", help="Activate the previous model.")] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the trained models and the one in use."""
    from recirc.replay.models import card_json, print_models, roll_back

    store_of(config, database)
    chosen = settings_of(config, database)
    if show is not None:
        print(card_json(chosen, show))
    elif rollback:
        print(roll_back(chosen))
    else:
        print_models(chosen, Console(soft_wrap=True, highlight=False))
