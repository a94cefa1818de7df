"""`recirc erase author`, `topic` and `day` on real files: what was erased is in no byte, and all else goes on."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from recirc.cli import app
from recirc.cli.options import CommandError
from recirc.engine import Engine, Observation
from recirc.engine.checking import check_state
from recirc.settings import Settings, StoreSettings
from recirc.store.accounts import Account, Accounts
from recirc.store.actions import ActionTrail
from recirc.store.erased_names import UnsuitableNameError, erased_names, scanner_of
from recirc.store.ports import PublishOutcome, StoreError
from recirc.store.rules import Rule, RuleKind, RuleTarget, TargetKind
from recirc.store.sqlite import SqliteStore
from recirc.store.traces import ENCODINGS, encoded
from recirc.text.query import parse_query
from recirc.types import Article, Author, EntryKind, Event, EventKind, Exclusion, RecordArray, Request
from recirc.types.roles import Role

WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)
NOW = round(WHEN.timestamp() * 1000)
AUTHOR, TOPIC = "Quillon Öberg-Marsh", "Operation Zibbledick"


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, result.output
    return result.stdout


def refused(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, (CommandError, StoreError)), result.output
    return str(result.exception)


def stories() -> list[Article]:
    both = (Author(name=AUTHOR, biography=f"{AUTHOR} mends accordions."), Author(name="Una Pask"))
    return [
        Article(
            id="quay", headline="The quay at night", body=f"<p>By {AUTHOR.upper()}. {AUTHOR}s quay is dark.</p>",
            authors=both, topics=(TOPIC, "Harbours"), published=WHEN, language="en",
            url="https://paper.example/by/quillon-öberg-marsh/quay",
        ),
        Article(
            id="alone", headline="Nobody else wrote this", body="<p>It leaves at noon, or later, they said.</p>",
            authors=(Author(name=AUTHOR.lower()),), topics=(TOPIC,), published=WHEN, language="en",
        ),
        Article(
            id="ferry", headline="The ferry waits", body="<p>Una Pask saw it from the quay at noon.</p>",
            authors=(Author(name="Una Pask"),), topics=("Harbours",), published=WHEN, language="en",
        ),
    ]  # fmt: skip


def opened(path: Path) -> Engine:
    return Engine.open(replace(Settings(), store=StoreSettings(path=str(path))))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store in which the articles were published, corrected, read over two days, ruled on, and kept in a snapshot."""
    path = tmp_path / "folder" / "recirc.db"
    engine = opened(path)
    engine.publish(stories()).result()
    engine.publish([replace(stories()[0], summary=f"Told by {AUTHOR}.")]).result()
    run("backup", str(tmp_path / "early.db"), "--db", str(path))
    days = [WHEN - timedelta(days=1), WHEN]
    seen = [
        Observation(
            Event(kind=EventKind.VIEW, article=each, time=day + timedelta(minutes=reader), id=f"{each}{reader}{day}"),
            NOW + 3_600_000, 1_000_003 * (reader + 1) + day.day, 77 * (reader + 1), Exclusion.NONE, sender="feed",
        )
        for day in days for reader in range(5) for each in ("quay", "ferry")
    ]  # fmt: skip
    engine.observe(seen).result()
    engine.catch_up()
    engine.snapshot()
    rules = [(TargetKind.AUTHOR, AUTHOR), (TargetKind.TOPIC, TOPIC), (TargetKind.TOPIC, "Harbours")]
    for kind, value in rules:
        rule = Rule(kind=RuleKind.BURY, target=RuleTarget(kind, value), by="beth", reason=f"about {value}")
        engine.rules.add(rule, NOW)
    ActionTrail(path).note("beth", "editor", "correct", "quay", "", f"authors: {AUTHOR}, topics: {TOPIC}")
    engine.close()
    return path


