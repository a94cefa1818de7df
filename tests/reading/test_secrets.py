"""No key or password stays in a text that is shown."""

import pytest

from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.secrets import without_key
from recirc.sources.source import FetchError

ADDRESSES = [
    "https://a.example/ghost/api/content/posts/?key=5ecret5ecret&page=1",
    "https://a.example/feed?api_key=5ecret5ecret",
    "https://a.example/feed?page=1&apikey=5ecret5ecret",
    "https://a.example/feed?API-KEY=5ecret5ecret#x",
    "https://a.example/feed?access_token=5ecret5ecret",
    "https://a.example/feed?client_secret=5ecret5ecret",
    "https://a.example/feed?X-Amz-Signature=5ecret5ecret",
    "https://a.example/feed?password=5ecret5ecret",
    "https://a.example/login?next=%2Fapi%3Fkey%3D5ecret5ecret%26page%3D1",
    "https://me:5ecret5ecret@a.example/feed",
    "https://5ecret5ecret@a.example/feed",
    "https://a.example/#access_token=5ecret5ecret",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "form", ["{}", "redirected to {}: the server answers 404", "({}), and more", '"{}": no', "<{}>"]
)
def test_keys_are_left_out(address: str, form: str) -> None:
    text = form.format(address)
    for shown in (
        without_key(text),
        str(FetchError(address, text)),
        str(RejectedValueError("", text)),
        RejectedValueError("", text).text,
        str(Rejection(1, text, "", address)),
        repr(Rejection(1, text, "", address)),
    ):
        assert "5ecret" not in shown
        assert "a.example" in shown


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/keys/?page=1",
        "https://a.example/?monkey-business",
        "a = b",
        "By me@a.example",
        "key=1",
    ],
)
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert without_key(text) == text
