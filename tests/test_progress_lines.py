"""Progress in a log file: plain lines, neither frames nor escapes."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from recirc import progress_lines
from recirc.progress_lines import ProgressLines, progress_on


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress_lines, "monotonic", lambda: clock[0])
    file = io.StringIO()
    with progress_on(Console(file=file, force_terminal=False), TextColumn("frame")) as bar:
        task = bar.add_task("folding", total=3000)
        for second in range(40):
            clock[0] = float(second)
            bar.advance(task, 50)
        bar.update(task, completed=3000)
    assert file.getvalue() == "folding: 800 of 3,000\nfolding: 1,550 of 3,000\n"


def test_on_a_terminal_there_is_a_bar() -> None:
    shown = progress_on(Console(file=io.StringIO(), force_terminal=True), TextColumn("frame"))
    assert isinstance(shown, Progress)
    assert not isinstance(shown, ProgressLines)
