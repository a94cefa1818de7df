"""Variants of the attacks of `attack_kinds.py`: other headers, prefixes, paces, several articles, among honest ones."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from attack_browsers import AGENTS, Client, event, read, school_agent, slots_on, together
from attack_kinds import LOCKSTEP, Attack, Scene

HOUR: Final = 3_000.0
"""Seconds of a slow trickle: fifty minutes, so that the first views are still in the window of the hour."""

ARTICLES: Final = 10
"""Articles at which a crowd feigns life at once."""

HEADERS: Final = (
    {"Accept-Language": "de-DE,de;q=0.9", "Sec-GPC": "1", "DNT": "1"},
    {"Accept-Language": "en-US,en;q=0.5", "Sec-CH-UA-Mobile": "?1", "Save-Data": "on"},
    {"Accept": "*/*", "Cookie": "session=1", "Referer": "https://www.google.com/"},
    {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-User": "?1"},
    {"Via": "1.1 proxy", "X-Real-IP": "192.0.2.9", "Forwarded": "for=192.0.2.9", "CF-Connecting-IP": "192.0.2.9"},
)  # fmt: skip


async def _all_at_once(client: Client, articles: Sequence[str], *, apart: bool) -> None:
    """Load all pages, view all, wait, and read all; `apart`: in a request each."""
    for article in articles:
        await client.load(article)
    for kind, more in (("view", {}), ("read", {"seconds": 20, "scroll": 1})):
        events = [event(kind, article, **more) for article in articles]
        for part in [[each] for each in events] if apart else [events]:
            await client.post(*part)
        if kind == "view":
            await asyncio.sleep(2.5)


def _ten(scene: Scene) -> list[str]:
    others = [article for article in scene.popular if article != scene.target]
    return [*others[: ARTICLES // 2], scene.target, *others[ARTICLES // 2 : ARTICLES - 1]]


async def ten_at_once(scene: Scene, strength: int) -> None:
    """Homes load ten pages, send their views together, and later their readings together."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together((partial(_all_at_once, client, _ten(scene), apart=False) for client in clients), 20.0)


async def ten_apart(scene: Scene, strength: int) -> None:
    """The same with a request for each view and each reading."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together((partial(_all_at_once, client, _ten(scene), apart=True) for client in clients), 20.0)


async def _with_headers(client: Client, article: str, headers: dict[str, str], method: str) -> None:
    await client.request(method, f"/article/{article}", headers=headers)
    await client.request("GET", "/v1/shelves?article=" + article, headers=headers)
    await client.post(event("view", article), headers=headers)


async def headers(scene: Scene, strength: int) -> None:
    """Homes with other headers each, some of which load with HEAD, and ask for shelves too; then they are gone."""
    jobs = [
        partial(
            _with_headers, scene.crowd.home(), scene.target, HEADERS[n % len(HEADERS)],
            "HEAD" if n % 3 == 0 else "GET",
        )
        for n in range(strength)
    ]  # fmt: skip
    await together(jobs)


async def _load_and_view(client: Client, article: str, **more: Any) -> None:
    await client.load(article)
    await client.post(event("view", article, **more))


async def small_prefixes(scene: Scene, strength: int) -> None:
    """The /56 of eight IPv6 /48, each of which loads the page and is gone."""
    clients = [
        Client(scene.crowd.port, "127.0.0.1", scene.crowd.agent(), f"2001:db8:{n % 8:x}:{n // 8:x}00::1")
        for n in range(strength)
    ]
    await together(partial(_load_and_view, client, scene.target) for client in clients)


async def trickle(scene: Scene, strength: int) -> None:
    """Homes load the page, post the view and are gone, one after the other over an hour."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together((partial(_load_and_view, client, scene.target) for client in clients), HOUR)


async def in_a_burst(scene: Scene, strength: int) -> None:
    """Homes without life, in the pace of the readers of `burst`."""
    crowd = scene.crowd
    await together((partial(_load_and_view, crowd.home(), scene.target) for _ in range(strength)), 20.0)


async def burst(scene: Scene, strength: int) -> None:
    """Honest readers of other articles that are news at this moment."""
    crowd, articles = scene.crowd, [each for each in scene.popular[:8] if each != scene.target]
    jobs = (partial(read, crowd.home(), crowd.rng.choice(articles), crowd.rng) for _ in range(strength))
    await together(jobs, 20.0)


