"""`recirc train` and `recirc models`."""

import os
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from recirc import clock
from recirc.engine.model_registry import ModelListing, ModelRegistry
from recirc.replay.training import score_text, train_from_store
from recirc.replay.training_clicks import ProgressCallback
from recirc.settings import Settings


def train(settings: Settings, progress: ProgressCallback, *, keep: bool) -> str:
    """Train a model, and describe the result. Raises TooLittleError, StoreError, ModelError."""
    # OpenMP threads that wait by spinning take time from other processes of the machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    trained = train_from_store(settings, clock.now(), progress, threads=os.cpu_count() or 1, keep=keep)
    card = trained.model.card
    part = f" ({card.shown_lists:,} of what was shown)" if card.shown_lists else ""
    lines = [
        f"model {card.id}: {card.lists:,} lists{part} from {card.learned_from:%Y-%m-%d %H:%M} to "
        f"{card.learned_to:%Y-%m-%d %H:%M} UTC, {card.seconds:.1f} s",
        card.decision,
    ]
    lines += [f"not compared with: {trained.problem}"] if trained.problem else []
    lines += [] if keep else ["nothing was kept (--dry-run)"]
    return "\n".join(lines)


def print_models(settings: Settings, out: Console) -> None:
    """Print the models, the newest first (an id begins with its time, UTC), and which of them is active."""
    models = ModelRegistry.of_store(settings.store)
    models.take_over_folder()
    listed, (model, problem) = models.all(), models.load_active(settings)
    if listed:
        out.print(_table(listed, model.card.id if model else None))
    for each in listed:
        if each.problem:
            out.print(f"{each.id} cannot be used: {each.problem}", markup=False)
    if model is None:
        out.print("the default formula serves")
    if problem:
        out.print(f"not active: {problem}", markup=False)


def _table(listed: Sequence[ModelListing], serves: str | None) -> Table:
    """One row for each model: NDCG@20 of it, of the model active at that time, and of the default formula."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("model", "lists", "new", "active", "formula", "clicks", "decision"):
        table.add_column(name, no_wrap=True)
    for name, card, _ in listed:
        if card is None:
            table.add_row(name, *[""] * 5, "damaged")
            continue
        figures, decision = card.figures, "adopted" if card.adopted else "not adopted"
        table.add_row(
            name,
            f"{card.lists:,}",
            score_text(figures.new),
            "" if figures.active is None else score_text(figures.active),
            score_text(figures.formula),
            f"{figures.clicks:,}",
            "serves" if name == serves else decision,
        )
    return table


def card_json(settings: Settings, model: str) -> str:
    """The card of a model as indented JSON. Raises ModelError, StoreError."""
    card = ModelRegistry.of_store(settings.store).card(model)
    return msgspec.json.format(msgspec.json.encode(card), indent=2).decode()


def roll_back(settings: Settings) -> str:
    """Make the previous model active again, and say which. Raises ModelError, StoreError."""
    models = ModelRegistry.of_store(settings.store)
    models.take_over_folder()
    before, now = models.roll_back()
    return f"{before} serves no more; {now or 'the default formula'} serves within seconds"
