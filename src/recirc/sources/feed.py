"""RSS, Atom and JSON Feed."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import feedparser
from typing_extensions import override

from recirc.reading.holds import hold_of
from recirc.reading.rejections import RejectedValueError
from recirc.reading.urls import identity_of
from recirc.reading.values import (
    DAY,
    HOUR,
    claimed,
    objects,
    one_line,
    version_of,
    when,
    without_entities,
)
from recirc.sources.completeness import is_full
from recirc.sources.detection import is_json, json_in, root_of
from recirc.sources.documents import absolute, joined, json_of, unpacked, xml_of
from recirc.sources.listing import ListedEntry, SourceListing
from recirc.sources.polls import poll_listing
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source
from recirc.text.clean import body_html
from recirc.text.dates import DateContext, context_of
from recirc.text.people import people
from recirc.text.pictures import file_of, picture_row, pictures_from
from recirc.types import Claims

ROOTS: Final = "rss|feed|RDF"
"""Names of a feed's root element, without prefix."""

_JSON_VERSION: Final = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1", re.IGNORECASE)
_PERIODS: Final = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY, "yearly": 365 * DAY}
_MEDIA: Final = re.compile(r"""xmlns:([\w.-]+)\s*=\s*["']http://search\.yahoo\.com/mrss/?["']""")
_IMG: Final = re.compile(r"""<img\b[^<>]{0,2000}?\ssrc\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE)
_PARTS: Final = ("content", "summary", "title", "tags", "links", "source")
"""Fields of an entry that do not say when it may be published."""
_LEAST_WAIT: Final = 60.0  # seconds; a <ttl> of 0 does not mean "always"
_MAIL: Final = re.compile(r"\S+@\S+")
_MAIL_AND_NAME: Final = re.compile(r"\S{1,200}@\S{1,200}\s{1,9}\(([^()]{1,200})\)")


class FeedSource(Source):
    """A feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0 (by feedparser), JSON Feed 1.0 and 1.1."""

    kind = "feed"
    order = 10

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether its root is `rss`, `feed` or `RDF`, or its `version` that of JSON Feed."""
        return answer is not None and is_feed(answer.body)

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`."""
        return poll_listing(self, _read, fetch, state, now)


class _Clock(NamedTuple):
    """What the dates of a feed are read with: the current time, and what its other dates and its language say."""

    now: datetime
    context: DateContext

    def when(self, written: object) -> datetime | None:
        return when(written, self.now, self.context)


def is_feed(content: bytes) -> bool:
    """Whether the root of a document is that of a feed, or its `version` that of JSON Feed."""
    if is_json(content):
        return _is_json_feed(json_in(content))
    return root_of(content, ROOTS) is not None


def _is_json_feed(document: object) -> bool:
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        return False
    return bool(_JSON_VERSION.match(str(document.get("version") or "").strip()))


def read_feed(content: bytes, *, url: str, charset: str | None, now: datetime) -> SourceListing:
    """The entries of a feed.

    Args:
        content: the feed.
        url: its address; addresses in it are relative to that.
        charset: the one in the Content-Type header.
        now: later dates, by more than a day, are dropped.

    Raises:
        RejectedValueError: it is not a feed.
    """
    if is_json(content):
        return _json_feed(json_of(content, charset), url, now)
    xml = xml_of(unpacked(content), charset, ROOTS, ("item", "entry"))
    parsed = feedparser.parse(
        io.BytesIO(
            f"<?xml version='1.0' encoding='utf-8'?>\n{_captions_named(xml.text)}".encode("utf-8", "replace")
        ),
        # Markup is cleaned with nh3, later and only of the entries that are used.
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
    )
    about, form = parsed["feed"], str(parsed.get("version"))
    written = [_field(entry, name) for entry in parsed["entries"] for name in ("published", "updated")]
    clock = _Clock(now, context_of(written, _field(about, "language")))
    about = {**about, "based": "xml:base" in xml.text}
    entries = [
        _entry(entry, about, form, number, url, clock) for number, entry in enumerate(parsed["entries"], 1)
    ]
    if xml.cut is not None:
        entries.append(
            ListedEntry(
                key=f"<{xml.cut}> cut off",
                version=version_of(xml.text[-200:]),
                fault=f"the feed breaks off in the middle of this <{xml.cut}>",
                number=len(entries) + 1,
            )
        )
    return SourceListing(entries, _wait(about), _rel(about, "hub", url), _rel(about, "self", url))


def _captions_named(xml: str) -> str:
    """The feed with another name for `media:description`: feedparser takes it for the entry's own description.

    >>> _captions_named('<rss xmlns:m="http://search.yahoo.com/mrss/"><m:description type="plain">A</m:description>')
    '<rss xmlns:m="http://search.yahoo.com/mrss/"><m:caption>A</m:caption>'
    """
    prefix = _MEDIA.search(xml)
    if prefix is None:
        return xml
    return re.sub(
        rf"<(/?){re.escape(prefix[1])}:description\b[^>]*?(/?)>", rf"<\1{prefix[1]}:caption\2>", xml
    )


def _read(answer: FetchResponse, now: datetime) -> SourceListing:
    if not is_feed(answer.body):
        raise RejectedValueError("", "this is not a feed: neither RSS nor Atom nor JSON Feed")
    return read_feed(answer.body, url=answer.url, charset=answer.charset, now=now)


def _entry(
    entry: Mapping[str, Any], about: Mapping[str, Any], form: str, number: int, url: str, clock: _Clock
) -> ListedEntry:
    link = _link(entry, url)
    guid = _field(entry, "id")
    headline = _headline(entry)
    body, summary = _texts(entry, based=bool(_field(about, "based")))
    tags = [tag.get("label") or tag.get("term") for tag in _field(entry, "tags") or ()]
    topics = list(dict.fromkeys(topic for topic in map(one_line, tags) if topic))
    authors = _authors(entry)
    published, updated = _field(entry, "published"), _field(entry, "updated")
    if form.startswith("rss") and published is None:  # the one date of RSS, as dc:date
        published, updated = updated, None
    outlet = one_line((_field(entry, "source") or {}).get("title")) or one_line(_field(about, "title"))
    language = _field(entry, "language") or _field(about, "language")
    row = {
        "headline": headline,
        "body_html": body,
        "summary": summary,
        # Nothing says which of several categories is the section.
        "section": topics[0] if len(topics) == 1 else None,
        "topics": topics,
        "authors": authors,
        "published": clock.when(published),
        "updated": clock.when(updated),
        "language": language,
        "outlet": outlet,
        "pictures": pictures_from(list(_pictures(entry)), link or url),
    }
    return ListedEntry(
        key=_key(link, guid, headline, published),
        guid=str(guid)[:512] if guid else None,
        version=_version(row, updated),
        row=row,
        url=link,
        when=row["published"] or row["updated"],
        claims=Claims(
            headline=claimed(_field(entry, "title")),
            outlet=claimed(outlet),
            byline=claimed(
                "; ".join(a["name"] for a in authors) if len(authors) > 1 else _field(entry, "author")
            ),
            published=claimed(published),
            section=claimed(row["section"]),
            canonical_url=claimed(link),
        ),
        hold=hold_of({name: value for name, value in entry.items() if name not in _PARTS}, clock.now),
        number=number,
    )


def _field(record: Mapping[str, Any], name: str) -> Any:
    """A field itself; feedparser's own access gives `published` in place of a missing `updated`."""
    return dict.get(record, name) if isinstance(record, dict) else None


def _texts(entry: Mapping[str, Any], *, based: bool) -> tuple[str, str]:
    """The body and the summary of an entry, with links relative to `xml:base` where the feed has any (`based`); others
    are relative to the entry's address.
    """
    summary = _field(entry, "summary_detail") or {"value": _field(entry, "summary")}
    *contents, last = (
        absolute(part.get("value") or "", part.get("base") if based else None)
        for part in (*(_field(entry, "content") or ()), summary)
    )
    return max(contents, key=len, default=""), last


def _link(entry: Mapping[str, Any], url: str) -> str | None:
    guid = _field(entry, "id")
    permanent = guid if _field(entry, "guidislink") else None
    for link in (_field(entry, "feedburner_origlink"), _field(entry, "link"), permanent):
        address = joined(url, link) if isinstance(link, str) and link.strip() else None
        if address is not None and address.lower().startswith("http"):
            return address
    return None


def _pictures(entry: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """The largest picture among those of Media RSS, else an enclosure or link that is a picture, else the thumbnail."""
    media = [each for each in _field(entry, "media_content") or () if _is_picture(each)]
    links = [
        each for each in _field(entry, "links") or () if each.get("rel") == "enclosure" and _is_picture(each)
    ]
    thumbnails = list(_field(entry, "media_thumbnail") or ())
    chosen = max(media, key=lambda each: _number(each.get("width")) or 0.0, default=None) or next(
        iter([*links, *thumbnails]), None
    )
    if chosen is None:
        return
    named = [one_line(each.get("content")) for each in _field(entry, "media_credit") or () if each]
    yield picture_row(
        chosen.get("url") or chosen.get("href"),
        caption=one_line(_field(entry, "media_caption")) or (_field(entry, "media_title") if media else None),
        credit=next((name for name in named if name), None),
        width=chosen.get("width"),
        height=chosen.get("height"),
    )


def _is_picture(about: Mapping[str, Any]) -> bool:
    form = str(about.get("type") or about.get("medium") or "")
    address = str(about.get("url") or about.get("href") or "").partition("?")[0].lower()
    return form.startswith("image") or (
        not form and address.endswith((".jpg", ".jpeg", ".png", ".webp", ".avif"))
    )


def _headline(entry: Mapping[str, Any]) -> str | None:
    title = _field(entry, "title")
    form = (_field(entry, "title_detail") or {}).get("type", "")
    return one_line(title) if "html" in form and isinstance(title, str) else title


def _authors(entry: Mapping[str, Any]) -> list[dict[str, str]]:
    named = [author.get("name") for author in _field(entry, "authors") or () if author]
    if len(named) <= 1:
        written = str(_field(entry, "author") or "").strip()
        with_mail = _MAIL_AND_NAME.fullmatch(written)
        named = [with_mail[1] if with_mail else written]
    texts = (name for name in named if isinstance(name, str) and not _MAIL.fullmatch(name.strip()))
    return [{"name": name} for text in texts for name in people(text)]


def _key(link: str | None, guid: object, headline: object, published: object) -> str:
    """The name of an entry in the state: its id, else its address."""
    if guid:
        return str(guid)[:512]
    return identity_of(link) if link is not None else version_of(headline, published)


def _version(row: Mapping[str, object], updated: object) -> str:
    """The hash of a whole text and its pictures; of a summary with the date. Some feeds change `updated` with each
    request.
    """
    body = row["body_html"]
    words = (row["headline"], body, row["summary"], *_picture_files(row))
    full = isinstance(body, str) and len(body) > 500 and is_full(body_html(body))
    return version_of(*words) if full else version_of(*words, updated)


def _picture_files(row: Mapping[str, Any]) -> list[str]:
    """The files of all pictures, whose addresses may be signed anew each time."""
    within = _IMG.findall(f"{row['body_html']} {row['summary']}")
    return [file_of(address) for address in (*(each.address for each in row["pictures"]), *within)]


def _wait(about: Mapping[str, Any]) -> float | None:
    """The longer of `ttl` (minutes) and `sy:updatePeriod`, between a minute and a day; in seconds."""
    waits = []
    ttl = _number(_field(about, "ttl"))
    if ttl is not None:
        waits.append(ttl * 60)
    period = _PERIODS.get(str(_field(about, "sy_updateperiod") or "").strip().lower())
    if period is not None:
        waits.append(period / max(_number(_field(about, "sy_updatefrequency")) or 1.0, 1.0))
    return min(max(*waits, _LEAST_WAIT), DAY) if waits else None


def _rel(about: Mapping[str, Any], relation: str, url: str) -> str | None:
    """The address that a feed links with a relation."""
    for link in _field(about, "links") or ():
        if link.get("rel") == relation and (address := joined(url, link.get("href") or "")):
            return address
    return None


def _number(text: object) -> float | None:
    return float(text) if isinstance(text, str) and re.fullmatch(r"\s*\d{1,7}\s*", text) else None


def _json_feed(feed: object, url: str, now: datetime) -> SourceListing:
    if not isinstance(feed, Mapping) or not isinstance(feed.get("items"), list):
        raise RejectedValueError("items", 'a JSON Feed has a list "items"')
    items = [item for item in feed["items"] if isinstance(item, Mapping)]
    written = [item.get(name) for item in items for name in ("date_published", "date_modified")]
    clock = _Clock(now, context_of(written, feed.get("language")))
    return SourceListing(
        [_json_item(item, feed, number, url, clock) for number, item in enumerate(feed["items"], 1)]
    )


def _json_item(item: object, feed: Mapping[str, Any], number: int, url: str, clock: _Clock) -> ListedEntry:
    if not isinstance(item, Mapping):
        return ListedEntry(
            key=f"item {number}", version=version_of(item), fault="this item is not an object", number=number
        )
    given = item.get("url") or item.get("external_url")
    link = joined(url, given) if isinstance(given, str) else None
    authors = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author") or []
    names = [name for a in objects(authors) if isinstance(a.get("name"), str) for name in people(a["name"])]
    published, updated = item.get("date_published"), item.get("date_modified")
    row = {
        "headline": without_entities(item.get("title")),
        "body_html": item.get("content_html"),
        "body": item.get("content_text"),
        "summary": item.get("summary"),
        "topics": item.get("tags"),
        "authors": [{"name": name} for name in names],
        "published": clock.when(published),
        "updated": clock.when(updated),
        "language": item.get("language") or feed.get("language"),
        "outlet": feed.get("title"),
        "pictures": pictures_from(item.get("image") or item.get("banner_image"), link or url),
    }
    return ListedEntry(
        key=_key(link, item.get("id"), item.get("title"), published),
        guid=str(item["id"])[:512] if item.get("id") else None,
        version=version_of(
            row["headline"], row["body_html"], row["body"], row["summary"], updated, *_picture_files(row)
        ),
        row=row,
        url=link,
        when=clock.when(published) or clock.when(updated),
        claims=Claims(
            headline=claimed(item.get("title")),
            outlet=claimed(feed.get("title")),
            byline=claimed(", ".join(names)),
            published=claimed(published),
            canonical_url=claimed(link),
        ),
        hold=hold_of(item, clock.now),
        number=number,
    )
