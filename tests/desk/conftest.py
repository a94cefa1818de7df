"""Closes what the tests of the desk open."""

from collections.abc import Iterator

import pytest

from desk_visitors import Person


@pytest.fixture(autouse=True)
def browsers() -> Iterator[None]:
    """All browsers of a test are closed after it."""
    yield
    while Person.opened:
        Person.opened.pop().close()
