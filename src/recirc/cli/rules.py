"""`recirc rule`: editors' rules for shelves and the front page."""

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated, TypedDict, Unpack

import msgspec
import typer

from recirc import clock
from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, settings_of, with_store

app = typer.Typer(
    help="Editors' rules: pin, boost, bury, ban, slots, labels and more.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
if TYPE_CHECKING:
    from recirc.engine import Engine
    from recirc.store.rules import Rule, RuleKind, RuleTarget

RuleTime = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], help="In the site's time zone.", show_default=False),
]
RuleTargetText = Annotated[
    str,
    typer.Argument(
        help="article=ID, story=ID, topic=NAME, section=NAME, author=NAME or outlet=NAME; of a share also "
        '"new articles=HOURS", "new authors=DAYS".'
    ),
]
RuleShelves = Annotated[
    list[str] | None,
    typer.Option(help="Shelf, or front; may be repeated.", show_default="all of them"),
]
RuleBeside = Annotated[
    str | None,
    typer.Option(help="Only beside these articles, as TARGET.", metavar="TARGET", show_default=False),
]


RulePlace = Annotated[int, typer.Option(help="Place of a pin, from 1.", metavar="N")]
RuleStrength = Annotated[float, typer.Option(help="Of a boost, in standard deviations.", metavar="X")]
RuleCount = Annotated[int, typer.Option(help="Slots of a slot rule.", metavar="N")]
RuleShare = Annotated[float, typer.Option(help="Of a share: of the slots, 0 to 1.", metavar="X")]
RuleMost = Annotated[bool, typer.Option("--most", help="The share is the most, not the least.")]


class RuleNumbers(TypedDict):
    """What rules of some kinds have beside their articles."""

    place: int
    strength: float
    count: int
    share: float
    most: bool


@app.command("list")
def rule_list(
    ended: Annotated[bool, typer.Option("--ended", help="Also the rules that have ended.")] = False,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """List the rules, each in words."""
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        found = engine.rules.past() if ended else engine.rules.standing()
        now = clock.now_ms()
        told = [(each, engine.rules.words(each.rule), engine.rules.note(each.rule, now)) for each in found]
    finally:
        engine.close()
    if as_json:
        rows = [
            {"key": each.key, "text": text, "note": note, "added": each.added, "ended": each.ended}
            | msgspec.to_builtins(each.rule)
            for each, text, note in told
        ]
        print(msgspec.json.encode({"rules": rows}).decode())
        return
    for each, text, note in told:
        over = f" (ended by {each.ended_by})" if each.ended is not None else f" ({note})" if note else ""
        print(f"{each.key}  {text}{over}")
        print(
            f"  {each.rule.by}, {clock.from_ms(each.added):%Y-%m-%d %H:%M} UTC: {each.rule.reason or 'no reason given'}"
        )
    if not told:
        print("there are no rules")


@app.command("add")
def rule_add(
    kind: Annotated[
        str, typer.Argument(help="pin, boost, bury, ban, embargo, slot, share, label, layout, join or part.")
    ],
    target: RuleTargetText,
    shelf: RuleShelves = None,
    beside: RuleBeside = None,
    place: RulePlace = 0,
    strength: RuleStrength = 1.0,
    count: RuleCount = 1,
    share: RuleShare = 0.0,
    most: RuleMost = False,
    label: Annotated[
        str, typer.Option(help="Of a label: live or breaking; of a layout: its name.", metavar="WORD")
    ] = "",
    since: RuleTime = None,
    until: RuleTime = None,
    reason: Annotated[str, typer.Option(help="Why, for the list.")] = "",
    by: Annotated[str, typer.Option(help="Who makes it.")] = "command line",
    config: Config = None,
    database: Database = None,
) -> None:
    """Make a rule, and say what it contradicts."""
    from recirc.engine.rule_checks import WITH_A_WORD

    rule = rule_from(
        kind, target, shelf, beside, place=place, strength=strength, count=count, share=share, most=most
    )
    engine = open_engine(with_store(settings_of(config, database)))
    try:
        begin, end = (_moment(each, engine.rules.names.zone) for each in (since, until))
        label = label if rule.kind in WITH_A_WORD else ""
        _make(
            engine,
            msgspec.structs.replace(rule, label=label, since=begin or 0, until=end, reason=reason, by=by),
        )
    finally:
        engine.close()


def rule_from(
    kind: str, target: str, shelf: list[str] | None, beside: str | None, **numbers: Unpack[RuleNumbers]
) -> "Rule":
    """The rule that options describe; numbers that its kind does not have are left out. Raises CommandError."""
    from recirc.store.rules import Rule, RuleKind

    chosen = _kind(kind)
    return Rule(
        kind=chosen,
        target=_target(target),
        beside=None if beside is None else _target(beside),
        shelves=tuple(shelf or ()),
        place=numbers["place"] if chosen is RuleKind.PIN else 0,
        strength=numbers["strength"] if chosen is RuleKind.BOOST else 0.0,
        count=numbers["count"] if chosen is RuleKind.SLOT else 0,
        share=numbers["share"] if chosen is RuleKind.SHARE else 0.0,
        most=numbers["most"] and chosen is RuleKind.SHARE,
    )


def _moment(given: datetime | None, zone: tzinfo) -> int | None:
    return None if given is None else clock.to_ms(given.replace(tzinfo=zone))


def _make(engine: "Engine", rule: "Rule") -> None:
    from recirc.engine.embargoes import begin
    from recirc.store.rules import RuleKind

    made = engine.rules.add(rule, clock.now_ms())
    if rule.kind is RuleKind.EMBARGO:
        begin(engine, rule)
    print(f"{made.stored.key}  {engine.rules.words(rule)}")
    for conflict in made.conflicts:
        print(f"  note: {conflict}")


@app.command("remove")
def rule_remove(
    key: Annotated[str, typer.Argument(help="Key of the rule, as recirc rule list shows it.")],
    by: Annotated[str, typer.Option(help="Who ends it.")] = "command line",
    config: Config = None,
    database: Database = None,
) -> None:
    """End a rule."""
    from recirc.engine.embargoes import lift
    from recirc.store.rules import RuleKind

    engine = open_engine(with_store(settings_of(config, database)))
    try:
        ended = engine.rules.end(key, by)
        if ended.rule.kind is RuleKind.EMBARGO:
            lift(engine, ended.rule)
        text = engine.rules.words(ended.rule)
    finally:
        engine.close()
    print(f"ended: {text}")


def _kind(text: str) -> "RuleKind":
    from recirc.store.rules import RuleKind

    try:
        return RuleKind(text)
    except ValueError:
        known = ", ".join(each.value for each in RuleKind)
        raise CommandError(f"{text!r} is no kind of rule; there is {known}") from None


def _target(text: str) -> "RuleTarget":
    from recirc.store.rules import RuleTarget, TargetKind

    by, equals, value = text.partition("=")
    known = [each.value for each in TargetKind]
    if not equals or by not in known:
        raise CommandError(f"{text!r} does not say which articles; write {'=…, '.join(known)}=…")
    return RuleTarget(TargetKind(by), value)