def files_with(path: Path, text: str) -> list[str]:
    """Files in which a text stands, in any encoding and in capitals or not, by a search of its own."""
    found = []
    for file in sorted(path.parent.rglob("*")):
        content = file.read_bytes().lower() if file.is_file() else b""
        wanted = {encoded(form, each).lower() for form in (text, text.upper()) for each in ENCODINGS}
        found += [file.name] * any(each in content for each in wanted)
    return found


def erased(path: Path, *words: str) -> Path:
    receipt = path.parent.parent / f"{words[0]}.json"
    run("erase", *words, "--reason", "asked for", "--receipt", str(receipt), "--db", str(path))
    return receipt


def shown(path: Path, id_: str) -> Article:
    engine = opened(path)
    try:
        stored = engine.article(id_)
    finally:
        engine.close()
    assert stored is not None
    assert stored.article is not None
    return stored.article


def test_an_author_s_name_is_in_no_byte_of_any_file(path: Path) -> None:
    forms = (AUTHOR, "quillon-öberg-marsh", "quillon-oberg-marsh")
    assert files_with(path, AUTHOR)
    receipt = erased(path, "author", AUTHOR)
    assert [form for form in forms if files_with(path, form)] == []
    told = receipt.read_text("utf-8").lower()
    assert not any(form.lower() in told for form in (*forms, "quillon"))
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert "is sound" in run("check", "--db", str(path))
    assert "an author's name" in run("erase", "list", "--db", str(path))
    assert json.loads(receipt.read_text())["removed"] == {
        "actions": 1, "addresses": 1, "articles": 2, "log entries": 3, "rules": 2, "versions": 1
    }  # fmt: skip


def test_his_articles_stay_without_him_and_others_keep_their_names(path: Path) -> None:
    erased(path, "author", AUTHOR)
    quay, alone, ferry = (shown(path, id_) for id_ in ("quay", "alone", "ferry"))
    assert [author.name for author in quay.authors] == ["Una Pask"]
    assert quay.body == "<p>By […]. […] quay is dark.</p>"
    assert quay.summary == "Told by […]."
    assert alone.authors == ()
    assert ferry.body == "<p>Una Pask saw it from the quay at noon.</p>"
    engine = opened(path)
    try:
        assert [each.id for each in engine.listing(author=AUTHOR, limit=5).articles] == []
        assert len(engine.listing(author="Una Pask", limit=5).articles) == 2
        assert [each.rule.target.value for each in engine.rules.standing()] == [TOPIC, "Harbours"]
        assert engine.shelves(Request(article="ferry"), NOW + 7_200_000).shelves
    finally:
        engine.close()
    with SqliteStore(path) as store:
        assert store.search(parse_query("quillon"), 0, 5) == []
        assert len(store.search(parse_query("Pask"), 0, 5)) == 2


def test_the_name_does_not_come_back_with_what_a_source_sends_later(path: Path) -> None:
    erased(path, "author", AUTHOR)
    engine = opened(path)
    try:
        outcomes = engine.publish([stories()[0], replace(stories()[1], id="new")]).result().outcomes
        assert outcomes == (PublishOutcome.UPDATED, PublishOutcome.NEW)
        engine.life.hold(replace(stories()[1], id="held"), None, "later").result()
        kept = [engine.article(id_) for id_ in ("quay", "new")]
        names = [[author.name for author in each.article.authors] for each in kept if each and each.article]
        assert names == [["Una Pask"], []]
        assert [each.article.authors for each in engine.life.held()] == [()]
    finally:
        engine.close()
    assert files_with(path, AUTHOR) == []


def test_who_did_not_know_of_the_erasure_yet_is_told_to_decide_anew(path: Path) -> None:
    engine = opened(path)
    publication = engine._publication(replace(stories()[1], id="late"), None)
    engine.close()
    erased(path, "author", AUTHOR)
    with SqliteStore(path) as store:
        receipt = store.append(np.zeros(0, store.read(0, 1).records.dtype), [publication]).result()
    assert receipt.outcomes == (PublishOutcome.CONFLICT,)
    assert files_with(path, AUTHOR) == []


