"""Rules at the desk: what stands and what it does, a new one with a look at what it would change, and its end."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk, back
from recirc.desk.rule_forms import (
    KINDS,
    PLACE,
    TARGETS,
    article_id,
    fields_of,
    places_of,
    rule_of,
)
from recirc.desk.sessions import Visitor
from recirc.engine.embargoes import begin, lift
from recirc.engine.past_shelves import ShelfChange
from recirc.engine.rule_changes import is_replayed
from recirc.engine.rule_checks import RuleError
from recirc.settings.days import zone_named
from recirc.store.ports import ConflictError, NotThereError
from recirc.store.rules import ArticleLabel, Rule, RuleKind, StoredRule, TargetKind
from recirc.types import Article
from recirc.web.lookups import published_article
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import HttpRequest, invalid_field
from recirc.web.ticks import tick_of

HERE: Final = "/desk/rules"
PER_PAGE: Final = 50
MOST_COMPARED: Final = 500
"""Rules of which the list says what they contradict; of more it takes too long, and each preview says it."""

USUAL: Final = {"place": "1", "strength": "1", "count": "1", "label": "live", "share": "20"}
"""What an empty form has."""

PREVIEWED: Final = 3
"""Articles beside which a rule is previewed where nobody names others."""
MOST_PREVIEWED: Final = 20


class RuleLine(NamedTuple):
    """A rule in the list.

    Attributes:
        text: the rule in words; `note`: why it has no effect now, empty: it has.
        articles: published articles that it is about.
        conflicts: what an editor should know of it beside the others.
    """

    stored: StoredRule
    text: str
    note: str
    articles: int
    conflicts: Sequence[str]


class PagePreview(NamedTuple):
    """The shelves beside one article without and with a rule, by title."""

    article: Article
    shelves: dict[str, ShelfChange]


class RulesPages:
    """`/desk/rules` and the forms below it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._engine = desk.web.engine
        self._zone = zone_named(self._engine.settings.site.timezone)

    async def get(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/rules?q=&ended=1&page=."""
        given = request.query_params
        text, ended = given.get("q", "").strip()[:200], given.get("ended") == "1"
        page = int(number) if (number := given.get("page", "1")).isascii() and number.isdecimal() else 1
        page = min(max(page, 1), 100_000)
        lines, total = await self._desk.web.pools.figures.run(self._lines, text, ended, page)
        return self._desk.page(
            request,
            visitor,
            "rules.html",
            lines=lines,
            total=total,
            q=text,
            ended=ended,
            page=page,
            pages=max(1, -(-total // PER_PAGE)),
            moment_of=from_ms,
        )

    def _lines(self, text: str, ended: bool, page: int) -> tuple[list[RuleLine], int]:
        rules, now = self._engine.rules, self._desk.web.clock()
        found = [
            each
            for each in (rules.past() if ended else rules.standing())
            if ended == (each.ended is not None)
        ]
        if text:
            wanted = text.casefold()
            found = [
                each
                for each in found
                if wanted in f"{rules.words(each.rule)} {each.rule.by} {each.rule.reason}".casefold()
            ]
        found.reverse()
        compared = not ended and len(rules.standing()) <= MOST_COMPARED
        shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
        return [
            RuleLine(
                each,
                rules.words(each.rule),
                "" if ended else rules.note(each.rule, now),
                rules.articles(each.rule),
                rules.conflicts(each.rule, now, replaces=each.key) if compared else (),
            )
            for each in shown
        ], len(found)

    async def new(self, request: HttpRequest, visitor: Visitor) -> Response:
        """GET /desk/rules/new: empty, with the fields that the address names, or with those of the rule `from`."""
        fields = dict(request.query_params)
        if (key := fields.pop("from", "")) and (stored := await self._desk.run(self._rule, key)) is not None:
            fields = fields_of(stored.rule, self._zone) | fields
            if stored.ended is None:
                fields["replaces"] = key
        return self._form(request, visitor, fields)

    def _rule(self, key: str) -> StoredRule | None:
        return next((each for each in self._engine.rules.past() if each.key == key), None)

    async def preview(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/rules/preview: what a rule would change; with `change`, the form again."""
        if data["change"]:
            return self._form(request, visitor, dict(data))
        try:
            rule = await self._desk.run(self.checked, data, visitor)
        except ProblemError as error:
            return self._form(request, visitor, dict(data), error)
        now, replaces = tick_of(self._desk.web.clock()), data["replaces"]
        told = await self._desk.run(self._engine.rules.conflicts, rule, now, replaces=replaces)
        pages = await self._desk.web.pools.figures.run(self._preview, rule, data["beside_articles"], now)
        changed = sum(any(is_changed(shelf) for shelf in page.shelves.values()) for page in pages)
        return self._desk.page(
            request,
            visitor,
            "rule_preview.html",
            text=self._engine.rules.words(rule),
            articles=await self._desk.run(self._engine.rules.articles, rule),
            conflicts=told,
            previews=pages,
            changed=changed,
            is_changed=is_changed,
            typed=data.kept,
            embargo=rule.kind is RuleKind.EMBARGO,
            replayed=is_replayed(rule),
        )

    async def add(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/rules/add."""
        rule = await self._desk.run(self.checked, data, visitor)
        now = self._desk.web.clock()
        made = await self._desk.run(self._engine.rules.add, rule, now, replaces=data["replaces"])
        if rule.kind is RuleKind.EMBARGO:
            await self._desk.run(begin, self._engine, rule)
        done = "change a rule" if data["replaces"] else "make a rule"
        await self._desk.note(visitor, done, made.stored.key, rule.reason, self._engine.rules.words(rule))
        return back(HERE, "done")

    async def end(self, _: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/rules/end."""
        stored = await self._desk.run(self._rule, data["key"])
        if stored is None:
            raise NotThereError(f"there is no rule {data['key']!r}")
        if stored.ended is not None:
            raise ConflictError(f"{stored.ended_by} has ended this rule already")
        ended = await self._desk.run(self._engine.rules.end, data["key"], visitor.name)
        if ended.rule.kind is RuleKind.EMBARGO:
            await self._desk.run(lift, self._engine, ended.rule)
        text = self._engine.rules.words(ended.rule)
        await self._desk.note(visitor, "end a rule", ended.key, data.text("reason"), text)
        return back(HERE, "done")

    def _form(
        self,
        request: HttpRequest,
        visitor: Visitor,
        fields: dict[str, str],
        error: ProblemError | None = None,
    ) -> Response:
        return self._desk.page(
            request,
            visitor,
            "rule_form.html",
            error.type.status if error else 200,
            problem=error.detail if error else "",
            given=defaultdict(str, USUAL | fields),
            kinds={each.value: text for each, text in KINDS.items()},
            targets={each.value: text for each, text in TARGETS.items()},
            places=places_of(self._engine),
            labels={each.value: each.value.capitalize() for each in ArticleLabel},
            place_prefix=PLACE,
            timezone=self._engine.settings.site.timezone,
        )

    def checked(self, data: FormData, visitor: Visitor) -> Rule:
        """The rule of a form. Raises ProblemError for one that cannot be, and StoreError."""
        rule = rule_of(data, self._engine, self._zone, visitor.name)
        try:
            self._engine.rules.check(rule, self._desk.web.clock())
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        return rule

    def _preview(self, rule: Rule, named: str, now: int) -> list[PagePreview]:
        articles = self._beside(rule, named)
        if rule.kind is RuleKind.EMBARGO or not articles:
            return []
        brands = self._desk.web.renderer.brands
        requests = [brands.beside(article.id, article) for article in articles]
        changes = self._engine.previews.preview(requests, rule, now)
        titles = self._engine.rules.names.titles
        return [
            PagePreview(article, {titles.get(name, name): change for name, change in shelves.items()})
            for article, shelves in zip(articles, changes, strict=True)
        ]

    def _beside(self, rule: Rule, named: str) -> list[Article]:
        """The articles beside which a rule is previewed: those named, a line each; else some to which it applies."""
        ids = [article_id(self._engine, line.strip()) for line in named.splitlines() if line.strip()]
        if len(ids) > MOST_PREVIEWED:
            text = f"name at most {MOST_PREVIEWED} articles"
            raise invalid_field(FieldError(text=text, field="beside_articles"))
        found = []
        for id_ in dict.fromkeys(ids):
            if (article := published_article(self._engine, id_)) is None:
                text = f"no article with the id or address {id_!r} is published here"
                raise invalid_field(FieldError(text=text, field="beside_articles"))
            found.append(article)
        return found or self._usual(rule)

    def _usual(self, rule: Rule) -> list[Article]:
        target = rule.beside or rule.target
        match target.by:
            case TargetKind.ARTICLE | TargetKind.STORY:
                article = published_article(self._engine, target.value)
                story = self._engine.story(target.value)[:PREVIEWED]
                own = [article] if article is not None else []
                if rule.beside is None and target.by is TargetKind.ARTICLE:
                    return list(story) or list(self._engine.listing(limit=PREVIEWED).articles)
                return [*own, *story][:PREVIEWED]
            case TargetKind.OUTLET | TargetKind.LABEL:
                return list(self._engine.listing(limit=PREVIEWED).articles)
            case kind:
                chosen: dict[str, Any] = {kind.value: target.value}
                listing = self._engine.listing(**chosen, limit=PREVIEWED)
                return list(listing.articles or self._engine.listing(limit=PREVIEWED).articles)


def is_changed(change: ShelfChange) -> bool:
    """Whether a shelf has other articles, or another order of them."""
    return [item.article for item in change.before.items] != [item.article for item in change.after.items]
