"""A page as the checks see it: whose it says it is, whose by its own words, and its text without the brand."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from recirc.extraction.biographies import Biography, biography_of
from recirc.extraction.brands import around, names_in, unframed
from recirc.extraction.bylines import is_desk
from recirc.extraction.closing import closing_biography
from recirc.extraction.labels import section_names
from recirc.extraction.outlets import (
    NAME_OF_OUTLET,
    has_news_word,
    key_of,
    names_agency,
    outlet_in,
    same,
)
from recirc.extraction.page import Page
from recirc.extraction.signoffs import SignOff, sign_off_at_end, sign_off_of
from recirc.provenance.injections import LEAST_BRAND, advert_in, glued_tokens
from recirc.provenance.voices import Voice, voices_in
from recirc.text.near_duplicates import Shingles
from recirc.text.sites import host_of
from recirc.text.vocabulary import folded, words
from recirc.types import Finding

LONGEST_SIGN_OFF: Final = 110  # characters of a last paragraph that is one
LEAST_UNCASED: Final = 3  # signs of a brand in writing without capitals
_ARTICLES: Final = frozenset(("the", "la", "le", "les", "el", "il", "der", "die", "das", "de", "het"))
_HREF: Final = re.compile(r'href="(https?://[^"]+)"', re.IGNORECASE)

_SPEECH: Final = re.compile(
    rf"(?:\b(?:tells?|told|telling|confirmed to|speaking to|in an interview (?:with|for)) "
    rf"(?P<outlet>{NAME_OF_OUTLET})|\b(?P<learned>{NAME_OF_OUTLET}) has learn(?:ed|t)\b)"
)
_CREDIT: Final = re.compile(
    r"\b(?:(?:originally|first) (?:appeared|published|ran|posted|printed|broadcast)|republished|"
    r"reprinted|reproduced|"
    r"courtesy|syndicated|distributed|provided|produced|supplied|source\s*:|credit\s*:|copyright|©|\(c\))"
    rf"[^.;]{{0,70}}?(?:\b(?:in|on|by|from|of|at|to)\b|:|©|"
    rf"\d{{4}})\s*(?:the website of )?(?P<outlet>{NAME_OF_OUTLET})",
    re.IGNORECASE,
)
_DATELINE: Final = re.compile(
    r"^(?P<place>[A-ZÀ-Þ][\w'’ .,/-]{2,50}?)\s*\("
    r"(?P<outlet>Reuters|AP|AFP|UPI|Bloomberg|dpa|Xinhua|CNN|PTI|ANI|IANS|TASS)\)\s*(?:[-–—:]|\w)"
)

_OTHER_DATELINE: Final = re.compile(
    r"^(?P<place>[A-ZÀ-ÞА-Я][A-ZÀ-ÞА-Я'’ ./-]{2,40}(?:, [^\W\d_]{3,10}\.? \d{1,2}|, \d{1,2}\.? [^\W\d_]{3,10}\.?)?)\s*"
    r"\((?P<outlet>[^()\n]{2,40})\)\s*[-–—:]"
)


class ArchiveCopy(NamedTuple):
    """An article of the archive that a text is a near-copy of.

    Attributes:
        containment: share of the shorter text's 4-grams that the longer one holds, 0 to 1.
        first_seen: when a source first showed it; None: nobody knows.
    """

    id: str
    headline: str
    outlet: str | None
    published: datetime | None
    url: str | None
    containment: float
    first_seen: datetime | None = None


Copies: TypeAlias = Callable[[Shingles], Sequence[ArchiveCopy]]
"""The articles of an archive of which a text is a near-copy, most similar first."""


class SpeechMention(NamedTuple):
    """A place where the text says whom people spoke to."""

    quote: str
    outlet: str


class InspectionContext(Struct, frozen=True, kw_only=True):
    """What the checks are asked about.

    Attributes:
        own: names that the page gives itself; an outlet that is none of them is foreign.
        affixes: the names before and after the headline in the title.
        headline: without what was injected into it.
        text: the body's words, one line a paragraph, without what was injected.
        glued: what has a brand glued to it in the body, and the word without: "AlgosenseyUkraine", "Ukraine".
        prefix: the site's name with a sign at the headline that readers are shown: "Vexora|", "(Vexora)".
        advert: an advertiser's phrase within a sentence.
        biographies: whom the biographies are about, each with its text.
        speeches: foreign outlets that people spoke to, by the text.
        voices: passages in which the text speaks as an outlet's own; `sign_off` is the line under it.
        credits: outlets that the page itself names as where the article comes from; `credit_lines` are lines, in any
            language, that say so, as `key_of` makes them.
        dateline: the agency in the text's dateline, and the dateline.
    """

    page: Page
    own: tuple[str, ...]
    affixes: tuple[tuple[str, ...], tuple[str, ...]]
    headline: str | None
    body: str
    text: str
    glued: tuple[tuple[str, str], ...]
    prefix: str | None
    advert: str | None
    biographies: tuple[tuple[Biography, str], ...]
    speeches: tuple[SpeechMention, ...]
    voices: tuple[Voice, ...]
    sign_off: SignOff | None
    credits: tuple[str, ...]
    credit_lines: tuple[str, ...]
    dateline: SpeechMention | None
    links: tuple[str, ...]  # addresses in the body
    copies: tuple[ArchiveCopy, ...] = ()
    seen: datetime | None = None  # when a source first showed the page; None: nobody knows
    found: tuple[Finding, ...] = ()  # by the checks before

    def is_own(self, outlet: str) -> bool:
        """Whether an outlet is the page's own, by name."""
        return any(same(outlet, name) for name in self.own)

    def is_credited(self, outlet: str) -> bool:
        """Whether the page says, or shows by a link, that the article comes from an outlet."""
        named = (*self.credits, *(each for each in (self.page.byline, self.page.byline_text) if each))
        if any(same(outlet, name) for name in named):
            return True
        if any(author.outlet and same(outlet, author.outlet) for author in self.page.authors):
            return True
        key = key_of(outlet)
        if any((key if len(key) < 6 else key[:-2]) in line for line in self.credit_lines):
            return True
        hosts = [key_of(host_of(link)) for link in self.links]
        return any(key_of(outlet) in host for host in hosts if len(key_of(outlet)) >= 3)

    @property
    def has_desk(self) -> bool:
        """Whether the byline names the site itself or a desk of it, and no person."""
        byline = self.page.byline
        return bool(byline) and (is_desk(byline or "") or self.is_own(byline or ""))

    def by(self, person: str) -> bool:
        """Whether the byline or the authors name a person, be it by the last name alone."""
        named = " ".join([self.page.byline or "", *(author.name for author in self.page.authors)]).casefold()
        last = person.split()[-1].casefold()
        return last in re.findall(r"[\w’'-]+", named)


