"""What a first message needs is loaded once there is a source, also one that was added after the start."""

from typing import Any, cast

import pytest

from recirc.ingest import push
from recirc.settings import SourceEntry
from recirc.store.ports import StoreError


class LateSource:
    """A list of sources that is empty, cannot be read, and then has one."""

    def __init__(self, done: list[str]) -> None:
        self._done = done

    def entries(self) -> list[SourceEntry]:
        self._done.append("looked")
        if len(self._done) == 2:
            raise StoreError("the file is locked")
        return [SourceEntry(address="https://tide.example/")] if len(self._done) > 2 else []


def test_all_is_loaded_when_the_first_source_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Engine:
        class settings:  # noqa: N801 - as the engine has it
            provenance = None

    monkeypatch.setattr(push, "settled_of", lambda *_: done.append("inspected"))
    monkeypatch.setattr(push, "extract_features", lambda _: done.append("read"))
    push.warm_up(cast("Any", Engine()), cast("Any", LateSource(done)), pause_seconds=0.0)
    assert done == ["looked", "looked", "looked", "inspected", "read"]
