"""Every catalogue is whole: each message in each plural form, with the places and tags of the English one."""

from pathlib import Path

import pytest
from babel import Locale
from typer.testing import CliRunner

from recirc.cli import app
from recirc.messages import Words, languages, words_in
from recirc.messages.message import counted, message
from recirc.messages.translating import (
    PLURALS,
    compiled,
    extracted,
    names,
    packed,
    read,
    status,
    updated,
    written,
)
from recirc.messages.words import read_catalogue

FOURTEEN = {"en", "de", "fr", "es", "pt-BR", "it", "nl", "pl", "uk", "tr", "ar", "he", "ja", "zh-Hans"}
SOURCE = extracted()


def test_there_are_fourteen_languages_and_the_source_has_messages_of_templates_and_code() -> None:
    assert set(languages()) == FOURTEEN
    texts = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in SOURCE}
    assert {
        "Skip to the content",
        "1 article",
        "More on this",
        "Popular so far",
        "1 day ago",
        "Not found",
    } <= texts


@pytest.mark.parametrize("name", names())
def test_a_catalogue_is_complete_right_and_compiled(name: str) -> None:
    found = status(name, SOURCE)
    assert found.problems == []
    assert found.translated == found.messages
    assert found.compiled, f"recirc messages compile {name}"


@pytest.mark.parametrize("name", names())
def test_the_plural_forms_are_those_of_the_language(name: str) -> None:
    """Numbers that CLDR treats alike have the same form, and each form has a number."""
    words, locale = words_in(name.replace("_", "-")), Locale.parse(name)
    forms: dict[str, set[int]] = {}
    for number in range(1000):
        forms.setdefault(locale.plural_form(number), set()).add(words.plural_index(number))
    assert all(len(found) == 1 for found in forms.values()), forms
    used = {index for found in forms.values() for index in found}
    assert used == set(range(PLURALS[name][0]))


@pytest.mark.parametrize("name", names())
def test_a_text_with_a_plural_is_said_in_the_language(name: str) -> None:
    words = words_in(name.replace("_", "-"))
    plurals = [entry.id for entry in SOURCE if isinstance(entry.id, tuple)]
    assert len(plurals) > 20
    assert {len(words.forms(*forms)) for forms in plurals} == {PLURALS[name][0]}


def test_without_a_translation_the_english_rule_holds() -> None:
    japanese = words_in("ja")
    assert [japanese.counted("1 gull", "%(n)s gulls", n) for n in (1, 2)] == ["1 gull", "2 gulls"]


def test_numbers_choose_the_form() -> None:
    days = {n: counted("1 day ago", "%(n)s days ago", n) for n in (1, 2, 3, 5, 11, 21, 100, 1234)}
    polish, arabic, ukrainian = words_in("pl"), words_in("ar"), words_in("uk")
    assert [polish.say(days[n]) for n in (1, 2, 5)] == ["1 dzień temu", "2 dni temu", "5 dni temu"]
    assert [arabic.say(days[n]) for n in (1, 2, 3, 11, 100)] == [
        "قبل يوم", "قبل يومين", "قبل 3 أيام", "قبل 11 يومًا", "قبل 100 يوم",
    ]  # fmt: skip
    assert [ukrainian.say(days[n]) for n in (1, 3, 11, 21)] == [
        "1 день тому", "3 дні тому", "11 днів тому", "21 день тому",
    ]  # fmt: skip
    assert words_in("de").say(days[1234]) == "vor 1.234 Tagen"


def test_a_foreign_name_in_a_sentence_from_right_to_left_is_isolated() -> None:
    said = words_in("ar").say(message("No section is called '%(name)s'.", name="Town"))
    assert "\u2068Town\u2069" in said
    assert "\u2068" not in words_in("de").say(message("No section is called '%(name)s'.", name="Town"))
    listed = words_in("he").list(["BBC", "NDR"])
    assert "\u2068BBC\u2069" in listed
    assert "\u2068NDR\u2069" in listed


def test_a_language_without_a_catalogue_speaks_english_and_writes_its_own_numbers() -> None:
    danish = Words("da")
    assert danish.catalogue == "en"
    assert danish.text("Most read") == "Most read"
    assert danish.number(12_345) == "12.345"


def test_the_status_names_what_is_wrong(tmp_path: Path) -> None:
    catalogue = read("de")
    for entry in catalogue:
        if entry.id == "Most read":
            entry.string = ""
        elif entry.id == "By %(authors)s":
            entry.string = "Von"
        elif isinstance(entry.id, tuple) and entry.id[0] == "1 outlet":
            entry.string = ("<b>1</b> Medium", "%(n)s Medien")
    (tmp_path / "de.po").write_bytes(written(catalogue))
    found = status("de", SOURCE, tmp_path)
    assert found.translated == found.messages - 1
    assert not found.compiled
    assert any("By %(authors)s" in text and "authors" in text for text in found.problems)
    assert any("<b>" in text for text in found.problems)
    assert not found.complete


def test_an_update_keeps_what_is_translated_and_is_the_same_when_repeated(tmp_path: Path) -> None:
    first = written(updated("fr", SOURCE))
    (tmp_path / "fr.po").write_bytes(first)
    assert written(updated("fr", SOURCE, tmp_path)) == first
    assert compiled("fr", tmp_path) == compiled("fr")


def test_the_commands_help_with_a_new_language(tmp_path: Path) -> None:
    run = CliRunner()
    told = run.invoke(app, ["messages", "update", "sv", "--folder", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert (tmp_path / "sv.po").read_text("utf-8").startswith('msgid ""\nmsgstr ""\n"Language: sv\\n"')
    told = run.invoke(app, ["messages", "status", "--folder", str(tmp_path)])
    assert told.exit_code == 1
    assert "sv: 0 of" in told.output
    assert run.invoke(app, ["messages", "compile", "--folder", str(tmp_path)]).exit_code == 0
    assert read_catalogue((tmp_path / "sv.mo").read_bytes()).keys() == {""}
    told = run.invoke(app, ["messages", "extract"])
    assert 'msgid "More on this"' in told.output


def test_a_damaged_file_is_refused() -> None:
    whole = packed({"": "h", "yes": "ja"})
    with pytest.raises(ValueError, match="no whole compiled catalogue"):
        read_catalogue(whole[:40])
    with pytest.raises(ValueError, match="no compiled catalogue"):
        read_catalogue(b"\0" * 64)
