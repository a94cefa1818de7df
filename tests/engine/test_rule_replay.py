"""The last day with a rule: what would have been shown is what previews said at each moment; clicks are estimated."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from msgspec import structs

from newsroom import Newsroom, article
from recirc.clock import from_ms, now_ms
from recirc.engine import Engine, Observation
from recirc.engine.brand_scopes import BrandScope
from recirc.engine.day_log import read_day
from recirc.engine.past_shelves import PastSlate, ShelfChange
from recirc.engine.replayed_shelves import ReplayedShelves
from recirc.engine.rule_changes import RuleChange, RulesOfDay, is_replayed
from recirc.engine.sampled_moments import MomentSample, PacedSample, ReplayEndedError, draw
from recirc.engine.share_prices import next_clicks
from recirc.settings import Settings
from recirc.settings.days import DAY
from recirc.store.ports import BusyError
from recirc.store.rules import FRONT, Rule, RuleKind, RuleTarget, StoredRule, TargetKind
from recirc.text.slugs import key
from recirc.types import SHELF_NUMBERS, Event, EventKind, Exclusion, IntArray, Request

ARTICLES, SLATES = 15, 420
LONG = 86_400.0
"""Seconds: however slow the machine is, no sample is thinned."""
BAN = Rule(kind=RuleKind.BAN, target=RuleTarget(TargetKind.ARTICLE, "a-1"), by="Una", reason="a test")
LOOKED_AT = (1.0, 0.7, 0.5, 0.4, 0.3)
CHANCES = {f"a-{n}": 0.35 if n == 1 else 0.05 + 0.02 * (n % 4) for n in range(ARTICLES)}


class Day(NamedTuple):
    """A newsroom after some hundred slates, what a ban would have cost in clicks, and how many slates it changes."""

    engine: Engine
    truth: float
    changed: int


def chance(name: str, place: int) -> float:
    return CHANCES[name] * LOOKED_AT[min(place, len(LOOKED_AT) - 1)]


def seen_and_clicked(
    engine: Engine, random: np.random.Generator, page: str, reader: int, now: int
) -> list[Observation]:
    """What one reader sees beside an article, and does."""
    slate, told = engine.shelves(Request(article=page, personalised=False), now), list[Observation]()
    for name, shelf in slate.shelves.items():
        for item in shelf.items:
            slot = Event(
                kind=EventKind.IMPRESSION, article=item.article, time=from_ms(now), shelf=name,
                position=item.position, source=page, serve_id=shelf.serve_id, propensity=item.propensity,
            )  # fmt: skip
            kinds = [EventKind.IMPRESSION]
            if random.random() < chance(item.article, item.position):
                kinds.append(EventKind.VIEW)
            told += [_told(structs.replace(slot, kind=kind), now, reader) for kind in kinds]
    return [_told(Event(kind=EventKind.VIEW, article=page, time=from_ms(now)), now, reader), *told]


def _told(event: Event, now: int, reader: int) -> Observation:
    return Observation(event, received=now, reader=reader, visit=0, exclusion=Exclusion.NONE)


def cost(changes: dict[str, ShelfChange]) -> float:
    """Clicks that a slate gains by a change."""
    return sum(
        sign * chance(item.article, item.position)
        for change in changes.values()
        for sign, shelf in ((1, change.after), (-1, change.before))
        for item in shelf.items
    )


def opened(folder: Path) -> Engine:
    """An engine on the machine's own clock, with a few articles."""
    room = Newsroom(folder, Settings(), ranking_slots=3, related_slots=3, recommendation_slots=3)
    room.engine.close()
    room.engine = Engine.open(room.settings)
    for n in range(ARTICLES):
        room.publish(article(f"a-{n}", number=n, section="games" if n % 4 == 3 else "sea"))
    return room.engine


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    engine, random = opened(tmp_path_factory.mktemp("day")), np.random.default_rng(7)
    truth, changed = 0.0, 0
    for reader in range(1, SLATES + 1):
        now, page = now_ms(), f"a-{random.choice([0, 2, 4])}"
        (changes,) = engine.previews.preview([Request(article=page, personalised=False)], BAN, now)
        gained = cost(changes)
        truth, changed = truth + gained, changed + (abs(gained) > 1e-9)
        engine.observe(seen_and_clicked(engine, random, page, reader, now)).result()
        engine.catch_up()
    yield Day(engine, truth, changed)
    engine.close()


