"""One article, one address."""

import string
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.reading.fields import check_id
from recirc.reading.urls import LONGEST, TRACKING, identity_of

PARTS = st.lists(
    st.sampled_from(
        [
            *(
                "http://",
                "HTTPS://",
                "Example.COM",
                "bücher.de",
                "[::1]",
                ":80",
                ":443",
                ":8080",
                "user@",
                ".",
                "..",
            ),
            *(
                "/",
                "//",
                "?",
                "&",
                "=",
                "#",
                "%2f",
                "%7e",
                "%",
                "%zz",
                "é",
                " ",
                "\t",
                "\u2028",
                "\ud800",
                "+",
                "\\",
            ),
            *("a", "b", "id=1", "utm_source=x", "fbclid=1", "index.html", "amp", "tag:", "long" * 60),
        ]
    ),
    max_size=14,
)
ADDRESSES = st.one_of(
    PARTS.map("".join),
    PARTS.map(lambda parts: "http://example.com/" + "".join(parts)),
    PARTS.map(lambda parts: "http://example.com/" + "é%41~x" * 80 + "".join(parts)),  # too long for an id
    st.text(max_size=700),
).filter(str.strip)


@given(ADDRESSES)
def test_the_identity_of_an_identity_is_itself(address: str) -> None:
    once = identity_of(address)
    assert identity_of(once) == once


@given(ADDRESSES)
def test_an_identity_is_fit_to_be_an_id(address: str) -> None:
    identity = identity_of(address)
    assert 1 <= len(identity) <= LONGEST
    check_id(identity, "id")


@given(
    st.lists(st.text(string.ascii_lowercase + "%é ", min_size=1, max_size=5), max_size=4),
    st.dictionaries(st.sampled_from(["a", "b", "id", "page", "ref"]), st.text("xyz0", max_size=3)),
    st.sampled_from(sorted(TRACKING)),
    st.randoms(use_true_random=False),
)
def test_what_does_not_say_which_article_it_is_makes_no_difference(
    steps: list[str], parameters: dict[str, str], tracking: str, random: Random
) -> None:
    path = "/".join(steps)
    pairs = [f"{name}={value}" for name, value in parameters.items()]
    plain = f"https://example.com/{path}?{'&'.join(pairs)}"
    noisy = [*pairs, f"{tracking.upper()}=1", "utm_x=2", ""]
    random.shuffle(noisy)
    assert identity_of(f"http://EXAMPLE.com:80/{path}/?{'&'.join(noisy)}#top") == identity_of(plain)


@pytest.mark.parametrize(
    ("address", "identity"),
    [
        ("https://example.com/a/", "https://example.com/a"),
        ("https://example.com/", "https://example.com/"),
        ("https://example.com/a/amp/", "https://example.com/a/amp"),
        ("https://example.com/a?amp=1", "https://example.com/a?amp=1"),
        ("http://example.com:8080/a", "https://example.com:8080/a"),
        ("http://example.com:443/a", "https://example.com/a"),
        ("https://example.com:80/a", "https://example.com:80/a"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://example.com./a", "https://example.com/a"),
        ("https://[2001:DB8::1]:443/a", "https://[2001:db8::1]/a"),
        ("https://example.com/%e2%82%ac%41%2F", "https://example.com/%E2%82%ACA%2F"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://example.com/%2e%2e/a/./b/../c", "https://example.com/a/c"),
        ("https://example.com/?p=2&p=1&id=7", "https://example.com/?id=7&p=2&p=1"),
        ("https://example.com/?UTM_Source=a&utm%5Fmedium=b", "https://example.com/"),
        ("https://example.com/?ref=front&cid=7", "https://example.com/?cid=7&ref=front"),
        (" https://example.com/a\n", "https://example.com/a"),
        ("urn:uuid:1-2", "urn:uuid:1-2"),
        ("mailto:a b", "mailto:a%20b"),
        ("https://example.com:port/A", "https://example.com:port/A"),
    ],
)
def test_identities(address: str, identity: str) -> None:
    assert identity_of(address) == identity


def test_long_addresses_stay_different() -> None:
    start = "https://example.com/" + "x" * 600
    one, two = identity_of(start + "1"), identity_of(start + "2")
    assert one != two
    assert one[:479] == two[:479] == start[:479]
    assert one == identity_of(start + "1?utm_source=rss")


def test_an_empty_address_is_none() -> None:
    with pytest.raises(ValueError, match="empty"):
        identity_of(" \n")
