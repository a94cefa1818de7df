"""Gorse's items and feedback: as JSON lines of its dashboard, and as CSV."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dump_reading import CONTEXT, Act, articles_of, events_of, reader

from recirc.importers.gorse import FeedbackMapping, meanings_from, open_gorse
from recirc.reading.rejections import RejectedValueError
from recirc.types import EventKind

ITEMS = [
    {
        "ItemId": "otter-1",
        "IsHidden": False,
        "Categories": ["coast", "animals"],
        "Timestamp": "2026-11-18T07:40:00.123456789Z",
        "Labels": {
            "topics": ["Otters", "Harbour"],
            "embedding": [0.1, 0.2],
            "url": "https://tide.example/otter",
        },
        "Comment": "Otter moves in",
    },
    {
        "ItemId": "hidden",
        "IsHidden": True,
        "Categories": [],
        "Timestamp": "",
        "Labels": None,
        "Comment": "Gone",
    },
    {
        "ItemId": "bare",
        "IsHidden": False,
        "Categories": None,
        "Timestamp": "0001-01-01T00:00:00Z",
        "Labels": ["Gulls"],
        "Comment": "",
    },
    {
        "ItemId": "undated",
        "IsHidden": False,
        "Categories": [],
        "Timestamp": "0001-01-01T00:00:00Z",
        "Labels": ["Gulls"],
        "Comment": "A gull at the town hall",
    },
]
FEEDBACK = [
    {
        "FeedbackType": "read",
        "UserId": "u1",
        "ItemId": "otter-1",
        "Value": 1,
        "Timestamp": "2026-11-19T10:00:00Z",
        "Comment": "",
    },
    {
        "FeedbackType": "star",
        "UserId": "u2",
        "ItemId": "otter-1",
        "Timestamp": "2026-11-19T11:00:00+01:00",
        "Comment": "",
    },
    {
        "FeedbackType": "read",
        "UserId": "u1",
        "ItemId": "undated",
        "Timestamp": "0001-01-01T00:00:00Z",
        "Comment": "",
    },
    {
        "FeedbackType": "read",
        "UserId": "",
        "ItemId": "undated",
        "Timestamp": "2026-11-19T10:00:00Z",
        "Comment": "",
    },
    {
        "FeedbackType": "share",
        "UserId": "u3",
        "ItemId": "never-exported",
        "Timestamp": "2026-11-19T10:00:01Z",
        "Comment": "",
    },
]
TEN = 1_795_082_400_000  # 2026-11-19T10:00:00Z


def written(folder: Path) -> Path:
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, ITEMS)) + "\n")
    (folder / "feedback.jsonl").write_text("\n".join(map(json.dumps, FEEDBACK)) + "\n")
    (folder / "users.jsonl").write_text('{"UserId": "u1", "Labels": [], "Comment": ""}\n')
    return folder


def test_items_become_articles(tmp_path: Path) -> None:
    dump = open_gorse(written(tmp_path), CONTEXT)
    articles, refused = articles_of(dump)
    assert [article.id for article in articles] == ["otter-1", "undated"]
    otter, undated = articles
    assert (otter.headline, otter.section) == ("Otter moves in", "coast")
    assert otter.topics == ("animals", "Otters", "Harbour")
    assert otter.published == datetime(2026, 11, 18, 7, 40, 0, 123456, UTC)
    assert otter.url == "https://tide.example/otter"
    assert otter.provenance.source == "file items.jsonl"
    assert (undated.section, undated.topics, undated.published) == ("news", ("Gulls",), None)
    assert [str(refusal) for refusal in refused] == [
        'items.jsonl:3: "Labels.title" is missing or empty (accepted is also Labels.headline or Comment)'
    ]
    assert dump.notes() == ["left out: 1 hidden items"]


def test_a_mapping_says_where_else_to_look(tmp_path: Path) -> None:
    item = {"ItemId": "a", "Labels": {"titel": "Ebbe", "tags": ["Tide"]}, "Comment": "internal note 17"}
    (tmp_path / "items.jsonl").write_text(json.dumps(item))
    mapping = ["headline=Labels.titel", "topics=Labels.tags"]
    ((article,), _) = articles_of(open_gorse(tmp_path / "items.jsonl", CONTEXT, map=mapping))
    assert (article.headline, article.topics) == ("Ebbe", ("Tide",))


def test_feedback_becomes_events(tmp_path: Path) -> None:
    dump = open_gorse(written(tmp_path), CONTEXT, feedback=["star=reaction:well-told"])
    told = events_of(dump, "reader", "visit", "name", "ids")
    assert told.acts == [
        Act("view", "otter-1", TEN),
        Act("reaction", "otter-1", TEN),
        Act("share", "never-exported", TEN + 1000),
    ]
    assert told.fields["reader"] == [reader("u1"), reader("u2"), reader("u3")]
    assert told.fields["visit"] == [0, 0, 0]
    assert told.fields["name"] == [-1, 0, -1]
    assert told.fields["ids"] == []
    assert [str(refusal) for refusal in told.refusals] == [
        'feedback.jsonl:3: "Timestamp" is missing: an event needs a time',
        'feedback.jsonl:4: "UserId" is missing or not text: ""',
    ]


def test_a_type_of_feedback_that_nobody_explained_is_refused(tmp_path: Path) -> None:
    told = events_of(open_gorse(written(tmp_path) / "feedback.jsonl", CONTEXT))
    assert (told.refusals[0].line, told.refusals[0].field) == (2, "FeedbackType")
    assert "add --feedback star=KIND" in told.refusals[0].text
    dump = open_gorse(tmp_path / "feedback.jsonl", CONTEXT, feedback=["star=nothing"])
    assert [refusal.line for refusal in events_of(dump).refusals] == [3, 4]
    assert dump.notes() == ['left out: 1 feedback "star"']


def test_csv_of_an_older_version_says_the_same(tmp_path: Path) -> None:
    items = (
        "item_id,is_hidden,categories,time_stamp,labels,description\r\n"
        'otter-1,false,coast|animals,2026-11-18 07:40:00 +00:00,Otters|Harbour,"Otter\r\nmoves, in"\r\n'
        "hidden,true,,,,Gone\r\n"
        'json,0,"[""coast""]",,"{""title"": ""Gulls"", ""tags"": [""Gulls""]}",\r\n'
        "short,0\r\n"
    )
    feedback = "feedback_type,user_id,item_id,time_stamp\nread,u1,otter-1,2026-11-19T10:00:00Z\n"
    (tmp_path / "items.csv").write_bytes(b"\xef\xbb\xbf" + items.encode())
    (tmp_path / "feedback.csv.gz").write_bytes(gzip.compress(feedback.encode()))
    dump = open_gorse(tmp_path, CONTEXT)
    articles, refused = articles_of(dump)
    assert [(a.id, a.headline, a.section, a.topics) for a in articles] == [
        ("otter-1", "Otter moves, in", "coast", ("animals", "Otters", "Harbour")),
        ("json", "Gulls", "coast", ("Gulls",)),
    ]
    assert articles[0].published == datetime(2026, 11, 18, 7, 40, tzinfo=UTC)
    assert [str(refusal) for refusal in refused] == ["items.csv:6: the row has 2 columns, the header 6"]
    told = events_of(dump, "reader")
    assert told.acts == [Act("view", "otter-1", TEN)]
    assert told.fields["reader"] == [reader("u1")]


def test_damaged_lines_are_named_and_the_others_kept(tmp_path: Path) -> None:
    good = json.dumps(FEEDBACK[0]).encode()
    lines = [
        good,
        b"{",
        b"[1]",
        good.replace(b"otter", b"\xff"),
        good.replace(b"2026-11-19T10", b"yesterday"),
        good,
    ]
    (tmp_path / "feedback.jsonl").write_bytes(b"\n".join(lines))
    told = events_of(open_gorse(tmp_path, CONTEXT))
    assert len(told.acts) == 2
    assert [refusal.line for refusal in told.refusals] == [2, 3, 4, 5]


def test_where_nothing_of_gorse_is(tmp_path: Path) -> None:
    with pytest.raises(RejectedValueError, match=r"no file is there whose name ends with \.jsonl"):
        open_gorse(tmp_path, CONTEXT)
    (tmp_path / "users.jsonl").write_text('{"UserId": "u1"}\n')
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "noise.jsonl").write_bytes(b"\x00\x01\n")
    with pytest.raises(RejectedValueError, match=r"neither items .* nor feedback"):
        open_gorse(tmp_path, CONTEXT)


@pytest.mark.parametrize("pair", ["star", "star=", "=view", "star=stars", "star=reaction", "star=view:x"])
def test_what_is_no_meaning(pair: str) -> None:
    with pytest.raises(RejectedValueError, match=r"TYPE="):
        meanings_from([pair])


def test_meanings() -> None:
    assert meanings_from(["a=b=view", "like=reaction:useful"]) == {
        "a=b": FeedbackMapping(EventKind.VIEW),
        "like": FeedbackMapping(EventKind.REACTION, "useful"),
    }
