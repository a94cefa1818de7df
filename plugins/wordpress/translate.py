"""Translations of the WordPress plug-in: the template of its texts, and the files that WordPress reads.

`python plugins/wordpress/translate.py` writes `languages/recirc.pot` from the texts in the plug-in, and beside each
`languages/recirc-LOCALE.po` the compiled `.mo`, and for each script of the editor a `.json` with the texts that it has.
`tests/cms/test_wordpress_texts.py` compares.
"""

import json
import re
import struct
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
LANGUAGES: Final = HERE / "languages"
HEADER: Final = (
    "Project-Id-Version: Recirc\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\nX-Domain: recirc\n"
)
_CALL: Final = re.compile(
    r"""(?:__|_e|esc_html__|esc_attr__|words)\(\s*'((?:[^'\\]|\\.)*)',\s*'recirc'\s*\)"""
)
_ENTRY: Final = re.compile(
    r'^msgid ((?:"(?:[^"\\]|\\.)*"\n)+)msgstr ((?:"(?:[^"\\]|\\.)*"\n?)+)', re.MULTILINE
)


def texts() -> dict[str, list[str]]:
    """Each text of the plug-in, and the files that have it."""
    found: dict[str, list[str]] = {}
    for path in sorted([*HERE.rglob("*.php"), *HERE.rglob("*.js")]):
        for text in _CALL.findall(path.read_text("utf-8")):
            places = found.setdefault(text.replace("\\'", "'"), [])
            name = str(path.relative_to(HERE))
            if name not in places:
                places.append(name)
    return found


def template() -> str:
    """The content of `recirc.pot`."""
    entries = [
        f'#: {" ".join(places)}\n{_flag(text)}msgid {_quoted(text)}\nmsgstr ""\n'
        for text, places in texts().items()
    ]
    header = "".join(f"{_quoted(line + chr(10))}\n" for line in HEADER.splitlines())
    return f'msgid ""\nmsgstr ""\n{header}\n' + "\n".join(entries)


def read(path: Path) -> dict[str, str]:
    """The texts of a `.po` file and their translations; the header has the text ""."""
    return {_plain(text): _plain(said) for text, said in _ENTRY.findall(path.read_text("utf-8"))}


def compiled(translations: dict[str, str]) -> bytes:
    """A `.mo` file (GNU gettext, "The Format of GNU MO Files")."""
    rows = sorted((text.encode(), said.encode()) for text, said in translations.items() if said)
    start = 28 + 16 * len(rows)
    tables: list[list[bytes]] = [[], []]
    content = b""
    for column in (0, 1):
        for row in rows:
            tables[column].append(struct.pack("<II", len(row[column]), start + len(content)))
            content += row[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, start)
    return head + b"".join(tables[0]) + b"".join(tables[1]) + content


def of_scripts(locale: str, translations: dict[str, str]) -> dict[str, str]:
    """By name of file, what scripts of the editor read in a language (Jed; named by the handle of the script)."""
    found: dict[str, dict[str, list[str]]] = {}
    for text, places in texts().items():
        for place in (Path(place) for place in places if place.endswith(".js")):
            found.setdefault(place.stem, {})[text] = [translations.get(text, "")]
    head = {"": {"domain": "recirc", "lang": locale}}
    return {
        f"recirc-{locale}-recirc-{stem}.json": json.dumps(
            {"domain": "recirc", "locale_data": {"recirc": {**head, **said}}}, ensure_ascii=False, indent=1
        )
        + "\n"
        for stem, said in found.items()
    }


def _flag(text: str) -> str:
    return "#, php-format\n" if "%s" in text else ""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _plain(lines: str) -> str:
    joined = "".join(line.strip()[1:-1] for line in lines.strip().splitlines())
    return joined.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


if __name__ == "__main__":
    (LANGUAGES / "recirc.pot").write_text(template(), "utf-8")
    for po in sorted(LANGUAGES.glob("*.po")):
        po.with_suffix(".mo").write_bytes(compiled(read(po)))
        for name, content in of_scripts(po.stem.removeprefix("recirc-"), read(po)).items():
            (LANGUAGES / name).write_text(content, "utf-8")
        missing = set(texts()) - set(read(po))
        print(po.name, f"{len(missing)} missing" if missing else "complete", *sorted(missing), sep="\n  ")