def quiet(_: str, __: int, ___: int) -> None:
    """Nobody watches."""


def test_what_a_ban_would_have_changed_and_cost(day: Day) -> None:
    found = day.engine.last_day.replays.replay(RuleChange(BAN), now_ms() + 1, quiet, seconds=LONG)
    assert (found.slates, found.concerned, found.sampled) == (SLATES, SLATES, SLATES)
    assert found.alike > 0.98  # events of the same millisecond may be folded in between
    assert found.changed == pytest.approx(day.changed, abs=0.02 * SLATES)
    ours = {each.article: each for each in found.articles}
    assert ours["a-1"].before > 0
    assert ours["a-1"].after == 0
    assert sum(each.changed for each in found.shelves) > 0
    estimate = found.estimate
    assert estimate.enough
    assert day.truth < 0
    share = estimate.covered / estimate.changed
    assert share > 0.5
    assert abs(estimate.difference - share * day.truth) <= 2 * estimate.margin
    assert estimate.difference < 0
    assert not day.engine.rules.standing()


def test_a_rule_beside_some_articles_concerns_their_pages_alone(day: Day) -> None:
    beside = structs.replace(BAN, beside=RuleTarget(TargetKind.ARTICLE, "a-2"))
    found = day.engine.last_day.replays.replay(RuleChange(beside), now_ms() + 1, quiet, seconds=LONG, most=50)
    assert 0 < found.concerned < found.slates == SLATES
    assert found.sampled == 50
    nowhere = structs.replace(BAN, beside=RuleTarget(TargetKind.ARTICLE, "a-9"))
    found = day.engine.last_day.replays.replay(RuleChange(nowhere), now_ms() + 1, quiet, seconds=LONG)
    assert (found.concerned, found.sampled, found.changed, found.articles) == (0, 0, 0, ())


@pytest.mark.parametrize(
    ("rule", "comes"),
    [
        (Rule(kind=RuleKind.PIN, target=BAN.target, shelves=("recommendation",), place=1), "a-1"),
        (
            Rule(
                kind=RuleKind.SLOT, target=RuleTarget(TargetKind.SECTION, "games"), shelves=("recommendation",),
                count=1,
            ),
            "",
        ),
        (Rule(kind=RuleKind.BOOST, target=RuleTarget(TargetKind.SECTION, "games"), strength=3.0), ""),
        (Rule(kind=RuleKind.SHARE, target=RuleTarget(TargetKind.SECTION, "games"), share=0.5), ""),
    ],
)  # fmt: skip
def test_each_kind_of_rule_brings_its_articles(day: Day, rule: Rule, comes: str) -> None:
    found = day.engine.last_day.replays.replay(RuleChange(rule), now_ms() + 1, quiet, seconds=LONG, most=60)
    more = {each.article for each in found.articles if each.after > each.before}
    assert more & ({comes} if comes else {"a-3", "a-7", "a-11"})


def test_one_replay_at_a_time_and_one_that_is_left_leaves_nothing_behind(day: Day) -> None:
    replays = day.engine.last_day.replays
    with replays.alone(), pytest.raises(BusyError, match="another replay"):
        replays.replay(RuleChange(BAN), now_ms(), quiet)
    steps = list[str]()

    def left(step: str, _: int, __: int) -> None:
        steps.append(step)
        if step.startswith("filling"):
            raise ReplayEndedError("nobody waits")

    with pytest.raises(ReplayEndedError):
        replays.replay(RuleChange(BAN), now_ms() + 1, left)
    assert {"reading what was seen", "filling shelves again"} <= set(steps)
    assert replays.replay(RuleChange(BAN), now_ms() + 1, quiet, seconds=LONG, most=10).sampled == 10
    with replays.alone():
        pass


def test_shelves_of_the_past_do_not_wait_for_a_replay(day: Day) -> None:
    machine, found = day.engine.time_machine, list[PastSlate]()
    with ThreadPoolExecutor(1) as other:

        def meanwhile(step: str, _: int, __: int) -> None:
            if step.startswith("filling") and not found:
                question = other.submit(machine.slate, Request(article="a-2", personalised=False), now_ms())
                found.append(question.result(timeout=120))

        day.engine.last_day.replays.replay(RuleChange(BAN), now_ms() + 1, meanwhile, seconds=LONG, most=10)
    assert found[0].slate.shelves


