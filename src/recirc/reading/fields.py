"""From an object as a newsroom writes it to an Article: which names are accepted, and which values rejected."""

import dataclasses
import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from recirc.reading.dates import moment
from recirc.reading.rejections import RejectedValueError, shown
from recirc.text.clean import Form, body_html, plain
from recirc.text.people import people
from recirc.text.pictures import figures_in, pictures_from
from recirc.text.slugs import slug, title_of
from recirc.types import Article, Author, Claims, Picture, Provenance
from recirc.types.records import MOST_LABELS

ACCEPTED: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("id",),
    "headline": ("headline", "title", "name"),
    "body": ("body", "body_text", "text", "content"),
    "body_html": ("body_html", "content_html"),
    "summary": ("summary", "description", "abstract", "deck"),
    "section": ("section", "category"),
    "topics": ("topics", "tags", "keywords"),
    "authors": ("authors", "author", "byline"),
    "published": ("published", "published_at", "date", "datePublished", "created_at"),
    "updated": ("updated", "updated_at", "dateModified"),
    "language": ("language", "lang"),
    "url": ("url", "link"),
    "labels": ("labels",),
    "pictures": ("pictures", "images", "image", "picture"),
    "canonical_url": ("canonical_url",),
    "outlet": ("outlet", "publisher"),
    "first_published_by": ("first_published_by",),
    "provenance": ("provenance",),
}
"""The accepted names of each field; the first that has a value counts."""

Entry = TypeVar("Entry")

TOPIC_PARTS: Final = ("subjects", "places", "people", "orgs")
"""Names that together hold the topics, where none of the names for topics has a value."""

MAX_BYTES: Final = 2_000_000  # as settings.Intake.article_bytes
LONGEST: Final = {
    "headline": 1_000,
    "summary": 10_000,
    "name": 200,
    "text": 10_000,
    "address": 2_048,
}  # characters
MOST = 100  # topics of an article, and authors

_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_UNFIT_FOR_ID: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|^\s|\s$"
)


def article_from(
    row: Mapping[str, object],
    *,
    source: str,
    mapping: Mapping[str, tuple[str, ...]] | None = None,
    max_bytes: int = MAX_BYTES,
) -> tuple[Article, tuple[str, ...]]:
    """The article that a decoded JSON object describes, cleaned.

    Args:
        row: the object.
        source: the origin, for the article's provenance.
        mapping: other names than those of `ACCEPTED` for fields; `content.rendered` is within `content`.
        max_bytes: largest body, in bytes of UTF-8.

    Returns:
        The article, and the names in `row` that were not used.

    Raises:
        RejectedValueError: a field is missing or wrong; the error has its name in `row`.
    """
    return _RowReader(row, {**ACCEPTED, **(mapping or {})}).article(source, max_bytes)


def check_id(value: str, name: str) -> None:
    """Reject ids that look the same as another id.

    Raises:
        RejectedValueError: it has control characters, marks that change the direction of text, or spaces at its ends.
    """
    if _UNFIT_FOR_ID.search(value):
        raise RejectedValueError(
            name, f'"{name}" has control characters or spaces at its ends: {shown(value)}'
        )


