import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from recirc.settings import Settings, SettingsError, TopicsSettings, description, document, entry_of, load

MACHINES = "[order]\nengine = 'postgresql'\naddress = 'host=db'\n"
BRAND = '[[brands.list]]\nname = "Ebb"\nhosts = ["ebb.example"]\n'
DOCS = Path(__file__).resolve().parent.parent / "docs" / "settings.md"


def _file(folder: Path, text: str) -> Path:
    path = folder / "recirc.toml"
    path.write_text(text)
    return path


def test_the_document_of_all_settings_is_a_settings_file_that_says_the_same() -> None:
    assert msgspec.convert(tomllib.loads(document(Settings())), Settings) == Settings()


def test_a_list_of_tables_is_written_as_it_is_read(tmp_path: Path) -> None:
    text = """
[[sources.list]]
address = "https://tide.example/feed?a=1"
every_seconds = 60
pages = false

[[sources.list]]
address = 'C:\\wire "in"'
section = "coast"
"""
    settings = load(_file(tmp_path, text), {})
    assert [entry.address for entry in settings.sources.list] == [
        "https://tide.example/feed?a=1",
        'C:\\wire "in"',
    ]
    assert settings.sources.list[0].every_seconds == 60.0
    written = _file(tmp_path, document(settings))
    assert load(written, {}) == settings
    assert "list = []" in document(Settings())


