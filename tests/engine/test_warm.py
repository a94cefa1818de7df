"""Compiling in advance: it is said, and it comes before anybody is served."""

from collections.abc import Callable
from pathlib import Path

import pytest

from recirc import compiled
from recirc.engine import warm
from recirc.server import serve as server
from recirc.settings import ServerSettings, Settings, StoreSettings
from served import free_port


def test_what_must_be_compiled_is_said_with_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [0.0]
    monkeypatch.setattr(warm, "monotonic", lambda: moment[0])

    def compiling(_: Settings) -> None:
        for second in range(8):
            moment[0] = float(second)
            compiled._tell()

    monkeypatch.setattr(warm, "warm_up", compiling)
    monkeypatch.setattr(warm, "is_kept", lambda: False)
    said: list[str] = []
    warm.compile_loops(Settings(), said.append)
    first, progress, end, why = said
    assert first == "compiling the hot loops, once; this takes about a minute"
    assert progress.startswith("compiling the hot loops: ")
    assert end == "the hot loops are compiled"
    assert "NUMBA_CACHE_DIR" in why


def test_nothing_is_said_where_all_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "warm_up", lambda _: None)
    monkeypatch.setattr(warm, "is_kept", lambda: True)
    said: list[str] = []
    warm.compile_loops(Settings(), said.append)
    assert said == []


def test_a_server_compiles_before_it_makes_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def step(name: str) -> Callable[..., None]:
        return lambda *_, **__: done.append(name)

    monkeypatch.setattr(server, "compile_loops", step("compiled"))
    monkeypatch.setattr(server, "_serve", step("served"))
    store = StoreSettings(path=str(tmp_path / "recirc.db"))
    server.serve(Settings(server=ServerSettings(port=free_port()), store=store), before=step("before"))
    assert done == ["before", "compiled", "served"]
