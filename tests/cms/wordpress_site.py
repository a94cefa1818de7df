"""A real WordPress with a real editor: PHP's own web server, data in SQLite, everything said over its REST API."""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page

from browsing import READER
from served import free_port

HERE = Path(__file__).resolve().parent
PLUGIN = HERE.parent.parent / "plugins" / "wordpress"
WORKERS = 4
"""Processes of the web server: WordPress answers itself, when it runs what is scheduled."""
STARTING = 60.0
ENTRY = re.compile(r"^(?=\[\d\d-\w{3}-\d{4} )", re.MULTILINE)
"""Where an entry of the log of PHP begins."""
LOCKED = "database is locked"
NAMED = "/%category%/%postname%/"
"""Addresses with category and slug; empty: `?p=7`."""


class WordPress:
    """A WordPress of its own in `folder`, a copy of `files`; started by `start`."""

    def __init__(self, files: Path, folder: Path, permalinks: str = NAMED) -> None:
        shutil.copytree(files, folder)
        shutil.copy(HERE / "wp_config.php", folder / "wp-config.php")
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self._environment = {**os.environ, "WP_URL": self.url, "WP_PERMALINKS": permalinks}
        self._process: subprocess.Popen[bytes] | None = None
        done = subprocess.run(
            ["php", str(HERE / "wp_install.php")],
            cwd=folder, env=self._environment, capture_output=True, text=True, timeout=STARTING, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        self._client = httpx.Client(auth=("admin", done.stdout.strip()), timeout=30.0)

    def start(self) -> None:
        environment = {**self._environment, "PHP_CLI_SERVER_WORKERS": str(WORKERS)}
        address = self.url.removeprefix("http://")
        with (self.folder / "php.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["php", "-S", address, "-t", str(self.folder), str(HERE / "wp_router.php")],
                stdout=log, stderr=log, env=environment, start_new_session=True,
            )  # fmt: skip
        give_up = time.monotonic() + STARTING
        while True:
            try:
                self.get("posts")
                return
            except httpx.TransportError:
                assert time.monotonic() < give_up, (self.folder / "php.log").read_text()
                time.sleep(0.1)  # nothing else tells when a server listens

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # its data goes with it
            self._process.wait(30)
        self._client.close()

    def push_to(self, hook: str, secret: str) -> None:
        """Install and activate the plug-in of Recirc, which takes what it needs from wp-config.php."""
        self.install_plugin()
        (self.folder / "RECIRC_HOOK").write_text(hook)
        (self.folder / "RECIRC_SECRET").write_text(secret)
        self._ask("PUT", "plugins/recirc/recirc", {"status": "active"})

    def install_plugin(self) -> None:
        """Copy the plug-in, as its documentation says."""
        shutil.copytree(PLUGIN, self.folder / "wp-content" / "plugins" / "recirc")

    def set_options(self, **changed: object) -> None:
        """Change settings of the plug-in."""
        given = base64.b64encode(json.dumps(changed).encode()).decode()
        self.php(
            f"update_option( 'recirc', array_merge( (array) get_option( 'recirc', array() ), "
            f"json_decode( base64_decode( '{given}' ), true ) ) );"
        )

    def complaints(self) -> list[str]:
        """What WordPress noted in its log about the code of the plug-in: notices, deprecated calls, errors.

        Of two processes that write at once its SQLite refuses one (no other database does), and lists who called.
        """
        log = self.folder / "debug.log"
        entries = ENTRY.split(log.read_text("utf-8")) if log.is_file() else []
        return [entry for entry in entries if "/plugins/recirc/" in entry and LOCKED not in entry]

    @contextmanager
    def logged_in(self, browser: Browser) -> Iterator[Page]:
        """A page of a browser in which the administrator is logged in, without the dashboard that comes next."""
        context = browser.new_context(user_agent=READER, viewport={"width": 1280, "height": 1000})
        page = context.new_page()
        page.goto(f"{self.url}/wp-login.php")
        # The dashboard asks other sites for news, and a page that is left on its way ends in an error.
        answer = context.request.post(
            f"{self.url}/wp-login.php",
            form={"log": "admin", "pwd": "not-a-secret", "testcookie": "1"},
            max_redirects=0,
        )
        assert answer.status == 302
        yield page
        context.close()

    # What an editor does

    def post(self, title: str, text: str, **fields: Any) -> dict[str, Any]:
        """A new post, published unless `status` says otherwise."""
        return self._post("posts", {"title": title, "content": text, "status": "publish", **fields})

    def page(self, title: str, text: str) -> dict[str, Any]:
        """A new page, which is no post."""
        return self._post("pages", {"title": title, "content": text, "status": "publish"})

    def edit(self, id_: int, **fields: Any) -> dict[str, Any]:
        return self._post(f"posts/{id_}", fields)

    def trash(self, id_: int) -> None:
        self._ask("DELETE", f"posts/{id_}", {})

    def delete(self, id_: int) -> None:
        """Delete a post for good."""
        self._ask("DELETE", f"posts/{id_}", {"force": True})

    def untrash(self, id_: int) -> None:
        """What "Restore" and "Publish" in its list of posts do; the REST API has no name for the first."""
        self.php(f"wp_untrash_post( {id_} );")
        self.edit(id_, status="publish")

    def bring_forward(self, id_: int, moment: datetime) -> None:
        """Make a scheduled post due at a moment, as if time had passed: WordPress has no shorter one than a minute."""
        self.php(
            f"global $wpdb; $at = {int(moment.timestamp())}; $wpdb->update( $wpdb->posts, array( "
            "'post_date' => wp_date( 'Y-m-d H:i:s', $at ), 'post_date_gmt' => gmdate( 'Y-m-d H:i:s', $at ) ), "
            f"array( 'ID' => {id_} ) ); wp_clear_scheduled_hook( 'publish_future_post', array( {id_} ) ); "
            f"wp_schedule_single_event( $at, 'publish_future_post', array( {id_} ) );"
        )

    def category(self, name: str, **fields: Any) -> int:
        return int(self._ask("POST", "categories", {"name": name, **fields})["id"])

    def tag(self, name: str) -> int:
        return int(self._ask("POST", "tags", {"name": name})["id"])

    def author(self, name: str, bio: str) -> int:
        """A new user who may publish."""
        fields = {
            "username": f"user{len(name)}",
            "email": f"u{len(name)}@example.com",
            "password": "not-a-secret",
        }
        row = {**fields, "name": name, "description": bio, "roles": ["author"]}
        return int(self._ask("POST", "users", row)["id"])

    def permalinks(self, structure: str) -> None:
        """Other addresses for all posts, as its settings do."""
        self.php(
            f"global $wp_rewrite; $wp_rewrite->set_permalink_structure( '{structure}' ); flush_rewrite_rules();"
        )

    def visit(self) -> None:
        """Read its front page, as any reader does: WordPress then runs what is due."""
        httpx.get(self.url, timeout=30.0)

    def php(self, code: str) -> str:
        """Run PHP within WordPress, as plug-ins and WP-CLI do; returns what it prints."""
        done = subprocess.run(
            ["php", "-r", f"require 'wp-load.php'; {code}"],
            cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def cli(self, *words: str) -> tuple[int, str]:
        """Run `wp recirc WORDS` as WP-CLI does: the exit code, and what it says."""
        done = subprocess.run(
            ["php", str(HERE / "wp_cli.php"), "recirc", *words],
            cwd=self.folder, env=self._environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def picture(self, name: str, content: bytes, kind: str = "image/png") -> int:
        """Upload a picture, which posts may have as `featured_media`."""
        headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
        answer = self._client.post(f"{self.url}/?rest_route=/wp/v2/media", content=content, headers=headers)
        assert answer.status_code == 201, answer.text[:500]
        return int(answer.json()["id"])

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def _post(self, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._ask("POST", path, fields)
        return found

    def _ask(self, method: str, path: str, body: Any) -> Any:
        address = f"{self.url}/?rest_route=/wp/v2/{path}"
        answer = self._client.request(method, address, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code}: {answer.text[:500]}"
        return answer.json()


def written(moment: datetime) -> str:
    """A date as the REST API wants it, in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
