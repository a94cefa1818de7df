"""What each kind makes of a document: pairs of a document and of the articles and refusals that come of it.

A pair that changed on purpose is written anew with `RECIRC_WRITE_GOLDEN=1`, and read before it is committed.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from recirc.reading.rejections import Rejection
from recirc.settings import SourceEntry
from recirc.sources.finder import find
from recirc.sources.source import FetchResponse, PollState

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DOCUMENTS = sorted(path for path in GOLDEN.iterdir() if not path.name.endswith(".expected.json"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_golden(path: Path) -> None:
    address = f"https://source.example/{path.name}?key=22"

    def fetch(url: str, *, etag: str | None = None, last_modified: str | None = None) -> FetchResponse:
        assert (etag, last_modified) == (None, None)
        return FetchResponse(
            url=url, status=200, media_type="application/octet-stream", body=path.read_bytes()
        )

    source = find(SourceEntry(address=address, pages=False), fetch)
    state = PollState()
    found = list(source.poll(fetch, state, NOW))
    said: object = {
        "kind": source.kind,
        "wait_seconds": state.wait_seconds,
        "found": [f"refused: {each}" if isinstance(each, Rejection) else each.article for each in found],
    }
    said = msgspec.json.decode(msgspec.json.encode(said))
    expected = path.with_name(f"{path.name}.expected.json")
    if os.environ.get("RECIRC_WRITE_GOLDEN"):
        expected.write_bytes(msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n")
    assert said == msgspec.json.decode(expected.read_bytes())
