"""Articles from files: good lines are kept whatever stands between them."""

import gzip
import json
from pathlib import Path

import pytest

from recirc.importers.article_files import ArticleFile
from recirc.reading.fields import MAX_BYTES, mapping_from
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.types import Article

DATA = Path(__file__).parents[3] / "shared/data"
REUTERS, HUFFPOST = DATA / "reuters/articles.jsonl.gz", DATA / "huffpost/news.jsonl.gz"


def row(number: int) -> bytes:
    return json.dumps({"id": f"a{number}", "headline": f"Headline {number}", "body": "word " * 50}).encode()


def outcome(path: Path, max_bytes: int = MAX_BYTES) -> list[str]:
    return [
        item.id if isinstance(item, Article) else str(item) for item in ArticleFile(path, max_bytes=max_bytes)
    ]


def test_bad_lines_are_named_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    lines = [
        b"\xef\xbb\xbf" + row(1),
        b'{"id": "x", "headline": }',
        b"",
        b'{"id": "caf\xe9"}',
        b"[1, 2]",
        b'{"id": "x", "headline": "H", "date": "yesterday"}',
        b'{"headline": "H"}',
        b"[" * 100_000,
        b'{"id": NaN}',
        b'{"id": "h\\ud83d"}',
        row(2) + b"\r",
        b"\x00\xff\x00",
        row(3),
    ]
    path.write_bytes(b"\n".join(lines))
    assert outcome(path) == [
        "a1",
        "articles.jsonl:2: column 25: not JSON: Expecting value",
        "articles.jsonl:4: column 12: not UTF-8: byte 0xe9",
        "articles.jsonl:5: the line is not a JSON object in braces: [1, 2]",
        'articles.jsonl:6: "date" is not a date: "yesterday"; '
        "write it as 2026-11-22T15:04:05Z, 2026-11-22 or seconds since 1970",
        'articles.jsonl:7: "id" is missing: each article needs an id that never changes',
        "articles.jsonl:8: the line is nested too deeply",
        "articles.jsonl:9: not JSON: NaN is not a number in JSON",
        'articles.jsonl:10: "id" has control characters or spaces at its ends: "h�"',
        "a2",
        "articles.jsonl:12: column 2: not UTF-8: byte 0xff",
        "a3",
    ]


def test_refusals_name_the_field(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(b'{"id": "x", "title": 5}')
    assert list(ArticleFile(path)) == [Rejection(1, '"title" is not text: 5', "title", "articles.jsonl")]


def test_long_lines_are_skipped_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(row(1) + b"\n" + b"x" * 5_000_000 + b"\n" + row(2))
    assert outcome(path, max_bytes=1000) == [
        "a1",
        "articles.jsonl.gz:2: the line is longer than 1,006,000 bytes",
        "a2",
    ]


def test_a_body_that_is_too_large_is_refused_and_the_rest_kept(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(
        json.dumps({"id": "big", "headline": "H", "body": "x" * 10_000_000}).encode() + b"\n" + row(2)
    )
    assert outcome(path) == [
        'articles.jsonl:1: "body" has 10,000,000 bytes; at most 2,000,000 are accepted',
        "a2",
    ]


def test_a_gzip_file_cut_short_keeps_all_before(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    whole = gzip.compress(b"\n".join(row(number) for number in range(5000)), 1)
    path.write_bytes(whole[: len(whole) // 2])
    *kept, last = outcome(path)
    assert len(kept) > 1000
    assert kept == [f"a{number}" for number in range(len(kept))]
    assert last == f"articles.jsonl.gz:{len(kept) + 1}: the gzip file is cut off here: it ends too early"


def test_a_damaged_gzip_file_keeps_all_before(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl.gz"
    whole = bytearray(gzip.compress(b"".join(row(number) + b"\n" for number in range(5000)), 1))
    whole[-8] ^= 255  # the checksum
    path.write_bytes(whole)
    *kept, last = outcome(path)
    assert len(kept) == 5000
    assert "articles.jsonl.gz:5001: the gzip file is damaged from here on: CRC check failed" in last


def test_progress_and_ignored_names(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_bytes(
        b"\n".join(
            json.dumps({"id": n, "headline": "H", "x": 1, "body": "y" * 900}).encode() for n in range(1000)
        )
    )
    articles = ArticleFile(path)
    assert articles.read_bytes == 0
    seen = [articles.read_bytes for _ in articles]
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] <= articles.read_bytes == articles.total_bytes == path.stat().st_size
    assert articles.ignored == {"x": 1000}


def test_an_empty_file_has_no_articles(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.touch()
    assert outcome(path) == []
    with pytest.raises(FileNotFoundError):
        ArticleFile(tmp_path / "absent.jsonl")


@pytest.mark.data
@pytest.mark.skipif(not REUTERS.exists(), reason="the Reuters articles are not here")
def test_reuters_as_it_is() -> None:
    file = ArticleFile(REUTERS)
    articles = [item for item in file if isinstance(item, Article)]
    assert len(articles) == len({article.id for article in articles}) == 14_000
    assert file.ignored == {"dateline": 14_000, "exchanges": 14_000}
    assert all(article.published and article.published.year == 1987 for article in articles)
    assert articles[1].headline == "STANDARD OIL <SRD> TO FORM FINANCIAL UNIT"
    assert "which also owns" in articles[1].body
    assert "&lt;BP&gt;" in articles[1].body
    assert articles[0].topics == ("cocoa", "el-salvador", "usa", "uruguay")


@pytest.mark.data
@pytest.mark.skipif(not HUFFPOST.exists(), reason="the HuffPost headlines are not here")
def test_huffpost_by_mapping() -> None:
    file = ArticleFile(HUFFPOST, mapping=mapping_from(["id=link", "summary=short_description"]))
    articles = list(file)
    assert all(isinstance(article, Article) for article in articles)
    assert len(articles) == 9_999
    assert not file.ignored


def test_a_parquet_file_is_no_file_of_articles(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1 and so on")
    with pytest.raises(RejectedValueError, match="recirc import events"):
        ArticleFile(path)
