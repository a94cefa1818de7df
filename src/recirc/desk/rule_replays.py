"""The last day with a rule: what would have been shown, and how many clicks more or less."""

from typing import Final, NamedTuple

from starlette.responses import Response

from recirc.clock import from_ms
from recirc.desk.forms import FormData
from recirc.desk.guard import Desk
from recirc.desk.rules import RulesPages
from recirc.desk.sessions import Visitor
from recirc.desk.streamed_work import WorkPage, rendered, streamed
from recirc.desk.words import shelf_title
from recirc.engine.rule_changes import RuleChange, is_replayed
from recirc.engine.rule_replay import RuleReplay
from recirc.store.ports import NotThereError
from recirc.store.rules import Rule, RuleKind
from recirc.web.problems import FieldError
from recirc.web.requests import HttpRequest, invalid_field

INTRO: Final = (
    "The log of the last 24 hours is gone through once, and shelves that readers saw are filled again, without the "
    "rule and with it. Nothing is stored. Leaving this page ends it."
)
PRICE_INTRO: Final = (
    "The log of the last 24 hours is gone through once, and what readers opened next is predicted, without the target "
    "and with it. Leaving this page ends it."
)


class NamedSlots(NamedTuple):
    """An article with the slots that it would have had, by headline."""

    article: str
    headline: str
    before: float
    after: float


class RuleReplayPages:
    """`/desk/rules/replay` and `/desk/balance/price`."""

    def __init__(self, desk: Desk, rules: RulesPages) -> None:
        """`rules` checks what was typed."""
        self._desk, self._rules = desk, rules
        self._engine = desk.web.engine

    async def replay(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/rules/replay: a page that is sent while the day is replayed."""
        rule = await self._desk.run(self._rules.checked, data, visitor)
        if not is_replayed(rule):
            text = "only what changes shelves can be replayed; the front page and labels are not"
            raise invalid_field(FieldError(text=text, field="kind"))
        change, now = RuleChange(rule, data["replaces"]), self._desk.web.clock()
        page = WorkPage("The last day with the rule", self._engine.rules.words(rule), INTRO)
        return streamed(
            self._desk,
            request,
            visitor,
            page,
            lambda progress: self._engine.last_day.replays.replay(change, now, progress),
            lambda found: self._shown(found, rule, request, visitor, data),
        )

    def _shown(
        self, found: RuleReplay, rule: Rule, request: HttpRequest, visitor: Visitor, data: FormData
    ) -> str:
        named = []
        for each in found.articles:
            stored = self._engine.article(each.article)
            article = stored.article if stored is not None else None
            named.append(NamedSlots(each.article, article.headline if article else each.article, *each[1:]))
        return rendered(
            self._desk,
            request,
            visitor,
            "rule_replayed.html",
            found=found,
            estimate=found.estimate,
            articles=named,
            shelf_title=shelf_title,
            since=from_ms(found.since),
            until=from_ms(found.until),
            price=rule.kind is RuleKind.SHARE,
            typed=data.kept,
        )

    async def price(self, request: HttpRequest, visitor: Visitor, data: FormData) -> Response:
        """POST /desk/balance/price: a page that is sent while a target's price is measured."""
        key, now = data["key"], self._desk.web.clock()
        targets = await self._desk.run(self._engine.rules.targets, now)
        target = next((each for each in targets if each.key == key), None)
        if target is None:
            raise NotThereError(f"there is no target {key!r} in force")
        page = WorkPage("What a target costs", self._engine.rules.words(target.rule), PRICE_INTRO)
        return streamed(
            self._desk,
            request,
            visitor,
            page,
            lambda progress: self._engine.last_day.prices.measure(target, now, progress),
            lambda found: rendered(
                self._desk, request, visitor, "share_priced.html", price=found, shelf_title=shelf_title
            ),
        )
