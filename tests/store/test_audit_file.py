"""A day's counts can be checked by whoever has the file of `recirc audit export`, and by nothing that was changed."""

import io
import itertools
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store_samples import records
from test_decider import HOUR, MIDNIGHT, Line, append, lines, log_of
from typer.testing import CliRunner

from recirc.cli.main import app
from recirc.settings.days import bounds_of, day_of, zone_named
from recirc.store.apply import apply
from recirc.store.audit_check import verify
from recirc.store.audit_export import AuditDay, export, readers_of_articles
from recirc.store.audit_file import AuditError, chained_lines
from recirc.store.audit_networks import network_numbers
from recirc.store.commands import Intern, Selection, Void
from recirc.store.database import connect, prepare
from recirc.store.day_views import signs
from recirc.store.decider import Decider
from recirc.store.decisions import DAY, decided
from recirc.store.ports import StoreError
from recirc.store.sqlite import SqliteStore
from recirc.types import IN_DOUBT, RECORD, Decision, EntryKind, Exclusion, RecordArray, networks

RECEIVED = MIDNIGHT + 2_000 * DAY
ZONES = ("UTC", "Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns")


def wanted(time: int, zone: str = "UTC") -> AuditDay:
    return AuditDay("The Tide", day_of(time, zone_named(zone)), zone, RECEIVED)


@given(
    st.lists(lines, min_size=1, max_size=60),
    st.integers(1, 9),
    st.sampled_from(ZONES),
    st.sampled_from([None, Selection(reader=1), Selection(article=1), Selection(first=40, last=55)]),
    st.integers(0, 59),
)
@settings(max_examples=60, deadline=None)
def test_the_counts_of_any_day_follow_from_its_file(
    drawn: list[Line], size: int, zone: str, excluded: Selection | None, which: int
) -> None:
    with TemporaryDirectory() as folder, closing(_log(Path(folder), log_of(drawn), size)) as connection:
        if excluded is not None:
            try:
                apply(connection, Void("k", excluded, "ann", "a script", 1), Decider())
            except StoreError:  # it selects nothing
                excluded = None
        log = _kept(connection)
        day = wanted(int(log["time"][which % len(log)]), zone)
        begin, end = bounds_of(day.day, zone_named(zone))
        day_log = log[(log["time"] >= begin) & (log["time"] < end)]
        own = day_log[day_log["kind"] == EntryKind.VIEW]
        later = int((signs(day_log) & ((day_log["decision"] & Decision.NEW_READER) != 0)).sum())
        file = Path(folder) / "day.jsonl"
        if not len(own) and not later:
            with pytest.raises(StoreError, match="no view"):
                export(connection, day, file)
            return
        export(connection, day, file)
        found = verify(file)
    counted = own["excluded"] == 0
    assert found.totals.raw == len(own) == found.views
    assert found.totals.in_doubt == np.isin(own["excluded"], [int(each) for each in IN_DOUBT]).sum()
    assert found.totals.later == later
    assert found.totals.excluded + found.totals.in_doubt == (~counted).sum()
    assert found.totals.views == (counted & ((own["decision"] & Decision.COUNTED) != 0)).sum()
    assert found.totals.readers == later + ((own["decision"] & Decision.NEW_READER) != 0).sum()
    by_article = Counter(("a", "b", "c")[article] for article in own["article"].tolist())
    hours = Counter[str]()
    for each in found.counts:
        hours[each.article] += each.raw
    assert +hours == by_article
    assert len(found.header.exclusions) == (excluded is not None)