def test_a_backup_from_before_forgets_the_name_when_it_is_restored(path: Path, tmp_path: Path) -> None:
    receipt = erased(path, "author", AUTHOR)
    early = tmp_path / "early.db"
    assert files_with(tmp_path / "early.db", AUTHOR)
    run("restore", str(early), "--db", str(path))
    early.unlink()
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert shown(path, "alone").authors == ()
    lost = tmp_path / "elsewhere" / "recirc.db"
    lost.parent.mkdir()
    engine = opened(lost)
    engine.publish(stories()).result()
    run("backup", str(tmp_path / "other.db"), "--db", str(lost))
    engine.close()
    run("restore", str(tmp_path / "other.db"), "--db", str(lost), "--erased", str(receipt))
    assert shown(lost, "alone").authors == ()


def test_by_choice_a_name_leaves_bylines_alone(path: Path) -> None:
    receipt = erased(path, "author", AUTHOR, "--no-texts")
    quay = shown(path, "quay")
    assert [author.name for author in quay.authors] == ["Una Pask"]
    assert AUTHOR in quay.body
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))


def test_an_account_in_use_keeps_its_name(path: Path) -> None:
    accounts = Accounts(path)
    for name in (AUTHOR, "Beth"):
        accounts.add(Account(name=name, role=Role.ADMINISTRATOR, password="", created=0))
    ActionTrail(path).note(AUTHOR, "editor", "pin", "quay")
    assert "disable it first" in refused("erase", "author", AUTHOR, "--db", str(path))
    run("user", "disable", AUTHOR, "--db", str(path))
    receipt = erased(path, "author", AUTHOR)
    assert [each.account.name for each in accounts.all()] == ["Beth"]
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert files_with(path, AUTHOR) == []


def test_what_is_too_short_or_nowhere_is_refused_and_nothing_is_changed(path: Path) -> None:
    assert "fewer than 5 letters" in refused("erase", "author", "Li Wu", "--db", str(path))
    assert "nothing that is kept has the name" in refused(
        "erase", "author", "Nobody Atall", "--db", str(path)
    )
    assert "2026-11-30" in refused("erase", "day", "yesterday", "--db", str(path))
    assert "no event of 2020-01-01" in refused("erase", "day", "2020-01-01", "--db", str(path))
    assert "nothing was erased" in run("erase", "list", "--db", str(path))


def test_an_erased_topic_is_in_no_list_and_is_not_found_again(path: Path) -> None:
    receipt = erased(path, "topic", TOPIC)
    assert shown(path, "quay").topics == ("Harbours",)
    assert shown(path, "alone").topics == ()
    assert files_with(path, TOPIC) == []
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    engine = opened(path)
    try:
        engine.publish([replace(stories()[1], id="new")]).result()
        engine.catch_up()
        assert engine.listing(topic=TOPIC, limit=5).articles == ()
        assert [each.rule.target.value for each in engine.rules.standing()] == [AUTHOR, "Harbours"]
    finally:
        engine.close()


def test_a_topic_s_words_stay_in_texts_unless_they_are_named(path: Path) -> None:
    engine = opened(path)
    engine.publish([replace(stories()[1], body=f"<p>They called it {TOPIC}.</p>")]).result()
    engine.close()
    erased(path, "topic", TOPIC)
    assert TOPIC in shown(path, "alone").body
    receipt = path.parent.parent / "words.json"
    run("erase", "topic", TOPIC, "--texts", "--receipt", str(receipt), "--db", str(path))
    assert shown(path, "alone").body == "<p>They called it […].</p>"
    assert files_with(path, TOPIC) == []
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))


def records_of(path: Path) -> RecordArray:
    with SqliteStore(path) as store:
        return store.read(0, 10_000).records.copy()


