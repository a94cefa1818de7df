"""MIND: news and clicks, in the form of its files, with words of our own."""

from pathlib import Path

import pytest
from dump_reading import CONTEXT, Act, articles_of, events_of, reader

from recirc.importers.mind import moment_of, open_mind
from recirc.reading.rejections import RejectedValueError

NEWS = (
    "N1\tsports\tsailing\tRegatta becalmed off the point\tTwo hours without wind.\thttps://news.example/a\t[]\t[]\n"
    "N2\tlifestyle\t\tBread, and where to find it\t\t\t[]\t\n"
    "N3\tsports\tsailing\n"
    "N4\tnews\tnewsworld\t\tNo headline\t\t[]\t[]\n"
)
BEHAVIORS = (
    "1\tU7\t11/11/2019 9:05:58 AM\tN9 N8\tN1-1 N2-0\n"
    "2\tU8\t11/11/2019 12:00:00 PM\t\tN2-0 N1-0 N2-1\n"
    "3\tU8\t2019-11-11\t\tN1-0\n"
    "4\tU8\t11/12/2019 12:00:00 AM\t\tN1 N2\n"
    "5\tU8\n"
)
NINE = 1_573_463_158_000


def written(folder: Path) -> Path:
    for part in ("train", "dev"):
        (folder / part).mkdir(parents=True)
    (folder / "train" / "news.tsv").write_text(NEWS)
    (folder / "train" / "behaviors.tsv").write_text(BEHAVIORS)
    (folder / "dev" / "news.tsv").write_text(NEWS.splitlines()[0] + "\n")
    (folder / "dev" / "behaviors.tsv").write_text("1\tU7\t11/15/2019 8:55:22 PM\tN1\tN2-1\n")
    return folder


def test_news(tmp_path: Path) -> None:
    articles, refused = articles_of(open_mind(written(tmp_path), CONTEXT))
    assert [article.id for article in articles] == ["N1", "N1", "N2"]  # dev comes before train
    first, bread = articles[1:]
    assert (first.headline, first.summary) == ("Regatta becalmed off the point", "Two hours without wind.")
    assert (first.section, first.topics, first.language) == ("sports", ("sailing",), "en")
    assert (first.url, first.published) == ("https://news.example/a", None)
    assert (bread.section, bread.topics, bread.url, bread.summary) == ("lifestyle", (), None, None)
    assert [(refusal.line, refusal.file) for refusal in refused] == [(3, "news.tsv"), (4, "news.tsv")]
    assert "the line has 3 columns" in refused[0].text


def test_clicks(tmp_path: Path) -> None:
    dump = open_mind(written(tmp_path), CONTEXT)
    told = events_of(dump, "reader", "visit")
    assert told.acts == [
        Act("view", "N2", 1_573_851_322_000),
        Act("view", "N1", NINE),
        Act("view", "N2", 1_573_473_600_000),
    ]
    assert told.fields["reader"] == [reader("U7"), reader("U7"), reader("U8")]
    assert told.fields["visit"] == [0, 0, 0]
    assert [str(refusal) for refusal in told.refusals] == [
        'behaviors.tsv:3: "time" is not a moment such as 11/15/2019 8:55:22 AM: "2019-11-11"',
        "behaviors.tsv:5: the line has 2 columns, not impression, user, time, history, impressions",
    ]
    assert dump.notes() == [
        "left out: 3 clicks of histories: their times are unknown",
        "left out: 8 articles that were shown (--impressions imports them)",
    ]


def test_what_was_shown(tmp_path: Path) -> None:
    told = events_of(open_mind(written(tmp_path) / "train" / "behaviors.tsv", CONTEXT, impressions=True))
    assert [act for act in told.acts if act.time == NINE] == [
        Act("impression", "N1", NINE),
        Act("view", "N1", NINE),
        Act("impression", "N2", NINE),
    ]
    midnight = [act for act in told.acts if act.time == 1_573_516_800_000]
    assert [act.kind for act in midnight] == [
        "impression",
        "impression",
    ]  # the test set has no clicks


def test_midnight_and_noon() -> None:
    assert moment_of("11/12/2019 12:00:00 AM") + 12 * 3_600_000 == moment_of("11/12/2019 12:00:00 PM")


def test_where_nothing_of_mind_is(tmp_path: Path) -> None:
    with pytest.raises(RejectedValueError, match=r"behaviors\.tsv"):
        open_mind(tmp_path, CONTEXT)
    (tmp_path / "other.tsv").write_text("x")
    with pytest.raises(RejectedValueError, match="are named"):
        open_mind(tmp_path / "other.tsv", CONTEXT)
