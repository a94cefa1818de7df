"""The attacks and the honest traffic of `attack.py`: each a coroutine, with the numbers that it is made of."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

from attack_browsers import (
    AGENTS,
    MAIL,
    Cache,
    Client,
    Clients,
    event,
    read,
    school_agent,
    slots_on,
    together,
)

LOCKSTEP: Final = AGENTS[2]
"""The one browser of attackers who do not trouble to vary it."""


class Scene(NamedTuple):
    """Where it happens.

    Attributes:
        crowd: makes the clients.
        target: the article that gains; beside: the one beside which it is to be shown; rival: one to be suppressed.
        popular: articles by their readers, the most read first.
        key: of the newsroom.
    """

    crowd: Clients
    target: str
    beside: str
    rival: str
    popular: Sequence[str]
    key: str


class Attack(NamedTuple):
    """An attack: `run` takes a scene and the strength in `unit`; `strength` is that of the table. `honest` are readers
    who come meanwhile, in the same way.
    """

    run: Callable[[Scene, int], Coroutine[Any, Any, None]]
    strength: int
    unit: str
    honest: Callable[[Scene, int], Coroutine[Any, Any, None]] | None = None


def _address(number: int, second: int) -> str:
    """Addresses next to each other, 250 of each network."""
    return f"127.{second}.{number // 250}.{number % 250 + 1}"


async def repeated(scene: Scene, strength: int) -> None:
    """One address, one browser, view after view."""
    client = Client(scene.crowd.port, "127.66.0.1", LOCKSTEP)
    for _ in range(strength // 100):
        await client.post(*(event("view", scene.target) for _ in range(100)))


async def agents(scene: Scene, strength: int) -> None:
    """One address that says to be many browsers."""
    clients = [Client(scene.crowd.port, "127.66.0.2", school_agent(n)) for n in range(strength)]
    await together(partial(client.post, event("view", scene.target)) for client in clients)


async def lockstep(scene: Scene, strength: int) -> None:
    """Many addresses, one browser, one article, at once."""
    clients = [Client(scene.crowd.port, _address(n, 66), LOCKSTEP) for n in range(strength)]
    await together(partial(client.post, event("view", scene.target)) for client in clients)


async def backdated(scene: Scene, strength: int) -> None:
    """Times spread over the past hour, sent within seconds."""
    begin = datetime.now(UTC) - timedelta(minutes=59)
    jobs = []
    for n in range(strength):
        when = (begin + timedelta(minutes=59) * n / strength).isoformat()
        client = Client(scene.crowd.port, _address(n, 67), scene.crowd.agent())
        jobs.append(partial(client.post, event("view", scene.target, time=when)))
    await together(jobs)


async def prefix(scene: Scene, strength: int) -> None:
    """Many /64 of one IPv6 /48."""
    clients = [
        Client(scene.crowd.port, "127.0.0.1", scene.crowd.agent(), f"2001:db8:7:{n:x}::1")
        for n in range(strength)
    ]
    await together(partial(client.post, event("view", scene.target)) for client in clients)


async def path(scene: Scene, strength: int) -> None:
    """A few addresses open one article, then the other."""
    for n in range(strength):
        client = Client(scene.crowd.port, _address(n, 68), LOCKSTEP)
        await client.post(event("view", scene.beside), event("view", scene.target))


async def exposure(scene: Scene, strength: int) -> None:
    """One reader clicks the own article again and again, and sees a rival without a click."""
    client = Client(scene.crowd.port, "127.66.0.3", LOCKSTEP)
    shelf = {"shelf": "recommendation", "position": 1, "propensity": 0.05}
    for _ in range(3 * strength // 100):
        await client.post(*(event("impression", scene.rival, **shelf) for _ in range(100)))
    for _ in range(strength // 100):
        await client.post(*(event("view", scene.target, **shelf) for _ in range(100)))


async def reactions(scene: Scene, strength: int) -> None:
    """Reactions by addresses that saw nothing."""
    clients = [Client(scene.crowd.port, _address(n, 69), scene.crowd.agent()) for n in range(strength)]
    await together(partial(client.post, event("reaction", scene.target, name="moving")) for client in clients)


async def _fetch_and_post(client: Client, *events: dict[str, Any]) -> None:
    await client.load(str(events[-1]["article"]))
    await client.post(*events)


async def fetched(scene: Scene, strength: int) -> None:
    """Homes all over the country load the page, post the view, and are gone."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together(partial(_fetch_and_post, client, event("view", scene.target)) for client in clients)


