"""Shelves in other forms are kept while they show the same, and counted, so that they stay within bounds of memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import NOW, Newsroom, article
from recirc.engine.encoded_shelves import Sign
from recirc.engine.kept_forms import FORM_BYTES
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
        return service._forms._editions._values.nbytes

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
        assert ask(number) <= FORM_BYTES
    assert 20 * shelves * LARGE > FORM_BYTES


def test_a_shelf_is_made_again_when_it_shows_something_else(room: Newsroom) -> None:
    made = list[str]()

    def form(shelf: Shelf) -> Form:
        made.append(shelf.kind)
        return Form(NOW + 10_000_000)

    def ask() -> list[str]:
        made.clear()
        request = Request(article="ferry-1", personalised=False)
        room.engine.shelf_service.in_form("form", request, NOW, form)
        return sorted(made)

    def settle() -> None:
        for _ in range(10):  # a thread may note late that an article has changed
            if not ask():
                return
        raise AssertionError("they are made each time")

    everything = ["ranking", "recommendation", "related"]
    assert ask() == everything
    settle()
    for reader in range(1, 12):
        room.read(["ferry-5"], reader)
    assert room.engine.shelf_service._forms._editions._values.nbytes > LARGE
    after = ask()
    assert "ranking" in after  # it is read more now
    assert "related" not in after  # nobody has read both
    for changed in (
        article("ferry-1", "ferry", 77),
        article("ferry-9", "ferry", 78),
        article("ferry-99", "ferry", 79),
    ):
        room.publish(changed)
        assert ask() == everything
        settle()
    room.engine.withdraw(["ferry-3"]).result()
    room.engine.catch_up()
    assert ask() == everything
