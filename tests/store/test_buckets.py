"""Files, backups and pictures in a bucket, of a real server that speaks S3."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from store_samples import publication
from typer.testing import CliRunner

from recirc.buckets import PART, Bucket, BucketError
from recirc.cli import app, main
from recirc.media.storage import MediaBucket, open_media, remove_all
from recirc.store.commands import KeepPicture
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, Article, Picture, PictureFacts
from s3_server import BUCKET, s3_server
from served import free_port

NONE = np.zeros(0, RECORD)
KEY, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the server keeps the bucket's files."""
    with pytest.MonkeyPatch.context() as patch, s3_server(patch) as place:
        yield place


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_files_come_and_go(folder: Path) -> None:
    bucket = Bucket(f"s3://{BUCKET}/site/")
    assert bucket.get("a/one.txt") is None
    bucket.put("a/one.txt", b"one")
    bucket.put("a/one.txt", b"another")
    bucket.put("b/two.txt", b"two")
    assert (folder / "site" / "a" / "one.txt").read_bytes() == b"another"
    assert bucket.get("a/one.txt") == b"another"
    assert {each.name: each.size for each in bucket.files()} == {"a/one.txt": 7, "b/two.txt": 3}
    assert [each.name for each in bucket.files("b")] == ["b/two.txt"]
    bucket.remove(["a/one.txt", "never/there.txt"])
    assert [each.name for each in bucket.files()] == ["b/two.txt"]


