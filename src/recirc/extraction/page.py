"""The parts of a page, as far as they could be told apart. What could not is None or empty, never guessed."""

from datetime import datetime

from msgspec import Struct

from recirc.types import Author, Picture


class PageCount(Struct, frozen=True):
    """A number that a page shows about itself, such as a reaction's; `of` is what it counts, as written."""

    of: str
    number: int


class LinkList(Struct, frozen=True):
    """A list of links to other articles, such as "Related"; the title is None where none stands above it. `notes` are
    what stands beside the links, such as the reason for each.
    """

    title: str | None
    items: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Page(Struct, frozen=True, kw_only=True):
    """What stands on a page, word for word where it is text.

    Attributes:
        headline: without the brand that some pages put around it; `title` is with it, and
            `shown_headline` is as readers are shown it.
        body: safe HTML, as `text.clean.body_html` makes it; `text` is its words, one line a paragraph.
        published: None where the page gives no date or one that cannot be read; `date_text` is what it gives.
        links: lists of links beside the article, in order.
        byline: the names alone; `byline_text` is the byline as it stands, with roles and outlets.
        sign_off: what an agency or a desk puts under a text, such as "(Reporting by Ann Roe)" or "Tarn Wire nl/ph".
        told_authors: whom the page names to machines, where it shows readers a byline as well.
        told_published, shown_published: the date for machines and the one for readers, where there are both.
    """

    headline: str | None = None
    title: str | None = None
    shown_headline: str | None = None
    brand: str | None = None
    outlet: str | None = None
    breadcrumb: tuple[str, ...] = ()
    section: str | None = None
    byline: str | None = None
    byline_text: str | None = None
    standfirst: str | None = None
    sign_off: str | None = None
    told_authors: tuple[str, ...] = ()
    told_published: datetime | None = None
    shown_published: datetime | None = None
    authors: tuple[Author, ...] = ()
    date_text: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    body: str = ""
    text: str = ""
    summary: str | None = None
    topics: tuple[str, ...] = ()
    biography: str | None = None
    counts: tuple[PageCount, ...] = ()
    links: tuple[LinkList, ...] = ()
    language: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    noindex: bool = False
    pictures: tuple[Picture, ...] = ()
