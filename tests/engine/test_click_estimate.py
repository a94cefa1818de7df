"""The estimate of clicks, on made logs of readers whose chances to click are known."""

from typing import NamedTuple

import numpy as np
import pytest

from recirc.engine.click_estimate import (
    ENOUGH_SEEN,
    REPLICATES,
    ChangedSlots,
    ClickEstimate,
    Examination,
    estimate_clicks,
)
from recirc.engine.click_estimate import PLACES as MOST_PLACES
from recirc.engine.day_log import SlotRows, clicks_on
from recirc.engine.sampled_moments import ReplayEndedError
from recirc.types import FloatArray, LongArray

SHELF, PLACES, ARTICLES = 3, 5, 9
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
    pages = random.integers(0, len(attraction), slates)
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


class Judged(NamedTuple):
    """An estimate for one article that is buried, by the first slates, and the truth for all."""

    estimate: ClickEstimate
    truth: float


def judged(made: Town, attraction: FloatArray, sampled: int, by_place: bool) -> Judged:
    """Of the slots alone whose articles were both seen often enough at their place (`by_place`), or not there but
    beside their page.
    """
    after = buried(made.lists, victim=0, spare=ARTICLES - 1)
    times = np.zeros((len(attraction), PLACES, ARTICLES))
    np.add.at(times, (made.seen.page, made.seen.position, made.seen.article), 1)
    page, place = made.pages[:, None], np.arange(PLACES)
    here, anywhere = (
        np.minimum(of(made.lists), of(after)) >= ENOUGH_SEEN
        for of in (lambda lists: times[page, place, lists], lambda lists: times.sum(1)[page, lists])
    )
    wanted = here if by_place else anywhere & ~here
    after = np.where(wanted, after, made.lists)
    rate = attraction[page, after] - attraction[page, made.lists]
    slots = changed(made.pages[:sampled], made.lists[:sampled], after[:sampled])
    weight = np.full(sampled, len(made.pages) / sampled)
    estimate = estimate_clicks(made.seen, made.clicked, slots, weight, np.zeros(sampled, np.int64))
    return Judged(estimate, float((rate * LOOKED_AT).sum()))


@pytest.mark.parametrize(("pages", "by_place"), [(4, True), (20, False), (60, False)])
def test_the_interval_covers_what_readers_would_have_done(pages: int, by_place: bool) -> None:
    """On each level by itself. The seeds are fixed, so that this is no matter of luck: 95 % are to cover; 36 of 40 or
    more do.
    """
    covered, errors = 0, []
    for seed in range(40):
        random = np.random.default_rng(seed)
        attraction = random.uniform(0.02, 0.3, (pages, ARTICLES))
        attraction[:, 0] = random.uniform(0.25, 0.4, pages)  # what is buried is read much
        estimate, truth = judged(town(random, attraction, 4_000), attraction, 600, by_place)
        assert estimate.enough
        assert estimate.covered > 0.9 * estimate.changed > 0
        covered += abs(estimate.difference - truth) <= estimate.margin
        errors.append((estimate.difference - truth) / estimate.error)
    assert covered >= 36
    assert abs(float(np.mean(errors))) < 0.5  # and it is not off to one side


def test_places_are_told_from_the_articles_that_have_them() -> None:
    random = np.random.default_rng(1)
    attraction = random.uniform(0.1, 0.6, (4, ARTICLES))
    made = town(random, attraction, 20_000)
    theta = Examination(made.seen, made.clicked).theta()[SHELF * MOST_PLACES :][:PLACES]
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


def test_what_was_seen_at_other_places_is_compared_by_how_much_they_are_looked_at() -> None:
    """Beside page 1 nobody saw 11 in the first place; the second is looked at half as much, by what is known of 12."""
    seen, clicked = logged(
        (1, 0, 10, 400, 80), (1, 1, 10, 400, 40), (1, 1, 11, 400, 20), (2, 0, 12, 9_000, 1_800), (2, 1, 12, 9_000, 900)
    )  # fmt: skip
    estimate = estimate_clicks(seen, clicked, *one_slot(40, 10, 11))
    assert (estimate.before, estimate.after) == pytest.approx((8.0, 4.0), rel=0.02)
    assert (estimate.covered, estimate.enough) == (40, True)


def test_what_was_seen_beside_other_pages_alone_is_not_covered() -> None:
    seen, clicked = logged((1, 0, 10, 100, 20), (2, 0, 10, 300, 20), (2, 0, 11, 400, 20))
    estimate = estimate_clicks(seen, clicked, *one_slot(40, 10, 11))
    assert (estimate.changed, estimate.covered, estimate.margin, estimate.enough) == (40, 0, 0, False)


def test_readers_who_see_several_pages_click_once_and_rates_are_of_all_that_they_saw() -> None:
    """200 readers see two articles beside each of three pages; 60 open the first beside one of them, and 30 the second.
    One opens the second once more, where the log has no impression of it.
    """
    reader, page, article = (each.ravel() for each in np.meshgrid(np.arange(1, 201), [1, 2, 3], [10, 11]))
    lost = (reader == 20) & (page == 1) & (article == 11)
    place: LongArray = np.zeros(len(reader), np.int64)
    seen = rows(page, place, article, reader).select(~lost)
    opened = (page == 1 + reader % 3) & (reader <= np.where(article == 10, 60, 30)) | lost
    clicked = clicks_on(seen, rows(page, place, article, reader).select(opened))
    assert len(clicked.offset) == 60 + 30
    estimate = estimate_clicks(seen, clicked, *one_slot(200, 10, 11))
    assert estimate.before == pytest.approx(20)
    assert estimate.after == pytest.approx(200 * 10 / 199)


def test_a_reader_who_leaves_ends_the_draws() -> None:
    seen, clicked = logged((1, 0, 10, 100, 20), (1, 0, 11, 100, 5))
    steps = list[tuple[str, int, int]]()

    def left(step: str, done: int, total: int) -> None:
        steps.append((step, done, total))
        if done == 3:
            raise ReplayEndedError("nobody waits")

    slots = one_slot(50, 10, 11)
    with pytest.raises(ReplayEndedError, match="nobody waits"):
        estimate_clicks(seen, clicked, *slots, progress=left)
    assert steps == [("estimating clicks", done, REPLICATES) for done in range(4)]


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