@pytest.mark.usefixtures("folder")
def test_a_file_of_several_parts_arrives_whole(tmp_path: Path) -> None:
    bucket, content = Bucket(f"s3://{BUCKET}"), bytes(range(256)) * (2 * PART // 256 + 5)
    (tmp_path / "large").write_bytes(content)
    bucket.put("large", tmp_path / "large")
    told: list[int] = []
    bucket.download("large", tmp_path / "back", told.append)
    assert (tmp_path / "back").read_bytes() == content
    assert told == [PART, 2 * PART, len(content)]
    assert bucket.size("large") == len(content)
    assert bucket.size("none") is None
    assert b"".join(bucket.parts("large")) == content


@pytest.mark.usefixtures("folder")
def test_what_is_wrong_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BucketError, match="not the address of a bucket"):
        Bucket("s3://Upper_Case")
    with pytest.raises(BucketError, match="nothing is there"):
        Bucket(f"s3://{BUCKET}").download("none", tmp_path / "x", print)
    with pytest.raises(BucketError, match="there is no such bucket"):
        list(Bucket("s3://another").files())
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(BucketError, match="access is denied; see AWS_ACCESS_KEY_ID"):
        Bucket(f"s3://{BUCKET}").put("x", b"x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(BucketError, match=r"cannot be used .*see AWS_ENDPOINT_URL"):
        Bucket(f"s3://{BUCKET}").put("x", b"x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://files.example")
    with pytest.raises(BucketError, match="not encrypted"):
        Bucket(f"s3://{BUCKET}")


def test_a_backup_goes_into_a_bucket_and_comes_back(folder: Path, tmp_path: Path) -> None:
    path, there = str(tmp_path / "recirc.db"), f"s3://{BUCKET}/backups/"
    with SqliteStore(Path(path)) as store:
        store.append(NONE, [publication("a")]).result()
    told = json.loads(run("backup", there, "--db", path, "--json"))
    (made,) = (folder / "backups").iterdir()
    assert told["text"].endswith(f"to {there}{made.name}")
    assert told["articles"] == 1
    with SqliteStore(Path(path)) as store:
        store.append(NONE, [publication("b")]).result()
    back = json.loads(run("restore", f"{there}{made.name}", "--db", path, "--json"))
    assert back["articles"] == 1
    assert sorted(each.name for each in tmp_path.iterdir() if each.name.startswith(".")) == []
    named = f"{there}monday.db"
    run("backup", named, "--db", path)
    refused = CliRunner().invoke(app, ["backup", named, "--db", path])
    assert "a file is there already" in str(refused.exception)
    run("backup", named, "--overwrite", "--db", path)


def test_a_backup_that_was_damaged_on_its_way_is_not_restored(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.append(NONE, [publication("a")]).result()
    address = f"s3://{BUCKET}/copy.db"
    run("backup", address, "--db", str(path))
    kept = folder / "copy.db"
    content = bytearray(kept.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = bytes(4096)
    kept.write_bytes(content)
    refused = CliRunner().invoke(app, ["restore", address, "--db", str(path)])
    assert refused.exit_code != 0
    assert "damaged" in str(refused.exception)
    with SqliteStore(path) as store:
        assert store.find(["a"]).tolist() == [0]


@pytest.mark.usefixtures("folder")
def test_pictures_are_kept_in_a_bucket() -> None:
    storage = open_media(f"s3://{BUCKET}/media", "unused")
    assert isinstance(storage, MediaBucket)
    storage.put({f"{KEY}-320.webp": b"small", f"{KEY}-640.webp": b"large", f"{OTHER}-320.webp": b"other"})
    assert storage.written().keys() == {KEY, OTHER}
    assert storage.read(f"{KEY}-320.webp") == b"small"
    assert storage.read(f"{KEY}-960.webp") is None
    assert storage.read("../secret") is None
    assert storage.remove(KEY) == 2
    assert storage.read(f"{KEY}-320.webp") is None  # also not remembered
    assert storage.written().keys() == {OTHER}
    assert dict(storage.elsewhere()) == {f"s3://{BUCKET}/media/bb/{OTHER}-320.webp": b"other"}
    with pytest.raises(ValueError, match="not the name"):
        storage.put({"../x": b""})
    with pytest.raises(ValueError, match="not the key"):
        storage.remove("..")


def test_a_picture_whose_files_cannot_be_removed_now_is_left_to_the_sweep(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    storage = open_media(f"s3://{BUCKET}/media", "unused")
    storage.put({f"{KEY}-320.webp": b"small", f"{OTHER}-320.webp": b"other"})
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        assert remove_all(open_media(f"s3://{BUCKET}/media", "unused"), [KEY]) == 0
    assert KEY in caplog.text
    assert (folder / "media" / "aa" / f"{KEY}-320.webp").exists()
    assert remove_all(storage, [KEY]) == 1


@pytest.mark.usefixtures("folder")
def test_an_erasure_has_its_receipt_when_the_bucket_is_away(tmp_path: Path) -> None:
    path, receipt = tmp_path / "recirc.db", tmp_path / "receipt.json"
    with SqliteStore(path) as store:
        pictured = Article(
            id="a", headline="Ferry waits", pictures=(Picture(address="https://a.example/1.jpg"),)
        )
        store.append(NONE, [publication("a")._replace(article=pictured)]).result()
        facts = PictureFacts(key=KEY, width=4, height=3, widths=(320,), colour="#102030")
        store.keep_picture(KeepPicture("https://a.example/1.jpg", facts, 1)).result()
    open_media(f"s3://{BUCKET}/media", "unused").put({f"{KEY}-320.webp": b"small"})
    settings = tmp_path / "recirc.toml"
    settings.write_text(f'[store]\npath = "{path}"\n[media]\nfolder = "s3://{BUCKET}/media"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        run("erase", "article", "a", "--receipt", str(receipt), "--config", str(settings))
    assert "NOT CLEAN" in run("check", "--erased", str(receipt), "--config", str(settings), code=1)
    open_media(f"s3://{BUCKET}/media", "unused").remove(KEY)
    assert "clean:" in run("check", "--erased", str(receipt), "--config", str(settings))


def test_a_bucket_that_cannot_be_one_stops_the_start_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recirc.toml").write_text('[media]\nfolder = "s3://Not_One"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["recirc", "serve", "--port", str(free_port())])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "recirc: s3://Not_One: not the address of a bucket; write s3://BUCKET or s3://BUCKET/FOLDER\n"
    )
