"""Scrapers of the fifth set: how programs and people save an article as text."""

from collections.abc import Callable
from typing import Final

from invented.fifth.makers import Parts


def reader_mode(parts: Parts) -> str:
    """The reading view of a browser: domain, title, author, minutes."""
    return _joined(f"{_domain(parts)}", parts.headline, parts.author, parts.words["read"], "---", parts.written, "",
                   *_spaced(parts.body), *parts.tails, *_bio(parts))  # fmt: skip


def printed(parts: Parts) -> str:
    """A PDF as text: head and foot of each sheet stand between paragraphs."""
    head, foot = f"{parts.outlet} | {parts.written}", "{} / 2"
    return _joined(head, "", parts.section.upper(), parts.headline, parts.standfirst, parts.by, "",
                   *parts.body[:3], "", foot.format(1), "\f" + head, *parts.body[3:], *parts.tails, *_bio(parts), "",
                   foot.format(2))  # fmt: skip


def channel(parts: Parts) -> str:
    """A channel of a messenger."""
    tags = " ".join("#" + tag.replace(" ", "_") for tag in parts.words["tags"])
    return _joined(parts.outlet, f"{parts.written}", f"**{parts.headline}**", "", *_spaced(parts.body), *parts.tails,
                   *_bio(parts), tags, parts.reaction)  # fmt: skip


def front_matter(parts: Parts) -> str:
    """A file of a static site's generator."""
    return _joined("---", f'title: "{parts.headline}"', f"author: {parts.author}", f"date: {parts.day}",
                   f"category: {parts.section}", f"site: {parts.outlet}", "---", "", *_spaced(parts.body), *parts.tails,
                   *_bio(parts), "", f"## {parts.related[0]}",
                   *(f"- {line}" for line in parts.related[1:]))  # fmt: skip


def clipped(parts: Parts) -> str:
    """A note-taking program's clip."""
    return _joined(parts.headline, f"Clipped from: https://www.{_domain(parts)}/a/17", parts.by, parts.written, "",
                   *_spaced(parts.body), *parts.tails, *_bio(parts), parts.reaction, "", *parts.related, "",
                   parts.words["rights"].format(o=parts.outlet))  # fmt: skip


def everything(parts: Parts) -> str:
    """All visible text, a line an element."""
    words = parts.words
    return _joined(words["cookies"], *words["login"], parts.outlet, words["home"], parts.section, parts.headline,
                   parts.standfirst, parts.by, parts.written, words["read"], parts.caption, *parts.body, *parts.tails,
                   *_bio(parts), words["share"], parts.reaction, *parts.related, words["popular"],
                   *words["popular_items"], *words["comments"], words["rights"].format(o=parts.outlet))  # fmt: skip


def byline_last(parts: Parts) -> str:
    """Section and headline, text, then author and date after a dash."""
    return _joined(f"{parts.outlet} / {parts.section}", "", parts.headline, "", *_spaced(parts.body), *parts.tails,
                   f"— {parts.author}, {parts.written}", *_bio(parts), "", *parts.related)  # fmt: skip


def letter(parts: Parts) -> str:
    """A newsletter as plain text: rules, headline in capitals where the script has them."""
    rule = "=" * 40
    return _joined(rule, f"  {parts.outlet}", f"  {parts.written}", rule, "", f"{parts.section} | {parts.headline}",
                   parts.by, "",
                   *_spaced(parts.body), *parts.tails, *_bio(parts), rule, f">> {parts.related[0]}",
                   *(f" * {line}" for line in parts.related[1:]), rule,
                   parts.words["rights"].format(o=parts.outlet))  # fmt: skip


def forum(parts: Parts) -> str:
    """Somebody's post in a forum: the article quoted, answers below it."""
    return _joined(f"[{parts.section}] {parts.headline}", f"{parts.outlet}, {parts.written}", parts.by, "",
                   *_spaced(parts.body), *parts.tails, *_bio(parts), parts.reaction, "",
                   *parts.words["comments"])  # fmt: skip


def _joined(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _spaced(lines: tuple[str, ...]) -> list[str]:
    return [text for line in lines for text in (line, "")]


def _bio(parts: Parts) -> list[str]:
    return [parts.bio] if parts.bio else []


def _domain(parts: Parts) -> str:
    name = "".join(letter for letter in parts.outlet.casefold() if letter.isascii() and letter.isalnum())
    return f"{name or 'news'}.example"


SCRAPERS: Final[tuple[Callable[[Parts], str], ...]] = (
    everything, reader_mode, printed, clipped, channel, front_matter, byline_last, letter, forum,
)  # fmt: skip
"""The scrapers, in the order in which pages take them."""
SHOWN: Final = {
    "everything": "outlet section author date reaction related", "reader_mode": "author date",
    "printed": "outlet section author date", "channel": "outlet date reaction",
    "front_matter": "outlet section author date related", "clipped": "outlet author date reaction related",
    "byline_last": "outlet section author date related", "letter": "outlet section author date related",
    "forum": "outlet section author date reaction",
}  # fmt: skip
"""What each dump shows beside headline and text."""
