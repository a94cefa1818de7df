"""What attacks on the counts and honest crowds are played in: a portal with readers, and what browsers do."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from portal_house import Build, House, articles
from recirc.settings import ServerSettings

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0"
DAY = 86_400_000
numbers: Iterator[int] = count()


def made_town(build: Build) -> House:
    """A portal with sixty readers of `otter` who stayed, each from a network of its own, at noon of the day before."""
    made = build(server=ServerSettings(trust_proxy=True))
    # No event is later than the store's own clock, and no test crosses a midnight.
    made.moment[0] = made.moment[0] // DAY * DAY - DAY // 2
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    for number in range(60):
        visit(made, "otter", browser(f"10.{number}.1.1", 120 + number % 20))
    return made


def browser(address: str, version: int, **more: str) -> dict[str, str]:
    """The headers of a browser at an address; `more`: further ones, with _ in the place of -."""
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {"X-Forwarded-For": address, "User-Agent": FIREFOX.format(version), **named}


def send(town: House, who: dict[str, str], kind: str, article: str, **more: Any) -> None:
    """Send an event."""
    event = {"kind": kind, "article": article, "id": f"e{next(numbers)}", **more}
    assert town.client.post("/v1/events", json=event, headers=who).status_code == 202


def send_all(town: House, who: dict[str, str], kind: str, wanted: list[str], **more: Any) -> None:
    """Send an event of each of the articles in one request."""
    events = [{"kind": kind, "article": each, "id": f"e{next(numbers)}", **more} for each in wanted]
    assert town.client.post("/v1/events", json=events, headers=who).status_code == 202


def visit(town: House, article: str, who: dict[str, str], *, stays: bool = True, loads: bool = True) -> None:
    """Load an article's page, tell the view, stay for three seconds and tell the reading."""
    if loads:
        assert town.client.get(f"/article/{article}", headers=who).status_code == 200
    send(town, who, "view", article)
    if stays:
        town.moment[0] += 3_000
        send(town, who, "read", article, seconds=2, scroll=0.5)
        town.moment[0] += 100


def counts(town: House, article: str) -> dict[str, int]:
    """The article's counts."""
    town.engine.catch_up()
    found: dict[str, int] = town.client.get(f"/v1/articles/{article}").json()["counts"]
    return found
