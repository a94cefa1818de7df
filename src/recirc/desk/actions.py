"""What is done to an article at the desk: through the same commands as over the API, each noted with who and why."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from recirc.clock import to_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.login import own_path
from recirc.desk.moments import moment_ahead
from recirc.desk.sessions import Visitor
from recirc.engine.front_page import FrontRules
from recirc.ingest.pipeline import IngestPipeline, UnknownFindingError
from recirc.reading.holds import HeldArticle
from recirc.settings.days import zone_named
from recirc.store.pins import LEADS, Pin
from recirc.store.ports import ConflictError, NotThereError
from recirc.types import Article
from recirc.web.corrections import NOTE, ArticleCorrections, wait_until_folded
from recirc.web.lookups import article_not_found, find_article
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

TEXTS = ("headline", "summary", "section")


class ArticleActions:
    """The forms below `/desk/article`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._front = FrontRules(self._engine, desk.web.stores.pins)
        self._pipeline = IngestPipeline(self._engine)
        self._corrections = ArticleCorrections(self._engine, self._pipeline, desk.web.clock)
        self._zone = zone_named(self._engine.settings.site.timezone)

    async def pin(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/pin: to a place of the front page, until a moment."""
        id_, place, until = data["id"], data["place"], self._moment(data["until"], "until")
        if not place.isascii() or not place.isdecimal() or not 1 <= int(place) <= LEADS:
            raise invalid_field(FieldError(text=f"places are 1 to {LEADS}", field="place"))
        await self._desk.run(find_article, self._engine, id_)
        pin, reason = Pin(int(place), id_, to_ms(until), visitor.name), data.text("reason")
        await self._desk.run(self._front.put, pin, self._desk.web.clock(), reason)
        detail = f"at place {place} until {until.isoformat()}"
        await self._desk.note(visitor, "pin", id_, reason, detail)
        return self._back(id_)

    async def unpin(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/unpin."""
        pinned = await self._desk.run(self._front.pins, self._desk.web.clock())
        places = [pin.place for pin in pinned if pin.article == data["id"]]
        if not places:
            raise NotThereError("this article is not pinned (any more)")
        for place in places:
            await self._desk.run(self._front.remove, place, visitor.name)
        await self._desk.note(visitor, "unpin", data["id"], data.text("reason"))
        return self._back(data["id"])

    async def correct(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/correct: what differs from the version that the form was made from."""
        id_ = data["id"]
        article, version = await self._desk.run(self._version, id_)
        if data["version"] != version:
            raise ConflictError(_changed_meanwhile(article, data))
        row = changes_of(article, data)
        if not row:
            raise invalid_field(FieldError(text="nothing is changed", field="form"))
        if note := data.text(NOTE):
            row[NOTE] = note
        result, offset = await self._desk.run(self._corrections.patch, id_, row, version or None)
        await wait_until_folded(self._engine, offset)
        detail = ", ".join(f"{name}: {value}" for name, value in row.items())
        await self._desk.note(visitor, "correct", id_, data.text("reason"), detail)
        return self._back(id_, result.outcome)

    def _version(self, id_: str) -> tuple[Article, str]:
        """The article as it is, and its version; empty while it is held back."""
        held = self._engine.life.held_version(id_)
        if held is not None:
            return held.article, ""
        stored = find_article(self._engine, id_)
        if stored.article is None:
            raise article_not_found(id_)
        return stored.article, stored.version.hex()

    async def hold(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/hold: off all pages until a moment, or until it is released."""
        id_, reason = data["id"], _reason(data)
        until = self._moment(data["until"], "until") if data["until"] else None
        article, _version = await self._desk.run(self._version, id_)
        text = f"held by {visitor.name}: {reason}"
        source = article.provenance.source or "desk"
        held = HeldArticle(0, text, "desk", source, article, until)
        refused = await self._desk.run(self._pipeline.hold, held)
        if refused is not None:
            raise ConflictError(refused)
        detail = f"until {until.isoformat()}" if until is not None else "until it is released"
        await self._desk.note(visitor, "hold", id_, reason, detail)
        return self._back(id_)

    async def release(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/release: publish what is held back, now."""
        held = await self._desk.run(self._engine.life.held_version, data["id"])
        if held is None:
            raise NotThereError("this article is not held back (any more)")
        await self._folded(lambda: self._engine.publish([held.article], restore=True))
        await self._desk.run(lambda: self._engine.life.release([held.article.id]).result())
        await self._desk.note(visitor, "release", data["id"], data.text("reason"))
        return self._back(data["id"])

    async def withdraw(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/withdraw: from all pages, with the reason."""
        id_, reason = data["id"], _reason(data)
        await self._desk.run(self._version, id_)
        await self._folded(lambda: self._engine.withdraw([id_], reason=reason, holder=visitor.name))
        await self._desk.note(visitor, "withdraw", id_, reason)
        return self._back(id_)

    async def restore(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/restore: a withdrawn article, as it was."""
        stored = await self._desk.run(self._engine.article, data["id"])
        if stored is None or not stored.withdrawn or stored.article is None:
            raise NotThereError("this article is not withdrawn (any more)")
        article = stored.article
        await self._folded(lambda: self._engine.restore(article))
        await self._desk.note(visitor, "restore", data["id"], data.text("reason"))
        return self._back(data["id"])

    async def finding(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/finding: overrule it, or confirm it again."""
        overruled = data["overruled"] == "1"
        try:
            await self._desk.run(self._pipeline.overrule, data["id"], data["kind"], overruled)
        except UnknownFindingError as error:
            raise NotThereError(str(error)) from None
        done = "overrule a finding" if overruled else "confirm a finding"
        await self._desk.note(visitor, done, data["id"], data.text("reason"), data["kind"])
        return back(own_path(data["to"]), "done") if data["to"] else self._back(data["id"])

    async def _folded(self, write: Callable[[], "Future[Any]"]) -> None:
        receipt = await self._desk.run(lambda: write().result())
        await wait_until_folded(self._engine, receipt.offset)

    def _moment(self, text: str, field: str) -> datetime:
        return moment_ahead(text, field, self._zone, self._desk.web.clock())

    @staticmethod
    def _back(id_: str, said: str = "done") -> Response:
        return back(f"/desk/article?id={quote(id_, safe='')}", said)


def changes_of(article: Article, data: FormData) -> dict[str, Any]:
    """The fields of a form that differ from the article, as a patch; a field that the form lacks is left alone."""
    row: dict[str, Any] = {}
    for name in TEXTS:
        if name in data and data.text(name) != " ".join((getattr(article, name) or "").split()):
            row[name] = data.text(name) or None
    if "topics" in data:
        topics = [topic.strip() for topic in data["topics"].split(",") if topic.strip()]
        if topics != list(article.topics):
            row["topics"] = topics
    if "body" in data and data["body"].strip() != article.body.replace("\r\n", "\n").strip():
        row["body_html"] = data["body"]
    return row


def _changed_meanwhile(article: Article, data: FormData) -> str:
    theirs = [
        f'{name} is now "{getattr(article, name) or ""}"'
        for name in TEXTS
        if name in data and data.text(name) != (getattr(article, name) or "")
    ]
    return f"somebody changed this article since you opened it: {'; '.join(theirs) or 'its text'}"


def _reason(data: FormData) -> str:
    reason = data.text("reason")
    if not reason or len(reason) > 500:
        raise invalid_field(FieldError(text="say why, in at most 500 characters", field="reason"))
    return reason
