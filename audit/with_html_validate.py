"""html-validate on the pages as they are sent, before any script has run."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import HERE, Gate, Target, at_most, node, sent


def with_html_validate(targets: Sequence[Target], _: int) -> Iterator[Gate]:
    """No page may have an error; what counts as one is in .htmlvalidate.mjs."""
    with tempfile.TemporaryDirectory() as name:
        for target in targets:
            page = target.page
            file = Path(name) / f"{page.replace(' ', '-')}.html"
            file.write_text(sent(target))
            told = node(
                "html-validate/bin/html-validate.mjs", "--config", str(HERE / ".htmlvalidate.mjs"),
                "--formatter", "json", str(file),
            )  # fmt: skip
            wrong = [
                f"{message['line']}:{message['column']} {message['ruleId']}: {message['message']}"
                for result in json.loads(told)
                for message in result["messages"]
            ]
            yield at_most(page, "faults in the HTML", len(wrong), 0, wrong)
