"""A real Ghost with a real editor: its own server, data in SQLite, everything said over its Admin API."""

import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from served import free_port

STARTING = 180.0
EVENTS = (
    *("post.published", "post.published.edited", "post.unpublished", "post.deleted"),
    *("post.scheduled", "post.unscheduled"),
)
"""The webhooks that docs/article-life.md asks for, all of which the integration's page offers."""
PASSWORD = "not-a-secret-at-all"


class Ghost:
    """A Ghost with its data in `folder`, which runs from `files`; started by `start`."""

    def __init__(self, files: Path, folder: Path) -> None:
        self._files = files
        self._log = folder / "ghost.log"
        shutil.copytree(files / "content", folder / "content")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.key = ""  # of the Content API
        self._integration = ""
        settings = {
            "url": self.url,
            "server__port": str(port),
            "database__client": "sqlite3",
            "database__connection__filename": str(folder / "ghost.db"),
            "database__useNullAsDefault": "true",
            "paths__contentPath": str(folder / "content"),
            "mail__transport": "stub",
            "logging__level": "warn",
            "security__staffDeviceVerification": "false",
            **{f"privacy__use{name}": "false" for name in ("UpdateCheck", "Gravatar", "RpcPing")},
        }
        self._environment = {**os.environ, "NODE_ENV": "production", **settings}
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(
            base_url=f"{self.url}/ghost/api/admin", headers={"Origin": self.url}, timeout=60.0
        )

    def start(self) -> None:
        """Start it, and set it up as its owner does in a browser."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["node", "index.js"],
                cwd=self._files, stdout=log, stderr=log, env=self._environment, start_new_session=True,
            )  # fmt: skip
        give_up = time.monotonic() + STARTING
        while not self._answers():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < give_up, self._log.read_text()
            time.sleep(0.2)  # nothing else tells when a server listens
        owner = {
            "name": "Ada Brook",
            "email": "ada@example.com",
            "password": PASSWORD,
            "blogTitle": "The Tide",
        }
        self._ask("POST", "authentication/setup/", {"setup": [owner]})
        login = self._client.post("session/", json={"username": owner["email"], "password": PASSWORD})
        assert login.status_code == 201, login.text
        made = self._ask("POST", "integrations/?include=api_keys", {"integrations": [{"name": "Recirc"}]})
        (integration,) = made["integrations"]
        self._integration = integration["id"]
        self.key = next(each["secret"] for each in integration["api_keys"] if each["type"] == "content")
        for post in self._ask("GET", "posts/", None)["posts"]:
            self.delete(post["id"])  # "Coming soon"

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its data goes with it
            self._process.wait(30)
        self._client.close()

    def push_to(self, hook: str, secret: str) -> None:
        """Add the webhooks, as docs/article-life.md says."""
        for event in EVENTS:
            row = {"event": event, "target_url": hook, "secret": secret, "integration_id": self._integration}
            self._ask("POST", "webhooks/", {"webhooks": [row]})

    def inject(self, footer: str) -> None:
        """Put lines into the footer of every page, as its settings do."""
        self._ask("PUT", "settings/", {"settings": [{"key": "codeinjection_foot", "value": footer}]})

    def upload_theme(self, name: str, archive: bytes) -> None:
        """Upload a theme as a zip archive."""
        answer = self._client.post(
            "themes/upload/", files={"file": (f"{name}.zip", archive, "application/zip")}
        )
        assert answer.status_code < 300, answer.text[:500]

    def use_theme(self, name: str) -> None:
        """Show the site in a theme that it has."""
        self._ask("PUT", f"themes/{name}/activate/", {})

    def robots(self) -> str:
        return httpx.get(f"{self.url}/robots.txt", timeout=30.0).text

    # What an editor does

    def post(self, title: str, text: str, **fields: Any) -> dict[str, Any]:
        """A new post, published unless `status` says otherwise."""
        row = {"title": title, "html": f"<p>{text}</p>", "status": "published", **fields}
        return self._post(self._ask("POST", "posts/?source=html", {"posts": [row]}))

    def edit(self, id: str, **fields: Any) -> dict[str, Any]:
        now = self._post(self._ask("GET", f"posts/{id}/", None))
        row = {"updated_at": now["updated_at"], **fields}
        return self._post(self._ask("PUT", f"posts/{id}/?source=html", {"posts": [row]}))

    def delete(self, id: str) -> None:
        self._ask("DELETE", f"posts/{id}/", None)

    def _post(self, answer: Any) -> dict[str, Any]:
        (post,) = answer["posts"]
        found: dict[str, Any] = post
        return found

    def _answers(self) -> bool:
        try:
            return self._client.get("site/").status_code == 200
        except httpx.TransportError:
            return False

    def _ask(self, method: str, path: str, body: Any) -> Any:
        answer = self._client.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code}: {answer.text[:500]}"
        return answer.json() if answer.content else None


def written(moment: datetime) -> str:
    """A date as the Admin API wants it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