def mapping_from(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The mapping of `--map headline=title --map topics=subjects,places`.

    Raises:
        RejectedValueError: a pair is not FIELD=NAME, or the field is not one of `ACCEPTED`.
    """
    mapping: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, _, written = pair.partition("=")
        names = tuple(part.strip() for part in written.split(",") if part.strip())
        if name not in ACCEPTED:
            near = difflib.get_close_matches(name, ACCEPTED, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"fields are {', '.join(ACCEPTED)}"
            raise RejectedValueError(name, f"{shown(pair)}: an article has no field {shown(name)}: {hint}")
        if not names:
            raise RejectedValueError(
                name, f"{shown(pair)} is not of the form FIELD=NAME, such as headline=title"
            )
        mapping[name] = mapping.get(name, ()) + names
    return mapping


@dataclass(slots=True)
class _RowReader:
    """One row on its way to an article; `used` collects the names that were used."""

    row: Mapping[str, object]
    names: Mapping[str, tuple[str, ...]]
    used: set[str] = dataclasses.field(default_factory=set)

    def article(self, source: str, max_bytes: int) -> tuple[Article, tuple[str, ...]]:
        origin = self.origin(source)
        article = Article(
            id=self.id(),
            headline=self.headline(),
            body=self.body(max_bytes),
            summary=self.line("summary", LONGEST["summary"]),
            section=self.section(),
            topics=self.topics(),
            authors=self.authors(),
            published=self.moment("published"),
            updated=self.moment("updated"),
            language=self.language(),
            url=self.address("url") or origin.canonical_url,
            provenance=origin,
            pictures=self.pictures(),
            labels=self.labels(),
        )
        return article, tuple(name for name in self.row if name not in self.used)

    def field(self, wanted: str) -> tuple[str, object]:
        """The name of a field in the row, and its value; its first accepted name and None without one."""
        for name in self.names[wanted]:
            value = _at(self.row, name)
            if value is not None:
                self.used.add(name if name in self.row else name.partition(".")[0])
                return name, value
            if name in self.row:
                self.used.add(name)
        return self.names[wanted][0], None

    def line(self, wanted: str, longest: int) -> str | None:
        """One line of text; None where it is missing or empty."""
        name, value = self.field(wanted)
        return None if value is None else _line(value, name, longest) or None

    def id(self) -> str:
        name, value = self.field("id")
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            raise RejectedValueError(
                name, f'"{name}" is missing: each article needs an id that never changes'
            )
        if not isinstance(value, str):
            raise RejectedValueError(name, f'"{name}" is neither text nor a whole number: {shown(value)}')
        check_id(value, name)
        if len(value) > 512:
            raise RejectedValueError(
                name, f'"{name}" has {len(value):,} characters; at most 512 are accepted'
            )
        return value

    def headline(self) -> str:
        text = self.line("headline", LONGEST["headline"])
        if text is None:
            name = next(
                (name for name in self.names["headline"] if name in self.row), self.names["headline"][0]
            )
            also = [other for other in self.names["headline"] if other != name]
            hint = f" (accepted is also {' or '.join(also)})" if also else ""
            raise RejectedValueError(name, f'"{name}" is missing or empty{hint}')
        return text

    def body(self, max_bytes: int) -> str:
        wanted: tuple[tuple[str, Form], ...] = (("body_html", "html"), ("body", "auto"))
        for which, form in wanted:
            name, value = self.field(which)
            if value is None:
                continue
            if not isinstance(value, str):
                raise RejectedValueError(name, f'"{name}" is not text: {shown(value)}')
            size = len(value.encode("utf-8", "surrogatepass"))
            if size > max_bytes:
                raise RejectedValueError(
                    name, f'"{name}" has {size:,} bytes; at most {max_bytes:,} are accepted'
                )
            return body_html(value, form, self.address("url"))
        return ""

    def section(self) -> str:
        name, value = self.field("section")
        if isinstance(value, (list, tuple)):
            value = value[0] if value else None
        text = "" if value is None else _name(value, name)
        return slug(text) if text else "news"

    def section_name(self) -> str | None:
        """The section as it is spelled, where its slug does not say that."""
        name, value = self.field("section")
        value = value[0] if isinstance(value, (list, tuple)) and value else value
        text = _name(value, name) if isinstance(value, (str, Mapping)) else ""
        given = _at(self.row, "provenance.claims.section")
        if isinstance(given, str) and text == slug(given):
            text = given
        plain_forms = ("", slug(text), title_of(slug(text)).casefold()) if text else ("",)
        return None if text.casefold() in plain_forms else text

    def topics(self) -> tuple[str, ...]:
        name, value = self.field("topics")
        parts = [(name, value)]
        if value is None and self.names["topics"] == ACCEPTED["topics"]:
            parts = [(part, self.row.get(part)) for part in TOPIC_PARTS if part in self.row]
            self.used.update(part for part, _ in parts)
        elif len(self.names["topics"]) > 1 and self.names["topics"] != ACCEPTED["topics"]:
            # A mapping to several names means all of them.
            parts = [(part, _at(self.row, part)) for part in self.names["topics"]]
            self.used.update(part.partition(".")[0] for part, _ in parts)
        topics: dict[str, str] = {}
        for part, written in parts:
            for topic in _listed(written, part):
                text = _name(topic, part)
                if text:
                    topics.setdefault(slug(text), text)
        return _at_most(MOST, tuple(topics.values()), name)

    def labels(self) -> tuple[str, ...]:
        """The newsroom's own, each once."""
        name, value = self.field("labels")
        labels = {slug(text): text for each in _listed(value, name) if (text := _name(each, name))}
        return _at_most(MOST_LABELS, tuple(labels.values()), name)

    def authors(self) -> tuple[Author, ...]:
        name, value = self.field("authors")
        authors: dict[str, Author] = {}
        for written in _listed(value, name, separators=";"):
            for author in _authors(written, name):
                authors.setdefault(slug(author.name), author)
        return _at_most(MOST, tuple(authors.values()), name)

    def moment(self, wanted: str) -> datetime | None:
        name, value = self.field(wanted)
        return None if value is None or value == "" else moment(value, name)

    def language(self) -> str | None:
        name, value = self.field("language")
        if value is None or value == "":
            return None
        text = _line(value, name, LONGEST["name"]).replace("_", "-")
        if not _LANGUAGE.fullmatch(text):
            raise RejectedValueError(name, f'"{name}" is not a language such as en or pt-BR: {shown(value)}')
        return text

    def address(self, wanted: str) -> str | None:
        name, value = self.field(wanted)
        return _address(value, name)

    def pictures(self) -> tuple[Picture, ...]:
        """Those that have an address; a name without any counts as not used."""
        name, value = self.field("pictures")
        found = pictures_from(value)
        if value and not found:
            self.used.discard(name.partition(".")[0])
        written = next(
            (html for which in ("body_html", "body") if isinstance(html := self.field(which)[1], str)), ""
        )
        return pictures_from([*found, *figures_in(written, self.address("url"))])

    def origin(self, source: str) -> Provenance:
        outlet_name, outlet = self.field("outlet")
        name, given = self.field("provenance")
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            raise RejectedValueError(name, f'"{name}" is not an object: {shown(given)}')
        if outlet is None:
            outlet_name, outlet = f"{name}.outlet", given.get("outlet")
        canonical = self.address("canonical_url") or _address(
            given.get("canonical_url"), f"{name}.canonical_url"
        )
        first = self.line("first_published_by", LONGEST["name"])
        if first is None and given.get("first_published_by") is not None:
            first = _name(given["first_published_by"], f"{name}.first_published_by") or None
        return Provenance(
            outlet=None if outlet is None else _name(outlet, outlet_name) or None,
            source=source,
            canonical_url=canonical,
            first_published_by=first,
            claims=Claims(section=spelled) if (spelled := self.section_name()) else None,
        )


def _at(row: Mapping[str, object], name: str) -> object:
    """The value under a name, or under `outer.inner` inside of an object."""
    if name in row:
        return row[name]
    value: object = row
    for part in name.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _line(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str):
        raise RejectedValueError(name, f'"{name}" is not text: {shown(value)}')
    text = plain(value)
    if len(text) > longest:
        raise RejectedValueError(
            name, f'"{name}" has {len(text):,} characters; at most {longest:,} are accepted'
        )
    return text


def _name(value: object, name: str) -> str:
    """A name, as text or as an object with a "name"."""
    if isinstance(value, Mapping):
        value = value.get("name")
        if value is None:
            raise RejectedValueError(name, f'"{name}" has an entry without "name"')
    return _line(value, name, LONGEST["name"])


def _at_most(most: int, entries: tuple[Entry, ...], name: str) -> tuple[Entry, ...]:
    if len(entries) > most:
        raise RejectedValueError(name, f'"{name}" has {len(entries)} entries; at most {most} are accepted')
    return entries


def _listed(value: object, name: str, separators: str = ",;") -> Sequence[object]:
    """The entries of a list or of a text with separators; a single object as one entry."""
    if value is None:
        return ()
    if isinstance(value, str):
        return [part for part in re.split(f"[{separators}]", value) if part.strip()]
    if isinstance(value, Mapping):
        return (value,)
    if isinstance(value, (list, tuple)):
        return value
    raise RejectedValueError(name, f'"{name}" is neither a list nor text: {shown(value)}')


def _authors(written: object, name: str) -> Iterator[Author]:
    """The authors of an entry: of a text all whom it names, of an object the one."""
    called = _name(written, name)
    if isinstance(written, str):
        yield from (Author(name=each) for each in people(called))
    elif called:
        yield _author(written, called, name)


def _author(written: object, called: str, name: str) -> Author:
    details: Mapping[str, object] = written if isinstance(written, Mapping) else {}

    def detail(*keys: str) -> str | None:
        found = next(((key, details[key]) for key in keys if details.get(key) is not None), None)
        if found is None:
            return None
        key, value = found
        where = f"{name}.{key}"
        return (
            _name(value, where) if isinstance(value, Mapping) else _line(value, where, LONGEST["text"])
        ) or None

    return Author(
        name=called,
        role=detail("role", "jobTitle"),
        biography=detail("biography", "bio", "description"),
        outlet=detail("outlet", "affiliation", "worksFor"),
    )


def _address(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    text = _line(value, name, LONGEST["address"])
    if not _ADDRESS.fullmatch(text):
        problem = f'"{name}" is not an address that begins with http:// or https://: {shown(value)}'
        raise RejectedValueError(name, problem)
    return text
