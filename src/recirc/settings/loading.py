"""`recirc.toml` and the environment fill the tree in. A name that is not in it is refused, with the nearest that is."""

import copy
import difflib
import logging
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct, structs

from recirc.buckets import is_bucket
from recirc.settings.days import zone_named
from recirc.settings.description import SettingsError
from recirc.settings.document import entry_of
from recirc.settings.tree import Settings
from recirc.settings.values import check_values
from recirc.types.wrong_values import wrong_value

PREFIX = "RECIRC_"

RENAMED: Final[Mapping[str, str]] = {
    "guests": "embed",
    "recommending.handed": "recommending.rerank_candidates",
    "training.leaf_examples": "training.min_data_in_leaf",
    "training.cut": "training.lambdarank_truncation",
    "training.lists": "training.max_queries",
}
"""Old names of tables and settings, which are still read in this version, with a warning that names the new one."""

log = logging.getLogger("recirc.settings")


def load(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from a TOML file and from variables like `RECIRC_SERVER__PORT=8001`, which win.

    Without `path`, `recirc.toml` in the current folder is read if it is there.

    Raises:
        SettingsError: a name is unknown, a value impossible, or the file is not TOML or not there.
    """
    environment = os.environ if environment is None else environment
    where = path or Path("recirc.toml")
    tree: dict[str, Any] = {}
    if where.exists():
        try:
            tree = tomllib.loads(where.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{where}: not a TOML file: {error}") from None
    elif path is not None:
        raise SettingsError(f"{where}: no such file")
    _rename(tree, str(where))
    _check_names(tree, Settings, str(where), ())
    of_file = copy.deepcopy(tree)
    for name, text in sorted(environment.items()):
        if name.startswith(PREFIX):
            _put(tree, name, text)
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_impossible(error, of_file, where)) from None
    _check_together(settings, str(where))
    check_values(settings, str(where))
    if f"{PREFIX}TOPICS__FILE" in environment:
        return settings
    # As the file's author sees it, wherever the command is started; what the environment says is seen from there.
    names = str(where.parent / settings.topics.file)
    return structs.replace(settings, topics=structs.replace(settings.topics, file=names))


def _impossible(error: msgspec.ValidationError, of_file: dict[str, Any], where: Path) -> str:
    """What is wrong, and whether the file says it or the environment."""
    try:
        msgspec.convert(of_file, Settings, strict=False)
    except msgspec.ValidationError as in_file:
        return f"{where}: {_in_words(in_file)}"
    as_json = " as in JSON" if "Expected `array`" in str(error) else ""
    return f"environment: {_in_words(error)}{as_json}"


def _in_words(error: msgspec.ValidationError) -> str:
    field, text = wrong_value(error, Settings)
    example = '; write ["one", "two"]' if "Expected `array`" in str(error) else ""
    return f"'{field}': {text.replace('an object', 'a table')}{example}"


def _check_together(settings: Settings, where: str) -> None:
    addresses = [entry.address for entry in settings.sources.list]
    twice = next((address for address in addresses if addresses.count(address) > 1), None)
    if twice is not None:
        raise SettingsError(f"{where}: 'sources.list' names {twice!r} twice; leave one of them out")
    for given in settings.embed.origins:
        if origin_of(given) != given:
            raise SettingsError(
                f"{where}: 'embed.origins' has {given!r}, which is no origin; write scheme and host alone, in lower "
                f"case: {origin_of(given) or 'https://www.paper.example'!r}"
            )
    _check_brands(settings, where)
    for name, zone in (
        ("site.timezone", settings.site.timezone),
        *((f"timezone of {brand.name}", brand.timezone) for brand in settings.brands.list),
    ):
        try:
            zone_named(zone or "UTC")
        except SettingsError as error:
            raise SettingsError(f"{where}: {name!r}: {error}") from None
    if settings.order.engine != "local" and not settings.order.address:
        raise SettingsError(
            f"{where}: 'order.address' is missing; it says where the {settings.order.engine} database is"
        )
    _check_archive(settings, where)
    half_lives = settings.learning.half_lives
    for name in ("half_lives", "context_half_lives"):
        given = getattr(settings.learning, name)
        if list(given) != sorted(set(given)) or given[0] <= 0:
            raise SettingsError(f"{where}: 'learning.{name}' must be positive and rising: {given}")
    if settings.recommending.half_life >= len(half_lives):
        raise SettingsError(
            f"{where}: 'recommending.half_life' is {settings.recommending.half_life}, but there are only "
            f"{len(half_lives)} half-lives in 'learning.half_lives', counted from 0"
        )


def _check_archive(settings: Settings, where: str) -> None:
    archive = settings.store.archive
    if (
        archive
        and settings.order.engine != "local"
        and not (settings.store.archive_shared or is_bucket(archive))
    ):
        raise SettingsError(
            f"{where}: 'store.archive' is a folder, and of several machines now one and now another archives the log; "
            "name a bucket (s3://BUCKET/FOLDER), or a folder that all machines share, and set 'store.archive_shared'"
        )


def origin_of(address: str) -> str | None:
    """The origin of an address as browsers send it; None where it has none.

    >>> origin_of("HTTPS://www.Paper.example:443/news?page=2")
    'https://www.paper.example'
    >>> origin_of("paper.example") is None
    True
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _PORTS[parts.scheme]) else "")