def test_a_target_has_a_price_which_is_kept_with_its_date(day: Day) -> None:
    sea = RuleTarget(TargetKind.SECTION, "sea")
    share = Rule(kind=RuleKind.SHARE, target=sea, share=0.1, most=True, shelves=("recommendation",), by="Una")
    made = day.engine.rules.add(share, now_ms())
    try:
        now = now_ms() + 1
        price = day.engine.last_day.prices.measure(made.stored, now, quiet, LONG)
        (shelf,) = price.shelves
        assert (price.measured, shelf.shelf) == (now, "recommendation")
        log = read_day(day.engine._store, 0, now - DAY, now, quiet)
        every = next_clicks(log.viewed, 10**9)
        assert (
            100 < price.clicks == np.isin(every.shelf, [0, SHELF_NUMBERS["ranking"]]).sum() < len(every.shelf)
        )
        assert 0 < shelf.with_target < shelf.without < 1
        assert shelf.margin > 0
        assert day.engine.last_day.prices.known() == {made.stored.key: price}
    finally:
        day.engine.rules.end(made.stored.key, "Una")


def test_a_page_of_one_newspaper_has_that_newspapers_articles(day: Day) -> None:
    sea, games = (BrandScope(sections=(key(name),)) for name in ("sea", "games"))
    request, rules = Request(personalised=False), day.engine.rules.book.in_force(now_ms())
    with day.engine._log_consumer.reading() as state:
        found = {}
        for name, scopes in (("own", (sea, games)), ("both", (sea, BrandScope()))):
            shelves = ReplayedShelves(day.engine.settings, scopes)
            filled = shelves.filled(state, 0, now_ms(), rules, None, request)
            found[name] = {article % 4 for articles in filled.values() for article in articles}
    assert 3 in found["both"]  # every fourth article is of the section games
    assert found["own"]
    assert 3 not in found["own"]


def test_labels_and_the_front_page_alone_are_not_replayed() -> None:
    assert is_replayed(BAN)
    assert is_replayed(structs.replace(BAN, shelves=(FRONT, "related")))
    assert not is_replayed(structs.replace(BAN, shelves=(FRONT,)))
    assert not is_replayed(Rule(kind=RuleKind.LABEL, target=BAN.target, label="live"))


def test_a_sample_that_takes_too_long_is_thinned_all_day_and_ended_at_last() -> None:
    sample: MomentSample = draw(np.zeros(1_000, np.int64), 400, seed=2)
    seconds = [0.0]
    paced = PacedSample(sample, 2.0, lambda: seconds[0])
    used = []
    for place in paced:
        seconds[0] += 0.01  # 400 of them would take 4 s
        used.append(place)
    kept = paced.kept
    assert 100 < kept.sum() < 250
    assert set(np.flatnonzero(kept)) <= set(used)
    assert sample.weight(kept).sum() == pytest.approx(1_000)
    halves = kept[:200].sum(), kept[200:].sum()
    assert min(halves) > 0.7 * max(halves)
    slow = PacedSample(sample, 0.05, lambda: seconds[0])
    begun = iter(slow)
    for _ in range(8):
        next(begun)
    seconds[0] += 0.11
    with pytest.raises(ReplayEndedError, match="longer"):
        next(begun)


@pytest.mark.parametrize("stalled", [range(3), range(200, 208), range(396, 400)])
def test_a_few_slow_moments_thin_nothing_while_there_is_time_for_all(stalled: range) -> None:
    sample, seconds = draw(np.zeros(1_000, np.int64), 400, seed=2), [0.0]
    paced = PacedSample(sample, 60.0, lambda: seconds[0])
    for place in paced:
        seconds[0] += 1.8 if place in stalled else 0.01
    assert paced.kept.all()


def test_only_the_last_rules_of_a_day_are_kept() -> None:
    stored = [
        StoredRule(n, f"rule-{n}", 1_000 * n, None, None, structs.replace(BAN, since=0)) for n in range(1, 6)
    ]

    def find(ids: Sequence[str]) -> IntArray:
        return np.zeros(len(ids), np.int32)

    rules = RulesOfDay((), stored, RuleChange(BAN), find)
    first = rules.at(1_500)
    assert rules.at(1_999) is first
    before, after = rules.at(4_500)
    assert (len(before.rules), len(after.rules)) == (4, 5)
    assert [len(each.rules) for each in rules.at(1_500)] == [1, 2]  # and an earlier moment is right too
