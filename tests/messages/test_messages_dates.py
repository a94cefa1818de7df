"""Dates in brief are the same until the moment that `brief_until` names, and others from then on."""

import doctest
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from recirc.messages import dates
from recirc.messages.dates import DateFormats
from recirc.messages.words import words_in

ZONES = (
    "UTC", "Europe/Rome", "America/New_York", "America/Santiago", "America/Havana", "Africa/Cairo", "Asia/Tehran",
    "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
)  # fmt: skip
FORMATS = {zone: DateFormats(ZoneInfo(zone), words_in("en")) for zone in ZONES}
MOMENT = timedelta(microseconds=1)
SUMMER = datetime(2026, 6, 3, 12, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=20 * 365)).map(
    lambda since: datetime(2015, 1, 1, tzinfo=UTC) + since
)
ages = st.one_of(
    st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    st.timedeltas(timedelta(days=-1), timedelta(days=1)),
    st.timedeltas(timedelta(days=182), timedelta(days=184)),
    st.timedeltas(timedelta(days=-184), timedelta(days=-182)),
)


@given(st.sampled_from(ZONES), moments, ages)
@example("Europe/Rome", SUMMER, timedelta(days=182, hours=20))
@example("America/New_York", SUMMER, timedelta(days=182, hours=20))
def test_dates_are_the_same_until_the_moment_that_is_said(zone: str, when: datetime, age: timedelta) -> None:
    formats, now = FORMATS[zone], when + age
    until = formats.brief_until([when], now).astimezone(UTC)
    assert now < until <= now + timedelta(days=2)
    words = formats.brief(when, now)
    for moment in (now + (until - now) * part / 7 for part in range(7)):
        assert formats.brief(when, moment) == words
    assert formats.brief(when, until - MOMENT) == words
    today = now.astimezone(ZoneInfo(zone)).date()
    following = until.astimezone(ZoneInfo(zone))
    if following.date() == today:  # not because the day is over
        assert formats.brief(when, until) != words


def test_half_a_year_ends_by_the_time_that_has_passed() -> None:
    formats, turn = FORMATS["Europe/Rome"], SUMMER + timedelta(days=183)
    assert formats.brief_until([SUMMER], turn - timedelta(hours=2)).astimezone(UTC) == turn
    assert [formats.brief(SUMMER, each) for each in (turn - MOMENT, turn)] == ["3 Jun", "3 Jun 2026"]


def test_examples() -> None:
    assert doctest.testmod(dates).failed == 0
