"""Hashes that are stored never change, and there is one place to make them and one to read the clock."""

import ast
from datetime import UTC, date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import recirc
from recirc import clock
from recirc.ingest.schedule import share
from recirc.reading.columns import SenderKeys
from recirc.reading.values import own_id, version_of
from recirc.settings.days import bounds_of
from recirc.shelves.exploration import uniforms
from recirc.store.api_keys import _hash
from recirc.store.ids import record_key
from recirc.text.slugs import key, slug

HOUSE = Path(recirc.__file__).parent


def test_stored_hashes_are_those_of_the_first_release() -> None:
    assert key("world-news") == 2092137024515133865
    assert slug("!!!") == "3894b0d5"
    assert record_key("a", 1, None) == 5354019841875047950
    assert _hash("recirc_abc") == "2ba1e0c8af683ce0db4f87f49889b5f8263b49c92dbb5d1ebc2601b44517d268"
    assert uniforms("x") == (0.13298948884633077, 0.8821217837453057)
    assert share("https://a.example") == 0.45570855936966836
    assert version_of("<b>a</b>", 3) == "938c8174a4787714a92890e1"
    assert own_id("https://a.example/feed", "17") == "https://a.example/feed#502c1ff3c0e216749a82"
    assert SenderKeys(b"salt").readers(["a", 7]).tolist() == [9067181235063131028, 5529527689175179687]


@pytest.mark.parametrize("name", ["UTC", "Pacific/Auckland", "America/New_York"])
def test_the_calendars_first_and_last_day_have_bounds_everywhere(name: str) -> None:
    for day in (date.min, date.max):
        begin, end = bounds_of(day, ZoneInfo(name))
        assert end - begin == 86_400_000
        assert clock.from_ms(begin).year in (1, 9999)
        assert clock.from_ms(end).year in (1, 9999)


def test_the_clock_tells_one_time() -> None:
    now, ms, seconds = clock.now(), clock.now_ms(), clock.now_seconds()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - ms / 1000) < 60
    assert abs(ms / 1000 - seconds) < 60
    assert now - timedelta(minutes=1) < clock.now()


def names_in(path: Path) -> set[str]:
    """Names that a module uses, such as "time.time"."""
    tree = ast.parse(path.read_text())
    return {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}


@pytest.mark.parametrize(
    ("names", "owner"),
    [
        ({"blake2b", "hashlib.blake2b", "hashlib.sha256", "hashlib.md5"}, "hashing.py"),
        ({"datetime.now", "datetime.utcnow", "time.time", "time.time_ns"}, "clock.py"),
    ],
)
def test_nobody_else_makes_hashes_or_reads_the_clock(names: set[str], owner: str) -> None:
    # The rooms that answer requests have yet to move over.
    files = list(HOUSE.rglob("*.py"))
    assert [str(path.relative_to(HOUSE)) for path in files if names_in(path) & names] == [owner]
