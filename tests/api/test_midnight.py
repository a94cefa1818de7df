"""Nobody is two readers because midnight passed, wherever midnight is."""

from collections.abc import Callable, Iterator

import pytest

from asgi_client import AsgiClient
from portal_house import House
from recirc.server.app import create_app
from recirc.types import Window
from recirc.web.reader_hasher import ReaderHasher

DAY = 86_400_000
MINUTE = 60_000


@pytest.fixture
def midnight(house: House) -> Iterator[int]:
    """The one before the last, in UTC, ms: its day and the next are over. The server was started an hour before it."""
    moment = house.moment[0] // DAY * DAY - DAY
    house.moment[0] = moment - 60 * MINUTE
    app = create_app(house.engine, ReaderHasher(house.moment[0]), lambda: house.moment[0])
    with AsgiClient(app) as house.client:
        yield moment


def counts(house: House, article: str = "otter") -> tuple[int, int, int]:
    found = house.engine.counts(article, house.moment[0])
    with house.engine._log_consumer.reading() as state:
        index = int(house.engine.intern([article])[0])
        hour = state.audience.readers_of(index, Window.HOUR, house.moment[0])
    return found.views, found.readers, hour


def seen(house: House, agent: str, at: int, article: str = "otter") -> None:
    """A browser that asks for a page and then says that it shows it."""
    house.moment[0] = at
    house.client.get(f"/article/{article}", headers={"User-Agent": agent})
    assert house.told("view", article, agent).status_code == 202


def with_key(house: House, name: str, at: int, article: str = "otter") -> None:
    """A newsroom's own server, which names its readers."""
    house.moment[0] = at
    event = {"kind": "view", "article": article, "reader": name, "user_agent": FIREFOX}
    assert house.client.post("/v1/events", json=event, headers=house.auth).status_code == 202
    house.engine.catch_up()


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
Read = Callable[[House, str, int], None]


@pytest.mark.parametrize("read", [seen, with_key])
def test_a_reader_before_and_after_midnight_is_one(house: House, midnight: int, read: Read) -> None:
    read(house, FIREFOX, midnight - 10 * MINUTE)
    read(house, FIREFOX, midnight + 10 * MINUTE)
    assert counts(house) == (1, 1, 1), "twenty minutes later it is a repetition"
    read(house, FIREFOX, midnight + 45 * MINUTE)
    assert counts(house) == (2, 1, 1), "it counts as a view, by a reader who was counted"
    read(house, CHROME, midnight + 46 * MINUTE)
    assert counts(house) == (3, 2, 2)


def test_a_day_later_the_reader_counts_anew(house: House, midnight: int) -> None:
    seen(house, FIREFOX, midnight - 10 * MINUTE)
    seen(house, FIREFOX, midnight + DAY - 11 * MINUTE)
    assert counts(house)[1] == 1
    seen(house, FIREFOX, midnight + DAY - 10 * MINUTE)
    assert counts(house)[1] == 2


def test_no_other_article_is_read_under_the_hash_of_the_day_before(house: House, midnight: int) -> None:
    seen(house, FIREFOX, midnight - 10 * MINUTE)
    seen(house, FIREFOX, midnight + MINUTE)
    seen(house, FIREFOX, midnight + 2 * MINUTE, "ferry-1")
    readers = [int(one["reader"]) for one in house.engine._store.read(0, 99).records if one["kind"] == 1]
    assert readers[0] == readers[1] != readers[2]
    assert counts(house, "ferry-1") == (1, 1, 1)


def test_a_page_that_was_asked_for_before_midnight_confirms_its_reader(house: House, midnight: int) -> None:
    house.moment[0] = midnight - 1000
    house.client.get("/article/otter", headers={"User-Agent": FIREFOX})
    house.moment[0] = midnight + 1000
    house.told("view", "otter", FIREFOX)
    (record,) = [one for one in house.engine._store.read(0, 99).records if one["kind"] == 1]
    assert record["decision"] & 32, "confirmed"
