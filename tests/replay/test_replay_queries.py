"""What is asked, with what is known of the reader, and among which articles."""

import numpy as np
import pytest
from replay_logs import START, log_of, records_of, town

from recirc.rank.visit import Visit
from recirc.replay.negatives import NEGATIVES, NegativeSampler
from recirc.replay.protocols import Schedule, protocols
from recirc.replay.queries import EARLIER, VisitBuilder
from recirc.replay.replay_log import HOUR, ReplayLog, replay_log_from
from recirc.types import EntryKind


def visits_of(protocol: str, log: ReplayLog) -> tuple[Schedule, list[Visit]]:
    schedule = protocols()[protocol]().schedule(log)
    visits = VisitBuilder(log, schedule.queries, schedule.known_from, schedule.known_before)
    return schedule, [visits.visit(query) for query in range(len(schedule.queries.at))]


def test_every_click_from_the_second_on_is_a_query_with_the_codes_of_the_one_before() -> None:
    records = records_of((1, 0, 1.0), (1, 1, 1.1), (1, 0, 1.2), (1, 2, 1.3), (2, 3, 0.5))
    records["referrer"], records["device"], records["region"] = [3, 4, 5, 6, 7], [1, 2, 1, 2, 1], 9
    schedule, visits = visits_of("live", replay_log_from(records))
    assert schedule.queries.target.tolist() == [1, 2]
    assert schedule.queries.last.tolist() == [False, True]
    told = [(visit.history.tolist(), visit.referrer, visit.device, visit.region) for visit in visits]
    assert told == [([0], 3, 1, 9), ([0, 1], 4, 2, 9)]


def by_one_reader() -> ReplayLog:
    """Visits 1 to 3 by one reader, each beginning in another window and reaching into the next; 4 by another."""
    told = [
        (1, 0, 0.5),
        (1, 1, 1.5),
        (2, 2, 1.2),
        (2, 3, 2.1),
        (3, 4, 2.2),
        (3, 5, 2.3),
        (4, 6, 0.1),
        (4, 7, 2.4),
    ]
    records = records_of(*told)
    records["reader"] = [7] * 6 + [8] * 2
    return replay_log_from(records)


def test_live_knows_of_a_readers_other_visits_what_was_opened_before() -> None:
    schedule, visits = visits_of("live", by_one_reader())
    told = dict(
        zip(schedule.queries.target.tolist(), (visit.earlier.tolist() for visit in visits), strict=True)
    )
    assert told == {1: [2], 3: [0, 1], 5: [0, 2, 1, 3], 7: []}


def test_hourly_knows_of_them_what_began_in_earlier_windows() -> None:
    schedule, visits = visits_of("hourly", by_one_reader())
    told = dict(
        zip(schedule.queries.target.tolist(), (visit.earlier.tolist() for visit in visits), strict=True)
    )
    assert told == {3: [0, 1], 5: [0, 1, 2, 3]}


def test_only_the_last_distinct_articles_of_other_visits_are_told() -> None:
    past = [(1, article % 30, article / 1000) for article in range(60)]
    records = records_of(*past, (2, 50, 1.0), (2, 51, 1.1))
    records["reader"] = 5
    _, visits = visits_of("live", replay_log_from(records))
    assert visits[-1].earlier.tolist() == list(range(30 - EARLIER, 30))


def test_who_is_not_known_has_no_other_visits() -> None:
    _, visits = visits_of("live", town(seed=1))
    assert all(not len(visit.earlier) for visit in visits)


def test_readers_without_named_visits_are_cut_at_pauses_as_the_state_cuts_them() -> None:
    records = records_of(
        (0, 0, 0.0), (0, 1, 0.4), (0, 2, 1.0), (0, 3, 1.4), (9, 4, 0.2), (9, 5, 3.0), (0, 6, 0.1)
    )
    records["reader"] = [70] * 6 + [0]
    log = replay_log_from(records)
    sessions = [
        log.records["article"][log.clicks[start:stop]].tolist()
        for start, stop in zip(log.starts[:-1], log.starts[1:], strict=True)
    ]
    assert sorted(sessions) == [[0, 1], [2, 3], [4, 5], [6]]


def test_what_is_no_counted_view_is_folded_but_asks_nothing() -> None:
    records = records_of((1, 0, 0.1), (1, 1, 0.2), (2, 0, 1.1), (2, 1, 1.2), (2, 2, 1.3), (3, 2, 1.4))
    records["kind"][4], records["excluded"][5] = EntryKind.READ, 1
    log = replay_log_from(records)
    assert len(log.clicks) == 4
    assert protocols()["live"]().schedule(log).queries.target.tolist() == [1, 1]
    assert len(log.records) == 6


