"""Events of declared bots: they are marked, never dropped."""

import re
from functools import lru_cache
from typing import Final

from is_bot import Bots

from recirc.types import Exclusion

_LONGEST: Final = 1024  # characters, as in types.Event
_bots: Final = Bots()
_in_applications: Final = Bots()
_in_applications.exclude([pattern for pattern in _bots.patterns if re.search("news|feed", pattern)])
_IN_APPLICATION: Final = re.compile(
    r"Mozilla/5\.0 \((?:iPhone|iPad|iPod|Linux; Android)[^)]*\) AppleWebKit/[\d.]+ \(KHTML, like Gecko\) .*Mobile"
)
"""The browser inside an application on a telephone. News applications have "news" or "feed" in their names, which
outside of such browsers is a robot's word.
"""
_AUTOMATION: Final = re.compile(
    r"headless|phantomjs|puppeteer|playwright|selenium|webdriver|slimerjs|casperjs|htmlunit|jsdom|cypress|nightmare"
    r"|zombie\.js|splash|lighthouse",
    re.IGNORECASE,
)
_ANCIENT: Final = re.compile(r"(?:Chrome|Firefox|CriOS|FxiOS)/[1-6]?\d\.|MSIE \d|Trident/[1-6]\.")
"""Browsers from before 2019: nobody reads news with them, and tools still name them."""


def exclusion(user_agent: str | None) -> Exclusion:
    """Why an event with this user agent is not counted.

    None means that the sender does not send user agents, which excludes nothing; an empty one is that of a bot.
    """
    if user_agent is None:
        return Exclusion.NONE
    return _exclusion(user_agent[:_LONGEST].strip())


@lru_cache(maxsize=16_384)
def _exclusion(user_agent: str) -> Exclusion:
    if not user_agent:
        return Exclusion.NO_USER_AGENT
    known = _in_applications if _IN_APPLICATION.match(user_agent) else _bots
    automated = known.is_bot(user_agent) or _AUTOMATION.search(user_agent) or _ANCIENT.search(user_agent)
    return Exclusion.BOT if automated else Exclusion.NONE
