"""The examples of docs/client.md, run one after the other against a real server."""

import re
from pathlib import Path
from typing import Any

import pytest
from flaky_proxy import serving

from served import Server

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "client.md"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_examples_do_what_they_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(tmp_path) as server:
        _run(server, capsys)


def _run(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = BLOCK.findall(DOCUMENT.read_text("utf-8"))
    assert len(blocks) == 5
    names: dict[str, Any] = {"__name__": "example"}
    printed: list[str] = []
    for block in blocks:
        code = block.replace("https://news.example", server.address).replace("rk_…", server.key)
        exec(compile(code, str(DOCUMENT), "exec"), names)
        printed.append(capsys.readouterr().out)
        server.wait_folded()
    assert printed[1] == "['Ferry crews walk out as talks collapse']\n"
    assert printed[2] == "True\n"
    for block, out in zip(blocks, printed, strict=True):
        said = re.findall(r"print\(.*\)  # (.*)$", block, re.MULTILINE)
        if said:
            wanted = [line.replace("https://news.example", server.address).removesuffix("…") for line in said]
            assert [line.startswith(begin) for line, begin in zip(out.splitlines(), wanted, strict=True)] == [
                True
            ] * len(said), out
