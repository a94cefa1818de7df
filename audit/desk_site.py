"""The desk of the audited newspaper: somebody accepts the invitation that the server prints, works a little, and looks
at every page.
"""

import re
import time
from typing import Final
from urllib.parse import quote

import httpx

from paper_site import EVENING, Site, SiteError
from recirc.desk.sessions import SESSION
from tools import ARTICLE, Target

ID: Final = ARTICLE.removeprefix("/article/")
MOMENT: Final = f"{EVENING:%Y-%m-%dT12:00:00}"
DESK_PAGES: Final = {
    "desk: log in": "/desk/login",
    "desk: invitation": "/desk/invitation?token=over",
    "desk: now": "/desk",
    "desk: articles": "/desk/articles",
    "desk: search": "/desk/articles?q=ferry",
    "desk: article": f"/desk/article?id={ID}",
    "desk: front page": "/desk/front",
    "desk: rules": "/desk/rules",
    "desk: rule": f"/desk/rules/new?kind=bury&by=topic&value=Ferries&beside_by=article&beside_value={ID}",
    "desk: balance": "/desk/balance",
    "desk: topics": "/desk/topics",
    "desk: findings": "/desk/findings",
    "desk: inspect": "/desk/inspect",
    "desk: figures": "/desk/figures",
    "desk: shelves at work": "/desk/shelves",
    "desk: report": f"/desk/report?month={EVENING:%Y-%m}",
    "desk: as it was": f"/desk/as-of?article={ID}&time={quote(MOMENT)}",
    "desk: audit": "/desk/audit",
    "desk: sources": "/desk/sources",
    "desk: other sites": "/desk/guests",
    "desk: models": "/desk/models",
    "desk: alarms": "/desk/alarms",
    "desk: pictures": "/desk/pictures",
    "desk: exclusions": "/desk/exclusions",
    "desk: erasures": "/desk/erasures",
    "desk: erase": "/desk/erasures/new?what=author&value=Beth+Carrow&texts=1",
    "desk: people": "/desk/people",
    "desk: keys": "/desk/keys",
    "desk: me": "/desk/me",
    "desk: not found": "/desk/article?id=knitting",
}
"""Every page of the desk, by its name."""

BEFORE_LOGIN: Final = ("desk: log in", "desk: invitation")
PASSWORD: Final = "herring ladder violet tide"
GATHERING_SECONDS: Final = 120.0
"""Longest wait for the figures, which are gathered when somebody first looks."""


def desk_targets(site: Site) -> list[Target]:
    """The desk's pages, for an administrator who has made a rule. Raises SiteError where nobody is let in."""
    found = re.search(r"/desk/invitation\?token=[\w-]+", site.printed)
    if found is None:
        raise SiteError("the server printed no invitation to its desk")
    with httpx.Client(base_url=site.base, timeout=60.0) as browser:
        token = found[0].partition("=")[2]
        _send(
            browser,
            found[0],
            "/desk/invitation",
            token=token,
            name="Beth Carrow",
            password=PASSWORD,
            again=PASSWORD,
        )
        session = browser.cookies.get(SESSION)
        if session is None:
            raise SiteError("the desk gave no session to whom it has invited")
        rule = {
            "kind": "bury",
            "by": "topic",
            "value": "Ferries",
            "beside_by": "section",
            "beside_value": "town",
        }
        _send(browser, "/desk/rules/new", "/desk/rules/add", **rule, reason="Out of respect.")
        give_up = time.monotonic() + GATHERING_SECONDS
        while 'id="live"' not in browser.get("/desk").text and time.monotonic() < give_up:
            time.sleep(0.5)  # the figures are gathered in the background
    return [
        Target(page, site.base + path, (site.base,), "" if page in BEFORE_LOGIN else session)
        for page, path in DESK_PAGES.items()
    ]


def _send(browser: httpx.Client, page: str, path: str, **fields: str) -> None:
    """Fill in a form of a page. Raises SiteError where it is refused."""
    token = re.search(r'name="csrf" value="(\w+)"', browser.get(page).text)
    answer = browser.post(path, data={"csrf": token[1] if token else "", **fields})
    if answer.status_code >= 400:
        raise SiteError(f"{path} answered with {answer.status_code}")
