"""Slugs and their keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recirc.text.slugs import MAX_LENGTH, key, slug


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("World News", "world-news"),
        ("  Łódź & São Paulo! ", "lodz-sao-paulo"),
        ("Straße, Ærø, Işık", "strasse-aero-isik"),
        ("Men’s Football", "mens-football"),
        ("G-20 / G7", "g-20-g7"),
        ("Київ", "київ"),
        ("Αθήνα", "αθήνα"),
        ("東京 オリンピック", "東京-オリンピック"),
        ("हिन्दी", "हिन्दी"),
        ("עִבְרִית", "עִבְרִית"),
        ("ﬁnance ① ℋ", "finance-1-h"),
    ],
)
def test_readable(name: str, wanted: str) -> None:
    assert slug(name) == wanted


def test_nothing_readable_becomes_a_hash_of_its_own() -> None:
    assert len({slug("!!"), slug("👍"), slug("")}) == 3
    assert all(len(slug(name)) == 8 for name in ("!!", "👍", ""))


def test_long_names_are_cut_and_stay_apart() -> None:
    first, second = slug("x" * 300), slug("x" * 301)
    assert first != second
    assert len(first) == len(second) == MAX_LENGTH


@given(st.text() | st.text(st.characters(codec=None)) | st.text(min_size=100, max_size=400))
def test_any_name(name: str) -> None:
    made = slug(name)
    assert slug(made) == made
    assert 1 <= len(made) <= MAX_LENGTH
    assert not set(made) & set(" /?#%&<>\"'\\.")
    assert made.strip("-") == made
    assert 0 < key(made) < 2**63


def test_keys_never_change() -> None:
    """They lie in logs and snapshots."""
    assert [key("world"), key("news"), key("київ")] == [
        1122476747036766552,
        5869196216527382189,
        5138872045901281276,
    ]
