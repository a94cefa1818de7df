"""Alarms about the site itself are known, told once to every channel, and told again after they were over."""

import json
import shutil
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest

from newsroom import NOW, Newsroom
from recirc.clock import from_ms
from recirc.engine.alarm_channels import ACTION
from recirc.settings import AlarmSettings, SourcesSettings
from recirc.store.actions import ActionTrail, AuditQuery
from recirc.store.source_registry import SourceRegistry
from recirc.web.site_alarms import FAILURES, LOOK_MS, Condition, SiteAlarms, silent_sources
from recirc.web.source_status import SourceStatus


class _Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as a client without TLS needs; what it brings is kept by the server."""

    def handle(self) -> None:
        self.wfile.write(b"220 loopback\r\n")
        lines: list[bytes] = []
        is_letter = False
        while line := self.rfile.readline():
            if is_letter:
                lines.append(line)
                if line != b".\r\n":
                    continue
                is_letter = False
            word = line[:4].upper()
            if word == b"DATA":
                is_letter = True
                self.wfile.write(b"354 go on\r\n")
                continue
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 loopback\r\n")
            if word == b"QUIT":
                break
        assert isinstance(self.server, _MailServer)
        self.server.letters.append(b"".join(lines).decode())


class _MailServer(socketserver.TCPServer):
    letters: list[str]


@pytest.fixture
def mail() -> Iterator[_MailServer]:
    with _MailServer(("127.0.0.1", 0), _Mailbox) as server:
        server.letters = []
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *words: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/alarm", received
        server.shutdown()
        thread.join()


def alarms(room: Newsroom, free: list[int], settings: AlarmSettings) -> SiteAlarms:
    room.engine.settings = msgspec.structs.replace(room.engine.settings, alarm=settings)
    path = Path(room.settings.store.path)
    return SiteAlarms(room.engine, SourceRegistry(path, SourcesSettings()), lambda _: free[0])


def test_a_disk_that_is_nearly_full_is_told_once_to_every_channel(
    room: Newsroom, mail: _MailServer, hook: tuple[str, list[dict[str, Any]]]
) -> None:
    address, received = hook
    settings = AlarmSettings(
        webhook=address,
        smtp=f"127.0.0.1:{mail.server_address[1]}",
        mail_to="desk@paper.example",
        free_megabytes=100,
    )
    free = [99_000_000]
    watch = alarms(room, free, settings)
    assert [each.kind for each in watch.look(NOW)] == ["disk"]
    assert watch.look(NOW + LOOK_MS - 1) == []
    assert watch.look(NOW + LOOK_MS) == []
    free[0] = 100_000_000
    assert watch.look(NOW + 2 * LOOK_MS) == []
    free[0] = 0
    assert [each.kind for each in watch.look(NOW + 3 * LOOK_MS)] == ["disk"]
    assert [each["alarm"] for each in received] == ["disk", "disk"]
    assert "99 MB are free" in received[0]["text"]
    assert len(mail.letters) == 2
    assert "To: desk@paper.example" in mail.letters[0]
    assert "Subject: Recirc: disk:" in mail.letters[0]
    noted = ActionTrail(Path(room.settings.store.path)).find(AuditQuery(action=ACTION), 10)
    assert [(each.actor, each.role, each.reason) for each in noted] == [("Recirc", "machine", "disk")] * 2


def test_channels_that_fail_stop_nothing(room: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    settings = AlarmSettings(
        webhook="http://127.0.0.1:1/closed", smtp="127.0.0.1:1", mail_to="desk@paper.example"
    )
    assert len(alarms(room, [0], settings).look(NOW)) == 1
    assert "webhook of the alarm did not take it" in caplog.text
    assert "mail server of the alarm did not take it" in caplog.text


def test_a_source_that_fails_or_is_late_is_silent() -> None:
    now = from_ms(NOW)

    def source(name: str, **fields: Any) -> SourceStatus:
        return SourceStatus(address=name, state="ok", every_seconds=300, from_settings=True, **fields)

    listed = [
        source("well", next=now + timedelta(minutes=5)),
        source("a little late", next=now - timedelta(minutes=14)),
        source("late", next=now - timedelta(minutes=16)),
        source("failing", failures=FAILURES, error="no answer", next=now),
        source("failed once", failures=1, error="no answer", next=now),
    ]
    assert [each.subject for each in silent_sources(listed, now)] == ["late", "failing"]


def test_a_site_that_is_well_has_no_alarms(room: Newsroom) -> None:
    free = [shutil.disk_usage(Path(room.settings.store.path).parent).total]
    found: list[Condition] = alarms(room, free, AlarmSettings()).conditions(NOW)
    assert found == []
