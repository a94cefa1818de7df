"""API keys: shown once, kept as hashes, revoked by name; and the keys of events."""

import enum
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recirc.store.api_keys import (
    UNKNOWN_SECONDS,
    ApiKey,
    ApiKeys,
    Scope,
    create,
)
from recirc.store.ids import record_key
from recirc.store.ports import StoreError
from recirc.store.registry import FRESH_SECONDS
from recirc.store.sqlite import SqliteStore


def name_of(key: ApiKey | None) -> str | None:
    return None if key is None else key.name


def test_a_key_has_scopes_and_an_end(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    for_all, of_readers = create(path, "all"), create(path, "readers", scopes=[Scope.READ, Scope.EVENTS])
    over = create(path, "over", expires=1_000)
    keys = ApiKeys(path)
    known = keys.find(for_all), keys.find(of_readers)
    assert [[each is not None and each.may(scope) for scope in Scope] for each in known] == [
        [True] * 4,
        [True, False, False, True],
    ]
    assert keys.find(over) is None
    assert [each.name for each in keys.all()] == ["all", "over", "readers"]


def test_a_key_is_known_by_its_name_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "recirc.db"
    first, second = create(path, "newsroom"), create(path, "importer")
    assert first.startswith("rk_")
    assert len(first) > 40
    assert first != second
    keys = ApiKeys(path)
    assert name_of(keys.find(first)) == "newsroom"
    assert name_of(keys.find(second)) == "importer"
    for wrong in ("", "rk_", first[:-1], first + "x", first.upper(), "rk_\udcff\x00"):
        assert keys.find(wrong) is None
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"newsroom" in written
    assert first.encode() not in written
    assert first.removeprefix("rk_").encode() not in written


def test_a_key_is_remembered_only_as_long_as_what_was_read_is_believed(tmp_path: Path) -> None:
    path, moment = tmp_path / "recirc.db", [0.0]
    key = create(path, "newsroom")
    keys = ApiKeys(path, clock=lambda: moment[0])
    assert keys.remembered(key) is None
    assert name_of(keys.find(key)) == "newsroom"
    assert name_of(keys.remembered(key)) == "newsroom"
    assert keys.remembered(key + "x") is None
    moment[0] = FRESH_SECONDS
    assert keys.remembered(key) is None


def test_keys_share_the_file_with_the_store(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    key = create(path, "first")
    with SqliteStore(path) as store:
        store.intern(["a"])
        assert name_of(ApiKeys(path).find(key)) == "first"
        create(path, "second")
        assert store.find(["a"]).tolist() == [0]


def test_any_and_revoke(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    keys = ApiKeys(path)
    assert not keys.any()
    desk, other = create(path, "desk"), create(path, "other")
    assert keys.any()
    assert [name_of(keys.find(key)) for key in (desk, other)] == ["desk", "other"]
    with pytest.raises(ValueError, match="there is a key named 'desk' already"):
        create(path, "desk")
    assert keys.revoke("nobody") == 0
    assert keys.revoke("desk") == 1
    assert [name_of(keys.find(key)) for key in (desk, other)] == [None, "other"]
    assert keys.revoke("other") == 1
    assert not keys.any()


def test_what_others_change_is_noticed_in_time_and_guesses_do_not_reach_the_file(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    now = 0.0
    keys = ApiKeys(path, clock=lambda: now)
    key = create(path, "first")
    assert name_of(keys.find(key)) == "first"
    later = create(path, "second")
    assert keys.find(later) is None  # too soon to look again
    now += UNKNOWN_SECONDS
    assert name_of(keys.find(later)) == "second"
    ApiKeys(path).revoke("first")
    now += FRESH_SECONDS / 2
    assert name_of(keys.find(key)) == "first"
    now += FRESH_SECONDS
    assert keys.find(key) is None
    path.unlink()
    for guess in range(1_000):  # without the file, a look into it would fail
        assert keys.find(f"rk_{guess}") is None


def test_a_key_needs_a_name_and_a_store(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs a name"):
        create(tmp_path / "recirc.db", " ")
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(StoreError, match="not a SQLite database"):
        create(tmp_path / "text", "a")
    with pytest.raises(StoreError, match="not a SQLite database"):
        ApiKeys(tmp_path / "text")


class Colour(enum.Enum):
    RED = "red"


def test_record_keys_tell_events_apart() -> None:
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    parts: list[tuple[object, ...]] = [
        (),
        (None,),
        ("",),
        ("a", "bc"),
        ("ab", "c"),
        ("abc",),
        (b"abc",),
        (("abc",),),
        (1,),
        ("1",),
        (True,),
        (1, None),
        (None, 1),
        (moment,),
        (Colour.RED,),
    ]
    keys = [record_key(*each) for each in parts]
    assert len(set(keys)) == len(parts)
    assert keys == [record_key(*each) for each in parts]
    assert all(0 < key < 2**63 for key in keys)
    with pytest.raises(TypeError):
        record_key(object())


def test_record_keys_are_the_same_in_every_process() -> None:
    program = "from recirc.store.ids import record_key; print(record_key('sender', 'event 7', 3))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout
    assert int(told) == record_key("sender", "event 7", 3)
