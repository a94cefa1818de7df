"""The newspaper in Arabic beside the sample newspapers, for the audit: `arabic.toml`, its pictures, its readers."""

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct, convert, structs

from recirc.demo.drawing.scenes import scene
from recirc.demo.pictures import address_of, keep
from recirc.engine import Engine
from recirc.engine.observations import with_ids
from recirc.settings import BrandSettings, Settings
from recirc.text.clean import body_html
from recirc.text.slugs import slug
from recirc.types import (
    NO_POSITION,
    RECORD,
    Article,
    Author,
    Claims,
    Decision,
    EntryKind,
    Picture,
    Provenance,
)

FILE: Final = Path(__file__).resolve().with_name("arabic.toml")
MOST_READ: Final = 30
"""Readers of the first article within the hour; each further one has one in six less."""


class ArabicArticle(Struct, frozen=True, forbid_unknown_fields=True):
    """An article of the file; day and time are as in the demo's own, `scene` is how its picture is drawn."""

    id: str
    section: str
    author: str
    topics: tuple[str, ...]
    day: int
    time: str
    scene: str
    alt: str
    headline: str
    summary: str
    text: str


class ArabicPaper(Struct, frozen=True, forbid_unknown_fields=True):
    """The newspaper."""

    name: str
    tagline: str
    host: str
    credit: str
    article: tuple[ArabicArticle, ...]


PAPER: Final = convert(tomllib.loads(FILE.read_text("utf-8")), ArabicPaper)


def with_arabic(settings: Settings, port: int) -> Settings:
    """The settings with this newspaper among the brands."""
    brand = BrandSettings(
        name=PAPER.name,
        tagline=PAPER.tagline,
        hosts=(PAPER.host,),
        url=f"http://{PAPER.host}:{port}",
        language="ar",
        sections=tuple(dict.fromkeys(slug(each.section) for each in PAPER.article)),
        outlets=(PAPER.name,),
    )
    opinion = (*settings.portal.opinion, slug("رأي"))
    return structs.replace(
        settings,
        brands=structs.replace(settings.brands, list=(*settings.brands.list, brand)),
        portal=structs.replace(settings.portal, opinion=opinion),
    )


def publish(settings: Settings, now: datetime) -> None:
    """Publish its articles, and let some people read them."""
    engine = Engine.open(settings)
    try:
        engine.publish([_article(each, now) for each in PAPER.article]).result()
        engine.catch_up()
        engine.append(with_ids(_views(engine, now))).result()
        engine.catch_up()
    finally:
        engine.close()


def draw_arabic(settings: Settings) -> None:
    """Draw its pictures."""
    keep(settings, ((address_of(each.id), scene(each.scene)) for each in PAPER.article), lead=True)


def _article(each: ArabicArticle, now: datetime) -> Article:
    moment = datetime.combine(
        now.date() + timedelta(days=each.day), time.fromisoformat(each.time), now.tzinfo
    )
    return Article(
        id=each.id,
        headline=each.headline,
        summary=each.summary,
        body=body_html(each.text),
        section=slug(each.section),
        topics=each.topics,
        authors=(Author(name=each.author),),
        language="ar",
        published=moment,
        pictures=(Picture(address=address_of(each.id), alt=each.alt, credit=PAPER.credit),),
        provenance=Provenance(outlet=PAPER.name, claims=Claims(section=each.section)),
    )


def _views(engine: Engine, now: datetime) -> "np.ndarray[tuple[int], np.dtype[np.void]]":
    readers = [max(round(MOST_READ * (5 / 6) ** place), 2) for place in range(len(PAPER.article))]
    records = np.zeros(sum(readers), RECORD)
    records["kind"], records["position"], records["source"] = EntryKind.VIEW, NO_POSITION, -1
    records["article"] = np.repeat(engine.intern([each.id for each in PAPER.article]), readers)
    # Above the sample newspapers' readers, who are numbered from 1, and each with the page before them.
    records["reader"] = np.arange(len(records)) + 10_000_000
    records["decision"] = Decision.CONFIRMED
    spread = np.linspace(0, timedelta(minutes=50).total_seconds(), len(records))
    records["time"] = ((now.timestamp() - spread) * 1000).astype(np.int64)
    return records
