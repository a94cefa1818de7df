"""Items and feedback of Gorse, as its dashboard exports them.

Formats: JSON lines (`items.jsonl`, `feedback.jsonl`: objects of the types Item and Feedback in
https://gorse.io/docs/concepts/data-source, written by `master/rest.go` of gorse-io/gorse), and CSV of version 0.4 and
of the tables of its database (`item_id`, `is_hidden`, `categories`, `time_stamp`, `labels`, …). The binary dump for
restoring is not read.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

from typing_extensions import Doc

from recirc.importers.files import ChainedFiles, Progress, csv_header, csv_rows, files_in
from recirc.importers.importer import Dump, ImportContext, importer
from recirc.importers.rows import articles_from, events_from
from recirc.reading.columns import milliseconds
from recirc.reading.dates import moment
from recirc.reading.fields import article_from, mapping_from
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
    "description": "Comment",  # in the CSV of version 0.4
    "feedbacktype": "FeedbackType",
    "userid": "UserId",
}
"""Names in lower case and without underscores, to Gorse's names in JSON."""

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
"""The fields of an item that those of an article are read from."""


class FeedbackMapping(NamedTuple):
    """The kind of event that a type of feedback becomes, None: no event; and the name of a reaction."""

    kind: EventKind | None
    name: str | None = None


MEANINGS: Final[Mapping[str, FeedbackMapping]] = {
    "read": FeedbackMapping(EventKind.VIEW),
    "view": FeedbackMapping(EventKind.VIEW),
    "click": FeedbackMapping(EventKind.VIEW),
    "impression": FeedbackMapping(EventKind.IMPRESSION),
    "share": FeedbackMapping(EventKind.SHARE),
}
"""Types of feedback whose meaning needs no option."""


def meanings_from(pairs: Sequence[str]) -> dict[str, FeedbackMapping]:
    """The mappings of `--feedback star=view --feedback like=reaction:well-told --feedback skip=nothing`.

    Raises:
        RejectedValueError: a pair is not TYPE=KIND.

    >>> meanings_from(["like=reaction:well-told"])
    {'like': FeedbackMapping(kind=<EventKind.REACTION: 'reaction'>, name='well-told')}
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


Objects: TypeAlias = Iterator[tuple[int, dict[str, Any]] | Rejection]
_FIELDS: Final = ("kind", "name", "article", "reader", "time")


@importer("gorse")
def open_gorse(
    path: Path,
    context: ImportContext,
    *,
    map: Annotated[
        list[str] | None, Doc("FIELD=NAME: where to look for a field, such as headline=Labels.title.")
    ] = None,
    feedback: Annotated[
        list[str] | None, Doc("TYPE=KIND: what a type of feedback is, such as star=view.")
    ] = None,
) -> Dump:
    """Import items and feedback exported from Gorse; see docs/import.md.

    The content of each file tells whether it has items or feedback. Users are not read.

    Raises:
        RejectedValueError: there are neither items nor feedback.
    """
    fields = {**MAPPING, **mapping_from(map or [])}
    meanings = {**MEANINGS, **meanings_from(feedback or [])}
    kinds = {file: _kind_of(file) for file in files_in(path, ENDINGS)}
    item_files = [file for file, kind in kinds.items() if kind == "items"]
    feedback_files = [file for file, kind in kinds.items() if kind == "feedback"]
    if not item_files and not feedback_files:
        raise RejectedValueError(
            "", f"{path}: neither items (with ItemId) nor feedback (with FeedbackType) of Gorse are there"
        )
    left_out = Counter[str]()
    how = fields, context.max_bytes, left_out
    articles = ChainedFiles(
        item_files,
        lambda file, progress: articles_from(
            _objects(file, progress), file.name, lambda item: _article(item, file, *how)
        ),
    )
    events = ChainedFiles(
        feedback_files,
        lambda file, progress: events_from(
            _objects(file, progress),
            file.name,
            context.rules,
            _FIELDS,
            lambda row: _events(row, meanings, left_out),
        ),
    )
    return Dump(
        articles if item_files else None,
        events if feedback_files else None,
        lambda: [f"left out: {count:,} {what}" for what, count in left_out.items()],
    )


def _article(
    item: dict[str, Any],
    file: Path,
    mapping: Mapping[str, tuple[str, ...]],
    max_bytes: int,
    left_out: Counter[str],
) -> Article | None:
    if item.get("IsHidden") in (True, 1, "1", "true", "True", "TRUE"):
        left_out["hidden items"] += 1
        return None
    row, source = _article_row(item), f"file {file.name}"
    return article_from(row, source=source, mapping=mapping, max_bytes=max_bytes)[0]


def _kind_of(file: Path) -> str:
    if ".csv" in file.suffixes:
        names = {_name(name) for name in csv_header(file)}
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


def _objects(file: Path, progress: Progress) -> Objects:
    """The objects of a file, with Gorse's names of JSON."""
    if ".csv" in file.suffixes:
        for row in csv_rows(file):
            yield row if isinstance(row, Rejection) else (row[0], {_name(n): v for n, v in row[1].items()})
        return
    lines = NumberedLines(file, 16_000_000)
    progress(lambda: lines.read_bytes)
    for line in lines:
        if isinstance(line, Rejection):
            yield line
            continue
        try:
            yield line[0], {_name(name): value for name, value in decoded(line[1]).items()}
        except RejectedValueError as error:
            yield error.at(line[0], file.name)


