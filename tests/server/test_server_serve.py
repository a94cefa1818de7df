import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest

from recirc.server.serve import ServeError, check_port

SERVE = """
import sys
from recirc.server.serve import ServeError, serve
from recirc.settings import ServerSettings, Settings, StoreSettings
port, workers, path = sys.argv[1:]
try:
    serve(Settings(server=ServerSettings(port=int(port), workers=int(workers)), store=StoreSettings(path=path)))
except ServeError as error:
    sys.exit(f"recirc: {error}")
"""
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


def started(port: int, workers: int, path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port), str(workers), str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


@contextmanager
def serving(path: Path, workers: int) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]", str]]:
    """A server in processes of its own, and its first key ("" when it printed none)."""
    port = free_port()
    process = started(port, workers, path)
    try:
        assert process.stdout is not None
        key = ""
        while not (line := process.stdout.readline()).startswith("Recirc is served at"):
            name, _, said = line.partition(": ")
            if name == "API key, shown only this once":
                assert said.startswith("rk_"), line
                key = said.strip()
            else:
                assert name == "Invitation to the desk, for three days", line
                assert said.startswith(f"http://127.0.0.1:{port}/desk/invitation?token="), line
        assert f"http://127.0.0.1:{port}" in line
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=BROWSER) as client:
            wait_for(client)
            yield client, process, key
    finally:
        if process.poll() is None:
            stop(process, signal.SIGTERM)
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


def wait_for(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)  # nothing else tells when a server listens, or no longer does
    raise AssertionError("the server does not answer")


def stop(process: "subprocess.Popen[str]", number: int) -> tuple[float, str, str]:
    began = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return time.monotonic() - began, out, err


def test_two_workers_agree_stop_at_once_and_print_the_key_only_once(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    odd = "a/b//c?d%41"
    with serving(path, 2) as (client, process, key):
        auth = {"Authorization": f"Bearer {key}"}
        body = [
            {"id": "a", "headline": "A"},
            {"id": odd, "headline": "Odd"},
            {"id": "x/y:z", "headline": "XYZ"},
        ]
        assert client.post("/v1/articles", json=body, headers=auth).status_code == 201
        for _ in range(5):
            # Each on a connection of its own, so that both workers get some: they must know the same reader.
            assert (
                httpx.post(
                    f"{client.base_url}/v1/events", json={"kind": "view", "article": "a"}, headers=BROWSER
                ).json()["accepted"]
                == 1
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            answers = [
                httpx.get(f"{client.base_url}/v1/articles/a", headers=BROWSER).json()["counts"]
                for _ in range(6)
            ]
            if all(answer["raw"] == 5 for answer in answers):
                break
        assert all((answer["raw"], answer["views"], answer["readers"]) == (5, 1, 1) for answer in answers)
        assert client.get("/article/x/y:z").status_code == 200
        assert client.get("/v1/articles", params={"id": odd}).json()["id"] == odd
        assert client.get("/article", params={"id": odd}).status_code == 200
        seconds, _, err = stop(process, signal.SIGTERM)
        assert seconds < 5
        assert process.returncode == 0
        assert "testclient" not in err
        assert "Traceback" not in err
    with serving(path, 1) as (client, process, key):
        assert key == ""
        assert client.get("/v1/articles/a").json()["counts"]["raw"] == 5
        seconds, _, err = stop(process, signal.SIGINT)
        assert seconds < 5
        assert process.returncode == 0
        assert err == ""


def test_workers_do_not_outlive_a_parent_that_was_killed(tmp_path: Path) -> None:
    with serving(tmp_path / "recirc.db", 2) as (client, process, _):
        process.kill()
        process.wait()
        for _ in range(100):
            try:
                httpx.get(f"{client.base_url}/healthz")
            except httpx.TransportError:
                break
            time.sleep(0.1)  # nothing else tells when a server listens, or no longer does
        else:
            raise AssertionError("somebody still answers")


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = started(port, 1, tmp_path / "recirc.db")
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert err.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in err


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ServeError, match=r"cannot listen on 192\.0\.2\.1:8000"):
        check_port("192.0.2.1", 8000)
    with pytest.raises(ServeError, match=r"cannot listen on no\.such\.host\.invalid:80"):
        check_port("no.such.host.invalid", 80)


def test_the_log_of_a_server_names_no_reader(tmp_path: Path) -> None:
    with serving(tmp_path / "recirc.db", 1) as (client, process, _):
        client.get("/nowhere")
        client.post("/v1/events", json={"kind": "view", "article": "nobody"})
        _, out, err = stop(process, signal.SIGTERM)
    assert "127.0.0.1" not in out + err
    assert "Firefox" not in out + err


@pytest.mark.parametrize("chunked", [False, True])
def test_who_sends_too_much_is_told_so(tmp_path: Path, chunked: bool) -> None:
    with serving(tmp_path / "recirc.db", 1) as (client, _, _):
        connection = HTTPConnection("127.0.0.1", client.base_url.port, timeout=10)
        body = (b" " * 65_536 for _ in range(300)) if chunked else b" " * 20_000_000
        connection.request(
            "POST", "/v1/events", body, {"Content-Type": "application/json"}, encode_chunked=chunked
        )
        answer = connection.getresponse()
        assert answer.status == 413
        assert json.loads(answer.read())["type"] == "/docs#too-large"
        connection.close()
