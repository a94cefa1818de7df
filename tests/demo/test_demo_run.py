import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

import recirc
from recirc.demo.run import MARKER, DemoError, demo_folder
from recirc.types import Shelf

UP_SECONDS = 60
CHANGED_SECONDS = 60
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `recirc demo` as a terminal would, in a process group of its own that ends with the test."""
    running: list[subprocess.Popen[str]] = []

    def started(*arguments: str) -> "subprocess.Popen[str]":
        command = [
            sys.executable,
            "-c",
            "from recirc.cli import main; main()",
            "demo",
            "--no-pictures",
            *arguments,
        ]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(recirc.__file__).parents[1])},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running.append(process)
        return process

    yield started
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetched(url: str, process: "subprocess.Popen[str]") -> str:
    """What stands at the address, once it is served."""
    until = time.monotonic() + UP_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until, f"not up within {UP_SECONDS} s"
            time.sleep(0.1)


def ranking(base: str, process: "subprocess.Popen[str]") -> list[tuple[str, int]]:
    shelf = msgspec.json.decode(fetched(f"{base}/v1/rankings", process), type=Shelf)
    return [(item.article, item.counts.window_readers or 0) for item in shelf.items if item.counts]


def group_is_gone(process: "subprocess.Popen[str]") -> bool:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_the_demo_is_up_shows_three_full_shelves_changes_and_ends(start: Start, tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = start("--port", str(port), "--rate", "20")
    before = ranking(base, process)
    assert len(before) == 8

    page = fetched(f"{base}/article/claire-maddox-interview", process)
    shelves = re.findall(r'<section class="shelf [^>]*data-shelf="(\w+)"', page)
    assert sorted(shelves) == ["ranking", "recommendation", "related"]
    for shelf in re.findall(r'<section class="shelf .*?</section>', page, re.S):
        reasons = re.findall(r'<p class="reason[^"]*">([^<]+)</p>', shelf)
        assert len(reasons) == shelf.count("<li ") >= 5
        assert all(reason.strip() for reason in reasons)
    front, german = fetched(base, process), urllib.request.Request(base, headers={"Host": "bote.localhost"})
    with urllib.request.urlopen(german, timeout=60) as answer:
        bote = answer.read().decode()
    assert "The Wrenmouth Tide" in front
    assert '<html lang="de">' in bote
    assert "Kattensieler Bote" in bote
    linked = [set(re.findall(r'href="/article/([^"?]+)"', each)) for each in (front, bote)]
    assert linked[0].isdisjoint(linked[1])
    assert {len(each) >= 20 for each in linked} == {True}
    assert set(re.findall(r'lang="(\w+)"', bote)) == {"de"}

    until = time.monotonic() + CHANGED_SECONDS
    while ranking(base, process) == before:
        assert time.monotonic() < until, f"Ranking did not change within {CHANGED_SECONDS} s"
        time.sleep(1)

    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert re.search(r"^17\d articles published \(\d+\.\d s\)$", said, re.M), said
    assert re.search(r"^two weeks of readers: \d{2,3},\d{3} events \(\d+\.\d s\)$", said, re.M), said
    assert base in said
    assert "Ctrl-C" in said
    assert group_is_gone(process)
    assert (tmp_path / "demo-data" / "recirc.db").is_file()


def test_readers_and_workers_end_with_a_demo_that_is_killed(start: Start) -> None:
    port = free_port()
    process = start("--port", str(port))
    fetched(f"http://127.0.0.1:{port}/healthz", process)
    process.kill()
    process.wait()
    assert group_is_gone(process)


def test_ctrl_c_while_it_is_being_made_leaves_no_stack_trace(start: Start, tmp_path: Path) -> None:
    process = start("--port", str(free_port()))
    until = time.monotonic() + UP_SECONDS
    while not (tmp_path / "demo-data" / MARKER).exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode not in (0, None)
    assert "Traceback" not in said, said


def test_a_taken_port_is_said_before_anything_is_made(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said, _ = start("--port", str(port)).communicate(timeout=60)
    assert re.fullmatch(rf"recirc: cannot listen on 127\.0\.0\.1:{port}: .* --port .*\n", said)
    assert not (tmp_path / "demo-data").exists()


def test_a_folder_that_is_not_ours_is_left_alone(start: Start, tmp_path: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    (letters / "love.txt").write_text("dear")
    process = start("--port", str(free_port()), "--folder", str(letters))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert (
        said
        == f"recirc: {letters} was not made by recirc demo and is left alone; name another with --folder\n"
    )
    assert [path.name for path in letters.iterdir()] == ["love.txt"]
    with pytest.raises(DemoError, match="left alone"), demo_folder(letters / "love.txt"):
        pass


def test_a_folder_of_ours_is_made_anew_unless_a_demo_is_at_work_in_it(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "a" / "demo", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.txt").write_text("kept")
    with demo_folder(folder):
        (folder / "recirc.db").write_text("old")
        (folder / "recirc.db.snapshots").mkdir()
        (folder / "recirc.db.snapshots" / "1").write_text("old")
        (folder / "link").symlink_to(elsewhere)
        with pytest.raises(DemoError, match="another recirc demo is using"), demo_folder(folder):
            pass
        assert (folder / "recirc.db").read_text() == "old"
    with demo_folder(folder):
        assert [path.name for path in folder.iterdir()] == [MARKER]
    assert (elsewhere / "kept.txt").read_text() == "kept"
