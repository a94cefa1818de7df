"""What holds an article back: embargoes, dates ahead and states, in any form."""

from datetime import UTC, datetime

import pytest

from recirc.reading.holds import hold_of

NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        True,
        "true",
        "yes",
        "tomorrow",
        "until the speech is over",
        "29.11.2026 23:00 Uhr",
        "2026/11/29 23:00",
        "2026年11月29日 23:00",
        "Sun, 29 Nov 2026 06:00:00 -08:00",
        "2026-11-29 06:00:00 EST",
        "Nov 29, 2026 11 PM ET",
        "le 29 novembre 2026 à 23 h",
        {"until": "2026-11-29T23:00:00Z"},
        {"until": {"date": "2026-11-29T23:00:00Z"}},
        ["2026-11-29T23:00:00Z"],
        {"active": True},
        1796000000,
        1796000000000,
        "1796000000",
        "1796000000000",
        1796000000.25,
        20261130,
        "20261130",
        "9999-12-31",
        1,
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        *("embargoed", "embargo", "embargoUntil", "embargo_date", "x:embargo", "hold_until", "publish_at"),
        *("sperrfrist", "x_sperrfrist", "embargado_hasta", "x_holduntil"),
    ],
)
def test_what_holds_an_article_back(name: str, value: object) -> None:
    assert hold_of({"headline": "H", name: value}, NOW) is not None


NO_EMBARGO: tuple[object, ...] = (
    None,
    False,
    "",
    0,
    "0",
    "false",
    "No",
    [],
    {},
    "2026-11-29T07:59:59Z",
    1764000000,
    "2026-11-28",
)


@pytest.mark.parametrize(
    "row",
    [
        *({"embargoed": value} for value in NO_EMBARGO),
        {"embargoed": {"until": "2026-11-28T10:00:00Z", "reason": "Budget"}},
        {"embargo_reason": "Budget", "published": "2026-11-29T07:00:00Z"},
        {"published": "Sat, 28 Nov 2026 20:05:00 EST"},
        {"published": "last Tuesday", "status": "publish", "visibility": "public"},
        {"embargo": "0000-00-00 00:00:00"},
        {"updated": "2030-01-01", "scheduled": False, "draft": "no"},
    ],
)
def test_what_holds_nothing_back(row: dict[str, object]) -> None:
    assert hold_of(row, NOW) is None


@pytest.mark.parametrize(
    "row",
    [
        {"published": "2026-11-29T08:00:01Z"},
        {"date": 1796000000},
        {"datePublished": "2026-11-29T08:00:00-01:00"},
        {"pubDate": "Sun, 29 Nov 2026 20:00:00 GMT"},
        {"published": "9999-12-31T00:00:00Z"},
        {"meta": {"_embargo_until": "1796000000"}},
        {"acf": {"options": {"embargo": "2026-12-24"}}},
        {"status": "draft"},
        {"status": "future"},
        {"scheduled_at": "2026-12-01T06:00:00+01:00"},
        {"available_from": "2026-12-01"},
    ],
)
def test_dates_ahead_and_states_hold_too(row: dict[str, object]) -> None:
    assert hold_of(row, NOW) is not None


def test_a_local_date_of_publication_ahead_counts_as_late_as_an_embargo() -> None:
    late = datetime(2026, 11, 30, 13, tzinfo=UTC)
    for name in ("published", "embargo"):
        hold = hold_of({name: "29.11.2026 23:00 Uhr"}, NOW)
        assert hold is not None
        assert hold.until == late
    exact = hold_of({"published": "2026-11-29T23:00:00Z"}, NOW)
    assert exact is not None
    assert exact.until == datetime(2026, 11, 29, 23, tzinfo=UTC)
    assert hold_of({"published": "29.11.2026 07:00 Uhr"}, NOW) is None, (
        "an article that is out is not taken back"
    )
