"""Whether an installed Recirc works: `python tools/smoke.py RECIRC`, where RECIRC is the installed command.

Needs nothing but the standard library, so that any Python can run it beside any installation. It publishes a few
articles, folds some views of them, serves, and looks at shelves and front page, all by the command line and over HTTP:
modules may move as they like.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

TEXTS = {
    "ferry-strike": "Ferry crews walk out as wage talks collapse at the harbour; no boat to the island since six.",
    "ferry-talks": "Ferry crews and the harbour company return to wage talks; boats to the island may sail on Monday.",
    "school-roof": "The roof of the primary school is repaired before winter, the council decided on Thursday evening.",
    "chess-final": "A pupil of fourteen wins the county chess final after a long endgame with rook and pawn.",
    "whale": "A fin whale followed herring into the bay; biologists ask sailors to keep their distance.",
    "bakery": "The bakery on Mill Street passes into the hands of its eleven bakers and apprentices.",
}
READERS = 60
STARTING = 600.0  # seconds that a start may take: the first one compiles the hot loops


def main() -> None:
    """Install nothing, try everything; the first thing that is wrong ends it."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    recirc = sys.argv[1]
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_newspaper(folder)
        # Any folder but a checkout, and no settings of the caller: what is installed is what runs.
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RECIRC_")}
        environment["PYTHONPATH"] = ""
        for kind in ("articles", "events"):
            command = [recirc, "import", kind, f"{kind}.jsonl", "--db", "recirc.db"]
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [recirc, "serve", "--db", "recirc.db", "--port", str(port), "--workers", "1"]
        with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                look(f"http://127.0.0.1:{port}", server)
            finally:
                server.terminate()
    print(f"smoke: published, folded and served in {time.monotonic() - started:.0f} s")


def write_newspaper(folder: Path) -> None:
    """Articles of this morning, and views of the last half hour: all open the strike, half of them the talks."""
    now = datetime.now(UTC)
    articles = [
        {
            "id": name,
            "headline": text.partition(";")[0],
            "body": text,
            "published": (now - timedelta(hours=6)).isoformat(),
        }
        for name, text in TEXTS.items()
    ]
    views = []
    for reader in range(READERS):
        then = now - timedelta(minutes=30) + timedelta(seconds=20 * reader)
        opened = ["ferry-strike", *(["ferry-talks"] if reader % 2 else []), list(TEXTS)[2 + reader % 4]]
        views += [
            {
                "kind": "view",
                "article": name,
                "time": (then + timedelta(seconds=step)).isoformat(),
                "reader": f"r{reader}",
                "visit": f"v{reader}",
            }
            for step, name in enumerate(opened)
        ]
    for kind, lines in (("articles", articles), ("events", views)):
        (folder / f"{kind}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")


def look(base: str, server: "subprocess.Popen[bytes]") -> None:
    """Ask for the shelves and the pages of the newspaper at `base`."""
    give_up = time.monotonic() + STARTING
    while True:
        try:
            fetch(base + "/healthz")
            break
        except OSError as error:
            if server.poll() is not None or time.monotonic() > give_up:
                sys.exit(f"smoke: the server does not answer: {error}")
            time.sleep(0.2)  # a start takes seconds
    shelves: Any = json.loads(fetch(base + "/v1/shelves?article=school-roof&history=school-roof"))
    ranking = [item["article"] for item in shelves["ranking"]["items"]]
    expect(ranking[:1] == ["ferry-strike"], f"what all have read is not first in Ranking: {ranking}")
    shelves = json.loads(fetch(base + "/v1/shelves?article=ferry-strike&shelf=related"))
    related = [item["article"] for item in shelves["related"]["items"]]
    expect(related[:1] == ["ferry-talks"], f"the talks are not first in Related beside the strike: {related}")
    page = fetch(base + "/").decode()
    expect(TEXTS["ferry-strike"].partition(";")[0] in page, "the front page does not show the first article")
    used = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)[^"]*)"', page))
    expect(bool(used), "the front page names neither style nor script")
    for path in used:
        expect(len(fetch(base + path)) > 0, f"{path} is empty")


def fetch(address: str) -> bytes:
    """The body of an answer; anything but a success is an OSError."""
    with urllib.request.urlopen(address, timeout=30) as response:
        body: bytes = response.read()
        return body


def expect(right: bool, otherwise: str) -> None:
    """End with a message unless it is right."""
    if not right:
        sys.exit(f"smoke: {otherwise}")


if __name__ == "__main__":
    main()
