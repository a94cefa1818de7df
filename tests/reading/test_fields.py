"""From a newsroom's object to an article: accepted names, mapping, refusals."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.reading.fields import (
    ACCEPTED,
    TOPIC_PARTS,
    article_from,
    mapping_from,
)
from recirc.reading.rejections import RejectedValueError
from recirc.types import Article, Author, Provenance

DOCUMENT = Path(__file__).parents[2] / "docs/import.md"
LEAST = {"id": "1", "headline": "H"}


def read(row: dict[str, Any], **options: Any) -> Article:
    return article_from(row, source="test", **options)[0]


def test_the_least_article_has_nothing_made_up() -> None:
    assert read(LEAST) == Article(id="1", headline="H", provenance=Provenance(source="test"))
    assert read(LEAST).published is None


def test_a_whole_article() -> None:
    article, ignored = article_from(
        {
            "id": 17,
            "title": "<b>Fish</b>\u202e &\nchips ",
            "content": "<p onclick='x()'>One</p><script>x()</script>",
            "abstract": "In\x00 short",
            "category": "World News",
            "tags": ["Ukraine", "ukraine", " Joe Biden ", ""],
            "author": [
                {
                    "name": "Ada Brook",
                    "jobTitle": "Editor",
                    "bio": "Ada\nwrites.",
                    "affiliation": {"name": "Post"},
                },
                "By Bo",
            ],
            "datePublished": "2018-05-01",
            "updated_at": 1525176000,
            "lang": "pt_BR",
            "link": "https://example.org/17",
            "publisher": {"@type": "Organization", "name": "Example"},
            "wordCount": 2,
            "section": None,
        },
        source="file a.jsonl",
    )
    assert article == Article(
        id="17",
        headline="<b>Fish</b> & chips",
        body="<p>One</p>",
        summary="In short",
        section="world-news",
        topics=("Ukraine", "Joe Biden"),
        authors=(
            Author(name="Ada Brook", role="Editor", biography="Ada writes.", outlet="Post"),
            Author(name="Bo"),
        ),
        published=datetime(2018, 5, 1, tzinfo=UTC),
        updated=datetime(2018, 5, 1, 12, tzinfo=UTC),
        language="pt-BR",
        url="https://example.org/17",
        provenance=Provenance(outlet="Example", source="file a.jsonl"),
    )
    assert ignored == ("wordCount",)


def test_what_was_read_can_be_sent_again() -> None:
    article = read(
        {
            **LEAST,
            "body": "a\n\nb <X>",
            "topics": "x, y",
            "byline": "By Ada",
            "outlet": "O",
            "date": "2018-05-01",
        }
        | {
            "canonical_url": "http://e.org/",
            "first_published_by": "P",
            "section": "Two Words",
            "summary": "S",
        }
    )
    assert read(msgspec.to_builtins(article)) == article
    assert article.url == article.provenance.canonical_url == "http://e.org/"


def test_editors_labels_together_are_the_topics() -> None:
    labels = {
        "subjects": ["cocoa"],
        "places": ["usa", "uruguay"],
        "people": [],
        "orgs": ["ec", "USA"],
        "exchanges": ["x"],
    }
    article, ignored = article_from({**LEAST, **labels}, source="test")
    assert article.topics == ("cocoa", "usa", "uruguay", "ec")
    assert ignored == ("exchanges",)
    assert read({**LEAST, **labels, "topics": ["t"]}).topics == ("t",)


def test_the_first_name_counts_and_the_others_are_reported() -> None:
    article, ignored = article_from({**LEAST, "title": "T", "name": "N"}, source="test")
    assert article.headline == "H"
    assert ignored == ("title", "name")


def test_both_bodies_html_wins() -> None:
    assert read({**LEAST, "body": "a", "body_html": "b <em>c</em>"}).body == "<p>b <em>c</em></p>"


def test_mapping() -> None:
    mapping = mapping_from(["id=guid", "headline=title.rendered", "topics=places,people", "topics=orgs"])
    row = {
        "guid": "g",
        "title": {"rendered": "T"},
        "headline": "no",
        "places": ["p"],
        "people": ["q"],
        "orgs": ["r"],
    }
    article, ignored = article_from(row, source="test", mapping=mapping)
    assert (article.id, article.headline, article.topics) == ("g", "T", ("p", "q", "r"))
    assert ignored == ("headline",)


@pytest.mark.parametrize(
    ("pair", "text"),
    [
        ("headlin=title", 'did you mean "headline"'),
        ("xyzzy=title", "fields are id, headline"),
        ("headline", "is not of the form FIELD=NAME"),
        ("headline=", "is not of the form FIELD=NAME"),
    ],
)
def test_wrong_mappings(pair: str, text: str) -> None:
    with pytest.raises(RejectedValueError, match=text):
        mapping_from([pair])


@pytest.mark.parametrize(
    ("row", "field", "text"),
    [
        ({"headline": "H"}, "id", '"id" is missing: each article needs an id that never changes'),
        ({"id": "", "headline": "H"}, "id", '"id" is missing: each article needs an id that never changes'),
        ({"id": True, "headline": "H"}, "id", '"id" is neither text nor a whole number: True'),
        ({"id": "a\nb", "headline": "H"}, "id", '"id" has control characters or spaces at its ends: "a�b"'),
        ({"id": "a" * 513, "headline": "H"}, "id", '"id" has 513 characters; at most 512 are accepted'),
        ({"id": "1"}, "headline", '"headline" is missing or empty (accepted is also title or name)'),
        (
            {"id": "1", "title": " \x00 "},
            "title",
            '"title" is missing or empty (accepted is also headline or name)',
        ),
        ({"id": "1", "title": 5}, "title", '"title" is not text: 5'),
        (
            {"id": "1", "title": "x" * 1001},
            "title",
            '"title" has 1,001 characters; at most 1,000 are accepted',
        ),
        ({**LEAST, "text": ["a"]}, "text", "\"text\" is not text: ['a']"),
        (
            {**LEAST, "date": "yesterday"},
            "date",
            '"date" is not a date: "yesterday"; '
            "write it as 2026-11-22T15:04:05Z, 2026-11-22 or seconds since 1970",
        ),
        (
            {**LEAST, "updated": "1200-01-01"},
            "updated",
            '"updated" lies outside the years 1600 to 2100: "1200-01-01"',
        ),
        ({**LEAST, "tags": 7}, "tags", '"tags" is neither a list nor text: 7'),
        ({**LEAST, "tags": [7]}, "tags", '"tags" is not text: 7'),
        ({**LEAST, "tags": ["x" * 201]}, "tags", '"tags" has 201 characters; at most 200 are accepted'),
        (
            {**LEAST, "tags": [f"t{n}" for n in range(101)]},
            "tags",
            '"tags" has 101 entries; at most 100 are accepted',
        ),
        ({**LEAST, "authors": [{"role": "x"}]}, "authors", '"authors" has an entry without "name"'),
        ({**LEAST, "lang": "English!"}, "lang", '"lang" is not a language such as en or pt-BR: "English!"'),
        (
            {**LEAST, "link": "javascript:x()"},
            "link",
            '"link" is not an address that begins with http:// or https://: "javascript:x()"',
        ),
        ({**LEAST, "provenance": 5}, "provenance", '"provenance" is not an object: 5'),
    ],
)
def test_refusals_name_the_field_as_the_sender_does(row: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(RejectedValueError) as refused:
        read(row)
    assert (refused.value.field, refused.value.text) == (field, text)
    assert str(refused.value) == text


def test_a_body_of_10_mb_is_refused_with_its_size() -> None:
    with pytest.raises(
        RejectedValueError, match=r'^"body" has 10,485,760 bytes; at most 2,000,000 are accepted$'
    ):
        read({**LEAST, "body": "x" * 10_485_760})
    assert read({**LEAST, "body": "é" * 5}, max_bytes=10).body == "<p>ééééé</p>"
    with pytest.raises(RejectedValueError, match="has 12 bytes; at most 10"):
        read({**LEAST, "body": "é" * 6}, max_bytes=10)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "role", "x"]), values, max_size=3)
    ),
    max_leaves=5,
)
names = sorted({name for written in ACCEPTED.values() for name in written} | set(TOPIC_PARTS) | {"unknown"})


@given(st.dictionaries(st.sampled_from(names), json_values, max_size=6))
def test_any_object_is_an_article_or_a_refusal(row: dict[str, Any]) -> None:
    try:
        article, ignored = article_from({**LEAST, **row}, source="test")
    except RejectedValueError as error:
        refused = error
    else:
        assert set(ignored) <= set(names)
        assert msgspec.json.decode(msgspec.json.encode(article), type=Article) == article
        return
    assert refused.field.partition(".")[0] in names
    assert refused.text.startswith(f'"{refused.field}')


def test_each_accepted_name_is_documented() -> None:
    document = DOCUMENT.read_text("utf-8")
    missing = [name for name in names if f"`{name}`" not in document and name != "unknown"]
    assert not missing
