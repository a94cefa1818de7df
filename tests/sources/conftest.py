"""A small site and a fetcher, for each file of tests."""

from collections.abc import Iterator

import pytest
from site_server import Site, fetching, serving

from recirc.sources.fetching import Fetcher


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture(scope="module")
def fetch() -> Iterator[Fetcher]:
    with fetching() as fetch:
        yield fetch
