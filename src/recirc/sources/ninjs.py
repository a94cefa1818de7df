"""News agencies' items in JSON: IPTC ninjs 3, and 2 and 1 where their names differ."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from typing_extensions import override

from recirc.reading.dates import date_of
from recirc.reading.holds import hold_of
from recirc.reading.rejections import RejectedValueError
from recirc.reading.values import (
    claimed,
    objects,
    version_of,
    when,
)
from recirc.sources.detection import json_in
from recirc.sources.documents import json_of
from recirc.sources.listing import ListedEntry, SourceListing
from recirc.sources.polls import poll_listing
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source
from recirc.text.pictures import picture_row, pictures_from
from recirc.types import Claims, Picture

MOST: Final = 100_000  # items of one document
DEEPEST: Final = 5  # associations within associations

_DATES: Final = (
    "firstCreated",
    "firstcreated",
    "contentCreated",
    "contentcreated",
    "versionCreated",
    "versioncreated",
)
_TEXTS_OF: Final = ("headlines", "bodies", "descriptions", "slugline", "body_text", "body_xhtml", "body_html")
_NAMES: Final = frozenset((*_DATES, *_TEXTS_OF, "pubStatus", "pubstatus"))
_STATUS: Final = ("pubStatus", "pubstatus")
_LISTS: Final = ("items", "_items", "results", "data", "associations")
"""Names under which agencies' documents have their items."""

_TEXTS: Final = ("text", "composite", "")
"""Types of items with a text; a picture, graphic, video or event is not an article."""


class NinjsSource(Source):
    """One item, a list of items, or an object with items; associated items are read as well."""

    kind = "ninjs"
    order = 30

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether it is JSON with an item: `uri` and at least one other name of ninjs."""
        document = None if answer is None else json_in(answer.body, answer.charset)
        return document is not None and any(is_item(item) for item in items_of(document))

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`."""
        return poll_listing(self, _read, fetch, state, now)


def is_item(value: object) -> bool:
    """Whether an object is an item of ninjs."""
    return isinstance(value, Mapping) and "uri" in value and not _NAMES.isdisjoint(value)


def items_of(document: object, depth: int = 0) -> Iterator[object]:
    """All items within a document, associated ones after the one that names them; anything else unchanged."""
    if isinstance(document, list):
        for entry in document:
            yield from items_of(entry, depth)
    elif isinstance(document, Mapping):
        if is_item(document) or not any(isinstance(document.get(name), (list, Mapping)) for name in _LISTS):
            yield document
        if depth < DEEPEST:
            for name in _LISTS:
                within = document.get(name)
                if isinstance(within, Mapping):  # ninjs 1 names its associations
                    within = list(within.values())
                if isinstance(within, list):
                    yield from items_of(
                        [entry for entry in within if is_item(entry) or depth == 0], depth + 1
                    )
    else:
        yield document


def entries_of(document: object, now: datetime) -> list[ListedEntry]:
    """The articles among the items of a document.

    Raises:
        RejectedValueError: there is no item in it.
    """
    entries: list[ListedEntry] = []
    found = False
    for number, item in enumerate(items_of(document), 1):
        if not isinstance(item, Mapping) or not is_item(item):
            fault = 'this is not an item of ninjs: it has no "uri", or nothing else'
            entries.append(ListedEntry(key=version_of(item), version="none", fault=fault, number=number))
            continue
        found = True
        if str(item.get("type") or "") in _TEXTS:
            entries.append(_entry(item, number, now))
        if number >= MOST:
            break
    if not found:
        raise RejectedValueError(
            "", "this is not ninjs: it has no item with a uri and a headline, body or date"
        )
    return entries


def _read(answer: FetchResponse, now: datetime) -> SourceListing:
    return SourceListing(entries_of(json_of(answer.body, answer.charset), now))


def _outlet(item: Mapping[str, Any]) -> Any:
    sources = _one(item, "infoSources", "infosources", "infosource")
    return _first(sources, "name", "literal") or _one(item, "copyrightHolder", "copyrightholder")


def _topics(item: Mapping[str, Any]) -> list[str]:
    """The people, organisations and places."""
    names = ("people", "person"), ("organisations", "organisation"), ("places", "place")
    return [name for each in names for name in _names(_one(item, *each))]