def test_nothing_in_it_links_the_readers_of_two_articles(tmp_path: Path) -> None:
    log = np.zeros(90, RECORD)
    log["kind"], log["source"], log["name"] = EntryKind.VIEW, -1, 255
    log["reader"], log["article"] = np.repeat(np.arange(1, 31), 3), np.tile([0, 1, 2], 30)
    log["id"], log["time"] = 1 + np.arange(90), MIDNIGHT + np.arange(90)
    with closing(_log(tmp_path, log, 90)) as connection:
        texts = []
        for name in ("one", "two"):
            export(connection, wanted(MIDNIGHT), tmp_path / name)
            texts.append((tmp_path / name).read_text("utf-8"))
    files = [[json.loads(line) for line in text.splitlines()[1:-1]] for text in texts]
    numbers = [[line["reader"] for line in file] for file in files]
    assert all(len(set(each)) == 90 for each in numbers), "one number for each reader and article"
    assert not set(numbers[0]) & set(numbers[1]), "another export has other numbers"
    order = [each["reader"] for each in sorted(files[0], key=lambda line: (line["article"], line["entry"]))]
    assert order != sorted(order), "the numbers are not in the order of the hashes"
    for reader in set(log["reader"].tolist()):
        assert not any(f'"reader":{reader},' in text for text in texts)


def test_one_reader_of_one_article_has_one_number() -> None:
    log = np.zeros(6, RECORD)
    log["reader"], log["visit"], log["id"] = [5, 5, 5, 0, 0, 0], [0, 7, 0, 7, 7, 0], np.arange(1, 7)
    log["article"] = [0, 0, 1, 0, 0, 0]
    found = readers_of_articles(log).tolist()
    assert found[0] == found[1] != found[2]
    assert found[3] == found[4] != found[5]
    assert len(set(found)) == 4


Lines = list[dict[str, Any]]


def _without(place: int) -> Callable[[Lines], None]:
    return lambda lines: lines.__delitem__(place)


def _with_twin(lines: Lines) -> None:
    lines.insert(8, dict(lines[7]))


def _swapped(lines: Lines) -> None:
    lines[6], lines[7] = lines[7], lines[6]


def _changed(field: str, value: Any) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        place = next(n for n in range(len(lines) - 2, 1, -1) if lines[n].get(field) != value)
        lines[place][field] = value

    return change


def _counts(lines: Lines) -> None:
    lines[-1]["counts"][0][-1] += 1


def _recounted(lines: Lines) -> None:
    """One view more of an invented reader, with counts that fit it."""
    twin = dict(lines[-2], entry=lines[-2]["entry"] + 1, reader=77, counts="reader")
    lines.insert(-1, twin)
    lines[-1]["views"] += 1
    mine = next(each for each in lines[-1]["counts"] if each[0] == twin["article"])
    for column in (2, 6, 8):
        mine[column] += 1


CHANGES: dict[str, Callable[[Lines], None]] = {
    "the first view is missing": _without(1),
    "one in the middle is missing": _without(9),
    "the last one is missing": _without(-2),
    "the counts are missing": _without(-1),
    "the header is missing": _without(0),
    "one is there twice": _with_twin,
    "two are swapped": _swapped,
    "another article": _changed("article", "b"),
    "another time": _changed("time", MIDNIGHT + 5 * HOUR),
    "another reader": _changed("reader", 7),
    "a repetition counts": _changed("counts", "reader"),
    "a reader does not count": _changed("counts", "repeated"),
    "a program was none": _changed("received", "bot"),
    "a page was asked for": _changed("confirmed", True),
    "other counts": _counts,
    "a view was invented": _recounted,
}


