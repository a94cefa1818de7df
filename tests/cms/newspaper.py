"""A real `recirc serve` that reads from a CMS, what its readers then see, and after how long."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from recirc.store.source_registry import hook_of
from served import Server, recirc

SETTINGS = {
    "RECIRC_SOURCES__PRIVATE_HOSTS": '["127.0.0.1"]',
    "RECIRC_SOURCES__DELAY_SECONDS": "0",
    "RECIRC_SOURCES__EVERY_SECONDS": "3600",  # polls come when a test wants one
    "RECIRC_SOURCES__RECHECK_SECONDS": "0",
    "RECIRC_TRAINING__BACKGROUND": "false",
}
AT_ONCE = 2.0
"""Seconds in which a message of a CMS is followed."""
POLLS = 2
"""Polls in which everything that a CMS says is followed."""
PATIENCE = 240.0
"""Seconds that a poll may take on a busy machine."""
STARTS = 4
"""How often the time of a start is waited for, on a busy machine."""
PLACES = ("page", "api", "front", "feed", "sitemap", "search", "shelf")


class Newspaper:
    """A server of its own with its store in `folder`; `seen` measures what readers see, for the table at the end."""

    def __init__(self, folder: Path) -> None:
        self._environment = SETTINGS
        self._server = Server(folder, settings=SETTINGS)
        self._client = httpx.Client(base_url=self._server.address, timeout=30.0)
        self.table: list[tuple[str, str, str]] = []

    @property
    def address(self) -> str:
        return self._server.address

    @property
    def database(self) -> Path:
        return self._server.path

    @property
    def environment(self) -> dict[str, str]:
        """In which commands of `recirc` know what the server does."""
        return {**os.environ, **self._environment}

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._server.key}"}

    def start(self) -> None:
        self._server.start()
        for attempt in range(STARTS):
            try:
                self._server.wait()
                return
            except AssertionError:
                if attempt == STARTS - 1:
                    raise

    def stop(self) -> None:
        self._client.close()
        self._server.stop()

    def restart(self) -> None:
        self._server.stop()
        self.start()

    def add(self, address: str, *options: str) -> str:
        """What `recirc sources add` prints."""
        done = subprocess.run(
            recirc("sources", "add", address, "--db", str(self._server.path), *options),
            env={**os.environ, **self._environment}, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        if "--dry-run" not in options:
            self.wait_for(lambda: self.sources()[0]["state"] != "waiting")
        return done.stdout

    def sources(self) -> list[dict[str, Any]]:
        give_up = time.monotonic() + PATIENCE
        while (answer := self._client.get("/v1/sources", headers=self.auth)).status_code == 503:
            assert time.monotonic() < give_up, answer.text
            time.sleep(0.1)  # the process that writes is busy for longer than a request waits
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found

    def hook(self) -> str:
        return f"{self.address}/v1/hooks/{hook_of(self.sources()[0]['address'])}"

    def poll(self) -> None:
        """Wait for one more poll: an empty message asks for it."""
        before = self.sources()[0]["asked"]
        answer = self._client.post(
            self.hook(), content=b"", headers={**self.auth, "Content-Type": "application/json"}
        )
        assert answer.json()["polled"], answer.text
        self.wait_for(lambda: self.sources()[0]["asked"] != before)
        assert self.sources()[0]["state"] == "ok", self.sources()

    def wait_for(self, what: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Wait until something is so; returns the seconds."""
        began = time.monotonic()
        while not what():
            assert time.monotonic() < began + seconds, f"not within {seconds:.0f} s: {self.sources()}"
            time.sleep(0.02)  # nothing tells a reader
        return time.monotonic() - began

    # What readers see

    def path(self, link: str) -> str:
        """The path of the page of an article whose address at its site this is."""
        return f"/from/{link.partition('://')[2].rstrip('/')}"

    @staticmethod
    def id_of(link: str) -> str:
        """The id of an article that was published here under this address."""
        return f"https://{link.partition('://')[2].rstrip('/')}"

    def status(self, link: str) -> int:
        return self._client.get(self.path(link)).status_code

    def page(self, link: str) -> str:
        answer = self._client.get(self.path(link))
        assert answer.status_code == 200, answer.text[:300]
        return answer.text

    def moved_to(self, link: str) -> str | None:
        """Where the page of an address redirects to for good."""
        answer = self._client.get(self.path(link))
        return str(answer.headers["location"]) if answer.status_code == 301 else None

    def places(self, headline: str, link: str, *, id: str, beside: str) -> set[str]:
        """The places, of `PLACES`, where readers and programs without a key find an article.

        Args:
            headline: of the article.
            link: its present address at its site.
            id: its id here.
            beside: the id of an article on the same subject, on whose shelves it may be.
        """
        get, path = self._client.get, self.path(link)
        answers = {
            "front": get("/"),
            "feed": get("/feed.xml"),
            "search": get("/search", params={"q": headline}),
            "sitemap": get("/sitemap-news.xml"),
        }
        found = {
            place
            for place, answer in answers.items()
            if f"{path}<" in answer.text or f'{path}"' in answer.text
        }
        if get(path).status_code == 200:
            found.add("page")
        if get("/v1/articles", params={"id": id}).status_code == 200:
            found.add("api")
        if f'"article":"{id}"' in get("/v1/shelves", params={"article": beside}).text:
            found.add("shelf")
        return found

    def article(self, id: str) -> dict[str, Any]:
        """An article as the API has it for everybody."""
        found: dict[str, Any] = self._client.get("/v1/articles", params={"id": id}).json()["article"]
        return found

    def counts(self, id: str) -> dict[str, Any]:
        """How often an article was opened, and what of that counts."""
        found: dict[str, Any] = self._client.get("/v1/articles", params={"id": id}).json()["counts"]
        return found

    def told_views(self, id: str, readers: int) -> None:
        """Views of an article by some readers, as a newsroom's server sends them."""
        events = [{"kind": "view", "article": id, "reader": str(number)} for number in range(readers)]
        answer = self._client.post("/v1/events", json=events, headers=self.auth)
        assert answer.json()["accepted"] == readers, answer.text

    def path_of(self, id: str) -> str:
        """The path of the page of the article with an id."""
        return str(self._client.get("/v1/articles", params={"id": id}).json()["path"])

    def holds(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.get("/v1/holds", headers=self.auth).json()
        return found

    def withdrawals(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._client.get("/v1/withdrawals", headers=self.auth).json()
        return found

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request with the key."""
        return self._client.request(method, path, headers=self.auth, **options)

    # After how long

    def pushed(self, case: str, act: Callable[[], Any], seen: Callable[[], bool]) -> Any:
        """Do something in the CMS, wait until readers see it, and note after how long; returns what `act` does."""
        polled, began = self.sources()[0]["asked"], time.monotonic()
        result = act()
        self.wait_for(seen, 10 * AT_ONCE)
        self.table.append((case, "push", f"{time.monotonic() - began:.2f} s"))
        assert self.sources()[0]["asked"] == polled, f"{case}: by a poll, not by a message"
        return result

    def polled(self, seen: Mapping[str, Callable[[], bool]]) -> None:
        """Poll until readers see all this, by case, and note after how many polls each of them."""
        began, waiting = time.monotonic(), dict(seen)
        for polls in range(1, POLLS + 1):
            self.poll()
            for case in [case for case, check in waiting.items() if check()]:
                seconds = time.monotonic() - began
                self.table.append(
                    (case, "poll", f"{polls} {'poll' if polls == 1 else 'polls'}, {seconds:.2f} s")
                )
                del waiting[case]
        assert not waiting, (
            f"not after {POLLS} polls: {list(waiting)}: {json.dumps(self.sources(), indent=1)}"
        )

    def show(self) -> None:
        """Print what was measured."""
        for case, way, text in self.table:
            print(f"  {case:34} {way:5} {text}")
