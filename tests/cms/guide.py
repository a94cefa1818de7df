"""The commands of a guide in `docs/`, run as they stand there."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from newspaper import Newspaper

ROOT = Path(__file__).parents[2]
SITE = "https://www.paper.example"
"""The site in the guides."""


class GuideOutput(NamedTuple):
    """What the commands printed: all of it, the webhook's path, the site key."""

    text: str
    hook: str
    key: str


def section(page: str, heading: str) -> str:
    """A section of a page in `docs/`."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return text.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def follow(text: str, newspaper: Newspaper, site: str, words: Mapping[str, str]) -> GuideOutput:
    """Run each line that begins with `$` in the newspaper's folder, with the site's real address and `words` for those
    that stand for something.
    """
    commands = re.findall(r"^ +\$ (.*)$", text, re.MULTILINE)
    assert commands
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    output = ""
    for command in commands:
        for name, meant in {SITE: site, **words}.items():
            command = command.replace(name, meant)
        done = subprocess.run(
            command,
            shell=True,
            cwd=newspaper.database.parent,
            env={**newspaper.environment, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        output += done.stdout
    newspaper.wait_for(lambda: newspaper.sources()[0]["state"] != "waiting")
    hook, key = re.search(r"/v1/hooks/[\w.-]+", output), re.search(r"sk_[\w-]+", output)
    assert hook, output
    assert key, output
    return GuideOutput(output, hook[0], key[0])
