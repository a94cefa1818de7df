"""What Gorse keeps: items and feedback, as its dashboard exports them.

Formats: JSON lines (`items.jsonl`, `feedback.jsonl`: objects of the types Item and Feedback in
https://gorse.io/docs/concepts/data-source, written by `master/rest.go` of gorse-io/gorse), and CSV of version 0.4 and
of the tables of its database (`item_id`, `is_hidden`, `categories`, `time_stamp`, `labels`, …). The binary dump for
restoring is not read.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from recirc.importers.dumps import (
    ChainedFiles,
    Dump,
    EventBuffer,
    Tell,
    csv_rows,
    files_in,
    header_of,
)
from recirc.reading.columns import EventChunk, EventRules, milliseconds
from recirc.reading.dates import moment
from recirc.reading.fields import MAX_BYTES, article_from
from recirc.reading.lines import NumberedLines, decoded
from recirc.reading.rejections import RejectedValueError, Rejection, shown
from recirc.types import Article, EventKind

ENDINGS: Final = (".jsonl", ".jsonl.gz", ".csv", ".csv.gz")
NAMES: Final[Mapping[str, str]] = {
    "itemid": "ItemId",
    "ishidden": "IsHidden",
    "categories": "Categories",
    "timestamp": "Timestamp",
    "labels": "Labels",
    "comment": "Comment",
    "description": "Comment",  # so the CSV of version 0.4
    "feedbacktype": "FeedbackType",
    "userid": "UserId",
}
"""Gorse's names in lower case and without underscores, as they are written in JSON."""

MAPPING: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("ItemId",),
    "headline": ("Labels.title", "Labels.headline", "Comment"),
    "body": ("Labels.body", "Labels.text"),
    "summary": ("Labels.summary", "Labels.description"),
    "section": ("Categories",),
    "topics": ("topics",),
    "authors": ("Labels.authors", "Labels.author"),
    "published": ("Timestamp",),
    "language": ("Labels.language",),
    "url": ("Labels.url",),
}
"""Where an article's fields are looked for in an item, where it is not under our own names."""

Objects: TypeAlias = Iterator[tuple[int, dict[str, Any]] | Rejection]
_FIELDS: Final = ("kind", "name", "article", "reader", "time")


class FeedbackMapping(NamedTuple):
    """What a type of feedback becomes: an event of this kind; None: nothing."""

    kind: EventKind | None
    name: str | None = None


MEANINGS: Final[Mapping[str, FeedbackMapping]] = {
    "read": FeedbackMapping(EventKind.VIEW),
    "view": FeedbackMapping(EventKind.VIEW),
    "click": FeedbackMapping(EventKind.VIEW),
    "impression": FeedbackMapping(EventKind.IMPRESSION),
    "share": FeedbackMapping(EventKind.SHARE),
}
"""Types of feedback that need no word from whoever imports them."""


def meanings_from(pairs: Sequence[str]) -> dict[str, FeedbackMapping]:
    """What `--feedback star=view --feedback like=reaction:well-told --feedback skip=nothing` asks for.

    Raises:
        Refused: a pair is not TYPE=KIND.

    >>> meanings_from(["like=reaction:well-told"])
    {'like': Meaning(kind=<Kind.REACTION: 'reaction'>, name='well-told')}
    """
    kinds: dict[str, EventKind | None] = {"nothing": None} | {kind.value: kind for kind in EventKind}
    meanings: dict[str, FeedbackMapping] = {}
    for pair in pairs:
        type_, _, written = pair.rpartition("=")
        kind, _, name = written.partition(":")
        if not type_ or kind not in kinds:
            raise RejectedValueError(
                "", f"{shown(pair)} is not of the form TYPE=KIND; kinds are {', '.join(kinds)}"
            )
        if (kind == EventKind.REACTION.value) != bool(name):
            raise RejectedValueError(
                "", f"{shown(pair)}: write a reaction as TYPE=reaction:NAME, and no other kind with a name"
            )
        meanings[type_] = FeedbackMapping(kinds[kind], name or None)
    return meanings


