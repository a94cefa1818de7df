"""The sample newspapers: The Wrenmouth Tide and, in German, Kattensieler Bote; two weeks of each, dated relative to a
given moment.
"""

import tomllib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct, convert, structs

from recirc.demo.pictures import pictures_of, portrait_address
from recirc.demo.typography import typeset, typeset_values
from recirc.text.clean import body_html
from recirc.text.slugs import title_of
from recirc.types import Article, Author, Claims, Provenance

FOLDERS: Final = {"en": Path(__file__).parent / "paper", "de": Path(__file__).parent / "paper_de"}
"""The folder of each newspaper, by its language."""

FENCE = "+++\n"
_NAMES: Final = frozenset({"author", "copy_of", "email", "host", "slug", "story", "time", "colours"})
"""What is no text for readers, or is looked up by how it is written."""

SPREAD = timedelta(minutes=3)
"""Distance, at most, between articles that are moved back because they would be dated in the future."""


class PaperSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the paper."""

    slug: str
    title: str
    description: str


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newspaper itself, with its sections in the order of the menu.

    `host`: the host at which it is read; None: at all others.
    """

    name: str
    tagline: str
    town: str
    host: str | None = None
    colours: dict[str, str] = {}
    section: tuple[PaperSection, ...]


class FrontMatter(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of an article's file.

    `day` counts from today (0, -1, …), `time` is local.
    """

    headline: str
    summary: str
    author: str
    day: int
    time: str
    topics: tuple[str, ...]
    story: str | None = None
    outlet: str | None = None
    copy_of: str | None = None


class PaperFile(NamedTuple):
    """An article's file; `slug` becomes its id."""

    slug: str
    section: str
    front: FrontMatter
    text: str


class PaperArticle(Struct, frozen=True, kw_only=True):
    """An article, with what the newsroom knows and readers do not see.

    `story` names the running story that it is a part of; `copy_of` is the id of the article of
    which it is the wire version.
    """

    article: Article
    story: str | None
    copy_of: str | None


@cache
def paper(language: str = "en") -> Paper:
    """The name, tagline and sections of the newspaper in a language."""
    return convert(_table(language, "paper.toml"), Paper)


@cache
def authors(language: str = "en") -> dict[str, Author]:
    """Its authors by name, the wire agency included."""
    rows = convert(_table(language, "authors.toml")["author"], tuple[Author, ...])
    return {author.name: structs.replace(author, picture=portrait_address(author.name)) for author in rows}


def articles(now: datetime, language: str = "en") -> tuple[Article, ...]:
    """All articles of the newspaper in a language, the oldest first, as of `now`, which must know its time zone."""
    return tuple(piece.article for piece in pieces(now, language))


def pieces(now: datetime, language: str = "en") -> tuple[PaperArticle, ...]:
    """All its articles with what the newsroom knows of each, the oldest first.

    Day 0 begins at the midnight before `now` in its own time zone. Articles that would be dated in the future are
    moved back to shortly before `now`, in their order, so that a paper opened at night is complete too.
    """
    written = sorted(
        ((_moment(now, file.front), file) for file in _files(language)),
        key=lambda each: (each[0], each[1].slug),
    )
    moments = _moved_back([moment for moment, _ in written], now)
    return tuple(_piece(language, moment, file) for moment, (_, file) in zip(moments, written, strict=True))


def _moment(now: datetime, front: FrontMatter) -> datetime:
    day = now.date() + timedelta(days=front.day)
    return datetime.combine(day, time.fromisoformat(front.time), tzinfo=now.tzinfo)


def _moved_back(moments: Sequence[datetime], now: datetime) -> list[datetime]:
    """Rising moments; those not before `now` are moved between the last one that is, and `now`."""
    past = [moment for moment in moments if moment < now]
    late = len(moments) - len(past)
    step = min(SPREAD, (now - past[-1]) / (late + 1)) if past else SPREAD
    return [*past, *(now - step * place for place in range(late, 0, -1))]


def _piece(language: str, moment: datetime, file: PaperFile) -> PaperArticle:
    front = file.front
    title = next(section.title for section in paper(language).section if section.slug == file.section)
    article = Article(
        id=file.slug,
        headline=front.headline,
        summary=front.summary,
        body=body_html(file.text, "text"),
        section=file.section,
        topics=front.topics,
        authors=(authors(language)[front.author],),
        published=moment,
        language=language,
        pictures=pictures_of(file.slug, language),
        provenance=Provenance(
            outlet=front.outlet or paper(language).name,
            source="sample newspaper",
            # The title tells how the section is spelled: "Küste", of which "kuste" is the slug.
            claims=Claims(section=title) if title != title_of(file.section) else None,
        ),
    )
    return PaperArticle(article=article, story=front.story, copy_of=front.copy_of)


@cache
def _files(language: str) -> tuple[PaperFile, ...]:
    found = []
    for path in sorted(FOLDERS[language].glob("*/*.md")):
        _, matter, text = path.read_text("utf-8").split(FENCE, 2)
        found.append(
            PaperFile(
                path.stem,
                path.parent.name,
                convert(typeset_values(tomllib.loads(matter), language, _NAMES), FrontMatter),
                typeset(text.strip(), language),
            )
        )
    return tuple(found)


def _table(language: str, name: str) -> dict[str, Any]:
    table = tomllib.loads((FOLDERS[language] / name).read_text("utf-8"))
    found: dict[str, Any] = typeset_values(table, language, _NAMES)
    return found
