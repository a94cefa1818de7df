"""One other site with shelves in its pages, for all files of this folder that ask for it."""

from collections.abc import Iterator

import pytest

from guest_pages import PAGES, PICTURED
from guest_site import GuestSite, guest_site


@pytest.fixture(scope="session")
def guests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    """The site with the pages of `guest_pages`; one of its articles has a picture."""
    with guest_site(tmp_path_factory.mktemp("guests"), PAGES) as made:
        made.give_picture(PICTURED)
        yield made