async def few_networks(scene: Scene, strength: int) -> None:
    """Many browsers at four addresses, each of which loads the page and posts the view."""
    clients = [Client(scene.crowd.port, f"127.70.{n % 4}.9", school_agent(n)) for n in range(strength)]
    await together(partial(_fetch_and_post, client, event("view", scene.target)) for client in clients)


async def drip(scene: Scene, strength: int) -> None:
    """One view after another, the page loaded each time, with the pauses of readers."""
    clients = [Client(scene.crowd.port, _address(n, 71), LOCKSTEP) for n in range(strength)]
    await together(
        (partial(_fetch_and_post, client, event("view", scene.target)) for client in clients), 40.0
    )


async def click_farm(scene: Scene, strength: int) -> None:
    """Homes load the page, click on it from a shelf, and see the rival without a click."""
    shelf = {"shelf": "recommendation", "position": 1, "propensity": 0.05, "source": scene.beside}
    jobs = []
    for _ in range(strength):
        client = scene.crowd.home(LOCKSTEP)
        rival, click = event("impression", scene.rival, **shelf), event("view", scene.target, **shelf)
        jobs.append(partial(_fetch_and_post, client, rival, click))
    await together(jobs)


async def _linger(client: Client, article: str) -> None:
    await client.post(event("view", article))
    await asyncio.sleep(2.5)
    await client.post(event("read", article, seconds=2, scroll=1))


