"""What a rule would have done in the last day, over the API."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.api.rules import RuleRequest, rule_of
from recirc.clock import from_ms
from recirc.engine import Engine
from recirc.engine.click_estimate import ClickEstimate
from recirc.engine.rule_changes import RuleChange, is_replayed
from recirc.engine.rule_checks import RuleError
from recirc.engine.rule_replay import RuleReplay
from recirc.engine.sampled_moments import WEB_SECONDS, ReplayEndedError
from recirc.store.cancellation import Cancellation, QueryCancelledError
from recirc.store.rules import Rule
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, invalid_field
from recirc.web.work_pools import WorkPool

BODY_BYTES: Final = 32_768


class ReplayRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule that nobody has made, and how many of the day's pages are filled again."""

    rule: RuleRequest
    slates: Annotated[int, Meta(ge=1, le=5_000)] = 600


class ReplayedShelf(Struct, frozen=True, kw_only=True):
    """Slots of a shelf that readers saw, and how many would have had another article."""

    shelf: str
    seen: float
    changed: float


class ReplayedArticle(Struct, frozen=True, kw_only=True):
    """Slots that an article would have had without the rule and with it, of those that change."""

    article: str
    before: float
    after: float


class EstimatedClicks(Struct, frozen=True, kw_only=True):
    """Clicks gained (below 0: lost) on `covered` of the `slots` that change, ± `margin` (95 %).

    `clicks` is the number in the log that it rests on. Where not `enough` was seen the numbers say nothing.
    """

    difference: float
    margin: float
    slots: float
    covered: float
    clicks: int
    enough: bool


class ReplayedRule(Struct, frozen=True, kw_only=True):
    """What a rule would have done: of `slates` pages with shelves that readers saw, `changed` would be different.

    `alike` is the share of slots in which the replay without the rule has what readers saw.
    """

    text: str
    since: datetime
    until: datetime
    slates: int
    concerned: int
    sampled: int
    changed: float
    alike: float
    clicked: int
    shelves: tuple[ReplayedShelf, ...]
    articles: tuple[ReplayedArticle, ...]
    estimate: EstimatedClicks
    seconds: float


class RuleReplaysApi:
    """The resource `/v1/rules/replay`."""

    def __init__(self, engine: Engine, pool: WorkPool, clock: Clock) -> None:
        """`pool` has the thread for replays."""
        self._engine, self._pool, self._clock = engine, pool, clock

    @operation(
        "POST /v1/rules/replay",
        "Replay the last day with a rule",
        "What readers of the last 24 hours would have seen with the rule, and an estimate of the clicks gained or "
        "lost. The log of the day is folded, which takes seconds to minutes; one replay runs at a time, and it ends "
        "when the client leaves. Nothing is stored.",
        {200: ResponseSpec("What would have been different.", ReplayedRule)},
        body=Body(
            BODY_BYTES,
            example={"rule": {"kind": "bury", "target": {"by": "topic", "value": "Ferries"}}, "slates": 200},
        ),
        key="Replaying a rule",
        problems=(problems.OVERLOADED,),
    )
    async def post(self, request: HttpRequest, body: ReplayRequest, holder: str) -> Response:
        """Replay the last day."""
        rule, now = rule_of(body.rule, holder), self._clock()
        try:
            self._engine.rules.check(rule, now)
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=f"rule.{error.field}")) from None
        if not is_replayed(rule):
            text = "only what changes shelves can be replayed; the front page and labels are not"
            raise invalid_field(FieldError(text=text, field="rule.kind"))
        change = RuleChange(rule, body.rule.replaces)

        def work(cancellation: Cancellation) -> RuleReplay:
            def progress(*_: object) -> None:
                if cancellation.cancelled:
                    raise QueryCancelledError("recirc rule replay on the command line has no limit")

            return self._engine.last_day.replays.replay(change, now, progress, most=body.slates)

        try:
            found = await self._pool.run_for(request, WEB_SECONDS, work)
        except ReplayEndedError as error:
            raise ProblemError(problems.OVERLOADED, f"The replay was ended: {error}.") from None
        return json_response(self._told(found, rule))

    def _told(self, found: RuleReplay, rule: Rule) -> ReplayedRule:
        return ReplayedRule(
            text=self._engine.rules.words(rule),
            since=from_ms(found.since),
            until=from_ms(found.until),
            slates=found.slates,
            concerned=found.concerned,
            sampled=found.sampled,
            changed=found.changed,
            alike=found.alike,
            clicked=found.clicked,
            shelves=tuple(ReplayedShelf(**each._asdict()) for each in found.shelves),
            articles=tuple(ReplayedArticle(**each._asdict()) for each in found.articles),
            estimate=_estimated(found.estimate),
            seconds=round(found.seconds, 3),
        )


def _estimated(estimate: ClickEstimate) -> EstimatedClicks:
    return EstimatedClicks(
        difference=estimate.difference,
        margin=estimate.margin,
        slots=estimate.changed,
        covered=estimate.covered,
        clicks=estimate.clicks,
        enough=estimate.enough,
    )
