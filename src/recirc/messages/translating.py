"""For translators: the messages in the source, the catalogues of each language, and what a catalogue lacks."""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as Entry
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from recirc.messages.words import FOLDER as FOLDER
from recirc.messages.words import MAGIC

PACKAGE: Final = Path(__file__).parent.parent

_SPEAKS: Final = (b"from recirc.messages import", b'words.text("', b"words.text('")
"""What a module contains that has messages."""

_IN_PYTHON: Final[Mapping[str, Any]] = {
    "text": None, "message": None, "marked": None, "counted": (1, 2), "_of_last": (1, 2),
}  # fmt: skip
_IN_TEMPLATES: Final[Mapping[str, Any]] = {"_": None, "gettext": None, "ngettext": (1, 2)}

PLURALS: Final[Mapping[str, tuple[int, str]]] = {
    "ar": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
    "de": (2, "(n != 1)"),
    "es": (2, "(n != 1)"),
    "fr": (2, "(n > 1)"),
    "he": (3, "(n==1 ? 0 : n==2 ? 1 : 2)"),
    "it": (2, "(n != 1)"),
    "ja": (1, "0"),
    "nl": (2, "(n != 1)"),
    "pl": (3, "(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
    "pt_BR": (2, "(n > 1)"),
    "tr": (2, "(n != 1)"),
    "uk": (3, "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)"),
    "zh_Hans": (1, "0"),
}
"""Number of plural forms and the rule, by catalogue (CLDR's rules for whole numbers); of others Babel's own."""


class CatalogueStatus(NamedTuple):
    """What is wrong with a catalogue.

    Attributes:
        language: its name, as that of its file.
        messages, translated: numbers of messages.
        problems: in words, each with the message that it concerns.
        compiled: whether its compiled file is the one of its texts.
    """

    language: str
    messages: int
    translated: int
    problems: Sequence[str]
    compiled: bool

    @property
    def complete(self) -> bool:
        """Whether nothing is missing or wrong."""
        return self.translated == self.messages and not self.problems and self.compiled


def extracted() -> Catalog:
    """All messages of the package, in the order of their files."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for path in _sources():
        name, python = path.relative_to(PACKAGE).as_posix(), path.suffix == ".py"
        method, keywords = ("python", _IN_PYTHON) if python else ("jinja2.ext:babel_extract", _IN_TEMPLATES)
        options = {} if python else {"trimmed": "true", "silent": "false"}
        with path.open("rb") as file:
            for _, text, comments, _ in extract(method, file, keywords, ("for translators:",), options):
                found.add(text, locations=[(name, 0)], auto_comments=comments)
    return found


def _sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        written = path.read_bytes()
        if path.parent.name != "messages" and any(each in written for each in _SPEAKS):
            yield path
    yield from sorted(path for path in (PACKAGE / "web" / "templates").iterdir() if path.is_file())


def names(folder: Path = FOLDER) -> list[str]:
    """The catalogues, by the names of their files."""
    return sorted(path.stem for path in folder.glob("*.po"))


def read(name: str, folder: Path = FOLDER) -> Catalog:
    """A catalogue. Raises OSError where there is none."""
    with (folder / f"{name}.po").open("rb") as file:
        return read_po(file, locale=name)


def updated(name: str, source: Catalog, folder: Path = FOLDER) -> Catalog:
    """A catalogue with the messages of the source: new ones are empty, and those that are gone are gone."""
    old = {entry.id: entry for entry in read(name, folder)} if (folder / f"{name}.po").exists() else {}
    by_text = {_key(id_): entry for id_, entry in old.items()}
    made = Catalog(locale=name, charset="utf-8", fuzzy=False)
    number, rule = _plural(name)
    made.mime_headers = [("Plural-Forms", f"nplurals={number}; plural={rule};")]
    for entry in source:
        if not entry.id:
            continue
        kept = by_text.get(_key(entry.id))
        text = (
            kept.string
            if kept is not None and isinstance(kept.id, tuple) == isinstance(entry.id, tuple)
            else None
        )
        if isinstance(entry.id, tuple) and not text:
            text = ("",) * _plural(name)[0]
        made.add(entry.id, text or "", entry.locations, auto_comments=entry.auto_comments)
    return made


def _key(id_: Any) -> str:
    return str(id_[0] if isinstance(id_, (tuple, list)) else id_)


def _plural(name: str) -> tuple[int, str]:
    """Number and rule of the plural forms of a catalogue."""
    if name in PLURALS:
        return PLURALS[name]
    known = Catalog(locale=name)
    return known.num_plurals, known.plural_expr


def written(catalogue: Catalog) -> bytes:
    """The text of a catalogue: the same for the same messages, without dates and line numbers."""
    out = BytesIO()
    write_po(out, catalogue, width=100, no_location=False, omit_header=True, include_lineno=False)
    name = str(catalogue.locale_identifier or "")
    lines = _header_lines(name) if name else ("Content-Type: text/plain; charset=utf-8",)
    header = 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines)
    return header.encode() + b"\n" + out.getvalue().lstrip(b"\n")


def _header_lines(name: str) -> tuple[str, ...]:
    number, rule = _plural(name)
    return (
        f"Language: {name}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={number}; plural={rule};",
    )


def compiled(name: str, folder: Path = FOLDER) -> bytes:
    """The compiled form of a catalogue (GNU gettext's MO): its complete messages, as `words` reads them."""
    header = "".join(f"{line}\n" for line in _header_lines(name))
    texts = {"": header} | {
        "\0".join(_parts(entry.id)): "\0".join(_parts(entry.string))
        for entry in read(name, folder)
        if entry.id and _is_complete(entry)
    }
    return packed(texts)


def packed(texts: Mapping[str, str]) -> bytes:
    """An MO file.

    >>> from recirc.messages.words import read_catalogue
    >>> read_catalogue(packed({"": "h", "yes": "ja"}))
    {'': ('h',), 'yes': ('ja',)}
    """
    pairs = sorted((key.encode(), text.encode()) for key, text in texts.items())
    at = 28 + 16 * len(pairs)
    tables, content = list[bytes](), b""
    for column in (0, 1):
        for pair in pairs:
            tables.append(struct.pack("<2I", len(pair[column]), at + len(content)))
            content += pair[column] + b"\0"
    head = struct.pack("<7I", MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    return head + b"".join(tables) + content


def status(name: str, source: Catalog, folder: Path = FOLDER) -> CatalogueStatus:
    """What a catalogue lacks."""
    entries = {_key(entry.id): entry for entry in read(name, folder) if entry.id}
    wanted = [entry for entry in source if entry.id]
    problems = []
    translated = 0
    for entry in wanted:
        found = entries.get(_key(entry.id))
        if found is None or not _is_complete(found):
            continue
        translated += 1
        problems += [f"{_key(entry.id)!r}: {text}" for text in _wrong(entry, found, _plural(name)[0])]
    problems += [f"{key!r} is in no source" for key in entries.keys() - {_key(entry.id) for entry in wanted}]
    path = folder / f"{name}.mo"
    current = path.exists() and path.read_bytes() == compiled(name, folder)
    return CatalogueStatus(name, len(wanted), translated, problems, current)


def _wrong(entry: Entry, found: Entry, forms: int) -> Iterator[str]:
    source, texts = _parts(entry.id), _parts(found.string)
    if len(source) > 1 and len(texts) != forms:
        yield f"it has {len(texts)} forms instead of {forms}"
    for text in texts:
        for kind, pattern in (("places", _PLACE), ("tags", _TAG)):
            has, needs = sorted(pattern.findall(text)), sorted(pattern.findall(source[-1]))
            # "1 article" may be said without the number; a form for exactly one or two as well.
            if has != needs and not (len(source) > 1 and has == [each for each in needs if each != "n"]):
                yield f"the {kind} of {text!r} are {', '.join(has)} instead of {', '.join(needs)}"


_PLACE: Final = re.compile(r"%\((\w+)\)s")
_TAG: Final = re.compile(r"<[^>]*>")


def _parts(text: Any) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text),)


def _is_complete(entry: Entry) -> bool:
    return all(_parts(entry.string)) and not entry.fuzzy
