import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from served import Server

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("contract"), settings={"RECIRC_INTAKE__REQUESTS_PER_MINUTE": "1000000"}
    )
    server.start()
    server.wait()
    articles = [
        {"id": "ferry-strike-7", "headline": "Ferry crews walk out", "section": "business"},
        {"id": "harbour-wall-2", "headline": "The wall", "section": "coast"},
    ]
    server.post("/v1/articles", articles)
    yield server
    server.stop()


@pytest.mark.parametrize("keyed", [False, True], ids=["without a key", "with a key"])
def test_the_server_does_what_its_openapi_document_says(server: Server, keyed: bool) -> None:
    """All checks and phases of schemathesis, with the project's own configuration."""
    result = subprocess.run(
        [
            sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()",
            "--config-file", str(ROOT / "schemathesis.toml"),
            "run", f"{server.address}/openapi.json",
            "--checks", "all", "--max-examples", "12", "--seed", "7", "--generation-database", "none",
            *(("--header", f"Authorization: Bearer {server.key}") if keyed else ()),
        ],
        capture_output=True, text=True, timeout=300, cwd=ROOT, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-16000:] + result.stderr[-2000:]
    assert "Traceback" not in server.log()
