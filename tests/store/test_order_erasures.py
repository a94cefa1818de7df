"""What is erased on one machine leaves the file of another that follows the same order."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from order_machines import Machines, head_of, silent, until

from postgres import clusters
from recirc.engine import Engine, Observation
from recirc.media.folder import MediaFolder
from recirc.store.backup import verify
from recirc.store.erasure_receipts import check_erased
from recirc.store.erasure_requests import erase_day, erase_names
from recirc.types import Article, Author, Event, EventKind, Exclusion

WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = round(WHEN.timestamp() * 1000)
DAY = 86_400_000


@pytest.fixture
def machines(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Machines]:
    with clusters() as servers:
        made = Machines(tmp_path, servers.primary().address, request.node.name)
        yield made
        made.close()


def names_of(engine: Engine) -> list[str]:
    engine.catch_up()
    stored = engine.article("quay")
    assert stored is not None
    assert stored.article is not None
    return [author.name for author in stored.article.authors]


def test_a_name_and_a_day_leave_every_machine(machines: Machines) -> None:
    one, other = machines.engine("one"), machines.engine("other")
    authors = (Author(name="Quillon Marsh"), Author(name="Una Pask"))
    one.publish(
        [Article(id="quay", headline="The quay", body="<p>By Quillon Marsh.</p>", authors=authors)]
    ).result()
    event = Event(kind=EventKind.VIEW, article="quay", time=WHEN)
    one.observe([Observation(event, NOW, 7_777_777, 0, Exclusion.NONE, sender="feed")]).result()
    until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")), 60.0)
    assert names_of(other) == ["Quillon Marsh", "Una Pask"]
    store = one._store
    told = erase_names(
        store, "author", ["Quillon Marsh"], "me", "asked for", NOW, texts=True, remove_pictures=len
    )
    day = erase_day(store, "2026-11-01", NOW - DAY // 2, NOW + DAY // 2, "me", "asked for", NOW)
    until(lambda: head_of(machines.path("one")) == head_of(machines.path("other")), 60.0)
    for engine in (one, other):
        until(lambda engine=engine: not engine._store.is_unclean(), 60.0)
        assert names_of(engine) == ["Una Pask"]
    machines.close()  # whoever closes a file that it reads loses the locks of its connections to it
    for name in ("one", "other"):
        path = machines.path(name)
        for receipt in (told, day):
            assert check_erased(receipt, path, MediaFolder(path.parent / "media")).is_clean, (
                name,
                receipt.what.in_words(),
            )
    digests = {verify(machines.path(name), silent).digest for name in ("one", "other")}
    assert len(digests) == 1
