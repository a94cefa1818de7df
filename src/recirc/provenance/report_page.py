"""An inspection as one page of HTML that can be sent to a colleague: no other file, no script, no request."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from recirc.provenance.inspect import Inspection
from recirc.provenance.overturn import OVERTURNED_BY, confidence_in_words
from recirc.types import Finding

TITLES: Final = {
    "copied": "This text is another outlet's", "byline": "The byline is contradicted",
    "date": "The date is contradicted",
    "injected": "Words were put into the text", "section": "The text does not belong in its section",
    "count": "A number that nothing supports", "links": "A list that has nothing to do with the article",
}  # fmt: skip
MOST_PARAGRAPHS: Final = 400
MOST_MARKS: Final = 60  # of one finding; more make a page unreadable

_QUOTE: Final = re.compile(r'"([^"\n]{2,600})"')


class _Passage(NamedTuple):
    quote: str
    number: int


def as_html(inspection: Inspection, *, back: str | None = None) -> str:
    """The report: the verdict, the claims, the article as it is with the words of findings marked, and the findings.

    All words of the page are escaped; at most `MOST_PARAGRAPHS` paragraphs are shown. The page is in English, its
    article in its own language where that is known.

    Args:
        inspection: what is reported.
        back: the address of the form that asked for it, which the page links.
    """
    page, findings = inspection.page, inspection.findings
    title = escape(f"Inspection: {page.headline or page.url or 'a page'}")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>\n{_style()}</style></head>\n<body>\n"
        f'<header class="top"><p><strong>Inspection of a page</strong>{_address(page.url)}{_back(back)}</p></header>\n'
        f'<main>\n<h1 class="verdict">{_verdict(findings)}</h1>\n'
        f"{_claims(inspection)}{_origin(inspection)}"
        f'<div class="page">\n<div class="findings">{_findings(findings)}</div>\n{_article(inspection)}</div>\n'
        '<p class="made">Made by Recirc from the page alone and, where one was given, an archive. '
        "A finding says what the page contradicts, not who is to blame.</p>\n</main>\n</body></html>\n"
    )


@cache
def content_policy() -> str:
    """The Content-Security-Policy under which a server sends the report: nothing is loaded or run, its own style
    alone applies."""
    digest = b64encode(sha256(f"\n{_style()}".encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


@cache
def _style() -> str:
    return Path(__file__).with_name("report.css").read_text("utf-8")


def _address(url: str | None) -> str:
    return f"<br>{_link(url)}" if url else ""


def _back(address: str | None) -> str:
    return f'<br><a href="{escape(address)}">Inspect another page</a>' if address else ""


def _link(url: str) -> str:
    shown = escape(url)
    return (
        f'<a href="{shown}" rel="nofollow noreferrer">{shown}</a>' if re.match(r"https?://", url) else shown
    )


def _verdict(findings: Iterable[Finding]) -> str:
    told = [TITLES.get(finding.kind, finding.kind) for finding in findings]
    if not told:
        return "Nothing on this page contradicts itself."
    first = told[0]
    rest = len(told) - 1
    more = "" if not rest else f", and {rest} more {'finding' if rest == 1 else 'findings'}"
    return f"{escape(first)}{more}."


def _claims(inspection: Inspection) -> str:
    page = inspection.page
    rows = (
        ("Headline", page.shown_headline or page.headline, inspection.headline),
        ("Outlet", page.outlet or page.brand, inspection.outlet),
        ("Author", page.byline_text or page.byline, inspection.byline),
        ("Published", page.date_text or _day(page.published), _day(inspection.published)),
        ("Section", page.section, inspection.section),
        ("Address", page.canonical_url or page.url, page.canonical_url or page.url),
    )
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{_known(claim, "not on the page")}</td>'
        f"<td>{_known(true, 'not known')}</td></tr>"
        for name, claim, true in rows
    )
    return (
        '<section aria-labelledby="claims"><h2 id="claims">What the page claims</h2><table><thead><tr>'
        '<th scope="col">Part</th><th scope="col">The page says</th><th scope="col">As far as can be known</th>'
        f"</tr></thead><tbody>{body}</tbody></table></section>\n"
    )


def _known(value: str | None, otherwise: str) -> str:
    return escape(value) if value else f'<span class="unknown">{otherwise}</span>'


def _day(moment: datetime | None) -> str | None:
    return f"{moment.day} {moment:%B %Y}" if moment else None


def _origin(inspection: Inspection) -> str:
    """What the original seems to be, and the evidence for who had it first."""
    origin = inspection.origin
    if origin is None:
        return ""
    by = f" by {escape(origin.author)}" if origin.author else ""
    outlet = escape(origin.outlet or "an outlet not named")
    told = [f"<p>The original seems to be an article{by} of <strong>{outlet}</strong>.</p>"]
    known = origin.known
    if known is not None:
        name = escape(known.headline)
        if known.url and re.match(r"https?://", known.url):
            name = f'<a href="{escape(known.url)}" rel="noreferrer">{name}</a>'
        told.append(
            f"<p>In the archive: {name}, {known.containment:.0%} of the shorter text in the longer one.</p>"
        )
        times = [
            f"{name} {moment:%Y-%m-%d %H:%M} UTC"
            for name, moment in (
                ("it says it was published", known.published),
                ("a source first showed it", known.first_seen),
                ("this page says", inspection.page.published),
            )
            if moment is not None
        ]
        told.append(f"<p>Who had it first: {escape('; '.join(times)) or 'no times are known'}.</p>")
    else:
        told.append(f"<p>Who had it first: {escape(origin.why)}. No copy of it was compared.</p>")
    return f'<section aria-labelledby="origin"><h2 id="origin">The original</h2>{"".join(told)}</section>\n'


def _findings(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return '<section aria-labelledby="found"><h2 id="found">Findings</h2><p>None.</p></section>'
    items = "".join(_finding(finding, number) for number, finding in enumerate(findings, 1))
    return f'<section aria-labelledby="found"><h2 id="found">Findings</h2><ol>{items}</ol></section>'


def _finding(finding: Finding, number: int) -> str:
    against = OVERTURNED_BY.get(finding.kind, "other evidence")
    why = finding.why[:1].upper() + finding.why[1:]
    return (
        f'<li class="finding" id="finding-{number}"><h3>{number}. {TITLES.get(finding.kind, finding.kind)}</h3>'
        f'<p class="sure">{confidence_in_words(finding.confidence)} ({finding.confidence:.0%})</p>'
        f'<p>{escape(why)}.</p><p class="quote">{escape(finding.evidence)}</p>'
        f'<p class="against">It would be overturned by {escape(against)}.</p></li>'
    )


def _article(inspection: Inspection) -> str:
    page = inspection.page
    passages = _passages(inspection)
    seen: set[int] = set()
    single: set[str] = set()

    def marked(text: str) -> str:
        fresh = [passage for passage in passages if passage.quote not in single]
        single.update(each.quote for each in fresh if " " not in each.quote and each.quote in text)
        return _marked(text, fresh, seen)

    shown = (page.byline_text or page.byline, page.date_text or _day(page.published), page.section)
    above = [part for part in dict.fromkeys(shown) if part]  # one line may hold both name and day
    paragraphs = "".join(
        f"<p>{marked(line)}</p>\n" for line in page.text.split("\n")[:MOST_PARAGRAPHS] if line
    )
    below = [page.sign_off, page.biography, *(f"{count.of} ({count.number})" for count in page.counts)]
    below += [f"{links.title or 'Links'}: {' · '.join(links.items)}" for links in page.links]
    lines = "".join(f"<p>{marked(line)}</p>" for line in below if line)
    below_lines = f'<div class="below">{lines}</div>' if lines else ""
    language = f' lang="{escape(page.language)}"' if page.language else ""
    facts = " · ".join(marked(part) for part in above)
    return (
        f'<section aria-labelledby="article"><h2 id="article">The article as it is</h2><article{language} dir="auto">'
        f"<h3>{marked(page.shown_headline or page.headline or 'Without a headline')}</h3>"
        f'<p class="facts">{facts}</p>\n{paragraphs}{below_lines}</article></section>\n'
    )


def _passages(inspection: Inspection) -> list[_Passage]:
    """The words of the page that the findings quote, the longest first; and what was put before its headline.

    A single word, such as one that speaks for a topic, is marked where it first stands.
    """
    found = [
        _Passage(quote, number)
        for number, finding in enumerate(inspection.findings, 1)
        for quote in dict.fromkeys(_QUOTE.findall(finding.evidence))
    ]
    shown, bare = inspection.page.shown_headline or "", inspection.headline or ""
    front = shown.removesuffix(bare) if bare and shown.endswith(bare) else ""
    found += [
        _Passage(front.strip(), number)
        for number, finding in enumerate(inspection.findings, 1)
        if finding.kind == "injected" and len(front.strip()) > 1
    ]
    return sorted(found, key=lambda passage: -len(passage.quote))[:200]


def _marked(text: str, passages: Iterable[_Passage], seen: set[int]) -> str:
    """The text as HTML, the passages in it marked; the first mark of a finding is where the finding links to."""
    spans = sorted(_spans(text, passages))
    parts: list[str] = []
    end = 0
    for start, stop, number in spans:
        first = f' id="words-{number}"' if number not in seen else ""
        seen.add(number)
        link = f'<a href="#finding-{number}" aria-label="Finding {number}">{number}</a>'
        parts.append(f"{escape(text[end:start])}<mark{first}>{escape(text[start:stop])}{link}</mark>")
        end = stop
    return "".join((*parts, escape(text[end:])))


def _spans(text: str, passages: Iterable[_Passage]) -> Iterator[tuple[int, int, int]]:
    taken: list[tuple[int, int]] = []
    for passage in passages:
        single = " " not in passage.quote
        place = text.find(passage.quote)
        while place >= 0 and len(taken) < MOST_MARKS:
            stop = place + len(passage.quote)
            within = single and _is_within_word(text, place, stop)
            if not within and all(stop <= start or place >= end for start, end in taken):
                taken.append((place, stop))
                yield place, stop, passage.number
                if single:
                    break
            place = text.find(passage.quote, stop)


def _is_within_word(text: str, start: int, stop: int) -> bool:
    """Whether a passage is a part of a longer word; writing without spaces has none."""
    edges = (text[start - 1 : start] + text[start], text[stop - 1] + text[stop : stop + 1])
    return any(len(edge) == 2 and edge.isalpha() and edge.isascii() for edge in edges)
