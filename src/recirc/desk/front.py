"""The front page at the desk: its first ten places arranged, former arrangements brought back, and labels."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.moments import as_field, moment_ahead
from recirc.desk.rule_forms import article_id
from recirc.desk.sessions import Visitor
from recirc.engine.front_page import ARRANGED, FrontRules, PastArrangement, moved
from recirc.engine.rule_checks import RuleError
from recirc.settings.days import zone_named
from recirc.settings.portal import LAYOUTS
from recirc.store.ports import ConflictError, NotThereError
from recirc.store.rules import ArticleLabel, Rule, RuleKind, RuleTarget, StoredRule, TargetKind
from recirc.types import Article
from recirc.web.brands import Site
from recirc.web.front import FrontComposer
from recirc.web.lookups import article_not_found, published_article
from recirc.web.page_responder import menu
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import HttpRequest, invalid_field

HERE: Final = "/desk/front"
LAYOUT = "layout-"
"""Begins the names of the fields for the layout of a section."""
ROW, HOLD = "row-", "hold-"
"""Begin the names of the fields for the article at a place, and whether it is held there."""

USUAL_HOURS: Final = 12
"""How long a place is held where nobody says how long."""


class FrontRow(NamedTuple):
    """One place of the front page. `until` (ms): how long the article is held there; None: as the form says."""

    place: int
    article: Article
    held: bool
    until: int | None


class LabelLine(NamedTuple):
    """A label that stands."""

    stored: StoredRule
    headline: str
    note: str


class FrontDesk:
    """`/desk/front` and the forms below it, and those for the labels of an article."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._front = FrontRules(self._engine, desk.web.stores.pins)
        self._brands = desk.web.renderer.brands
        self._composer = FrontComposer(self._engine, self._brands, self._front, desk.web.renderer.gallery)
        self._zone = zone_named(self._engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/front."""
        version = await self._desk.run(self._front.version, self._desk.web.clock())
        return await self._page(request, visitor, None, {"version": version})

    async def arrange(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/front/arrange: who has which place; with `move` or `add` the page as it would be."""
        order = [data[f"{ROW}{place}"] for place in range(1, ARRANGED + 1) if data[f"{ROW}{place}"]]
        held = {place: id_ for place, id_ in enumerate(order, 1) if data[f"{HOLD}{place}"]}
        if data["move"]:
            return await self._page(request, visitor, _moved(order, held, data["move"]), data)
        if data["add"]:
            return await self._page(request, visitor, await self._added(order, held, data), data)
        now = self._desk.web.clock()
        until = to_ms(moment_ahead(data["until"], "until", self._zone, now)) if data["until"] else None
        site = self._desk.web.pages.site(request)
        await self._desk.run(self._check, held)
        await self._arranged(visitor, site, held, until, data["version"], data.text("reason"))
        return back(HERE, "done")

    async def restore(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/front/restore: what was held before a change, again."""
        now, site = self._desk.web.clock(), self._desk.web.pages.site(request)
        past = await self._desk.run(self._front.past)
        wanted = next((each for each in past if str(each.until) == data["moment"]), None)
        if wanted is None:
            raise NotThereError("this arrangement is not among the latest (any more)")
        places = await self._desk.run(self._own, site, wanted.places)
        until = now + USUAL_HOURS * 3_600_000
        await self._arranged(visitor, site, places, until, data["version"], data.text("reason"))
        return back(HERE, "done")

    async def lay_out(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/front/layouts: the layouts of sections; those of other newspapers' sections stay."""
        now, site = self._desk.web.clock(), self._desk.web.pages.site(request)
        sections = await self._desk.run(menu, self._engine, site)
        others = await self._desk.run(self._front.layouts, now)
        chosen = {name: layout for name, layout in others.items() if name not in sections}
        chosen |= {name: data[LAYOUT + name] for name in sections if data[LAYOUT + name]}
        try:
            changed = await self._desk.run(
                self._front.lay_out, chosen, now, visitor.name, data.text("reason")
            )
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        if changed:
            detail = ", ".join(f"{name}: {layout}" for name, layout in sorted(chosen.items()))
            await self._desk.note(
                visitor, "lay out sections", "front", data.text("reason"), detail or "all automatic"
            )
        return back(HERE, "done")

    async def label(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/label: what readers are told of it, until a moment."""
        now = self._desk.web.clock()
        if not data["until"]:
            raise invalid_field(FieldError(text="say until when", field="until"))
        until = moment_ahead(data["until"], "until", self._zone, now)
        article = await self._desk.run(self._named, data["id"])
        rule = Rule(
            kind=RuleKind.LABEL,
            target=RuleTarget(TargetKind.ARTICLE, article.id),
            label=data["label"],
            until=to_ms(until),
            reason=data.text("reason"),
            by=visitor.name,
        )
        try:
            await self._desk.run(self._set_label, rule, now)
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        await self._desk.note(visitor, "label", article.id, rule.reason, self._engine.rules.words(rule))
        return back(_place_of(data, article.id), "done")

    async def unlabel(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/article/unlabel."""
        standing = await self._desk.run(self._labels, data["id"])
        if not standing:
            raise NotThereError("this article has no label (any more)")
        for each in standing:
            await self._desk.run(self._engine.rules.end, each.key, visitor.name)
        await self._desk.note(
            visitor, "end a label", data["id"], data.text("reason"), standing[-1].rule.label
        )
        return back(_place_of(data, data["id"]), "done")

    def _set_label(self, rule: Rule, now: int) -> None:
        """Set a label instead of the article's other one."""
        former = self._labels(rule.target.value)
        self._engine.rules.add(rule, now, replaces=former[-1].key if former else "")

    def _labels(self, article: str = "") -> list[StoredRule]:
        """The labels that stand, of an article or of all."""
        return [
            each
            for each in self._engine.rules.standing()
            if each.rule.kind is RuleKind.LABEL and article in ("", each.rule.target.value)
        ]

    def _named(self, text: str) -> Article:
        id_ = article_id(self._engine, text)
        article = published_article(self._engine, id_)
        if article is None:
            raise article_not_found(id_)
        return article

    async def _added(self, order: list[str], held: Mapping[int, str], data: FormData) -> dict[int, str]:
        """What is held after an article from elsewhere got a place."""
        named = data["other"] or data.text("another")
        if not named:
            raise invalid_field(FieldError(text="say which article", field="another"))
        try:
            article = await self._desk.run(self._named, named)
        except ProblemError as error:
            raise invalid_field(FieldError(text=str(error), field="another")) from None
        place = data["place"]
        if not place.isascii() or not place.isdecimal() or not 1 <= int(place) <= ARRANGED:
            raise invalid_field(FieldError(text=f"places are 1 to {ARRANGED}", field="place"))
        if article.id not in order:
            order = [*order, article.id]
        return moved(order, held, order.index(article.id) + 1, min(int(place), len(order)))

    def _check(self, held: Mapping[int, str]) -> None:
        """Raises ProblemError for articles that cannot be held."""
        for place, id_ in held.items():
            if published_article(self._engine, id_) is None:
                text = f"the article {id_!r} is not published (any more)"
                raise invalid_field(FieldError(text=text, field=f"{ROW}{place}"))

    async def _arranged(
        self,
        visitor: Visitor,
        site: Site,
        places: Mapping[int, str],
        until: int | None,
        version: str,
        why: str,
    ) -> None:
        now = self._desk.web.clock()
        keep = await self._desk.run(self._of_others, site, now)
        try:
            changed = await self._desk.run(
                self._front.arrange,
                places,
                now,
                version=version,
                until=until,
                by=visitor.name,
                reason=why,
                keep=keep,
            )
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        if changed:
            detail = ", ".join(f"{place}: {id_}" for place, id_ in sorted(places.items()))
            await self._desk.note(visitor, "arrange the front page", "front", why, detail or "all automatic")

    def _of_others(self, site: Site, now: int) -> set[str]:
        """Pinned articles that this newspaper does not have."""
        pinned = [pin.article for pin in self._front.pins(now)]
        return set(pinned) - set(self._own(site, dict(enumerate(pinned))).values())

    def _own(self, site: Site, places: Mapping[int, str]) -> dict[int, str]:
        """Those of some articles that are published, and this newspaper's."""
        found = ((place, published_article(self._engine, id_)) for place, id_ in places.items())
        return {
            place: article.id
            for place, article in found
            if article is not None and self._brands.owns(site, article)
        }

    async def _page(
        self,
        request: HttpRequest,
        visitor: Visitor,
        places: Mapping[int, str] | None,
        data: Mapping[str, str],
    ) -> Response:
        """The page with what is held, or with `places` as it would be."""
        now, site = self._desk.web.clock(), self._desk.web.pages.site(request)
        context = await self._desk.web.pools.figures.run(self._context, site, now, places)
        return self._desk.page(
            request,
            visitor,
            "front.html",
            **context,
            changed=places is not None,
            version=data["version"],
            until=data.get("until", "") or as_field(now + USUAL_HOURS * 3_600_000, self._zone),
            reason=data.get("reason", ""),
            most=ARRANGED,
            labels=[each.value for each in ArticleLabel],
            timezone=self._engine.settings.site.timezone,
            moment_of=from_ms,
        )

    def _context(self, site: Site, now: int, places: Mapping[int, str] | None) -> dict[str, Any]:
        pins = {pin.place: pin for pin in self._front.pins(now)}
        held = {place: pin.article for place, pin in pins.items()} if places is None else places
        page = self._composer.page(site, now, held)
        ends = {pin.article: pin.until for pin in pins.values()}
        rows = [
            FrontRow(place, article, article.id in page.pinned, ends.get(article.id))
            for place, article in enumerate(page.leads[:ARRANGED], 1)
        ]
        shown = {row.article.id for row in rows}
        below = [article for article in (*page.leads, *page.reserve) if article.id not in shown]
        lines = [
            LabelLine(each, self._headline(each.rule.target.value), self._engine.rules.note(each.rule, now))
            for each in self._labels()
            if each.rule.until is None or each.rule.until > now
        ]
        past = [(each, self._in_words(each)) for each in self._front.past()]
        chosen = self._front.layouts(now)
        sections = [(name, chosen.get(name, "")) for name in menu(self._engine, site)]
        return {
            "rows": rows, "below": below, "cluster": page.cluster, "lines": lines, "past": past,
            "sections": sections, "layouts": LAYOUTS,
        }  # fmt: skip

    def _in_words(self, past: PastArrangement) -> list[str]:
        return [f"{place}: {self._headline(id_)}" for place, id_ in sorted(past.places.items())]

    def _headline(self, id_: str) -> str:
        article = published_article(self._engine, id_)
        return id_ if article is None else article.headline


def _moved(order: list[str], held: Mapping[int, str], said: str) -> dict[int, str]:
    """What is held after a row was moved: `3:up`, `3:down`."""
    place, _, way = said.partition(":")
    if not place.isascii() or not place.isdecimal() or not 1 <= int(place) <= len(order):
        raise ConflictError("this place is not on the front page (any more)")
    to = int(place) + (-1 if way == "up" else 1)
    return moved(order, held, int(place), min(max(to, 1), len(order)))


def _place_of(data: FormData, id_: str) -> str:
    """The page to go back to: the front page, or the article's own."""
    return HERE if data["to"] == "front" else f"/desk/article?id={quote(id_, safe='')}"
