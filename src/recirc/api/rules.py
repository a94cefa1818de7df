"""Editors' rules over the API: pin, boost, bury, ban, embargo, label, and slots for certain articles."""

import asyncio
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.engine import Engine
from recirc.engine.embargoes import begin, lift
from recirc.engine.rule_checks import WITH_A_WORD, RuleError
from recirc.engine.rules import KEY_BYTES
from recirc.store.ports import ConflictError, NotThereError
from recirc.store.rules import Rule, RuleKind, RuleTarget, StoredRule, TargetKind
from recirc.web import problems
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, invalid_field

BODY_BYTES = 16_384


class RuleArticles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Articles that a rule is about: one by its id, the story of one, or those of a topic, section, author, outlet."""

    by: TargetKind
    value: Annotated[str, Meta(min_length=1, max_length=512)]


class RuleRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule to be made."""

    kind: RuleKind
    target: RuleArticles
    beside: RuleArticles | None = None  # on shelves beside these articles only
    shelves: Annotated[tuple[Annotated[str, Meta(max_length=32)], ...], Meta(max_length=32)] = ()
    place: Annotated[int, Meta(ge=0, le=50)] = 0  # of a pin, from 1
    strength: Annotated[float, Meta(ge=0, le=10)] = 1.0  # of a boost, in standard deviations of the scores
    count: Annotated[int, Meta(ge=0, le=50)] = 1  # of a slot rule
    share: Annotated[float, Meta(ge=0, lt=1)] = 0.0  # of a share: of the slots, at least
    most: bool = False  # of a share: at most instead
    label: Annotated[str, Meta(max_length=16)] = ""  # of a label: live or breaking; of a layout: its name
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    reason: Annotated[str, Meta(max_length=500)] = ""
    replaces: Annotated[str, Meta(max_length=64)] = ""  # key of a rule that ends with it
    key: Annotated[str, Meta(pattern=f"^[0-9a-f]{{{2 * KEY_BYTES}}}$")] | None = (
        None  # of the new rule: sent twice, made once
    )


class RuleRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule. `text` says it in words, `note` why it has no effect now, `conflicts` what editors should know of it."""

    key: str
    kind: RuleKind
    text: str
    target: RuleTarget
    added: datetime
    by: str
    reason: str = ""
    beside: RuleTarget | None = None
    shelves: tuple[str, ...] = ()
    place: int = 0
    strength: float = 0.0
    count: int = 0
    label: str = ""
    share: float = 0.0
    most: bool = False
    since: datetime | None = None
    until: datetime | None = None
    note: str = ""
    ended: datetime | None = None
    ended_by: str = ""
    conflicts: tuple[str, ...] = ()


class RulesQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules: with `ended` all that ever were."""

    ended: bool = False


class RulesApi:
    """The resource `/v1/rules`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @operation(
        "GET /v1/rules",
        "List the rules",
        "Those that stand, the oldest first; with `ended=true` all that ever were.",
        {200: ResponseSpec("The rules.", list[RuleRecord])},
        key="Reading the rules",
    )
    async def get(self, _: HttpRequest, query: RulesQuery) -> Response:
        """List the rules."""
        rules = self._engine.rules
        found = await asyncio.to_thread(rules.past if query.ended else rules.standing)
        now = self._clock()
        return json_response([self._record(each, now) for each in found])

    @operation(
        "POST /v1/rules",
        "Make a rule",
        "Rules act where shelves choose their candidates. `shelves` names shelves and `front`, the front page; empty: "
        "all of them. `conflicts` in the response says what it contradicts, or leaves without articles. An article "
        "under `embargo` is on no page until then. Other processes see a rule within a second.",
        {201: ResponseSpec("The rule.", RuleRecord)},
        body=Body(
            BODY_BYTES,
            example={
                "kind": "ban",
                "target": {"by": "section", "value": "Comedy"},
                "beside": {"by": "section", "value": "Obituaries"},
                "shelves": ["recommendation"],
                "reason": "out of respect",
            },
        ),
        key="Making a rule",
        problems=(problems.CHANGED, problems.STORE_FULL),
    )
    async def post(self, _: HttpRequest, body: RuleRequest, holder: str) -> Response:
        """Make a rule."""
        rule, now = rule_of(body, holder), self._clock()
        try:
            made = await asyncio.to_thread(
                self._engine.rules.add, rule, now, replaces=body.replaces, key=body.key or ""
            )
            if rule.kind is RuleKind.EMBARGO:
                await asyncio.to_thread(begin, self._engine, rule)
        except RuleError as error:
            raise invalid_field(FieldError(text=str(error), field=error.field)) from None
        except ConflictError as error:
            raise ProblemError(problems.CHANGED, f"{error}.") from None
        return json_response(self._record(made.stored, now, tuple(made.conflicts)), 201)

    @operation(
        "DELETE /v1/rules/{key}",
        "End a rule",
        "It is kept with the time at which it ended, and who ended it.",
        {200: ResponseSpec("The rule, which is no longer in force.", RuleRecord)},
        key="Ending a rule",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete(self, _: HttpRequest, key: str, holder: str) -> Response:
        """End a rule."""
        try:
            ended = await asyncio.to_thread(self._engine.rules.end, key, holder)
        except NotThereError:
            raise ProblemError(
                problems.NOT_FOUND, f"There is no rule {key!r}; GET /v1/rules lists them."
            ) from None
        if ended.rule.kind is RuleKind.EMBARGO:
            await asyncio.to_thread(lift, self._engine, ended.rule)
        return json_response(self._record(ended, self._clock()))

    def _record(self, each: StoredRule, now: int, conflicts: tuple[str, ...] = ()) -> RuleRecord:
        rule = each.rule
        return RuleRecord(
            key=each.key,
            kind=rule.kind,
            text=self._engine.rules.words(rule),
            target=rule.target,
            added=from_ms(each.added),
            by=rule.by,
            reason=rule.reason,
            beside=rule.beside,
            shelves=rule.shelves,
            place=rule.place,
            strength=rule.strength,
            count=rule.count,
            label=rule.label,
            share=rule.share,
            most=rule.most,
            since=from_ms(rule.since) if rule.since else None,
            until=None if rule.until is None else from_ms(rule.until),
            note="" if each.ended is not None else self._engine.rules.note(rule, now),
            ended=None if each.ended is None else from_ms(each.ended),
            ended_by=each.ended_by or "",
            conflicts=conflicts,
        )


def rule_of(body: RuleRequest, by: str) -> Rule:
    """The rule that a request describes; numbers that its kind does not have are left out."""
    return Rule(
        kind=body.kind,
        target=RuleTarget(body.target.by, body.target.value),
        beside=None if body.beside is None else RuleTarget(body.beside.by, body.beside.value),
        shelves=body.shelves,
        place=body.place if body.kind is RuleKind.PIN else 0,
        strength=body.strength if body.kind is RuleKind.BOOST else 0.0,
        count=body.count if body.kind is RuleKind.SLOT else 0,
        share=body.share if body.kind is RuleKind.SHARE else 0.0,
        most=body.most and body.kind is RuleKind.SHARE,
        label=body.label if body.kind in WITH_A_WORD else "",
        since=0 if body.since is None else to_ms(body.since),
        until=None if body.until is None else to_ms(body.until),
        reason=body.reason,
        by=by,
    )