def test_the_events_of_a_day_are_in_no_byte_of_any_file(path: Path) -> None:
    before = records_of(path)
    day = before[(before["kind"] == EntryKind.VIEW) & (before["time"] < NOW - 12 * 3_600_000)]
    assert len(day) == 10
    traces = [record.tobytes()[8:32] for record in day]  # time, reader, visit
    held = [file for file in path.parent.rglob("*") if file.is_file()]
    assert any(trace in file.read_bytes() for file in held for trace in traces)
    receipt = erased(path, "day", "2026-10-31")
    for file in path.parent.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert not [trace for trace in traces if trace in content], file
    assert json.loads(receipt.read_text())["events"] == 10
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    assert "is sound" in run("check", "--db", str(path))
    assert "events of 2026-10-31" in run("erase", "list", "--db", str(path))


def test_what_others_did_on_other_days_stays_and_counts(path: Path) -> None:
    before = records_of(path)
    erased(path, "day", "2026-10-31")
    after = records_of(path)
    assert len(before) == len(after)
    same = (before["time"] >= NOW - 12 * 3_600_000) | (before["kind"] != EntryKind.VIEW)
    assert before[same].tobytes() == after[same].tobytes()
    engine = opened(path)
    try:
        counts = engine.counts("quay", NOW + 7_200_000)
        assert (counts.views, counts.readers) == (5, 5)
        check_state(engine.settings, lambda _, __: None)
        # The same events, sent again, do not come back.
        again = Event(
            kind=EventKind.VIEW,
            article="quay",
            time=WHEN - timedelta(days=1),
            id=f"quay0{WHEN - timedelta(days=1)}",
        )
        receipt = engine.observe(
            [Observation(again, NOW + 3_600_000, 1_000_034, 77, Exclusion.NONE, sender="feed")]
        ).result()
        assert (receipt.accepted, receipt.duplicates) == (0, 1)
    finally:
        engine.close()
    key = re.findall(r"^(\w+)", run("erase", "list", "--db", str(path)))[0]
    assert "were erased" in refused("void", "undo", f"erasure-{key}", "--db", str(path))


def test_a_backup_from_before_forgets_the_day(path: Path, tmp_path: Path) -> None:
    run("backup", str(tmp_path / "full.db"), "--db", str(path))
    receipt = erased(path, "day", "2026-10-31")
    run("restore", str(tmp_path / "full.db"), "--db", str(path))
    (tmp_path / "full.db").unlink()
    for each in path.parent.glob("recirc.db.before*"):
        each.unlink()
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))
    after = records_of(path)
    assert (after["reader"] == 0).sum() >= 10


@pytest.mark.parametrize("name", ["Ana Lindqvist", "ÖZGÜR Ünal", "李小龙的名字", "O’Brien Smythe"])
def test_every_form_of_a_name_is_found_in_every_encoding(name: str) -> None:
    (known,) = erased_names("author", [name], texts=True)
    scanner = scanner_of(known)
    for form in (name, name.upper(), name.lower(), name.replace(" ", "&nbsp;"), name.replace(" ", "-")):
        for each in ENCODINGS:
            data = b"x" * 7 + encoded(f"{form} wrote", each)
            assert scanner.find(data), (form, each)
    assert not scanner.find(b"Somebody else wrote this, and nobody minds")
    assert scanner.without(f"So says {name}, again") == "So says […], again"


def test_a_name_within_another_word_stays_and_is_not_looked_for(path: Path) -> None:
    engine = opened(path)
    engine.publish(
        [Article(id="other", headline="Una Paskovitch wins", body="<p>She is somebody else.</p>")]
    ).result()
    engine.close()
    receipt = erased(path, "author", "Una Pask")
    assert shown(path, "other").headline == "Una Paskovitch wins"
    told = json.loads(receipt.read_text())
    assert told["shared_with"] == ["other"]
    assert "clean:" in run("check", "--erased", str(receipt), "--db", str(path))


def test_names_of_fewer_letters_are_refused() -> None:
    with pytest.raises(UnsuitableNameError, match="fewer than 5 letters"):
        erased_names("author", ["A. B."], texts=True)
