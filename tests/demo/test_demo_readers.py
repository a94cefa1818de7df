from pathlib import Path

import numpy as np
import pytest
from demo_town import HOUR, NOON, NOW, town, two_weeks, written

from recirc.demo.past import VISITS, arrivals, fill_past
from recirc.demo.readers import (
    COLUMNS,
    LOOKS,
    SLOTS,
    Behaviour,
    examine,
    land,
    traffic,
)
from recirc.engine import Engine
from recirc.settings import Settings, StoreSettings
from recirc.types import NO_POSITION, RECORD, SHELF_NUMBERS, EntryKind, Exclusion, Window

VIEWS = EntryKind.VIEW


def test_one_seed_gives_one_log_and_another_gives_another() -> None:
    again = two_weeks.__wrapped__(1)
    assert np.array_equal(again, two_weeks(1))
    assert len(np.intersect1d(again["id"], two_weeks(2)["id"])) == 0


def test_two_weeks_are_many_events_in_order_and_none_is_in_the_future() -> None:
    log = two_weeks()
    assert log.dtype == RECORD
    assert 60_000 <= len(log) <= 120_000
    assert (np.diff(log["time"]) >= 0).all()
    assert log["time"].max() < NOW
    assert len(np.unique(log["id"])) == len(log)
    assert set(np.unique(log["kind"])) == {int(kind) for kind in EntryKind if kind < EntryKind.PUBLISH}


def test_nobody_reads_an_article_before_its_publication() -> None:
    log, (world, _) = two_weeks(), town()
    assert (log["time"] >= world.published[log["article"]]).all()
    beside = log[log["source"] >= 0]
    assert (beside["time"] >= world.published[beside["source"]]).all()


def test_no_visit_opens_an_article_twice_and_visits_get_rarer_as_they_get_longer() -> None:
    views = two_weeks()[two_weeks()["kind"] == VIEWS]
    views = views[views["visit"] != 0]
    _, opened = np.unique(views[["visit", "article"]], return_counts=True)
    assert opened.max() == 1
    _, pages = np.unique(views["visit"], return_counts=True)
    lengths = np.bincount(pages)[1:6]
    assert (np.diff(lengths) < 0).all()
    assert 1.5 < pages.mean() < 3.5


@pytest.mark.parametrize("shelf", ["related", "ranking", "recommendation"])
def test_lower_slots_are_seen_less_and_opened_less(shelf: str) -> None:
    log = two_weeks()
    there = log[log["shelf"] == SHELF_NUMBERS[shelf]]
    seen, opened = (
        np.bincount(there["position"][there["kind"] == kind], minlength=8)[:8]
        for kind in (EntryKind.IMPRESSION, VIEWS)
    )
    assert (np.diff(seen) < 0).all()
    assert opened[0] > 2 * opened[2] > 2 * opened[7] > 0
    assert opened.sum() < seen.sum()


def test_whoever_sees_a_slot_has_seen_those_above_it() -> None:
    seen = examine(20_000, Behaviour(), np.random.default_rng(3))
    for kind, columns in COLUMNS.items():
        assert len(columns) == SLOTS[kind]
        assert (seen[:, columns[1:]] <= seen[:, columns[:-1]]).all()
        assert seen[:, columns[0]].mean() == pytest.approx(LOOKS[kind], abs=0.02)


def test_readers_open_what_they_like() -> None:
    log, (_, population) = two_weeks(), town()
    views = log[(log["kind"] == VIEWS) & (log["reader"] != 0) & (log["excluded"] == 0)]
    place = {key: reader for reader, key in enumerate(population.keys.tolist())}
    reader = np.array([place[key] for key in views["reader"].tolist()])
    assert population.taste[reader, views["article"]].mean() > 1.5 * population.taste[reader].mean()


def test_a_few_readers_come_often_and_most_rarely() -> None:
    views = two_weeks()[(two_weeks()["kind"] == VIEWS) & (two_weeks()["visit"] != 0)]
    _, first = np.unique(views["visit"], return_index=True)
    _, visits = np.unique(views["reader"][first], return_counts=True)
    assert np.median(visits) <= 3
    assert visits.max() >= 20


def test_news_is_hot_when_it_is_published_and_fades() -> None:
    world, _ = town()
    hot = int(np.argmax(world.heat))
    pull = world.pull(world.published[hot] + np.array([-1, 0, 4 * HOUR, 24 * HOUR, 200 * HOUR]))[:, hot]
    assert pull[0] == 0
    assert pull[1] == pytest.approx(world.appeal[hot] * (1 + world.heat[hot]))
    assert (np.diff(pull[1:]) < 0).all()
    assert pull[4] < 0.05 * pull[1]


def test_search_and_social_media_bring_readers_to_what_is_hot() -> None:
    world, population = town()
    rng = np.random.default_rng(2)
    reader = population.visitors(6000, rng)
    article, referrer = land(world, population, reader, np.full(6000, NOW), rng)
    pull = world.pull(np.array([NOW]))[0]
    assert set(referrer) == {1, 2, 3}
    assert pull[article[referrer != 1]].mean() > 3 * pull.mean()


def test_traffic_follows_the_hour_of_the_local_day() -> None:
    offset = 2 * HOUR
    starts = arrivals(NOW - 14 * 24 * HOUR, NOW, offset, 200_000, np.random.default_rng(4))
    starts = starts[starts < NOW - 24 * HOUR]
    by_hour = np.bincount((starts + offset) // HOUR % 24, minlength=24)
    expected = traffic(np.arange(24) * HOUR + HOUR // 2, 0)
    assert np.corrcoef(by_hour, expected)[0, 1] > 0.98
    assert by_hour[8] > 10 * by_hour[3]


def test_traffic_grows_and_the_last_hour_is_never_empty() -> None:
    for hour in (12, 3):
        now = round(NOON.replace(hour=hour).timestamp() * 1000)
        starts = arrivals(now - 14 * 24 * HOUR, now, 0, VISITS, np.random.default_rng(4))
        week = (starts > now - 7 * 24 * HOUR).sum()
        assert week > 1.5 * (len(starts) - week)
        assert (starts > now - HOUR).sum() > 150


def test_the_engine_counts_them_and_keeps_robots_apart(tmp_path: Path) -> None:
    world, population = town()
    engine = Engine.open(Settings(store=StoreSettings(path=str(tmp_path / "recirc.db"))))
    try:
        engine.publish([piece.article for piece in written()]).result()
        sent = fill_past(engine, world, population, NOW, 0, np.random.default_rng(1))
        assert sent == len(two_weeks())
        assert engine.offset == engine.log_end() == sent + len(written())
        counts = [engine.counts(name, NOW) for name in world.ids]
        views = two_weeks()[two_weeks()["kind"] == VIEWS]
        robots = views["excluded"] != 0
        assert sum(count.raw for count in counts) == len(views)
        assert sum(count.excluded for count in counts) == robots.sum()
        assert set(views["excluded"]) == {Exclusion.NONE, Exclusion.BOT, Exclusion.NO_USER_AGENT}
        assert 0.01 < robots.mean() < 0.1
        assert set(views["position"][robots]) == {NO_POSITION}
        orders = [
            tuple(
                item.article for item in engine.ranking(section=None, window=window, slots=8, now=NOW).items
            )
            for window in (Window.HOUR, Window.DAY, Window.WEEK)
        ]
        assert all(len(order) == 8 for order in orders)
        assert len(set(orders)) == 3
    finally:
        engine.close()