def reading_of(
    page: Page, copies: tuple[ArchiveCopy, ...] = (), seen: datetime | None = None
) -> InspectionContext:
    """What a page's parts say together."""
    own, affixes = _own_names(page)
    brands = _brands(page, affixes)
    glued, text = _unglued(page.text, brands, page, own)
    body = page.body
    for token, word in glued.items():
        body = body.replace(token, word)
    headline = page.headline
    prefix = None
    if headline:
        also, headline = _unglued(headline, brands, page, own)
        glued |= also
        prefix = _framing(page.shown_headline or headline, _site_names(page))
        headline = unframed(headline, _site_names(page)).headline
    advert = advert_in(text, headline or "")
    if advert is not None:
        text, body = (re.sub(rf"\s?{re.escape(advert)}", "", each, count=1) for each in (text, body))
    return InspectionContext(
        page=page,
        own=own,
        affixes=affixes,
        headline=headline,
        body=body,
        text=text,
        glued=tuple(glued.items()),
        prefix=prefix,
        advert=advert,
        biographies=_biographies(page),
        speeches=tuple(
            speech for speech in _speeches(text) if not any(same(speech.outlet, name) for name in own)
        ),
        voices=tuple(voices_in(text)),
        sign_off=_sign_off(page),
        credit_lines=credit_lines(page),
        credits=_credits(page),
        dateline=_dateline(text),
        links=tuple(_HREF.findall(page.body)),
        copies=copies,
        seen=seen,
    )