def busy_hours() -> ReplayLog:
    return town(seed=2, visits=900, articles=300, hours=12)


def test_negatives_are_drawn_from_the_last_hour_and_never_the_sessions_own() -> None:
    log = busy_hours()
    queries = protocols()["sampled"]().schedule(log).queries
    negatives = NegativeSampler(log, queries)
    time, article = log.records["time"][log.clicks], log.records["article"][log.clicks]
    for query in range(0, len(queries.at), 97):
        among = negatives.candidates(query)
        target, now = int(queries.target[query]), int(queries.time[query])
        own = article[log.session == queries.session[query]]
        others = among[among != target]
        last_hour = np.setdiff1d(article[(time >= now - HOUR) & (time < now)], own)
        assert len(np.unique(among)) == len(among)
        assert target in among
        assert not np.isin(others, own).any()
        if len(last_hour) >= 2 * NEGATIVES:
            assert len(others) == NEGATIVES
            assert np.isin(others, last_hour).all()
        assert np.array_equal(among, negatives.candidates(query))


def test_negatives_are_drawn_by_popularity() -> None:
    random = np.random.default_rng(3)
    many = [(visit, int(random.integers(0, 80)), 0.5) for visit in range(10, 400)]
    hits = [(visit, 200, 0.5) for visit in range(400, 600)]
    asked = [
        part for visit in range(1000, 1100) for part in ((visit, 300 + visit, 0.6), (visit, 301 + visit, 0.7))
    ]
    log = log_of(*many, *hits, *asked)
    queries = protocols()["sampled"]().schedule(log).queries
    negatives = NegativeSampler(log, queries)
    drawn = np.concatenate([negatives.candidates(query) for query in range(len(queries.at))])
    counts = np.bincount(drawn, minlength=201)
    assert counts[200] == len(queries.at)  # a third of all log: it is always there
    assert counts[:80].mean() < 0.7 * counts[200]


def test_the_targets_place_among_the_drawn_tells_nothing() -> None:
    log = busy_hours()
    queries = protocols()["sampled"]().schedule(log).queries
    negatives = NegativeSampler(log, queries)
    places = [
        int(np.flatnonzero(negatives.candidates(query) == queries.target[query])[0])
        for query in range(500, len(queries.at))
    ]
    assert np.mean(places) == pytest.approx(NEGATIVES / 2, rel=0.1)


def test_where_the_last_hour_holds_too_few_those_clicked_last_before_it_fill_up() -> None:
    past = [(10 + article, article, article / 1000) for article in range(70)]
    log = log_of(*past, (1, 100, 5.0), (1, 101, 5.1), (2, 102, 4.5))
    queries = protocols()["sampled"]().schedule(log).queries
    among = NegativeSampler(log, queries).candidates(0)
    assert set(among.tolist()) == {101, 102, *range(70 - NEGATIVES + 1, 70)}


def test_a_past_of_few_articles_gives_all_it_has() -> None:
    log = log_of((1, 0, 0.1), (1, 1, 0.2), (2, 2, 0.15), (3, 3, 0.3))
    queries = protocols()["sampled"]().schedule(log).queries
    assert set(NegativeSampler(log, queries).candidates(0).tolist()) == {1, 2}


def test_sampled_asks_the_first_window_after_each_chunk_and_each_click_from_the_second_on() -> None:
    told = [(100 + hour, article, hour + 0.1 * article) for hour in range(12) for article in range(3)]
    schedule = protocols()["sampled"]().schedule(log_of(*told, (1, 0, 5.9), (1, 1, 6.2)))
    asked = schedule.tested
    assert schedule.window[asked].tolist() == [5, 5, 5, 10, 10]
    assert schedule.queries.target[asked].tolist() == [1, 2, 1, 1, 2]
    assert schedule.ended_windows.tolist() == [4, 9]
    # A chunk has ended when all of its hours are folded.
    assert (
        schedule.time[schedule.window_ends[0] - 1]
        < START + 5 * HOUR
        <= schedule.time[schedule.window_ends[0]]
    )


def test_which_clicks_are_taught_does_not_hang_on_what_is_asked() -> None:
    log = town(seed=4, visits=300)
    alone = protocols()["live"](learn_every=3).schedule(log)
    other = protocols()["live"](every=7, first=2, learn_every=3).schedule(log)
    assert np.array_equal(alone.trained_on, other.trained_on)
    assert alone.trained_on.mean() == pytest.approx(1 / 3, abs=0.05)
