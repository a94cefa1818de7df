"""Robots are recognised, readers are not taken for them."""

import pytest

from recirc.reading.bots import exclusion
from recirc.types import Exclusion

IN_APPLICATION = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
)


@pytest.mark.parametrize(
    ("user_agent", "wanted"),
    [
        (None, Exclusion.NONE),
        ("", Exclusion.NO_USER_AGENT),
        (" \t", Exclusion.NO_USER_AGENT),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Exclusion.BOT),
        ("facebookexternalhit/1.1", Exclusion.BOT),
        ("curl/8.5.0", Exclusion.BOT),
        ("python-requests/2.32", Exclusion.BOT),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", Exclusion.NONE),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/17.5 Mobile/15E148 Safari/604.1",
            Exclusion.NONE,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Firefox/132.0" + "x" * 1_000_000, Exclusion.NONE),
        (IN_APPLICATION + "Mobile/15E148 HarbourNews/24.5", Exclusion.NONE),
        (IN_APPLICATION + "NewsApp/7 Mobile/15E148 Safari/604.1", Exclusion.NONE),
        (IN_APPLICATION + "Mobile/15E148 FeedReader/80", Exclusion.NONE),
        (IN_APPLICATION + "Mobile/15E148 Newsbot/2", Exclusion.BOT),
        (
            "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 "
            "Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            Exclusion.BOT,
        ),
        ("HarbourNews/24.5", Exclusion.BOT),
    ],
)
def test_why_an_event_is_not_counted(user_agent: str | None, wanted: Exclusion) -> None:
    assert exclusion(user_agent) is wanted