def _sign_off(page: Page) -> SignOff | None:
    """What signs the article off: a line below it, its last paragraph, or brackets at its end."""
    if page.sign_off:
        return sign_off_of(page.sign_off)
    last = page.text.rsplit("\n", 1)[-1]
    return (sign_off_of(last) if len(last) <= LONGEST_SIGN_OFF else None) or sign_off_at_end(page.text)


def credit_lines(page: Page) -> tuple[str, ...]:
    """The lines above and below an article that say that it was published elsewhere before, or with permission."""
    lines = page.text.split("\n")
    told = [
        *lines[:2],
        *lines[-3:],
        page.standfirst or "",
        *(page.biography or "").split("\n"),
        page.byline_text or "",
    ]
    return tuple(
        dict.fromkeys(
            key_of(line)
            for line in told
            if len(line) <= 400 and any(phrase in line.casefold() for phrase in words("credit"))
        )
    )


def _own_names(page: Page) -> tuple[tuple[str, ...], tuple[tuple[str, ...], tuple[str, ...]]]:
    parts = around(page.title or "", page.headline)
    affixes = (tuple(names_in(parts.before)), tuple(names_in(parts.after)))
    host = host_of(page.url)
    labels = [
        label for label in host.split(".")[:-1] if label not in ("www", "m", "co", "com", "news", "edition")
    ]
    named = [name for name in (page.brand, page.outlet) if name]
    return tuple(dict.fromkeys([*named, *affixes[0], *affixes[1], *labels, *_desk_name(page)])), affixes


def _brands(page: Page, affixes: tuple[tuple[str, ...], tuple[str, ...]]) -> list[str]:
    """The names of the site that may be in the text: from the title, the footer, a desk's byline."""
    given = (*affixes[0], *affixes[1], page.brand, page.outlet, *_desk_name(page))
    return [
        name
        for name in dict.fromkeys(name for name in given if name)
        if len(key_of(name)) >= (LEAST_BRAND if name.isascii() else LEAST_UNCASED)
    ]


def _site_names(page: Page) -> list[str]:
    """The names that are certainly the site's, and no section or genre that a headline may begin with."""
    host = host_of(page.url).removeprefix("www.").split(".")[0]
    names = [
        page.outlet,
        *_desk_name(page),
        host,
        page.brand if page.url or page.outlet is None or page.brand == page.outlet else None,
    ]
    before = names_in(around(page.title or "", page.headline).before)
    # A name that stands nowhere but before the headline may be a column's.
    names = [name for name in names if name not in before or name != page.brand or page.url or page.outlet]
    known = {folded(name) for name in (*page.breadcrumb, *page.topics, page.section or "")} | section_names()
    return [name for name in names if name and folded(name) not in known]


def _desk_name(page: Page) -> list[str]:
    """The name in a desk's byline that is no desk's word: "Vexora Desk", "Redaktion Vexora", "Vexora编辑部"."""
    if not page.byline or not is_desk(page.byline):
        return []
    bare = re.sub(r"(?:编辑部|編輯部|编辑室|編集部|編集室|取材班|報道部|新闻组|综合)$", "", page.byline)
    if bare != page.byline:
        return [bare] if bare else []
    named = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-zA-Z])(?=[\u3040-\u9fff])", " ", page.byline))
    named = [
        word
        for word in named
        if (word[:1].isupper() or not word[:1].isascii())
        and not is_desk(word)
        and folded(word) not in _ARTICLES
    ]
    return [" ".join(named)] if named else []


