"""A newsroom, which is closed after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import Newsroom


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    yield made
    made.engine.close()