_PORTS = {"http": 80, "https": 443}


def _check_brands(settings: Settings, where: str) -> None:
    hosts = [host.lower() for brand in settings.brands.list for host in brand.hosts]
    # As in addresses: "The-Tide" and "The Tide" would share theirs.
    names = [
        re.sub(r"[\W_]+", "-", name.lower()).strip("-")
        for name in (settings.site.name, *(brand.name for brand in settings.brands.list))
    ]
    same = next((name for name in names if names.count(name) > 1), None)
    if same is not None:
        raise SettingsError(f"{where}: two newspapers of 'site' and 'brands.list' are called {same!r}")
    twice = next((host for host in hosts if hosts.count(host) > 1), None)
    if twice is not None:
        raise SettingsError(
            f"{where}: 'brands.list' names the host {twice!r} twice; one newspaper answers at a host"
        )
    wrong = next((host for host in hosts if not _HOST.fullmatch(host)), None)
    if wrong is not None:
        raise SettingsError(
            f"{where}: 'brands.list' names {wrong!r}, which is no host; write it as 'news.example'"
        )
    for logo in (settings.site.logo, *(brand.logo for brand in settings.brands.list)):
        if logo and (Path(logo).suffix.lower() not in (".svg", ".png") or not Path(logo).is_file()):
            raise SettingsError(
                f"{where}: the logo {logo!r} is no SVG or PNG file; name one as seen from the folder {Path.cwd()}"
            )
    for name, colours in (
        ("site", settings.site.colours),
        *((brand.name, brand.colours) for brand in settings.brands.list),
    ):
        for colour, value in colours.items():
            if colour.removeprefix("dark-") not in COLOURS:
                raise SettingsError(
                    f"{where}: {colour!r} of {name!r} is no colour that pages have; known are {', '.join(COLOURS)}, "
                    "each also as 'dark-…'"
                )
            if not _COLOUR.fullmatch(value):
                raise SettingsError(
                    f"{where}: the colour {colour!r} of {name!r} is {value!r}; write it as '#9c2b1f'"
                )


COLOURS = ("paper", "tint", "ink", "soft", "line", "accent", "mark")
"""The colours of a page that a newspaper can set, for light and dark."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


def _put(tree: dict[str, Any], name: str, text: str) -> None:
    keys = name.removeprefix(PREFIX).lower().split("__")
    if len(keys) != 2:
        raise SettingsError(f"environment: {name} names no setting; write {PREFIX}TABLE__SETTING")
    try:
        nested: Any = msgspec.json.decode(text) if text.startswith("[") else text
    except msgspec.DecodeError as error:
        raise SettingsError(f"environment: {name} is not a list as in JSON: {error}") from None
    for key in reversed(keys):
        nested = {key: nested}
    _rename(nested, f"environment: {name}")
    (table_name, part), *_ = nested.items()
    keys = [table_name, *part]
    _check_names(nested, Settings, "environment", ())
    table = tree
    for key in keys[:-1]:
        table = table.setdefault(key, {})
        nested = nested[key]
    table[keys[-1]] = nested[keys[-1]]


def _rename(tree: dict[str, Any], where: str) -> None:
    """Move the value of an old name to the new name, in place.

    Raises:
        SettingsError: a setting is given under both names.
    """
    for old, new in RENAMED.items():
        (*old_path, old_name), (*new_path, new_name) = old.split("."), new.split(".")
        source = tree.get(old_path[0]) if old_path else tree
        if not isinstance(source, dict) or old_name not in source:
            continue
        target = tree.setdefault(new_path[0], {}) if new_path else tree
        if new_name in target:
            raise SettingsError(f"{where}: {old!r} is the old name of {new!r}; remove {old!r}")
        target[new_name] = source.pop(old_name)
        log.warning(
            "%s: the setting %r is now called %r; the old name will not be read for ever", where, old, new
        )


def _tables_with(name: str) -> list[str]:
    """The tables that have a setting of this name, as they are written."""
    return [
        f"[{table.name}]"
        for table in msgspec.structs.fields(Settings)
        if any(field.name == name for field in msgspec.structs.fields(table.type))
    ]


def _check_names(tree: Mapping[str, Any], kind: Any, where: str, path: tuple[str, ...]) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for name, value in tree.items():
        dotted = ".".join((*path, name))
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            tables = [] if isinstance(value, Mapping) else _tables_with(name)
            if near and not tables:
                hint = f"did you mean {near[0]!r}?"
            elif tables:
                hint = f"it belongs under {' or '.join(tables)}"
            else:
                hint = f"known are {', '.join(known)}"
            raise SettingsError(f"{where}: unknown setting {dotted!r}: {hint}")
        if isinstance(known[name], type) and issubclass(known[name], Struct):
            if not isinstance(value, Mapping):
                raise SettingsError(f"{where}: {dotted!r} is a table, not {value!r}")
            _check_names(value, known[name], where, (*path, name))
        entry = entry_of(known[name])
        if entry is not None:
            if isinstance(value, Mapping):
                raise SettingsError(f"{where}: {dotted!r} is a list: write [[{dotted}]], once for each")
            for place, each in enumerate(value if isinstance(value, (list, tuple)) else ()):
                if isinstance(each, Mapping):
                    _check_names(each, entry, where, (*path, f"{name}[{place}]"))
