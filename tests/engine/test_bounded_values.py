"""Values within bounds that several threads put in at once."""

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from recirc.engine.bounded_values import BoundedValues


@pytest.fixture
def _switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_switching_often")
def test_threads_may_put_values_in_at_once() -> None:
    values, faults = BoundedValues(8, 1_000), list[Exception]()

    def put(first: int) -> None:
        try:
            for number in range(20_000):
                values[(first + number) % 23] = SimpleNamespace(nbytes=50 + number % 100)
        except KeyError as error:
            faults.append(error)

    threads = [threading.Thread(target=put, args=(7 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(values) <= 8
    assert values.nbytes == sum(values._sizes.values()) <= 1_000
    assert values.keys() == values._sizes.keys()