async def strangers(scene: Scene, strength: int) -> None:
    """Addresses that load no page, but send the view, and later a reading."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together((partial(_linger, client, scene.target) for client in clients), 8.0)


async def people(scene: Scene, strength: int) -> None:
    """What nothing can tell from readers: browsers of distinct homes that load the page, stay, see and read."""
    clients = [scene.crowd.home() for _ in range(strength)]
    rng = scene.crowd.rng
    await together((partial(read, client, scene.target, rng) for client in clients), 15.0)


async def _hasty(client: Client, article: str) -> None:
    await client.load(article)
    await client.post(event("view", article), event("read", article, seconds=30, scroll=1))


async def hasty(scene: Scene, strength: int) -> None:
    """Homes load the page, and send the view and a long reading at once."""
    clients = [scene.crowd.home() for _ in range(strength)]
    await together(partial(_hasty, client, scene.target) for client in clients)


async def among_others(scene: Scene, strength: int) -> None:
    """Homes load the page, and send views of five articles, so that no article stands alone."""
    clients = [scene.crowd.home() for _ in range(strength)]
    decoys = [event("view", article) for article in scene.popular[:4]]
    await together(
        partial(_fetch_and_post, client, *({**each, "id": f"{each['id']}-{n}"} for each in decoys),
                event("view", scene.target))
        for n, client in enumerate(clients)
    )  # fmt: skip


async def scattered(scene: Scene, strength: int) -> None:
    """Homes load the pages of five articles in turn, one home after the other in the pace of readers."""
    articles = [scene.target, *scene.popular[4:8]]
    clients = [scene.crowd.home() for _ in range(strength)]
    await together(
        (
            partial(_fetch_and_post, client, event("view", articles[n % len(articles)]))
            for n, client in enumerate(clients)
        ),
        60.0,
    )


async def _with_slots(client: Client, article: str, slots: Sequence[dict[str, Any]]) -> None:
    await client.post(event("view", article))
    await asyncio.sleep(2.5)
    own = event("impression", article)["id"]
    await client.post(*({**slot, "id": f"{own}.{n}"} for n, slot in enumerate(slots)))


async def borrowed(scene: Scene, strength: int) -> None:
    """One address loads the page; homes that did not send the view, and the slots that the page had, as if seen."""
    page = await Client(scene.crowd.port, "127.66.0.4", LOCKSTEP).load(scene.target)
    slots = slots_on(page, scene.target)[:3]
    clients = [scene.crowd.home() for _ in range(strength)]
    await together((partial(_with_slots, client, scene.target, slots) for client in clients), 8.0)


async def other_kinds(scene: Scene, strength: int) -> None:
    """Homes in IPv6 that load nothing send no view but a reading, a share and a reaction."""
    clients = [
        Client(scene.crowd.port, "127.0.0.1", scene.crowd.agent(), f"2001:db8:{n:x}::1")
        for n in range(strength)
    ]
    await together(
        (
            partial(
                client.post,
                event("read", scene.target, seconds=60, scroll=1),
                event("share", scene.target, name="copy"),
                event("reaction", scene.target, name="moving"),
            )
            for client in clients
        ),
        20.0,
    )


ATTACKS: Final[dict[str, Attack]] = {
    "one address, one browser": Attack(repeated, 10_000, "views"),
    "one address, many browsers": Attack(agents, 120, "browsers"),
    "lockstep": Attack(lockstep, 2_000, "addresses"),
    "backdated": Attack(backdated, 300, "addresses"),
    "one IPv6 /48": Attack(prefix, 1_000, "/64"),
    "from one to the other": Attack(path, 8, "addresses"),
    "clicks and impressions": Attack(exposure, 100, "clicks"),
    "reactions without a view": Attack(reactions, 500, "addresses"),
    "load, post, gone": Attack(fetched, 300, "homes"),
    "many browsers, four networks": Attack(few_networks, 240, "browsers"),
    "drip": Attack(drip, 120, "addresses"),
    "click farm": Attack(click_farm, 200, "homes"),
    "reading without the page": Attack(strangers, 300, "homes"),
}
"""The first eight are those of the table; each is tried with its strength and with twice as much."""

HELD_ATTACKS: Final = {
    "held: reading at once": Attack(hasty, 300, "homes"),
    "held: among others": Attack(among_others, 200, "homes"),
    "held: five articles, slowly": Attack(scattered, 300, "homes"),
    "held: slots of another's page": Attack(borrowed, 200, "homes"),
    "held: readings and shares alone": Attack(other_kinds, 300, "homes"),
}
"""Made after the rules, which were not changed for them."""

UNDETECTABLE: Final = {"like people": Attack(people, 60, "homes")}


async def ordinary(scene: Scene, count: int, seconds: float, cached: bool = False) -> None:
    """Readers of what is popular."""
    crowd, weights = scene.crowd, [1 / (place + 2) for place in range(len(scene.popular))]
    cache = Cache(Client(crowd.port, "127.0.0.8", LOCKSTEP)) if cached else None
    await together(
        (
            partial(
                read,
                crowd.home(),
                crowd.rng.choices(scene.popular, weights)[0],
                crowd.rng,
                cache,
            )
            for _ in range(count)
        ),
        seconds,
    )


async def behind_cache(scene: Scene, count: int) -> None:
    """A cache answers for one page in sixteen; it is their readers that are looked at."""
    await asyncio.gather(ordinary(scene, 15 * count, 90.0), ordinary(scene, count, 90.0, cached=True))


async def school(scene: Scene, count: int) -> None:
    """A class behind one address, sent to one article, within a minute or less."""
    clients = [Client(scene.crowd.port, "127.201.7.7", school_agent(n)) for n in range(count)]
    article = scene.popular[11]
    await together((partial(read, each, article, scene.crowd.rng) for each in clients), 20.0)


async def newsletter(scene: Scene, count: int) -> None:
    """A link in a newsletter: one article, most with the browser inside the mail application."""
    crowd, article = scene.crowd, scene.popular[14]
    clients = [crowd.home(MAIL if crowd.rng.random() < 0.7 else None) for _ in range(count)]
    await together((partial(read, each, article, crowd.rng) for each in clients), 20.0)


async def breaking(scene: Scene, count: int) -> None:
    """Breaking news: one article from everywhere within seconds."""
    crowd, article = scene.crowd, scene.popular[17]
    await together((partial(read, crowd.home(), article, crowd.rng) for _ in range(count)), 15.0)


async def push_alert(scene: Scene, count: int) -> None:
    """A push alert: telephones alone, all in the first seconds."""
    crowd, article = scene.crowd, scene.popular[19]
    phones = [agent for agent in AGENTS if "Mobile" in agent]
    clients = [crowd.home(crowd.rng.choice(phones)) for _ in range(count)]
    await together((partial(read, each, article, crowd.rng) for each in clients), 6.0)


async def carrier(scene: Scene, count: int) -> None:
    """A telephone carrier: many readers behind sixteen addresses of one network, each of what is popular."""
    crowd, weights = scene.crowd, [1 / (place + 2) for place in range(len(scene.popular))]
    jobs = []
    for n in range(count):
        client = Client(crowd.port, f"127.202.3.{n % 16 + 1}", school_agent(n))
        article = crowd.rng.choices(scene.popular, weights)[0]
        jobs.append(partial(read, client, article, crowd.rng))
    await together(jobs, 20.0)


async def office(scene: Scene, count: int) -> None:
    """An office behind three addresses of one network, where all have a browser of the same make."""
    crowd, jobs = scene.crowd, []
    for n in range(count):
        agent = AGENTS[0].replace("Windows NT 10.0", f"Windows NT 10.0; Desk {n}")
        client = Client(crowd.port, f"127.203.4.{n % 3 + 1}", agent)
        jobs.append(partial(read, client, crowd.rng.choice(scene.popular[:12]), crowd.rng))
    await together(jobs, 20.0)


async def application(scene: Scene, count: int) -> None:
    """A news application of others shows one article: its own browser, and a cache for one page in twenty."""
    crowd, article = scene.crowd, scene.popular[22]
    cache = Cache(Client(crowd.port, "127.0.0.8", LOCKSTEP))
    homes = [crowd.home(MAIL.replace("GSA/385", "NewsApp/7")) for _ in range(count)]
    jobs = [
        partial(read, home, article, crowd.rng, cache if n % 20 == 0 else None)
        for n, home in enumerate(homes)
    ]
    await together(jobs, 25.0)


async def without_script(scene: Scene, count: int) -> None:
    """Readers without JavaScript, whose views the newsroom's own server sends with its key."""
    crowd = scene.crowd

    async def one(number: int) -> None:
        client = crowd.home()
        await client.load(scene.popular[5])
        told = event("view", scene.popular[5], reader=f"log {number}", user_agent=client.agent)
        await Client(crowd.port, "127.0.0.1", "newsroom").post(told, key=scene.key)

    await together(partial(one, number) for number in range(count))


class Honest(NamedTuple):
    """A class of honest traffic: how many readers, and the share that has to be counted."""

    run: Callable[[Scene, int], Coroutine[Any, Any, None]]
    readers: int
    target: float


HONEST: Final[dict[str, Honest]] = {
    "readers of every day": Honest(partial(ordinary, seconds=25.0), 300, 0.99),
    "behind a shared cache": Honest(behind_cache, 200, 0.99),
    "a school": Honest(school, 120, 0.95),
    "a newsletter": Honest(newsletter, 300, 0.99),
    "breaking news": Honest(breaking, 400, 0.99),
    "a push alert": Honest(push_alert, 200, 0.99),
    "a carrier's NAT": Honest(carrier, 300, 0.95),
    "without script": Honest(without_script, 60, 0.99),
}

HELD_HONEST: Final = {
    "held: an office": Honest(office, 90, 0.95),
    "held: another's application": Honest(application, 200, 0.99),
}
"""Made after the rules, as the attacks."""