@pytest.mark.parametrize("hashed", [False, True], ids=["hashes as they were", "hashes made anew"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_was_changed_is_found_out(
    tmp_path: Path, change: Callable[[Lines], None], hashed: bool
) -> None:
    """Also by somebody who makes the hashes anew, except where everything else was made to fit: see the seal."""
    path = tmp_path / "day.jsonl"
    with closing(_log(tmp_path, _busy_day(), 7)) as connection:
        export(connection, wanted(MIDNIGHT), path)
    assert verify(path).totals.readers > 50
    with path.open("rb") as file:
        whole: Lines = [json.loads(body) for _, body in chained_lines(file)]
    old = [json.loads(line)["hash"] for line in path.read_text("utf-8").splitlines()]
    kept = dict(zip(map(json.dumps, whole), old, strict=True))
    change(whole)
    path.write_bytes(_chained(whole) if hashed else _with_hashes(whole, kept))
    with pytest.raises(AuditError, match="line "):
        verify(path)


def test_the_seal_is_the_same_in_every_export_and_no_exclusion_changes_it(tmp_path: Path) -> None:
    with closing(_log(tmp_path, _busy_day(), 7)) as connection:
        seals = []
        for _ in range(2):
            export(connection, wanted(MIDNIGHT), tmp_path / "day")
            seals.append(verify(tmp_path / "day").seal)
        apply(connection, Void("k", Selection(article=1), "ann", "a script", 1), Decider())
        export(connection, wanted(MIDNIGHT), tmp_path / "day")
        after = verify(tmp_path / "day")
    assert [after.seal, seals[0]] == [seals[1], seals[1]]
    assert after.totals.excluded > 0


def test_views_that_were_decided_by_other_rules_need_their_rules(tmp_path: Path) -> None:
    log = _busy_day()
    with closing(_log(tmp_path, log, 7)) as connection:
        other = wanted(MIDNIGHT)._replace(repeat_seconds=60.0)
        with pytest.raises(StoreError, match="--repeat-seconds"):
            export(connection, other, tmp_path / "day")
        export(connection, other._replace(repeat_seconds=1800.0), tmp_path / "day")


def test_the_commands(tmp_path: Path) -> None:
    path = tmp_path / "recirc.db"
    with SqliteStore(path) as store:
        store.intern(["a"])
        log = records(range(1, 9))
        log["kind"], log["time"] = EntryKind.VIEW, MIDNIGHT + 1000 * np.arange(8)
        store.append(log).result()
    run = CliRunner()
    file = tmp_path / "day.jsonl.gz"
    day = day_of(MIDNIGHT, zone_named("UTC")).isoformat()
    made = run.invoke(app, ["audit", "export", day, str(file), "--db", str(path)])
    assert made.exit_code == 0, made.output
    path.unlink()
    seen = run.invoke(app, ["audit", "verify", str(file), "--counts"])
    assert seen.exit_code == 0, seen.output
    assert "the counts follow from the 8 views" in seen.output
    assert "a\t0\t8\t0\t" in seen.output
    as_json = json.loads(run.invoke(app, ["audit", "verify", str(file), "--json"]).output)
    assert (as_json["raw"], as_json["day"]) == (8, day)
    file.write_bytes(file.read_bytes()[:-9])
    broken = run.invoke(app, ["audit", "verify", str(file)])
    assert broken.exit_code == 1
    assert "cannot be read" in broken.output


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_a_zone_follow_each_other_without_a_gap(zone: str) -> None:
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(366)]
    bounds = [bounds_of(day, zone_named(zone)) for day in days]
    assert all(end == begin for (_, end), (begin, _) in itertools.pairwise(bounds))
    assert all(day_of(begin, zone_named(zone)) == day for (begin, _), day in zip(bounds, days, strict=True))


def _busy_day() -> RecordArray:
    """Readers of three articles who come back, programs, and many of one article who asked for no page."""
    rng = np.random.default_rng(3)
    log = np.zeros(400, RECORD)
    log["kind"], log["source"], log["name"] = EntryKind.VIEW, -1, 255
    log["reader"], log["article"] = rng.integers(1, 90, 400), rng.integers(0, 3, 400)
    log["id"], log["time"] = 1 + np.arange(400), MIDNIGHT + np.arange(400) * 40_000
    log["excluded"] = np.where(rng.random(400) < 0.1, Exclusion.BOT, 0)
    log["decision"] = np.where(log["article"] < 2, Decision.CONFIRMED, 0)
    assert {Exclusion.UNCONFIRMED} < set(decided(log, 1800.0)["excluded"].tolist())
    return log


def _log(folder: Path, log: RecordArray, size: int) -> Any:
    path = folder / "log.db"
    prepare(path, 5.0)
    connection = connect(path, 5.0, writing=True)
    decider = Decider()
    apply(connection, Intern(("a", "b", "c")), decider)
    for start in range(0, len(log), size):
        append(connection, decider, log[start : start + size], RECEIVED)
    return connection


def _kept(connection: Any) -> RecordArray:
    blobs = connection.execute("SELECT records FROM log ORDER BY first").fetchall()
    return np.frombuffer(b"".join(blob for (blob,) in blobs), RECORD).copy()


def _chained(whole: Sequence[dict[str, Any]]) -> bytes:
    """The lines with hashes that follow from them, by the recipe of the documentation."""
    from hashlib import blake2b

    running, written = "0" * 32, io.BytesIO()
    for line in whole:
        body = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode()
        running = blake2b(running.encode() + body, digest_size=16).hexdigest()
        written.write(body[:-1] + f',"hash":"{running}"}}\n'.encode())
    return written.getvalue()


def _with_hashes(whole: Lines, kept: dict[str, str]) -> bytes:
    text = [
        json.dumps(dict(line, hash=kept.get(json.dumps(line), "0" * 32)), separators=(",", ":"))
        for line in whole
    ]
    return "\n".join([*text, ""]).encode()


def test_a_network_links_no_two_articles_unless_many_readers_share_it() -> None:
    """At each of two articles the same forty homes, each with a network of its own, and five pupils of one school."""
    made = np.zeros(90, RECORD)
    made["kind"], made["source"], made["name"] = EntryKind.VIEW, -1, 3
    made["reader"], made["article"] = np.tile(np.arange(1, 46), 2), np.repeat([0, 1], 45)
    made["decision"] = Decision.NEW_READER | Decision.COUNTED
    own = np.tile(np.concatenate([np.arange(100, 140), np.full(5, 7)]), 2)
    networks(made)[:] = own
    numbers = network_numbers(made)
    assert set(numbers.tolist()) <= set(range(1, 65_536))
    school = own == 7
    assert len(set(numbers[school].tolist())) == 1
    first, second = numbers[:40], numbers[45:85]
    assert len(set(first.tolist())) == len(set(second.tolist())) == 40
    assert (first == second).sum() <= 3, "the same number by chance alone"
    assert not set(numbers[~school].tolist()) & set(numbers[school].tolist())
    made["name"] = 255
    assert not network_numbers(made).any()


def test_signs_of_life_of_readers_sent_by_key_are_in_the_file(tmp_path: Path) -> None:
    """Whom holders of keys sent tells how many others are plausible: beside eighty, of forty without life nobody is."""
    sent = np.zeros(80, RECORD)
    sent["kind"], sent["source"], sent["name"] = EntryKind.VIEW, -1, 255
    sent["reader"] = sent["id"] = 1 + np.arange(80)
    sent["article"], sent["time"] = np.arange(80) % 2, MIDNIGHT + HOUR + np.arange(80)
    sent["decision"] = Decision.KEYED
    signs_of_life = sent.copy()
    signs_of_life["kind"], signs_of_life["id"] = EntryKind.READ, 1000 + np.arange(80)
    signs_of_life["time"] += 60_000
    strangers = sent[:40].copy()
    strangers["id"], strangers["reader"] = 2000 + np.arange(40), 3000 + np.arange(40)
    strangers["time"], strangers["decision"] = MIDNIGHT + 2 * HOUR + np.arange(40), 0
    log = np.concatenate([sent, signs_of_life, strangers])
    with closing(_log(tmp_path, log, 50)) as connection:
        export(connection, wanted(MIDNIGHT), tmp_path / "file")
    found = verify(tmp_path / "file")
    assert (found.totals.readers, found.totals.in_doubt) == (80, 40)