def _entry(item: Mapping[str, Any], number: int, now: datetime) -> ListedEntry:
    uri = str(item.get("uri"))
    html, text = _body(item)
    headline = (
        _chosen(item.get("headlines"), ("main", "headline")) or item.get("headline") or item.get("title")
    )
    byline = item.get("by") or item.get("byline") or _first(item.get("bylines"), "by", "value", "name")
    updated = _one(item, "versionCreated", "versioncreated")
    published = _one(item, *_DATES[:4]) or (updated if item.get("version") in (None, "", "1", 1) else None)
    outlet = _outlet(item)
    subjects = _names(_one(item, "subjects", "subject"))
    row = {
        "headline": headline,
        "body_html": html,
        "body": text,
        "summary": _chosen(item.get("descriptions"), ("summary", "main", "abstract"))
        or _one(item, "description_text", "description_html"),
        "section": subjects[0] if subjects else None,
        "topics": _topics(item) + subjects,
        "authors": [byline] if isinstance(byline, str) else [],
        "published": published,
        "updated": updated if updated != published else None,
        "language": item.get("language"),
        "outlet": outlet,
        "pictures": _pictures(item),
    }
    link = item.get("canonical_url") or item.get("canonicalUrl") or uri
    link = link if isinstance(link, str) and link.lower().startswith(("http://", "https://")) else None
    return ListedEntry(
        key=uri[:512],
        guid=uri[:512],
        revision=_revision(item, updated),
        version=version_of(row["headline"], html, text, row["summary"], updated, item.get("version")),
        row=row,
        url=link,
        when=when(updated, now),
        claims=Claims(
            headline=claimed(headline),
            outlet=claimed(outlet),
            byline=claimed(byline),
            published=claimed(published),
            section=claimed(row["section"]),
            canonical_url=claimed(link),
        ),
        whole=True,
        hold=hold_of({name: value for name, value in item.items() if name not in _STATUS}, now),
        takedown=_withdrawn(item),
        number=number,
    )


def _pictures(item: Mapping[str, Any]) -> tuple[Picture, ...]:
    """The pictures among the associations, each in its largest rendition, `featuremedia` first (ninjs 1, 2 and 3)."""
    given = item.get("associations")
    parts = dict(given) if isinstance(given, Mapping) else dict(enumerate(objects(given)))
    rows: list[object] = []
    for _, given in sorted(parts.items(), key=lambda part: part[0] != "featuremedia"):
        about = objects(given)[0] if objects(given) else None
        if about is None or about.get("type") not in (None, "picture", "graphic"):
            continue
        kept = about.get("renditions")
        forms = objects(list(kept.values()) if isinstance(kept, Mapping) else kept)
        largest = max(forms, key=lambda form: _number(form.get("width")), default=None)
        address = largest.get("href") if largest is not None else about.get("href")
        caption = _one(about, "description_caption", "description_text", "body_text") or _first(
            about.get("descriptions"), "value"
        )
        rows.append(
            picture_row(
                address,
                alt=about.get("alttext") or about.get("altText"),
                caption=caption,
                credit=_one(about, "creditline", "byline", "copyrightnotice")
                or _first(about.get("infosources"), "name"),
            )
        )
    return pictures_from(rows)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _withdrawn(item: Mapping[str, Any]) -> str | None:
    """Why an item may not be published; None: it may."""
    status = _one(item, *_STATUS)
    return None if status in (None, "", "usable") else f"its publication status is {status}, not usable"


def _revision(item: Mapping[str, Any], updated: object) -> float:
    """The number of an item's version, else the time of the version; 0: it has neither."""
    version = item.get("version")
    with contextlib.suppress(TypeError, ValueError):
        return max(float(str(version)), 0.0)
    made = date_of(updated)
    return made.timestamp() if made is not None else 0.0


def _body(item: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The body as HTML, or else as text."""
    html, text = _one(item, "body_xhtml", "body_html"), item.get("body_text")
    bodies = [body for body in objects(item.get("bodies")) if isinstance(body.get("value"), str)]
    # The main one first, then by length: some agencies have teasers among the bodies.
    bodies.sort(key=lambda body: (body.get("role") != "main", -len(body["value"])))
    for body in bodies:
        form = str(body.get("contentType") or body.get("contenttype") or "")
        if "html" in form or ("xml" in form and "<p>" in body["value"]):
            html = html or body["value"]
        else:
            text = text or body["value"]
    return (html if isinstance(html, str) else None, text if isinstance(text, str) else None)


def _one(item: Mapping[str, Any], *names: str) -> Any:
    return next((item[name] for name in names if item.get(name) not in (None, "", [], {})), None)


def _names(value: object) -> list[str]:
    """Names of the concepts in a list, each once; the literal of a concept without a name."""
    named = [entry.get("name") or entry.get("literal") for entry in objects(value)]
    return list(dict.fromkeys(name for name in named if isinstance(name, str) and name))


def _first(value: object, *names: str) -> Any:
    return next((entry[name] for entry in objects(value) for name in names if entry.get(name)), None)


def _chosen(value: object, roles: tuple[str, ...]) -> str | None:
    """The value of the entry whose role comes first in `roles`; of the first entry without any of them."""
    entries = [
        entry for entry in objects(value) if isinstance(entry.get("value"), str) and entry["value"].strip()
    ]
    order = {role: place for place, role in enumerate(roles)}
    entries.sort(key=lambda entry: order.get(str(entry.get("role")), len(roles)))
    return entries[0]["value"] if entries else None
