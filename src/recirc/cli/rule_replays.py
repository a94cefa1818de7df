"""`recirc rule replay` and `recirc rule price`: the last day with a rule, and what a target costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from recirc import clock
from recirc.cli.importing import open_engine
from recirc.cli.options import CommandError, Config, Database, Json, progress, say, settings_of, with_store
from recirc.cli.rules import (
    RuleBeside,
    RuleCount,
    RuleMost,
    RulePlace,
    RuleShare,
    RuleShelves,
    RuleStrength,
    RuleTargetText,
    rule_from,
)
from recirc.cli.rules import app as app  # with those two, it has all commands about rules

if TYPE_CHECKING:
    from recirc.engine import Engine
    from recirc.engine.day_log import Progress
    from recirc.engine.rule_replay import RuleReplay
    from recirc.engine.share_prices import SharePrice

DAY_SECONDS: Final = 86_400.0
"""On the command line a replay may take as long as it needs."""


@app.command("replay")
def rule_replay(
    kind: Annotated[str, typer.Argument(help="pin, boost, bury, ban, embargo, slot or share.")],
    target: RuleTargetText,
    shelf: RuleShelves = None,
    beside: RuleBeside = None,
    place: RulePlace = 0,
    strength: RuleStrength = 1.0,
    count: RuleCount = 1,
    share: RuleShare = 0.0,
    most: RuleMost = False,
    slates: Annotated[int, typer.Option(help="Number of pages to fill again.", metavar="N", min=1)] = 600,
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show what a rule would have done in the last day.

    What would have been shown, and an estimate of the clicks gained or lost. No rule is made.
    """
    from recirc.engine.rule_changes import RuleChange, is_replayed
    from recirc.engine.rule_checks import RuleError
    from recirc.store.rules import RuleKind

    rule = rule_from(
        kind, target, shelf, beside, place=place, strength=strength, count=count, share=share, most=most
    )
    if not is_replayed(rule):
        raise CommandError("only what changes shelves can be replayed; the front page and labels are not")
    with _opened(config, database) as engine:
        now = clock.now_ms()
        if rule.kind is RuleKind.EMBARGO:
            rule = msgspec.structs.replace(rule, until=now + 1000)  # its end does not matter here
        try:
            engine.rules.check(rule, now)
        except RuleError as error:
            raise CommandError(str(error)) from None
        say(engine.rules.words(rule))
        with _steps() as step:
            found = engine.last_day.replays.replay(
                RuleChange(rule), now, step, most=slates, seconds=DAY_SECONDS
            )
    if as_json:
        told = found._asdict() | {
            "shelves": [each._asdict() for each in found.shelves],
            "articles": [each._asdict() for each in found.articles],
            "estimate": found.estimate._asdict() | {"enough": found.estimate.enough},
        }
        print(msgspec.json.encode(told).decode())
        return
    _tell(found)


def _tell(found: "RuleReplay") -> None:
    estimate = found.estimate
    if not found.sampled:
        print(
            f"in the last day nobody saw a shelf on which the rule could apply; there were {found.slates:,} pages "
            "with shelves"
        )
        return
    print(
        f"{found.sampled:,} of {found.concerned:,} pages with shelves that readers saw were filled again "
        f"({found.slates:,} in all); {found.changed:,.0f} would have been different"
    )
    for each in found.shelves:
        print(f"{each.shelf}: {each.changed:,.0f} of {each.seen:,.0f} slots with another article")
    for article in found.articles:
        print(
            f"  {article.article}: {article.before:,.0f} slots without the rule, {article.after:,.0f} with it"
        )
    if not estimate.changed:
        return
    covered = 100 * estimate.covered / estimate.changed
    if not estimate.enough:
        print(
            f"clicks: not enough was seen to estimate them ({covered:.0f} % of what changes, by "
            f"{estimate.clicks:,} clicks)"
        )
        return
    print(
        f"clicks: {estimate.difference:+,.0f} ±{estimate.margin:,.0f} (95 %) of {found.clicked:,} on shelves, for "
        f"{covered:.0f} % of what changes, by {estimate.clicks:,} clicks"
    )


@app.command("price")
def rule_price(
    key: Annotated[str, typer.Argument(help="Key of a share, as recirc rule list shows it.")],
    config: Config = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Measure what a target for the shares of shelves costs, in NDCG.

    By what readers of the last day opened next. The desk shows what was measured last.
    """
    with _opened(config, database) as engine:
        now = clock.now_ms()
        target = next((each for each in engine.rules.targets(now) if each.key == key), None)
        if target is None:
            raise CommandError(f"no share with the key {key!r} is in force; `recirc rule list` shows them")
        say(engine.rules.words(target.rule))
        with _steps() as step:
            price = engine.last_day.prices.measure(target, now, step, DAY_SECONDS)
    if as_json:
        print(msgspec.json.encode(price).decode())
        return
    _tell_price(price)


def _tell_price(price: "SharePrice") -> None:
    for each in price.shelves:
        print(
            f"{each.shelf}: nDCG@20 {each.without:.4f} without, {each.with_target:.4f} with, "
            f"{each.with_target - each.without:+.4f} ±{each.margin:.4f} ({price.clicks:,} clicks)"
        )
    if not price.shelves:
        print(
            "fewer than two readers went on from one article to another in the last day other than by a shelf that "
            "targets move: there is nothing to measure by"
        )


@contextmanager
def _opened(config: Config, database: Database) -> "Iterator[Engine]":
    from recirc.engine.sampled_moments import ReplayEndedError

    engine = open_engine(with_store(settings_of(config, database)))
    try:
        yield engine
    except ReplayEndedError as error:
        raise CommandError(str(error)) from None
    finally:
        engine.close()


@contextmanager
def _steps() -> "Iterator[Progress]":
    """Shows on standard error what is done."""
    with progress() as bar:
        task = bar.add_task("reading what was seen")
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)