def _article_row(item: dict[str, Any]) -> dict[str, Any]:
    """An item with the fields of `MAPPING`: lists as lists, None for missing values."""
    categories = _list(item.get("Categories"))
    labels = _labels(item.get("Labels"))
    row = item | {"Categories": categories, "Labels": labels, "topics": [*categories[1:], *_texts(labels)]}
    row["Timestamp"] = _known_time(item.get("Timestamp"))
    if not item.get("Comment"):
        row.pop("Comment", None)
    return row


def _known_time(time: object) -> object:
    """A moment, or None for Go's zero time."""
    return None if isinstance(time, str) and (not time or time.startswith("0001-01-01")) else time


def _list(value: object) -> list[str]:
    """A list of texts, which CSV has as JSON or separated by bars."""
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
    """All texts in lists of labels; embeddings and other numbers are not topics."""
    if isinstance(labels, list):
        return _list(labels)
    if isinstance(labels, dict):
        return [text for name, value in labels.items() if name != "authors" for text in _list_only(value)]
    return []


def _list_only(value: object) -> list[str]:
    return _list(value) if isinstance(value, list) else []


def _events(
    feedback: dict[str, Any], meanings: Mapping[str, FeedbackMapping], left_out: Counter[str]
) -> Iterator[tuple[Any, ...]]:
    """The event of a feedback, as values of `_FIELDS`; none where its type means nothing."""
    texts = {name: feedback.get(name) for name in ("FeedbackType", "UserId", "ItemId")}
    for name, text in texts.items():
        if not isinstance(text, str) or not text:
            raise RejectedValueError(name, f'"{name}" is missing or not text: {shown(text)}')
    type_ = str(texts["FeedbackType"])
    meaning = meanings.get(type_)
    if meaning is None:
        raise RejectedValueError(
            "FeedbackType",
            f'"FeedbackType": {shown(type_)} has no meaning here yet; add --feedback {type_}=KIND, '
            f"such as {type_}=view, {type_}=reaction:well-told or {type_}=nothing",
        )
    if meaning.kind is None:
        left_out[f"feedback {shown(type_)}"] += 1
        return
    when = _known_time(feedback.get("Timestamp"))
    if when is None:
        raise RejectedValueError("Timestamp", '"Timestamp" is missing: an event needs a time')
    time = milliseconds(moment(when, "Timestamp"))
    yield meaning.kind.value, meaning.name, texts["ItemId"], texts["UserId"], time
