"""What is kept of shelves in other forms is counted, so that it stays within bounds of memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import NOW, Newsroom, article
from recirc.engine.bounded_values import MOST_BYTES
from recirc.engine.encoded_shelves import Sign
from recirc.types import Request, Shelf

LARGE = 3_000_000


class Form:
    """The form of a shelf that says it is large."""

    nbytes = LARGE

    def __init__(self, until: float) -> None:
        self.until = until

    def at(self, now: int, *_: str | Sign) -> int:
        return now


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    made.publish(*(article(f"ferry-{number}", "ferry", number) for number in range(20)))
    yield made
    made.engine.close()


def test_forms_are_counted_with_their_shelves(room: Newsroom) -> None:
    service, made = room.engine.shelf_service, list[str]()
    shelves = len(service.strategies)

    def form(shelf: Shelf) -> Form:
        made.append(shelf.kind)
        return Form(NOW + 1_000)

    def ask(number: int, now: int = NOW) -> int:
        service.in_form("form", Request(article=f"ferry-{number}", personalised=False), now, form)
        return service._shared._values.nbytes

    ask(0)
    ask(0)  # the version may have changed meanwhile
    room.engine.catch_up()
    first = ask(0)
    assert len(made) in (shelves, 2 * shelves)
    made.clear()
    assert shelves * LARGE < first < shelves * LARGE + 1_000_000
    assert ask(0) == first
    assert not made
    # A form whose time is over gives its place to the next one.
    assert ask(0, NOW + 1_000) == first
    assert len(made) == shelves
    for number in range(1, 20):
        assert ask(number) <= MOST_BYTES
    assert 20 * shelves * LARGE > MOST_BYTES
