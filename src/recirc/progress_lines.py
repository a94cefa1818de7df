"""Progress of long work: a bar on a terminal, and elsewhere a plain line now and then, which a log file can keep."""

from time import monotonic
from typing import Any, Final

from rich.console import Console
from rich.progress import Progress, ProgressColumn, TaskID

LINE_SECONDS: Final = 15.0
"""Seconds between two lines."""


def progress_on(console: Console, *columns: str | ProgressColumn) -> Progress:
    """Progress on a console: with these columns on a terminal, else as lines."""
    return Progress(*columns, console=console) if console.is_terminal else ProgressLines(console)


class ProgressLines(Progress):
    """Prints how far the work is, every `LINE_SECONDS`; what is done sooner prints nothing."""

    def __init__(self, console: Console) -> None:
        super().__init__(console=console, disable=True)
        self._said = monotonic()

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """As of `Progress`."""
        super().update(task_id, **changes)
        self._tell(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """As of `Progress`."""
        super().advance(task_id, advance)
        self._tell(task_id)

    def _tell(self, task_id: TaskID) -> None:
        if monotonic() - self._said < LINE_SECONDS:
            return
        self._said = monotonic()
        task = self.tasks[self.task_ids.index(task_id)]
        size = f" of {task.total:,.0f}" if task.total else ""
        self.console.print(f"{task.description}: {task.completed:,.0f}{size}", markup=False, highlight=False)
