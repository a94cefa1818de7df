"""An answer is read whatever its header says of its coding, within the same bounds."""

import gzip
import random

import brotli
import pytest
import zstandard
from fetching_servers import HURRIED, Handler, Names, reply, serving
from msgspec.structs import replace

from recirc.settings import SourcesSettings
from recirc.sources.fetching import Fetcher
from recirc.sources.source import FetchError, FetchResponse


def fetched(handler: Handler, settings: SourcesSettings = HURRIED) -> FetchResponse:
    with serving({"/": handler}) as server, Fetcher(settings, resolve=Names()) as fetch:
        return fetch(server.url())


def refused(handler: Handler, settings: SourcesSettings = HURRIED) -> FetchError:
    with pytest.raises(FetchError) as error:
        fetched(handler, settings)
    return error.value


_NOISE = random.Random(7).randbytes(300_000)
_DAMAGED = gzip.compress(_NOISE)[:200_000] + b"damage" + gzip.compress(_NOISE)[200_006:]
_TEXT = b"<rss version='2.0'>the same again " * 5_000


@pytest.mark.parametrize(
    ("sent", "encoding"),
    [
        (brotli.compress(_TEXT), "br"),
        (zstandard.compress(_TEXT), "zstd"),
        (gzip.compress(gzip.compress(_TEXT)), "gzip, gzip"),
        (gzip.compress(gzip.compress(_TEXT)), "gzip"),
        (gzip.compress(_TEXT), "gzip, gzip"),
        (brotli.compress(gzip.compress(_TEXT)), "gzip,br"),
        (gzip.compress(_TEXT), ""),
        (zstandard.compress(_TEXT), "none"),
        *((_TEXT, name) for name in ("gzip", "deflate", "br", "zstd", "gzip, br", "x-gzip", "")),
        *(
            (_TEXT, name)
            for name in ("UTF-8", "none", "identity", "aws-chunked", "binary", "compress", "dcb")
        ),
        (gzip.compress(_TEXT), "aws-chunked,gzip"),
        (b"x plain text", "deflate"),
    ],
)
def test_an_answer_is_read_whatever_its_header_says_of_its_coding(sent: bytes, encoding: str) -> None:
    wanted = sent if sent == b"x plain text" else _TEXT
    assert fetched(reply(sent, Content_Encoding=encoding)).body == wanted


@pytest.mark.parametrize(
    "packed", [brotli.compress(bytes(200_000_000)), zstandard.compress(bytes(200_000_000))]
)
def test_other_bombs_are_bounded(packed: bytes) -> None:
    name = "zstd" if packed[:4] == b"\x28\xb5\x2f\xfd" else "br"
    error = refused(reply(packed, Content_Encoding=name), replace(HURRIED, most_bytes=1_000_000))
    assert "larger than 1,000,000 bytes" in str(error)


@pytest.mark.parametrize(
    ("sent", "encoding", "words"),
    [
        (_DAMAGED, "gzip", "damaged"),
        (brotli.compress(_NOISE)[:-9], "br", "breaks off"),
        (zstandard.compress(_NOISE)[:-9], "zstd", "breaks off"),
    ],
)
def test_what_is_broken_is_said_to_be(sent: bytes, encoding: str, words: str) -> None:
    assert words in str(refused(reply(sent, Content_Encoding=encoding)))
