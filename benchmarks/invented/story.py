"""What an invented page is made of: a story, the words of its language, and what is true of the page."""

from typing import NamedTuple


class Story(NamedTuple):
    """An invented article; `section` fits it, `wrong_section` does not, `related` are headlines that fit it."""

    language: str
    section: str
    wrong_section: str
    headline: str
    standfirst: str
    paragraphs: tuple[str, ...]
    author: str
    tags: tuple[str, ...]
    related: tuple[str, ...]


class Words(NamedTuple):
    """What a newspaper of one language writes around its articles; of pairs the first is developing, the second held.

    In templates, `{n}` is a person, `{o}` an outlet, `{d}` a day without its year, `{c}` a number.
    """

    by: tuple[str, str]
    home: str
    role: str
    tags: str
    share: str
    desk: str
    date_label: str
    caption: str
    related: tuple[str, str]
    popular: str
    reaction: tuple[str, str]
    biography: tuple[str, str]
    voice: tuple[str, str]
    sign_off: tuple[str, str]
    when: tuple[str, str]
    past: str
    gossip: tuple[str, ...]


class InventedPage(NamedTuple):
    """A page with what is true of it.

    Attributes:
        kinds: the findings that it deserves.
        headline, byline, section, published, outlet, begins: what stands on it; None: not asked.
        ends: any of these is how the article's text may end; none: not asked.
        allowed: findings that are not asked for and are not false either.
        lies: how each kind of lie was told, for the report of what was missed.
    """

    name: str
    form: str  # "html" or "text"
    language: str
    content: str
    kinds: frozenset[str]
    headline: str
    byline: str | None
    section: str | None
    published: str | None  # ISO date
    outlet: str | None
    begins: str
    lies: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    allowed: frozenset[str] = frozenset()
