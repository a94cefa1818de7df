"""Pictures that articles name are fetched, kept, shown, tried again, and removed with their articles."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from drawn_pictures import drawn, serving
from newsroom import DAY, Newsroom, article
from recirc.clock import now_ms
from recirc.ingest.pictures import RETRY_SECONDS, UNUSED_MS, PictureWorker
from recirc.media.decoder import PictureDecoder
from recirc.media.folder import MediaFolder
from recirc.settings import SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.store.sqlite import SqliteStore
from recirc.types import Picture

NOW = now_ms() + DAY
"""Tomorrow: later than every publication of these tests."""


class Works(NamedTuple):
    room: Newsroom
    store: SqliteStore
    worker: PictureWorker
    folder: MediaFolder
    site: str
    files: dict[str, bytes | int]
    asked: list[str]


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    files: dict[str, bytes | int] = {"/quay.jpg": drawn(1200, 800), "/robots.txt": 404}
    asked: list[str] = []
    room = Newsroom(tmp_path)
    with (
        serving(files, asked) as site,
        SqliteStore(tmp_path / "recirc.db", lead=False) as store,
        PictureDecoder(30.0) as decoder,
        Fetcher(SourcesSettings(private_hosts=(site.removeprefix("http://"),), delay_seconds=0.0)) as fetch,
    ):
        folder = MediaFolder(tmp_path / "media")
        yield Works(room, store, PictureWorker(store, fetch, decoder, folder), folder, site, files, asked)
    room.engine.close()


def publish(works: Works, name: str, *paths: str) -> None:
    pictures = tuple(Picture(address=works.site + path if path.startswith("/") else path) for path in paths)
    works.room.publish(article(name, pictures=pictures))


def test_a_picture_is_fetched_once_for_all_articles_that_have_it(works: Works) -> None:
    publish(works, "a", "/quay.jpg")
    publish(works, "b", "/quay.jpg")
    address = f"{works.site}/quay.jpg"
    assert works.store.picture_facts([address]) == {}
    assert works.worker.turn(NOW) == 1
    facts = works.store.picture_facts([address])[address]
    assert (facts.width, facts.height, facts.widths) == (1200, 800, (320, 640, 1024, 1200))
    assert works.folder.written().keys() == {facts.key}
    assert works.worker.turn(NOW) == 0
    assert works.asked.count("/quay.jpg") == 1


def test_a_picture_that_is_not_there_yet_is_tried_again_and_one_that_is_none_is_not(works: Works) -> None:
    works.files["/late.jpg"], works.files["/page.jpg"] = 503, b"<!doctype html><p>Log in</p>"
    publish(works, "a", "/late.jpg", "/page.jpg")
    assert works.worker.turn(NOW) == 2
    (page,) = [why for address, why in works.store.picture_problems(9) if address.endswith("/page.jpg")]
    assert page.startswith("it is a page of HTML, not a picture; JPEG")
    now = NOW
    for pause in RETRY_SECONDS:
        assert works.worker.turn(now + 1000 * pause - 1) == 0
        now += 1000 * pause
        if pause == RETRY_SECONDS[2]:
            works.files["/late.jpg"] = drawn(400, 300)
        assert works.worker.turn(now) == 1
        if pause == RETRY_SECONDS[2]:
            break
    assert list(works.store.picture_facts([f"{works.site}/late.jpg"])) == [f"{works.site}/late.jpg"]
    assert works.worker.turn(now + 400 * DAY) == 0


def test_a_picture_is_given_up_after_the_last_pause(works: Works) -> None:
    publish(works, "a", "/never.jpg")
    now = NOW
    for pause in (0, *RETRY_SECONDS):
        now += 1000 * pause
        assert works.worker.turn(now) == 1
    assert works.worker.turn(now + 400 * DAY) == 0


def test_the_picture_of_a_withdrawn_article_is_gone_at_once_and_back_with_it(works: Works) -> None:
    works.files["/other.jpg"] = drawn(600, 400, colour="green")
    publish(works, "a", "/quay.jpg", "/other.jpg")
    publish(works, "b", "/other.jpg")
    assert works.worker.turn(NOW) == 2
    kept = works.store.picture_facts([f"{works.site}/quay.jpg", f"{works.site}/other.jpg"])
    works.room.withdraw("a")
    assert works.worker.turn(NOW) == 1
    assert works.folder.written().keys() == {
        kept[f"{works.site}/other.jpg"].key
    }  # the other article still has it
    assert works.worker.turn(NOW) == 0
    pictures = (Picture(address=f"{works.site}/quay.jpg"),)
    works.room.publish(article("a", pictures=pictures), restore=True)
    assert works.worker.turn(NOW + DAY) == 1
    assert works.folder.written().keys() == {facts.key for facts in kept.values()}


def test_files_that_two_addresses_share_stay_until_both_are_gone(works: Works) -> None:
    works.files["/same.jpg"] = works.files["/quay.jpg"]
    publish(works, "a", "/quay.jpg")
    publish(works, "b", "/same.jpg")
    assert works.worker.turn(NOW) == 2
    works.room.withdraw("a")
    assert works.worker.turn(NOW) == 1
    assert len(works.folder.written().keys()) == 1
    works.room.withdraw("b")
    assert works.worker.turn(NOW) == 1
    assert works.folder.written().keys() == set()


def test_a_picture_that_an_article_lost_is_removed_a_day_later(works: Works) -> None:
    publish(works, "a", "/quay.jpg")
    assert works.worker.turn(NOW) == 1
    publish(works, "a")
    assert works.worker.turn(NOW + UNUSED_MS - 1) == 0
    assert works.worker.turn(NOW + UNUSED_MS + 1) == 1
    assert works.folder.written().keys() == set()


@pytest.mark.parametrize(
    "address",
    ["http://10.0.0.1/secret.jpg", "http://[::1]:1/x.jpg", "http://169.254.169.254/latest/meta-data.png"],
)
def test_addresses_within_are_never_requested(works: Works, address: str) -> None:
    publish(works, "a", address)
    assert works.worker.turn(NOW) == 1
    ((_, why),) = works.store.picture_problems(9)
    assert "private" in why or "not public" in why or "not a public" in why, why
    assert works.asked == []


def test_a_picture_larger_than_the_bound_is_not_read_to_its_end(works: Works) -> None:
    works.files["/huge.jpg"] = drawn(1200, 800) + bytes(3_000_000)
    publish(works, "a", "/huge.jpg")
    limits = SourcesSettings(
        private_hosts=(works.site.removeprefix("http://"),), delay_seconds=0.0, most_bytes=1_000_000
    )
    with Fetcher(limits) as fetch, PictureDecoder(30.0) as decoder:
        PictureWorker(works.store, fetch, decoder, works.folder).turn(NOW)
    ((_, why),) = works.store.picture_problems(9)
    assert "1,000,000 bytes" in why, why


def test_files_that_no_picture_has_go_after_a_day(works: Works) -> None:
    publish(works, "a", "/quay.jpg")
    works.worker.turn(NOW)
    (key,) = works.folder.written()
    works.folder.put({f"{'c' * 32}-320.webp": b"left by a removal that failed"})
    assert works.worker.sweep(now_ms()) == 0  # it may be one whose record is on its way
    assert works.worker.sweep(NOW + DAY) == 1
    assert works.folder.written().keys() == {key}
