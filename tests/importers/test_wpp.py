"""WordPress Popular Posts: counts become as many views, without readers, once however often they are exported."""

import gzip
from collections import Counter
from pathlib import Path

import pytest
from dump_reading import CONTEXT, Act, events_of
from hypothesis import given
from hypothesis import strategies as st

from recirc.importers.wpp import ViewCountRow, open_wpp, runs_of
from recirc.reading.rejections import RejectedValueError

DATA = (
    '"postid","day","last_viewed","pageviews"\n'
    '"7","2026-09-01 08:00:00","2026-11-19 09:00:00","6"\n'
    '"8","2026-11-18 00:00:00","2026-11-18 00:00:00","1"\n'
)
SUMMARY = (
    '"ID","postid","pageviews","view_date","view_datetime"\n'
    '"901","7","2","2026-11-18","2026-11-18 22:15:00"\n'
    '"902","7","1","2026-11-19","2026-11-19 09:00:00"\n'
)
SEPTEMBER = 1_788_249_600_000
EVENING = 1_795_040_100_000
MORNING = 1_795_078_800_000


def written(folder: Path, data: str = DATA, summary: str = SUMMARY) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (("wp_popularpostsdata.csv", data), ("wp_popularpostssummary.csv", summary)):
        if text:
            (folder / name).write_text(text)
    return folder


def test_every_page_view_is_a_view_without_a_reader(tmp_path: Path) -> None:
    dump = open_wpp(written(tmp_path), CONTEXT, id="https://tide.example/?p={}")
    told = events_of(dump, "reader", "visit", "ids")
    seven, eight = "https://tide.example/?p=7", "https://tide.example/?p=8"
    assert Counter(told.acts) == {
        Act("view", seven, SEPTEMBER): 3,  # of the total, what the summary does not tell
        Act("view", seven, EVENING): 2,
        Act("view", seven, MORNING): 1,
        Act("view", eight, 1_794_960_000_000): 1,
    }
    assert set(told.fields["reader"]) == set(told.fields["visit"]) == {0}
    assert sorted(told.fields["ids"]) == [*(f"wpp:7#{n}" for n in range(1, 7)), "wpp:8#1"]
    assert told.refusals == []
    assert dump.notes() == ["page views without readers: each counts as a reader of its own"]


def test_times_are_those_of_the_site(tmp_path: Path) -> None:
    told = events_of(open_wpp(written(tmp_path), CONTEXT, zone="Europe/Berlin"))
    hour = 3_600_000
    assert Act("view", "7", EVENING - hour) in told.acts  # winter
    assert Act("view", "7", SEPTEMBER - 2 * hour) in told.acts  # summer


def test_a_later_export_adds_what_came_since(tmp_path: Path) -> None:
    first = events_of(open_wpp(written(tmp_path / "first"), CONTEXT), "ids")
    later = DATA.replace('"6"', '"10"')
    # The plugin has forgotten the 18th; the 20th came.
    summary = SUMMARY.replace('"901","7","2","2026-11-18","2026-11-18 22:15:00"\n', "")
    summary += '"903","7","4","2026-11-20","2026-11-20 11:00:00"\n'
    second = events_of(open_wpp(written(tmp_path / "second", later, summary), CONTEXT), "ids")
    new = set(second.fields["ids"]) - set(first.fields["ids"])
    assert new == {f"wpp:7#{n}" for n in range(7, 11)}
    times = dict(zip(second.fields["ids"], second.acts, strict=True))
    assert {times[key].time for key in new} == {1_795_172_400_000}


def test_one_table_alone_is_taken_and_told_of(tmp_path: Path) -> None:
    lone = open_wpp(written(tmp_path / "data", summary=""), CONTEXT)
    assert Counter(events_of(lone).acts)[Act("view", "7", SEPTEMBER)] == 6
    assert lone.notes()[1] == "only data is there; docs/import.md says what follows"
    days = open_wpp(written(tmp_path / "days", data=""), CONTEXT)
    assert sorted(events_of(days, "ids").fields["ids"]) == [
        "wpp:7:2026-11-18#1",
        "wpp:7:2026-11-18#2",
        "wpp:7:2026-11-19#1",
    ]