async def forged_referrers(scene: Scene, strength: int) -> None:
    """Views that say to come from everywhere, at any time of the last hour, beside readings that do so too."""
    rng, jobs = random.Random(strength), []
    for _ in range(strength):
        when = (datetime.now(UTC) - timedelta(seconds=rng.randrange(3_400))).isoformat()
        more = {"referrer": rng.randrange(256), "device": rng.randrange(256), "region": rng.randrange(9_999)}
        view = event("view", scene.target, time=when, **more)
        reading = event("read", scene.target, seconds=30, scroll=1, time=when)
        jobs.append(partial(scene.crowd.home().post, view, reading))
    await together(jobs)


async def _react(client: Client, article: str) -> None:
    await _load_and_view(client, article)
    await client.post(
        *(event("reaction", article, name=name) for name in ("moving", "useful")),
        event("share", article, name="copy"),
    )


async def reactions_with_the_page(scene: Scene, strength: int) -> None:
    """Homes load the page, post the view, two reactions and a share, and are gone."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together(partial(_react, client, scene.target) for client in clients)


async def shared_slots(scene: Scene, strength: int) -> None:
    """One address loads the page beside which the target stands; homes click on its signed slot, and are gone."""
    first = Client(scene.crowd.port, "127.66.0.5", LOCKSTEP)
    slots = [
        slot
        for article in (scene.beside, *scene.popular)
        for slot in slots_on(await first.load(article), article)
        if slot["article"] == scene.target
    ]
    slot = {name: value for name, value in slots[0].items() if name != "id"} if slots else {}
    clicked = {name: value for name, value in slot.items() if name not in ("kind", "article")}
    clients = [scene.crowd.home() for _ in range(strength)]
    await together(partial(_load_and_view, client, scene.target, **clicked) for client in clients)


async def shelves_only(scene: Scene, strength: int) -> None:
    """Homes ask for the shelves in place of the page, and post the view twice."""

    async def one(client: Client) -> None:
        await client.request("GET", f"/v1/shelves?article={scene.target}")
        await client.post(event("view", scene.target), event("view", scene.target))

    await together(partial(one, scene.crowd.home()) for _ in range(strength))


async def again_and_again(scene: Scene, strength: int) -> None:
    """The same homes post the view five times, each time with another browser, the page loaded each time."""
    homes = [scene.crowd.home() for _ in range(strength // 5)]
    jobs = [
        partial(_load_and_view, home._replace(agent=agent), scene.target)
        for home in homes
        for agent in random.Random(5).sample(AGENTS, 5)
    ]
    await together(jobs, 10.0)


async def _stay(client: Client, article: str, rng: random.Random) -> None:
    await client.load(article)
    await client.post(event("view", article))
    await asyncio.sleep(rng.uniform(1.5, 5.0))
    await client.post(event("read", article, seconds=3, scroll=0.8))


async def a_false_school(scene: Scene, strength: int) -> None:
    """One address with the names of many browsers, each of which loads the page, stays and reads: as a school's."""
    clients = [Client(scene.crowd.port, "127.66.0.6", school_agent(n)) for n in range(strength)]
    rng = scene.crowd.rng
    await together((partial(_stay, client, scene.target, rng) for client in clients), 20.0)


async def nobody(scene: Scene, strength: int) -> None:
    """No attack, for comparison: articles move because readers of others leave the hour, and models are trained."""
    for _ in range(strength):
        await scene.crowd.home().load(scene.target)


VARIANTS: Final[dict[str, Attack]] = {
    "no attack, for comparison": Attack(nobody, 1, "page"),
    "ten articles at once": Attack(ten_at_once, 60, "homes"),
    "ten articles, a request each": Attack(ten_apart, 60, "homes"),
    "other headers": Attack(headers, 200, "homes"),
    "IPv6 /56": Attack(small_prefixes, 400, "/56"),
    "between honest bursts": Attack(in_a_burst, 200, "homes", burst),
    "forged referrers and times": Attack(forged_referrers, 300, "homes"),
    "reactions with the page": Attack(reactions_with_the_page, 200, "homes"),
    "signed slots that are shared": Attack(shared_slots, 200, "homes"),
    "shelves in place of the page": Attack(shelves_only, 300, "homes"),
    "again with another browser": Attack(again_and_again, 200, "views"),
}

SLOW: Final[dict[str, Attack]] = {"a trickle over an hour": Attack(trickle, 120, "homes")}
"""Only where it is named."""

LIKE_A_SCHOOL: Final[dict[str, Attack]] = {"a false school": Attack(a_false_school, 120, "browsers")}
"""As undetectable as people, up to `store.strata.CROWD` readers of one network and article."""