def test_every_setting_is_described_and_documented() -> None:
    documented = DOCS.read_text("utf-8")
    for table in msgspec.structs.fields(Settings):
        for field in msgspec.structs.fields(table.type):
            assert description(field.type), f"{table.name}.{field.name}"
            entry = entry_of(field.type)
            for each in msgspec.structs.fields(entry) if entry else ():
                assert description(each.type), f"{table.name}.{field.name}: {each.name}"
    assert document(Settings()) in documented, (
        "run: recirc settings, and put what it prints into docs/settings.md"
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = _file(tmp_path, "[server]\nport = 8001\nworkers = 2\n")
    found = load(path, {"RECIRC_SERVER__PORT": "8002", "RECIRC_SITE__SECTIONS": '["town", "sport"]'})
    assert (found.server.port, found.server.workers) == (8002, 2)
    assert found.site.sections == ("town", "sport")


@pytest.mark.parametrize(
    ("text", "environment", "told"),
    [
        ("[server]\nprot = 1\n", {}, "unknown setting 'server.prot': did you mean 'port'?"),
        ("[sever]\nport = 1\n", {}, "unknown setting 'sever': did you mean 'server'?"),
        ("server = 1\n", {}, "'server' is a table, not 1"),
        ("[server]\nport = 0\n", {}, "server.port"),
        ("[server]\nport = \n", {}, "not a TOML file"),
        ("", {"RECIRC_SERVER__PROT": "1"}, "environment: unknown setting 'server.prot'"),
        ("", {"RECIRC_SERVER__PORT": "many"}, "server.port"),
        ("", {"RECIRC_PORT": "1"}, "RECIRC_PORT names no setting"),
        ("", {"RECIRC_SITE__SECTIONS": "[town"}, "RECIRC_SITE__SECTIONS"),
        ("[learning]\nhalf_lives = [60.0, 30.0]\n", {}, "must be positive and rising"),
        ("[learning]\ncontext_half_lives = [0.0]\n", {}, "'learning.context_half_lives' must be positive"),
        ("[recommending]\nhalf_life = 6\n", {}, "there are only 6 half-lives"),
        ("[[sources.list]]\naddres = 'x'\n", {}, "'sources.list[0].addres': did you mean 'address'?"),
        (
            "[sources.list]\naddress = 'x'\n",
            {},
            "'sources.list' is a list: write [[sources.list]], once for each",
        ),
        ("[[sources.list]]\nkind = 'feed'\n", {}, "'sources.list[0].address': it is missing"),
        ("[[sources.list]]\naddress = 'x'\nevery_seconds = 1\n", {}, ">= 10"),
        ("[[sources.list]]\naddress = 'x'\n[[sources.list]]\naddress = 'x'\n", {}, "names 'x' twice"),
        ("", {"RECIRC_SOURCES__LIST": '[{"address": "x", "sektion": "y"}]'}, "did you mean 'section'?"),
        ('name = "x"\n', {}, "unknown setting 'name': it belongs under [site]"),
        ("[site]\nport = 8001\n", {}, "unknown setting 'site.port': it belongs under [server]"),
        (
            '[site]\nreactions = ["sad"]\n',
            {},
            "'site.reactions[0]': it must be 'well-told', 'useful', 'moving' or",
        ),
        ('[provenance]\ncopies = "x"\n', {}, "it must be 'attribute', 'list' or 'refuse', not 'x'"),
        (
            '[site]\nsections = "town"\n',
            {},
            '\'site.sections\': a list is needed, not a text; write ["one", "two"]',
        ),
        ("[site]\nname = 7\n", {}, "'site.name': a text is needed, not a whole number"),
        ('[site]\nurl = "tide.example"\n', {}, "with its scheme, such as 'https://tide.example'"),
        ('[site]\nurl = "https://"\n', {}, "'site.url' is 'https://', which is no web address"),
        (
            '[site]\nlanguage = "English"\n',
            {},
            "'site.language' is 'English', which is no code of a language",
        ),
        ('[site]\nsections = ["town", " "]\n', {}, "'site.sections' has a section without a name"),
        (f'{BRAND}url = "ebb.example"\n', {}, "'brands.list[0].url' is 'ebb.example'"),
        (f'{BRAND}language = "de_DE"\n', {}, "'brands.list[0].language' is 'de_DE'"),
        (
            '[[sources.list]]\naddress = "x"\nlanguage = "Deutsch"\n',
            {},
            "'sources.list[0].language' is 'Deutsch'",
        ),
        (f"{MACHINES}[store]\narchive = '/srv/log'\n", {}, "set 'store.archive_shared'"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, environment: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=r".") as error:
        load(_file(tmp_path, text), environment)
    assert told in str(error.value)


def test_several_machines_archive_to_what_they_share(tmp_path: Path) -> None:
    for text in ("archive = 's3://news/log'", "archive = '/net/log'\narchive_shared = true"):
        assert load(_file(tmp_path, f"{MACHINES}[store]\n{text}\n"), {}).store.archive
    assert load(_file(tmp_path, "[store]\narchive = '/srv/log'\n"), {}).store.archive == "/srv/log"


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path / "missing.toml", {})


def test_other_programs_variables_are_left_alone(tmp_path: Path) -> None:
    environment: dict[str, Any] = {"RECIRCULATE": "x", "PATH": "/bin"}
    beside = TopicsSettings(file=str(tmp_path / "topics.toml"))
    assert load(_file(tmp_path, ""), environment) == Settings(topics=beside)


def test_a_wrong_value_is_said_to_be_where_it_is(tmp_path: Path) -> None:
    file = tmp_path / "recirc.toml"
    file.write_text("[server]\nport = 8001\n")
    with pytest.raises(SettingsError, match=r"^environment: .*as in JSON"):
        load(file, {"RECIRC_SOURCES__PRIVATE_HOSTS": "127.0.0.1"})
    file.write_text("[server]\nport = 'x'\n")
    with pytest.raises(SettingsError, match=r"recirc\.toml: "):
        load(file, {})


def test_old_names_are_read_with_a_warning_that_names_the_new_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = '[guests]\norigins = ["https://blog.example"]\n[recommending]\nhanded = 77\n[training]\ncut = 9\n'
    found = load(_file(tmp_path, text), {"RECIRC_TRAINING__LEAF_EXAMPLES": "33"})
    assert found.embed.origins == ("https://blog.example",)
    assert found.recommending.rerank_candidates == 77
    assert (found.training.lambdarank_truncation, found.training.min_data_in_leaf) == (9, 33)
    assert "'recommending.handed' is now called 'recommending.rerank_candidates'" in caplog.text
    assert "RECIRC_TRAINING__LEAF_EXAMPLES: the setting 'training.leaf_examples' is now" in caplog.text


def test_an_old_name_beside_its_new_one_is_refused(tmp_path: Path) -> None:
    text = "[recommending]\nhanded = 77\nrerank_candidates = 60\n"
    with pytest.raises(SettingsError, match=r"remove 'recommending\.handed'"):
        load(_file(tmp_path, text), {})


def test_the_file_of_names_is_looked_for_beside_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    path = _file(tmp_path, '[topics]\nfile = "names/own.toml"\n')
    assert load(path, {}).topics.file == str(tmp_path / "names" / "own.toml")
    assert load(path, {"RECIRC_TOPICS__FILE": "own.toml"}).topics.file == "own.toml"
    assert load(_file(tmp_path, '[topics]\nfile = "/etc/own.toml"\n'), {}).topics.file == "/etc/own.toml"
    assert load(_file(tmp_path, ""), {}).topics.file == str(tmp_path / "topics.toml")
    assert load(environment={}).topics.file == "topics.toml"
