"""The estimate of clicks, on made logs of readers whose chances to click are known."""

from typing import NamedTuple

import numpy as np
import pytest

from recirc.engine.click_estimate import ChangedSlots, ClickEstimate, estimate_clicks, examination
from recirc.engine.day_log import SlotRows
from recirc.types import FloatArray, LongArray

SHELF, PLACES, PAGES, ARTICLES = 3, 5, 4, 9
LOOKED_AT = np.array([1.0, 0.7, 0.5, 0.35, 0.25])


class Town(NamedTuple):
    """What readers saw and clicked, the lists they saw, int64 (slates, PLACES), and the page of each."""

    seen: SlotRows
    clicked: SlotRows
    lists: LongArray
    pages: LongArray


def rows(page: LongArray, position: LongArray, article: LongArray, reader: LongArray) -> SlotRows:
    number = len(page)
    return SlotRows(
        np.arange(number),
        np.zeros(number, np.int64),
        reader,
        reader,
        page,
        np.full(number, SHELF),
        position,
        article,
    )


def town(random: np.random.Generator, attraction: FloatArray, slates: int) -> Town:
    """Readers who see one slate each: the most attractive articles tend to stand first, and click by attraction and
    place.
    """
    pages = random.integers(0, PAGES, slates)
    noisy = attraction[pages] + random.gumbel(0, 0.08, (slates, ARTICLES))
    lists = np.argsort(-noisy, axis=1)[:, :PLACES]
    page, place = np.repeat(pages, PLACES), np.tile(np.arange(PLACES), slates)
    article, reader = lists.ravel(), np.repeat(np.arange(slates) + 1, PLACES)
    clicks = random.random(len(page)) < attraction[page, article] * LOOKED_AT[place]
    seen = rows(page, place, article, reader)
    return Town(seen, seen.select(clicks), lists, pages)


def buried(lists: LongArray, victim: int, spare: int) -> LongArray:
    """The lists without one article: those below it move up, another comes last."""
    made = []
    for each in lists.tolist():
        left = [article for article in each if article != victim]
        made.append([*left, next(a for a in (spare, *range(ARTICLES)) if a not in each)][:PLACES])
    return np.array(made)


def changed(pages: LongArray, before: LongArray, after: LongArray) -> ChangedSlots:
    slate, position = np.nonzero(before != after)
    return ChangedSlots(
        slate,
        pages[slate],
        np.full(len(slate), SHELF),
        position,
        before[slate, position],
        after[slate, position],
    )


def judged(made: Town, attraction: FloatArray, sampled: int) -> tuple[ClickEstimate, float]:
    """The estimate for one article that is buried, by the first slates, and the truth for all."""
    after = buried(made.lists, victim=0, spare=ARTICLES - 1)
    rate = attraction[made.pages[:, None], after] - attraction[made.pages[:, None], made.lists]
    truth = float((rate * LOOKED_AT).sum())
    slots = changed(made.pages[:sampled], made.lists[:sampled], after[:sampled])
    weight = np.full(sampled, len(made.pages) / sampled)
    return estimate_clicks(made.seen, made.clicked, slots, weight, np.zeros(sampled, np.int64)), truth


def test_the_interval_covers_what_readers_would_have_done() -> None:
    """The seeds are fixed, so that this is no matter of luck: 95 % are to cover; 36 of 40 or more do."""
    covered, errors = 0, []
    for seed in range(40):
        random = np.random.default_rng(seed)
        attraction = random.uniform(0.02, 0.3, (PAGES, ARTICLES))
        attraction[:, 0] = random.uniform(0.25, 0.4, PAGES)  # what is buried is read much
        estimate, truth = judged(town(random, attraction, 4_000), attraction, 600)
        assert estimate.enough
        assert estimate.covered > 0.9 * estimate.changed
        assert truth < 0
        covered += abs(estimate.difference - truth) <= estimate.margin
        errors.append((estimate.difference - truth) / estimate.error)
    assert covered >= 36
    assert abs(float(np.mean(errors))) < 0.5  # and it is not off to one side