def _framing(headline: str, names: Sequence[str]) -> str | None:
    """The site's name with a sign before a headline, or in brackets or behind "@" after it; None without one.

    Behind a dash or a bar a name is what honest titles have.
    """
    parts = unframed(headline, names)
    if parts.before:
        return parts.before
    return parts.after if parts.after[:1] in ("@", "(", "[", "（", "【") else None


def _unglued(text: str, brands: Sequence[str], page: Page, own: Sequence[str]) -> tuple[dict[str, str], str]:
    """The tokens that have a brand glued to a word, each with that word; and the text without the brand."""
    found: dict[str, str] = {}
    vocabulary = frozenset(_vocabulary(page))
    for brand in brands:
        found |= glued_tokens(text, brand, vocabulary, own)
    for token, word in found.items():
        text = text.replace(token, word)
    return found, text


def _vocabulary(page: Page) -> set[str]:
    """The words that occur on the page on their own."""
    said = " ".join([page.text, page.headline or "", *page.topics])
    return {each.casefold() for each in re.findall(r"[^\W\d_]+", said)}


def _biographies(page: Page) -> tuple[tuple[Biography, str], ...]:
    lines = (page.biography or "").split("\n")
    lines += [author.biography for author in page.authors if author.biography]
    found = ((biography_of(line) or closing_biography(line, page.text), line) for line in lines if line)
    return tuple((biography, line) for biography, line in found if biography is not None)


def _speeches(text: str) -> list[SpeechMention]:
    found = []
    for match in _SPEECH.finditer(text):
        outlet = outlet_in(match["outlet"] or match["learned"])
        if outlet is not None:
            end = match.start() + match[0].find(outlet) + len(outlet)
            quote = match[0] if match["learned"] else text[match.start() : end]
            found.append(SpeechMention(_clause(text, match.start(), end, quote), outlet))
    return found


def _clause(text: str, start: int, end: int, quote: str) -> str:
    """Some words before a quote, from its own line."""
    before = text[max(0, start - 60) : start].split("\n")[-1]
    words = before.split(" ")[-5:]
    return f"{' '.join(words)}{quote if quote != text[start:end] else text[start:end]}".strip()


def _credits(page: Page) -> tuple[str, ...]:
    lines = page.text.split("\n")
    # A credit is above or below an article; a sentence in the middle may be about another article.
    told = [
        *lines[:2],
        *lines[-4:],
        f"© {page.outlet}" if page.outlet else "",
        page.byline_text or page.byline or "",
        page.biography or "",
    ]
    found = []
    for line in told:
        for match in _CREDIT.finditer(line):
            outlet = outlet_in(match["outlet"])
            if outlet is not None:
                found.append(outlet)
    if page.byline:
        pieces = re.split(
            r",|;|\||/|\bfor\b|\bof\b|\bat\b|\band\b|\bvia\b|[-–—(]", page.byline_text or page.byline
        )
        found += [
            outlet
            for outlet in (outlet_in(piece.strip(" )")) for piece in pieces if piece.strip(" )"))
            if outlet
        ]
    canonical, url = map(host_of, (page.canonical_url, page.url))
    if canonical and url and key_of(canonical.removeprefix("www.")) != key_of(url.removeprefix("www.")):
        found.append(canonical.removeprefix("www."))
    return tuple(dict.fromkeys(found))


def _dateline(text: str) -> SpeechMention | None:
    match = _DATELINE.match(text)
    if match is None:
        found = _OTHER_DATELINE.match(text)
        if found is None or not (has_news_word(found["outlet"]) or names_agency(found["outlet"])):
            return None
        return SpeechMention(f"{found['place']} ({found['outlet']})", found["outlet"])
    return SpeechMention(f"{match['place']} ({match['outlet']})", match["outlet"]) if match else None
