"""A page of HTML, read: its article and what it says of it."""

from typing import Final

from lxml.html import HtmlElement

from recirc.extraction import metadata
from recirc.extraction.around import surroundings
from recirc.extraction.body import body_of
from recirc.extraction.elements import line
from recirc.extraction.figures import with_figures
from recirc.extraction.naming import headline_element, named, shown_titles
from recirc.extraction.page import Page
from recirc.extraction.pictures import page_pictures
from recirc.extraction.structured import structured
from recirc.extraction.tree import tree_of
from recirc.extraction.visible_parts import below, visible_parts
from recirc.extraction.writers import authors, is_account, told_authors
from recirc.text.charset import decoded
from recirc.text.clean import body_html, words_of

LONGEST_SUMMARY: Final = 10_000  # characters, as sources.fields


def read_html(content: bytes | str, *, url: str | None = None, charset: str | None = None) -> Page:
    """What stands on a page of HTML; of anything else an almost empty Page, and never an error.

    At most `charset.MOST_READ` bytes are read, and time and memory are bounded for whatever they are.

    Args:
        content: the page as it was fetched.
        url: where it stands; relative addresses are resolved against it.
        charset: what the server says of its encoding.
    """
    tree = tree_of(decoded(content, charset))
    return Page(url=url) if tree is None else read_tree(tree, url)


def read_tree(tree: HtmlElement, url: str | None) -> Page:
    """What stands on a page that `tree.tree_of` made; the tree is left as it is."""
    headings, title = shown_titles(tree)
    hints = [title or "", *(line(h1, 1_000) for h1 in headings)]
    said = structured(tree, hints)
    base = metadata.base_of(tree, url)
    address = metadata.canonical(tree, said, base)
    names = named(tree, said, url or address)
    heading = headline_element(tree, names.headline)
    told = told_authors(said, (names.brand, names.outlet), url or address)
    shown = visible_parts(tree, heading, names, [author.name for author in told])
    visible = "\n".join(line.text for line in shown.lines)
    dates = metadata.dated(tree, said, heading, shown.dates, url or address, visible)
    writers = authors(tree, said, (names.brand, names.outlet), url or address, shown.byline)
    found = body_of(tree, said, names.headline, shown.lines, base, shown.head)
    body = with_figures(body_html(found, "html"), tree, base)
    text = words_of(body)
    page = Page(
        headline=names.headline,
        title=names.title,
        shown_headline=line(heading, 1_000) if heading is not None else None,
        brand=names.brand,
        outlet=names.outlet,
        breadcrumb=shown.breadcrumb,
        section=metadata.section(said) or shown.section,
        byline=shown.byline or (" and ".join(author.name for author in writers) if writers else None),
        byline_text=shown.byline_text,
        standfirst=shown.standfirst,
        authors=writers,
        told_authors=tuple(author.name for author in told) if shown.byline and not is_account(said) else (),
        date_text=dates.text,
        published=dates.published,
        updated=dates.updated,
        told_published=dates.told,
        shown_published=dates.shown,
        body=body,
        text=text,
        summary=metadata.summary(said, LONGEST_SUMMARY),
        topics=metadata.topics(tree, said),
        language=metadata.language(tree, said),
        url=url,
        canonical_url=address,
        noindex=metadata.noindex(said),
        pictures=page_pictures(tree, said, base),
    )
    return surroundings(tree, below(page, shown.lines))