def test_places_are_told_from_the_articles_that_have_them() -> None:
    random = np.random.default_rng(1)
    attraction = random.uniform(0.1, 0.6, (PAGES, ARTICLES))
    made = town(random, attraction, 20_000)
    theta = examination(made.seen, made.clicked)[SHELF, :PLACES]
    assert theta / theta[0] == pytest.approx(LOOKED_AT, abs=0.05)
    shown = np.bincount(made.seen.position)
    naive = np.bincount(made.clicked.position) / shown
    assert naive[-1] / naive[0] < LOOKED_AT[-1] - 0.05  # the better articles stand first


def logged(*counts: tuple[int, int, int, int, int]) -> tuple[SlotRows, SlotRows]:
    """A log by page, place, article, times seen and clicks, each of a reader of its own."""
    parts = [
        np.array([(page, place, article, number < clicks) for number in range(times)])
        for page, place, article, times, clicks in counts
    ]
    page, place, article, clicked = np.concatenate(parts).T
    seen = rows(page, place, article, np.arange(len(page)) + 1)
    return seen, seen.select(clicked.astype(bool))


def one_slot(
    times: int, before: int, after: int, page: int = 1
) -> tuple[ChangedSlots, FloatArray, LongArray]:
    """Slates that change in their first slot."""
    column = np.full(times, page)
    slots = ChangedSlots(
        np.arange(times), column, np.full(times, SHELF), np.zeros(times, np.int64), np.full(times, before),
        np.full(times, after),
    )  # fmt: skip
    return slots, np.ones(times), np.zeros(times, np.int64)


def test_where_both_were_seen_at_the_place_rates_are_compared() -> None:
    seen, clicked = logged((1, 0, 10, 100, 20), (1, 0, 11, 100, 5), (2, 0, 11, 500, 400))
    estimate = estimate_clicks(seen, clicked, *one_slot(50, 10, 11))
    assert (estimate.before, estimate.after) == pytest.approx((10.0, 2.5))
    assert estimate.difference == pytest.approx(-7.5)
    assert (estimate.changed, estimate.covered, estimate.clicks) == (50, 50, 25)
    doubled = estimate.scaled(2)
    assert (doubled.difference, doubled.margin) == pytest.approx((-15.0, 2 * estimate.margin))


def test_what_was_seen_elsewhere_alone_is_compared_there_on_both_sides() -> None:
    """Beside page 1 nobody saw 11, so both articles are compared by what is known of the shelf anywhere."""
    seen, clicked = logged((1, 0, 10, 100, 20), (2, 0, 10, 300, 20), (2, 0, 11, 400, 20))
    estimate = estimate_clicks(seen, clicked, *one_slot(40, 10, 11))
    assert (estimate.before, estimate.after) == pytest.approx((4.0, 2.0))


def test_an_empty_slot_has_no_clicks() -> None:
    seen, clicked = logged((1, 0, 10, 100, 30))
    estimate = estimate_clicks(seen, clicked, *one_slot(10, 10, -1))
    assert (estimate.before, estimate.after) == pytest.approx((3.0, 0.0))


@pytest.mark.parametrize("times", [0, 29])
def test_what_was_hardly_seen_says_nothing(times: int) -> None:
    seen, clicked = (
        logged((1, 0, 10, 100, 30), (1, 0, 11, times, 0)) if times else logged((1, 0, 10, 100, 30))
    )
    estimate = estimate_clicks(seen, clicked, *one_slot(10, 10, 11))
    assert (estimate.covered, estimate.difference, estimate.enough) == (0.0, 0.0, False)


def test_a_slot_stands_for_no_more_than_the_clipping_allows() -> None:
    """11 was seen 40 times, so that it may stand for 800 of 4,000 slots; the rest is not covered."""
    seen, clicked = logged((1, 0, 10, 4_000, 400), (1, 0, 11, 40, 20))
    estimate = estimate_clicks(seen, clicked, *one_slot(4_000, 10, 11))
    assert estimate.covered == pytest.approx(800)
    assert estimate.difference == pytest.approx(800 * (0.5 - 0.1))
    assert not estimate.enough


def test_without_a_log_there_is_no_estimate() -> None:
    nothing = rows(*(np.zeros(0, np.int64),) * 4)
    estimate = estimate_clicks(nothing, nothing, *one_slot(3, 10, 11))
    assert (estimate.changed, estimate.covered, estimate.clicks, estimate.enough) == (3, 0, 0, False)
    unchanged = one_slot(0, 10, 11)[0]
    assert not estimate_clicks(nothing, nothing, unchanged, np.ones(5), np.zeros(5, np.int64)).changed
