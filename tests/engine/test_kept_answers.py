"""What answers leave behind in memory: its bytes are counted, and masks of all articles are no part of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from newsroom import HOUR, MINUTE, NOW, Newsroom, article
from recirc.clock import from_ms
from recirc.engine import shared_shelves
from recirc.engine.answers import KnownSlate
from recirc.engine.bounded_values import BoundedValues
from recirc.engine.filled_shelves import CommonShelves
from recirc.engine.request_filters import bytes_of, filters_of
from recirc.shelves.filters import MOST_FILTERS
from recirc.types import Request


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    made = Newsroom(tmp_path)
    made.publish(*(article(f"ferry-{n}", "ferry", n, published=from_ms(NOW - n * HOUR)) for n in range(9)))
    for reader in range(1, 12):
        made.read([f"ferry-{(reader * step) % 9}" for step in (1, 2, 4)], reader)
    return made


def kept_values(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All that answers put into what requests share, from now on."""
    found: list[Any] = []
    put = BoundedValues.__setitem__

    def noted(values: BoundedValues, key: Any, value: Any) -> None:
        found.append(value)
        put(values, key, value)

    monkeypatch.setattr(shared_shelves.VersionValues, "__setitem__", noted, raising=False)
    return found


def parts(value: Any) -> Iterator[Any]:
    """A value and whatever it consists of."""
    yield value
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, tuple | list):
        inner = value
    elif isinstance(value, CommonShelves):
        inner = vars(value).values()
    for each in inner:
        yield from parts(each)


def test_no_answer_keeps_a_mask_of_all_articles(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    found, asked = kept_values(monkeypatch), room.engine.shelf_service
    for filters in ({}, {"sections": ("ferry",)}, {"since": from_ms(NOW - 5 * HOUR)}, {"max_age": 3.0}):
        request = Request(article="ferry-0", personalised=False, **filters)
        for now in (NOW, NOW + 100):
            assert asked.encoded(request, now, str).body
            assert room.engine.shelves(request, now)
    assert any(isinstance(value, KnownSlate) for value in found)
    assert any(isinstance(value, CommonShelves) for value in found)
    masks = [part for value in found for part in parts(value) if getattr(part, "dtype", None) == np.bool_]
    assert masks == []


def test_what_is_kept_says_at_least_the_bytes_of_its_json(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = kept_values(monkeypatch)
    long = tuple(f"{n}-{'a' * 400}" for n in range(100))
    request = Request(article="ferry-0", personalised=False, exclude=long)
    body = room.engine.shelf_service.encoded(request, NOW, str).body
    common = [value for value in found if isinstance(value, CommonShelves)]
    known = [value for value in found if isinstance(value, KnownSlate)]
    assert common
    assert known
    assert sum(value.nbytes for value in common) > bytes_of(request) + len(body)
    assert all(value.nbytes > 40_000 + len(body) for value in known), "the key is counted too"


def test_a_value_that_grows_is_taken_out_as_it_was_counted() -> None:
    class Growing:
        nbytes = 300

    values = BoundedValues(2)
    for name in "abc":
        values[name] = Growing()
    Growing.nbytes = 9_000
    for name in "dea":
        values[name] = 1
    assert values.nbytes == 8_000


def test_a_time_is_rounded_to_the_minute_and_clears_no_masks(room: Newsroom) -> None:
    base = NOW // MINUTE * MINUTE - HOUR
    requests = [
        Request(article="ferry-0", personalised=False, since=from_ms(base + millisecond))
        for millisecond in (0, 1, 999, 59_999)
    ]
    assert len({filters_of(request, NOW) for request in requests}) == 1
    assert len({room.engine.shelf_service.encoded(each, NOW, str).body for each in requests}) == 1
    sections = filters_of(Request(sections=("ferry",)), NOW)
    with room.engine._log_consumer.reading() as state:
        mask = sections.mask(state)
        for minutes in range(3 * MOST_FILTERS):
            since = filters_of(Request(sections=("ferry",), since=from_ms(base - minutes * MINUTE)), NOW)
            published = state.catalogue.published[: state.size]
            assert (since.mask(state) == (mask & (published >= base - minutes * MINUTE))).all()
        assert sections.mask(state) is mask
        for n in range(MOST_FILTERS + 1):
            filters_of(Request(sections=(f"other-{n}",)), NOW).mask(state)
        assert len(state.derived("filters", dict)) == MOST_FILTERS