def test_the_older_summary_and_semicolons(tmp_path: Path) -> None:
    summary = "ID;postid;pageviews;view_date;last_viewed\n1;7;2;2026-11-18;2026-11-18 22:15:00\n2;7;1;2026-11-19;NULL\n"
    told = events_of(open_wpp(written(tmp_path, "", summary), CONTEXT))
    assert Counter(told.acts) == {Act("view", "7", EVENING): 2, Act("view", "7", 1_795_046_400_000): 1}


def test_rows_that_say_nothing_are_refused_with_their_line(tmp_path: Path) -> None:
    data = "postid,day,last_viewed,pageviews\n"
    rows = [
        "x,2026-11-18 00:00:00,,1",
        "7,0000-00-00 00:00:00,,1",
        "7,2026-11-18 00:00:00,,-3",
        "9,2026-11-18 00:00:00,,1",
        "9,2027-11-18 00:00:00,,2",
    ]
    told = events_of(
        open_wpp(
            written(tmp_path, data + "\n".join([*rows, f"7,2026-11-18 00:00:00,,{10**12}"]), ""), CONTEXT
        )
    )
    lines = {(refusal.line, refusal.field) for refusal in told.refusals}
    assert lines == {(2, "postid"), (3, "day"), (4, "pageviews"), (6, "time"), (7, "pageviews")}
    assert all(refusal.file == "wp_popularpostsdata.csv" for refusal in told.refusals)
    assert 'wp_popularpostsdata.csv:3: "day" is not a moment' in str(sorted(told.refusals)[1])


def test_a_post_that_was_opened_very_often(tmp_path: Path) -> None:
    data = "postid,day,last_viewed,pageviews\n7,2026-09-01 08:00:00,2026-09-01 08:00:00,120001\n"
    told = events_of(open_wpp(written(tmp_path, data, ""), CONTEXT), "ids")
    assert len(told.acts) == 120_001
    assert len(set(told.fields["ids"])) == 120_001


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,title\n1,x\n")
    with pytest.raises(RejectedValueError, match="no table of WordPress Popular Posts"):
        open_wpp(tmp_path, CONTEXT)
    with pytest.raises(RejectedValueError, match=r"needs \{\} in the place"):
        open_wpp(tmp_path, CONTEXT, id="https://tide.example/")
    written(tmp_path)
    (tmp_path / "copy.csv").write_text(DATA)
    with pytest.raises(RejectedValueError, match="the same table"):
        open_wpp(tmp_path, CONTEXT)


def test_a_packed_table_that_is_cut_off_is_taken_up_to_there(tmp_path: Path) -> None:
    rows = "".join(f"{post},2026-09-01 08:{post % 60:02}:00,,{post % 7}\n" for post in range(1, 20_000))
    whole = gzip.compress(f"postid,day,last_viewed,pageviews\n{rows}".encode())
    (tmp_path / "data.csv.gz").write_bytes(whole[: len(whole) // 2])
    told = events_of(open_wpp(tmp_path, CONTEXT))
    assert len(told.acts) > 10_000
    assert "the file cannot be read from here on" in str(told.refusals[-1])
    (tmp_path / "data.csv.gz").write_bytes(whole[:12])
    with pytest.raises(RejectedValueError, match="no table"):
        open_wpp(tmp_path, CONTEXT)


@given(st.lists(st.integers(0, 5), max_size=6), st.integers(0, 40))
def test_each_page_view_has_one_number(summary: list[int], total: int) -> None:
    rows = [ViewCountRow(n + 2, "7", views, 1_000 * n, "2026-11-18") for n, views in enumerate(summary)]
    runs = runs_of([ViewCountRow(2, "7", total, 0)], rows)
    numbers = [run.first + n for part in runs.values() for run in part for n in range(run.views)]
    assert sorted(numbers) == list(range(1, max(total, sum(summary)) + 1))
    times = [run.time for part in runs.values() for run in part for _ in range(run.views)]
    assert times == sorted(times)
