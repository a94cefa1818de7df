"""Arrays that are not those of a state are refused before any loop, which checks no bounds, runs on them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from worlds import KINDS, SMALL, Line, batch_of, folded

from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.text.vector import DIMENSIONS
from recirc.types import Arrays, Window

LOG = batch_of(
    [
        Line(KINDS[n % len(KINDS)], n % 10, n % 5, n % 3, 60_000, 0, 0, n % 4, n % 7, n % 8, n % 2)
        for n in range(120)
    ]
)
SAVED = folded(SMALL, LOG.part(0, 100)).save()


def loaded(arrays: Arrays) -> State:
    state = State(SMALL, DIMENSIONS)
    state.load({name: array.copy() for name, array in arrays.items()})
    return state


def use(state: State) -> None:
    """Whatever a state is for, so that a wrong index would be used."""
    state.fold(LOG)
    state.save()
    state.stories.all()
    state.audience.readers(Window.WEEK, state.clock)
    state.popularity.table.top(0, 0)


@pytest.mark.parametrize("name", sorted(SAVED))
def test_each_array_must_be_there_with_its_dtype_and_shape(name: str) -> None:
    array = SAVED[name]
    wrong: list[NDArray[Any]] = [
        np.zeros(array.shape, np.float16),
        array.reshape(-1, 1, 1, 1),
        array.ravel()[:0].reshape(0, *[3] * 5),
        np.concatenate([array, array], axis=array.ndim - 1) if array.ndim > 1 else np.zeros(()),
    ]
    for each in wrong:
        with pytest.raises(ValueError, match=f"{name.partition('/')[0]}: |no clock"):
            loaded({**SAVED, name: each})
    with pytest.raises(ValueError, match=r"has the arrays|no clock"):
        loaded({other: kept for other, kept in SAVED.items() if other != name})


def test_unknown_arrays_and_statistics_are_refused() -> None:
    with pytest.raises(ValueError, match="'weather/rain' belongs to no statistic"):
        loaded({**SAVED, "weather/rain": np.zeros(1)})
    with pytest.raises(ValueError, match="visits has the arrays"):
        loaded({**SAVED, "visits/rain": np.zeros(1)})


def test_statistics_must_know_the_same_articles() -> None:
    shorter = {name: SAVED[name][:-1] for name in ("lifetimes/first", "lifetimes/last")}
    with pytest.raises(ValueError, match="different numbers of articles"):
        loaded({**SAVED, **shorter})
    with pytest.raises(ValueError, match="lifetimes: last is"):
        loaded({**SAVED, "lifetimes/last": SAVED["lifetimes/last"][:-1]})


def test_a_state_of_other_capacities_is_refused() -> None:
    other = State(LearningSettings(), DIMENSIONS)
    with pytest.raises(ValueError, match="visits: "):
        other.load(SAVED)


INDICES = sorted(
    f"{statistic.name}/{name}"
    for statistic in State(SMALL, DIMENSIONS).statistics
    for name, column in statistic.columns.items()
    if column.holds_articles
)


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("index", [-2, 10, 2**31 - 1])
def test_an_index_of_no_article_is_refused(name: str, index: int) -> None:
    assert "coreading/neighbours" in INDICES
    changed = SAVED[name].copy()
    changed.flat[-1] = index
    with pytest.raises(ValueError, match=f"{name.replace('/', ': ')} has the index of no article"):
        loaded({**SAVED, name: changed})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("visits/count", 4),
        ("visits/count", -1),
        ("visits/serial", -1),
        ("visits/serial", 2**40),
        ("visits/newest_serial", 2**60),
        ("visits/newest_serial", -5),
        ("popularity/counts", 2**30),
        ("popularity/counts", -1),
        ("popularity/half_lives", 1.0),
        ("stories/sizes", 257),
        ("stories/sizes", -1),
        ("stories/counts", 2**30),
    ],
)
def test_impossible_numbers_are_refused(name: str, value: float) -> None:
    changed = SAVED[name].copy()
    changed.flat[0] = value
    with pytest.raises(ValueError):
        loaded({**SAVED, name: changed})


def test_visits_need_the_slots_that_their_serials_name() -> None:
    slots = {f"visits/{name}" for name in ("key", "serial", "start", "last", "count", "articles")}
    slots |= {f"visits/{name}" for name in ("offsets", "contexts", "earlier")}
    with pytest.raises(ValueError, match=r"visits: .* in 0 slots of 16"):
        loaded({name: array[:0] if name in slots else array for name, array in SAVED.items()})


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SAVED)), st.randoms(use_true_random=False))
def test_random_content_is_refused_or_harmless(name: str, choices: Any) -> None:
    array = SAVED[name]
    rng = np.random.default_rng(choices.randrange(2**32))
    changed = array.copy()
    if changed.dtype.kind == "f":
        changed[...] = rng.normal(size=array.shape) * 1e6
    else:
        bounds = np.iinfo(changed.dtype)
        low, high = choices.choice([(-1, 10), (-5, 20), (bounds.min, bounds.max)])
        changed[...] = rng.integers(max(low, bounds.min), high, array.shape, changed.dtype)
    try:
        state = loaded({**SAVED, name: changed})
    except ValueError:
        return
    if name != "clock":
        use(state)
