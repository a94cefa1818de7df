"""`recirc train` and `recirc models`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.progress import TaskID

from recirc.cli.options import Config, Database, progress, settings_of, store_of


def train(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing, only tell.")] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """Train a model of Recommendation from the store's own log; it serves if it is better."""
    from recirc.replay.models import train as run

    store_of(config, database)
    with progress() as bar:
        tasks: dict[str, TaskID] = {}

        def told(doing: str, done: int, of: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=of)
            bar.update(tasks[doing], completed=done)

        said = run(settings_of(config, database), told, keep=not dry_run)
    print(said)


def models(
    show: Annotated[
        str | None, typer.Option(help="Print the card of one model as JSON.", show_default=False)
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Put the model in force that was before.")
    ] = False,
    config: Config = None,
    database: Database = None,
) -> None:
    """List the models that were trained, and which of them serves."""
    from recirc.replay.models import card_json, print_models, roll_back

    store_of(config, database)
    chosen = settings_of(config, database)
    if show is not None:
        print(card_json(chosen, show))
    elif rollback:
        print(roll_back(chosen))
    else:
        print_models(chosen, Console(soft_wrap=True, highlight=False))
