"""What `recirc train` and `recirc models` do and print."""

import os
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

from recirc import clock
from recirc.engine.model_registry import ModelListing, ModelRegistry
from recirc.replay.training import figure, train_own
from recirc.replay.training_clicks import ProgressCallback
from recirc.settings import Settings


def train(settings: Settings, told: ProgressCallback, *, keep: bool) -> str:
    """Train a model and tell what came of it. Raises TooLittleError, StoreError, ModelError."""
    # Threads of OpenMP that wait by spinning take the time from those that work, where others use the machine too.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    trained = train_own(settings, clock.now(), told, threads=os.cpu_count() or 1, keep=keep)
    card = trained.model.card
    part = f" ({card.shown_lists:,} of what was shown)" if card.shown_lists else ""
    lines = [
        f"model {card.id}: {card.lists:,} lists{part} from {card.learned_from:%Y-%m-%d %H:%M} to "
        f"{card.learned_to:%Y-%m-%d %H:%M} UTC, {card.seconds:.1f} s",
        card.decision,
    ]
    lines += [f"not compared with: {trained.trouble}"] if trained.trouble else []
    lines += [] if keep else ["nothing was kept (--dry-run)"]
    return "\n".join(lines)


def listing(settings: Settings, out: Console) -> None:
    """Print the models, the newest first (an id begins with the moment, UTC), and which of them serves."""
    models = ModelRegistry.beside(settings.store)
    listed, (model, trouble) = models.listed(), models.serving(settings)
    if listed:
        out.print(_table(listed, model.card.id if model else None))
    for each in listed:
        if each.trouble:
            out.print(f"{each.id} cannot be used: {each.trouble}", markup=False)
    if model is None:
        out.print("the default formula serves")
    if trouble:
        out.print(f"not in force: {trouble}", markup=False)


def _table(listed: Sequence[ModelListing], serves: str | None) -> Table:
    """One line a model: NDCG@20 of it, of the one in force then, and of the default formula."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("model", "lists", "new", "in force", "formula", "clicks", "decision"):
        made.add_column(name, no_wrap=True)
    for name, card, _ in listed:
        if card is None:
            made.add_row(name, *[""] * 5, "damaged")
            continue
        figures, decision = card.figures, "adopted" if card.adopted else "not adopted"
        made.add_row(
            name,
            f"{card.lists:,}",
            figure(figures.new),
            "" if figures.in_force is None else figure(figures.in_force),
            figure(figures.formula),
            f"{figures.clicks:,}",
            "serves" if name == serves else decision,
        )
    return made


def shown(settings: Settings, model: str) -> str:
    """The card of a model as JSON, indented. Raises ModelError."""
    card = ModelRegistry.beside(settings.store).card(model)
    return msgspec.json.format(msgspec.json.encode(card), indent=2).decode()


def rolled_back(settings: Settings) -> str:
    """Put the model in force that was before, and tell which. Raises ModelError."""
    before, now = ModelRegistry.beside(settings.store).roll_back()
    return f"{before} serves no more; {now or 'the default formula'} serves within seconds"