def open_dump(
    path: Path,
    rules: EventRules,
    *,
    mapping: Mapping[str, tuple[str, ...]] | None = None,
    meanings: Mapping[str, FeedbackMapping] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Dump:
    """Items and feedback of a folder, or of one file; which it is, the content tells. Users are not read.

    Args:
        path: where it is.
        rules: which events are taken.
        mapping: where fields of articles are found instead of in `MAPPING`.
        meanings: what types of feedback become, beside `MEANINGS`.
        max_bytes: longest body of an article, in bytes.

    Raises:
        Refused: there are neither items nor feedback.
    """
    kinds = {file: _kind_of(file) for file in files_in(path, ENDINGS)}
    items = [file for file, kind in kinds.items() if kind == "items"]
    feedback = [file for file, kind in kinds.items() if kind == "feedback"]
    if not items and not feedback:
        raise RejectedValueError(
            "", f"{path}: neither items (with ItemId) nor feedback (with FeedbackType) of Gorse are there"
        )
    left: Counter[str] = Counter()
    where, said = {**MAPPING, **(mapping or {})}, {**MEANINGS, **(meanings or {})}
    return Dump(
        ChainedFiles(items, lambda file, tell: _articles(_objects(file, tell), file, where, max_bytes, left))
        if items
        else None,
        ChainedFiles(feedback, lambda file, tell: _events(_objects(file, tell), file, rules, said, left))
        if feedback
        else None,
        lambda: [f"left out: {count:,} {what}" for what, count in left.items()],
    )


def _kind_of(file: Path) -> str:
    if ".csv" in file.suffixes:
        names = {_name(name) for name in header_of(file)}
    else:
        first = next(
            (line for line in NumberedLines(file, 4_000_000) if not isinstance(line, Rejection)), None
        )
        try:
            names = {_name(name) for name in decoded(first[1])} if first else set()
        except RejectedValueError:
            names = set()
    if {"FeedbackType", "UserId", "ItemId"} <= names:
        return "feedback"
    return "items" if "ItemId" in names else ""


def _name(written: str) -> str:
    return NAMES.get(written.replace("_", "").lower(), written)


def _objects(file: Path, tell: Tell) -> Objects:
    """The objects of a file, under Gorse's own names."""
    if ".csv" in file.suffixes:
        for row in csv_rows(file):
            yield row if isinstance(row, Rejection) else (row[0], {_name(n): v for n, v in row[1].items()})
        return
    lines = NumberedLines(file, 16_000_000)
    tell(lambda: lines.read_bytes)
    for line in lines:
        if isinstance(line, Rejection):
            yield line
            continue
        try:
            yield line[0], {_name(name): value for name, value in decoded(line[1]).items()}
        except RejectedValueError as refused:
            yield Rejection(line[0], refused.text, refused.field, file.name)


def _articles(
    objects: Objects, file: Path, mapping: Mapping[str, tuple[str, ...]], max_bytes: int, left: Counter[str]
) -> Iterator[Article | Rejection]:
    for found in objects:
        if isinstance(found, Rejection):
            yield found
            continue
        line, item = found
        if item.get("IsHidden") in (True, 1, "1", "true", "True", "TRUE"):
            left["hidden items"] += 1
            continue
        try:
            yield article_from(_row(item), source=f"file {file.name}", mapping=mapping, max_bytes=max_bytes)[
                0
            ]
        except RejectedValueError as refused:
            yield Rejection(line, refused.text, refused.field, file.name)


def _row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as an object that an article is read from: lists as lists, nothing where Gorse says nothing."""
    categories = _list(item.get("Categories"))
    labels = _labels(item.get("Labels"))
    row = item | {"Categories": categories, "Labels": labels, "topics": [*categories[1:], *_texts(labels)]}
    row["Timestamp"] = _known(item.get("Timestamp"))
    if not item.get("Comment"):
        row.pop("Comment", None)
    return row


def _known(time: object) -> object:
    """A moment, or None for Go's "no time at all"."""
    return None if isinstance(time, str) and (not time or time.startswith("0001-01-01")) else time


def _list(value: object) -> list[str]:
    """A list of texts, in CSV written as JSON or with bars between them."""
    if isinstance(value, str):
        value = _json(value) if value.startswith("[") else value.split("|")
    return [text for text in value if isinstance(text, str) and text] if isinstance(value, list) else []


def _labels(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _json(value) if value[:1] in ("[", "{") else value.split("|")


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _texts(labels: object) -> list[str]:
    """The lists of texts in labels; embeddings and other numbers are no topics."""
    if isinstance(labels, list):
        return _list(labels)
    if isinstance(labels, dict):
        return [text for name, value in labels.items() if name != "authors" for text in _list_only(value)]
    return []


def _list_only(value: object) -> list[str]:
    return _list(value) if isinstance(value, list) else []


def _events(
    objects: Objects,
    file: Path,
    rules: EventRules,
    meanings: Mapping[str, FeedbackMapping],
    left: Counter[str],
) -> Iterator[EventChunk]:
    gathered = EventBuffer(file.name, rules, _FIELDS)
    for found in objects:
        if isinstance(found, Rejection):
            gathered.refuse(found)
        else:
            line, feedback = found
            try:
                _add(gathered, line, feedback, meanings, left)
            except RejectedValueError as refused:
                gathered.refuse(Rejection(line, refused.text, refused.field, file.name))
        if gathered.full:
            yield from gathered.take()
    yield from gathered.take()


def _add(
    gathered: EventBuffer,
    line: int,
    feedback: dict[str, Any],
    meanings: Mapping[str, FeedbackMapping],
    left: Counter[str],
) -> None:
    texts = {name: feedback.get(name) for name in ("FeedbackType", "UserId", "ItemId")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise RejectedValueError(name, f'"{name}" is missing or no text: {shown(text)}')
    type_ = str(texts["FeedbackType"])
    meaning = meanings.get(type_)
    if meaning is None:
        raise RejectedValueError(
            "FeedbackType",
            f'"FeedbackType": nobody said what {shown(type_)} means here; add --feedback {type_}=KIND, '
            f"such as {type_}=view, {type_}=reaction:well-told or {type_}=nothing",
        )
    if meaning.kind is None:
        left[f"feedback {shown(type_)}"] += 1
        return
    when = _known(feedback.get("Timestamp"))
    if when is None:
        raise RejectedValueError("Timestamp", '"Timestamp" is missing: an event must say when it happened')
    time: datetime = moment(when, "Timestamp")
    gathered.add(line, meaning.kind.value, meaning.name, texts["ItemId"], texts["UserId"], milliseconds(time))
