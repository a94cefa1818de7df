"""Dates in the ways in which they are written."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.reading.dates import moment
from recirc.reading.rejections import RejectedValueError

NOON = datetime(2018, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("2018-05-01T12:00:00Z", NOON),
        ("2018-05-01T14:00:00+02:00", NOON),
        ("2018-05-01 12:00", NOON),
        ("2018-05-01T12:00:00.250Z", NOON.replace(microsecond=250_000)),
        ("20180501T120000Z", NOON),
        (" 2018-05-01 ", NOON.replace(hour=0)),
        ("Tue, 01 May 2018 12:00:00 GMT", NOON),
        ("1 May 2018 14:00:00 +0200", NOON),
        ("01 May 2018 12:00 -0000", NOON),
        (1525176000, NOON),
        (1525176000.0, NOON),
        (1525176000_000, NOON),
        ("1525176000", NOON),
        ("1525176000000", NOON),
        ("1 Mai 2018 12:00", NOON),
        ("20180501120000", NOON),
        (-3_000_000_000, datetime(1874, 12, 7, 18, 40, tzinfo=UTC)),
        ("1600-01-01", datetime(1600, 1, 1, tzinfo=UTC)),
        ("2100-12-31T23:59:59Z", datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_understood(written: object, wanted: datetime) -> None:
    found = moment(written, "published")
    assert found == wanted
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    [
        *("yesterday", "", "2018", "01/05/2018", "2018-02-30", "2018-05-01T25:00:00Z", "1 Maj 20 18 12:00"),
        *("Tue, 41 May 2018 12:00:00 GMT", "9" * 5000, 0, 2018, 20180501, True, None, [], {}),
        *(float("nan"), float("inf"), 10**30),
    ],
)
def test_no_dates(written: object) -> None:
    with pytest.raises(RejectedValueError, match=r'^"published" is not a date: ') as refused:
        moment(written, "published")
    assert refused.value.field == "published"


@pytest.mark.parametrize(
    "written", ["1599-12-31", "2101-01-01", "0001-01-01T00:00:00+14:00", 9_000_000_000_000_000]
)
def test_implausible(written: object) -> None:
    with pytest.raises(RejectedValueError, match=r"not a date|outside the years 1600 to 2100"):
        moment(written, "published")


@given(
    st.text()
    | st.integers()
    | st.floats()
    | st.from_regex(r"\d{1,4}-\d\d-\d\d[T ]\d\d:\d\d(Z|[+-]\d\d:\d\d)?")
)
def test_a_date_or_a_refusal(written: object) -> None:
    try:
        found: datetime | RejectedValueError = moment(written, "date")
    except RejectedValueError as refused:
        found = refused
    assert (
        found.text.startswith('"date" ')
        if isinstance(found, RejectedValueError)
        else 1600 <= found.year <= 2100
    )


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
naive = st.datetimes(datetime(1600, 1, 2), datetime(2100, 12, 30))  # noqa: DTZ001 - zones come apart


@given(naive, offsets)
def test_any_moment_comes_back(written: datetime, zone: timezone) -> None:
    assert moment(written.replace(tzinfo=zone).isoformat(), "date") == written.replace(tzinfo=zone)
