"""The words with which pages mark what stands around an article: titles of lists, topics, reactions, the way home."""

import re
from typing import Final

from recirc.extraction.page import PageCount

RELATING: Final = re.compile(
    r"related(?: (?:stories|articles|news|content|topics|coverage|links|posts|reading))?|see also|"
    r"more on this(?: (?:story|topic))?|read more|read also|read next|similar (?:stories|articles)|further reading|"
    r"more on (?:this|the) (?:story|subject)",
    re.IGNORECASE,
)
"""Titles of lists that say that they belong to the article."""

OTHER_LISTS: Final = re.compile(
    r"rankings?|recommend(?:ed|ations?)(?: for you| stories| articles| reading)?|most (?:read|viewed|popular|shared)"
    r"(?: (?:stories|articles|now|today))?|popular(?: (?:now|stories|articles|posts))?|trending(?: now| stories)?|"
    r"top stories|latest(?: (?:news|stories|articles|posts))?|editor[’']?s[’']? (?:picks?|choice)|must reads?|"
    r"you (?:may|might) (?:also )?(?:like|be interested in)|more (?:stories|news|headlines)|don[’']t miss|"
    r"more from [\w ’'&.-]{2,40}|around the web|in other news|hot(?: stories| topics)?",
    re.IGNORECASE,
)
TOPICS: Final = re.compile(
    r"(?:in|topics?|tags?|tagged|keywords|filed under|more about|related topics)\s*:\s*", re.IGNORECASE
)
HOME: Final = re.compile(
    r"(?:current|you are here|location)?\s*:?\s*home(?:page)?\s*(?=[>›»/|])", re.IGNORECASE
)
STEP: Final = re.compile(r"\s*[>›»/]\s*")
SERVICES: Final = (
    "Twitter", "Facebook", "WhatsApp", "LinkedIn", "Reddit", "Pinterest", "Telegram", "Email", "Copy link", "Share",
    "Print", "Instagram", "Threads", "Bluesky", "Messenger", "Flipboard", "Tumblr", "X",
)  # fmt: skip
"""Where a page lets its readers share; their names often stand glued to what follows."""

_SERVICE: Final = "|".join(re.escape(name) for name in SERVICES)
_SHARING: Final = re.compile(rf"(?:(?:{_SERVICE})(?![a-z])[\s|,·/]*)+", re.IGNORECASE)
_GLUED: Final = re.compile(rf"^(?:(?:{_SERVICE})(?=[a-zA-Z]{{3}}))+")
_NUMBER: Final = r"(?P<number>\d{1,3}(?:[,. ]\d{3})+|\d{1,12}(?:\.\d)?)\s?(?P<unit>[KkMm](?![a-z]))?"
_COUNTS: Final = (
    re.compile(rf"^(?P<of>[^\d(]{{2,40}}?)\s*\(\s*{_NUMBER}\s*\)$"),
    re.compile(rf"^(?P<of>[A-Za-z][^\d:]{{1,30}}):\s*{_NUMBER}$"),
    re.compile(
        rf"^{_NUMBER}\s+(?P<of>(?:comments?|likes?|shares?|views?|reads?|readers?|claps?|votes?|reactions?|retweets?|"
        r"favou?rites?|upvotes?|people like this)(?: today| so far| this (?:hour|day|week)| in \w+)?)$",
        re.IGNORECASE,
    ),
)


def list_title(line: str) -> str | None:
    """The title of a list of links, as it stands; None where the line is not one.

    >>> list_title("Related:"), list_title("Most read"), list_title("Related to the king")
    ('Related', 'Most read', None)
    """
    bare = line.strip().rstrip(":").strip()
    return bare if RELATING.fullmatch(bare) or OTHER_LISTS.fullmatch(bare) else None


def count_in(line: str) -> PageCount | None:
    """A number that a page shows about itself; names of services glued before it are left out.

    >>> count_in("TwitterveryGood! (76311)"), count_in("1.2K shares"), count_in("Chapter 7 of the saga")
    (Count(of='veryGood!', number=76311), Count(of='shares', number=1200), None)
    """
    if len(line) > 70:
        return None
    bare = _GLUED.sub("", line.strip())
    for form in _COUNTS:
        found = form.match(bare)
        if found is not None and not is_sharing(found["of"]):
            return PageCount(found["of"].strip(), _whole(found["number"], found["unit"]))
    return None


def is_sharing(line: str) -> bool:
    """Whether a line is nothing but buttons for sharing.

    >>> is_sharing("Facebook Twitter WhatsApp"), is_sharing("Twitter says no")
    (True, False)
    """
    return bool(_SHARING.fullmatch(line.strip()))


def _whole(number: str, unit: str | None) -> int:
    factor = {"k": 1_000, "m": 1_000_000}.get((unit or "").lower(), 1)
    if factor > 1:
        return round(float(number.replace(",", ".").replace(" ", "")) * factor)
    return int(re.sub(r"\D", "", number if not re.fullmatch(r"\d+\.\d", number) else number.split(".")[0]))
