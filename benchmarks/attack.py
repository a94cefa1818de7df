"""What an attacker gains, and what honest readers lose: attacks on the counts of a running server.

    python benchmarks/attack.py [--only NAME ...] [--short] [--settle SECONDS] [--no-readers] [--base FOLDER]
        [--save FILE.json] [--plot docs/plots/attack.svg] [--json]

The sample newspaper with two weeks of simulated readers is served by `recirc serve`, and 960 readers come over HTTP
(`--no-readers`: nobody comes, as on the day of its foundation). Then each attack is made on a copy of that store, with
its usual strength and with twice as much, from addresses of the loopback network; each class of honest readers comes on
a copy too. `--short`: a tenth of each, without doubling. `--base` keeps the store for the next run, and `--save` adds
the figures to those of earlier runs, from which the plot is drawn: so it can be measured in parts.

- ranked: false views that count, as a share of those sent, and how many;
- gained: places of the article in the ranking of the hour and of the day, on the front page, in Related and in
  Recommendation beside the article that the attack names, asked for until no new article is on trial there, which takes
  another's slot at random; `front` says where it stands before and afterwards. Articles also move when readers of
  others leave the hour, so another server on the same store has the same honest readers at the same time and is not
  attacked: `gained` is how many places the article stands before its place there; `moved`, what it gained there;
- trials: impressions and clicks that the trial of new articles learns from;
- found: seconds from the first false view to the first that is in doubt; counted: honest readers who count.
"""

import argparse
import asyncio
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from attack_browsers import Clients
from attack_kinds import (
    ATTACKS,
    HELD_ATTACKS,
    HELD_HONEST,
    HONEST,
    UNDETECTABLE,
    Attack,
    Scene,
    behind_cache,
    ordinary,
)
from attack_plot import draw
from attack_server import Server
from attack_variants import LIKE_A_SCHOOL, SLOW, VARIANTS
from recirc import clock
from recirc.demo.run import fill, settings_of
from recirc.store.api_keys import create
from recirc.types import IN_DOUBT, Decision, EntryKind, RecordArray

BESIDE: Final = 6
"""Place in the ranking of the article beside which others are to be shown."""

TARGET: Final = 25
"""Place in the hour's ranking of the article that is to gain."""

SETTLING: Final = 60.0
"""Seconds after the last event until what became of it is looked at."""

FRONT: Final = 10
"""Places of the front page among which no attack may bring an article."""

ON_TRIAL: Final = "new here"
"""Kind of the reason for which a new article is shown on trial."""

KEY: Final = "benchmark"

EVERY: Final = {**ATTACKS, **HELD_ATTACKS, **VARIANTS, **UNDETECTABLE, **LIKE_A_SCHOOL}


class Places(NamedTuple):
    """Where the target stands; the first place is 1."""

    hour: int
    day: int
    front: int
    related: int
    recommendation: int


def ranking(server: Server, window: str) -> list[str]:
    """Ids of the most read articles."""
    return [
        item["article"] for item in json.loads(server.ask(f"/v1/rankings?window={window}&slots=50"))["items"]
    ]


def places(server: Server, scene: Scene) -> Places:
    """Where the target stands now."""

    def of(articles: Sequence[str]) -> int:
        # Of one that is not on the list no more is known than that it is behind.
        return articles.index(scene.target) + 1 if scene.target in articles else len(articles) + 1

    def shelf(name: str) -> list[str]:
        articles: list[str] = []
        for slots in range(20, 50):
            query = (
                f"article={scene.beside}&shelf={name}&slots={slots}&published_only=true&personalised=false"
            )
            items = json.loads(server.ask(f"/v1/shelves?{query}"))[name]["items"]
            articles = [each["article"] for each in items[:20]]
            if all(each["reason"]["kind"] != ON_TRIAL for each in items):
                break  # a new article on trial takes the slot of another, at random
        return articles

    return Places(
        of(ranking(server, "hour")), of(ranking(server, "day")), of(front_page(server)), of(shelf("related")),
        of(shelf("recommendation")),
    )  # fmt: skip


def front_page(server: Server) -> list[str]:
    """Ids of the articles on the front page, from the top."""
    return list(dict.fromkeys(re.findall(r'href="/article/([^"#?]+)', server.ask("/").decode())))


def on_trial(server: Server, requests: int) -> Counter[str]:
    """How often each new article is on trial in so many shelves."""
    found: Counter[str] = Counter()
    articles = ranking(server, "week")
    for n in range(requests):
        query = f"article={articles[n % len(articles)]}&history={articles[(7 * n + n // 50) % len(articles)]}"
        answer = json.loads(server.ask(f"/v1/shelves?{query}&published_only=true&shelf=recommendation"))
        found.update(
            item["article"]
            for item in answer["recommendation"]["items"]
            if item["reason"]["kind"] == ON_TRIAL
        )
    return found


def scene_of(server: Server, seed: int, trials: bool) -> Scene:
    """Who is to gain and who to lose; `trials`: both are articles on trial, if possible the first not at the top of the
    front page already.
    """
    popular = ranking(server, "hour")
    target, rival = popular[min(TARGET, len(popular)) - 1], popular[2]
    if trials and len(tried := on_trial(server, 200).most_common()) > 1:
        first = front_page(server)[:FRONT]
        order = [article for article, _ in tried]
        rival, target = order[0], ([each for each in order[1:] if each not in first] or order)[-1]
    key = create(server.database, f"{KEY} {time.time_ns()}")
    return Scene(Clients(server.port, seed), target, popular[BESIDE - 1], rival, popular[:40], key)


def attacked(server: Server, control: Server, attack: Attack, strength: int, settle: float) -> dict[str, Any]:
    """Make an attack on one of two servers with the same store, and tell what came of it so many seconds later."""
    trials = attack.run.__name__ in ("exposure", "click_farm", "shared_slots")
    scene = scene_of(server, strength, trials)
    before, tried = places(server, scene), on_trial(server, 200) if trials else Counter()
    at_control = places(control, scene)
    first, started = server.end() + 1, time.monotonic()
    asyncio.run(_attack(attack, scene, control.port, strength))
    seconds = time.monotonic() - started
    time.sleep(settle)  # what comes of it is asked so much later
    after, without = places(server, scene), places(control, scene)
    found = what_was_sent(server, scene, first) | {
        "strength": strength,
        "gained": _differences(without, after),
        "moved": _differences(at_control, without),
        "front": [before.front, after.front],
        "seconds": seconds,
    }
    if trials:
        now = on_trial(server, 200)
        found["trials"] = [tried[scene.target], now[scene.target], tried[scene.rival], now[scene.rival]]
    return found


async def _attack(attack: Attack, scene: Scene, control: int, strength: int) -> None:
    """Attack; honest readers who belong to the attack come to the server at the port `control` too."""
    jobs = [attack.run(scene, strength)]
    if attack.honest is not None:
        seed = scene.crowd.rng.randrange(1 << 30)
        both = (Clients(port, seed) for port in (scene.crowd.port, control))
        jobs += [attack.honest(scene._replace(crowd=crowd), strength) for crowd in both]
    await asyncio.gather(*jobs)


def _differences(behind: Places, ahead: Places) -> dict[str, int]:
    differences = [was - now for was, now in zip(behind, ahead, strict=True)]
    return dict(zip(Places._fields, differences, strict=True))


def what_was_sent(server: Server, scene: Scene, first: int) -> dict[str, Any]:
    """What the log says of events about the target, from entry `first` on; of an attack with honest readers of other
    articles it tells what concerns the target alone.
    """
    sent = server.log(first)
    sent = sent[sent["kind"] < EntryKind.PUBLISH]
    decision, kind, target = sent["decision"], sent["kind"], server.index(scene.target)
    views = (kind == EntryKind.VIEW) & (sent["article"] == target)
    of = np.where(kind == EntryKind.IMPRESSION, sent["source"], sent["article"])
    ranked = int((((decision & Decision.NEW_READER) != 0) & (of == target)).sum())
    doubted = np.flatnonzero(np.isin(sent["excluded"], [int(each) for each in IN_DOUBT]))
    return {
        "views": int(views.sum()),
        "ranked": ranked,
        "share": ranked / max(int(views.sum()), 1),
        "reactions": int(((kind == EntryKind.REACTION) & ((decision & Decision.GIVEN) != 0)).sum()),
        "impressions": int(((kind == EntryKind.IMPRESSION) & ((decision & Decision.COUNTED) != 0)).sum()),
        "found": float(sent["time"][doubted[0]] - sent["time"][0]) / 1000 if len(doubted) else None,
    }


def welcomed(server: Server, name: str, share: float, settle: float) -> dict[str, Any]:
    """Let honest readers come, and tell how many count."""
    honest = {**HONEST, **HELD_HONEST}[name]
    scene = scene_of(server, 7, False)
    first = server.end() + 1
    count = max(round(honest.readers * share), 10)
    asyncio.run(honest.run(scene, count))
    time.sleep(settle)  # what comes of it is asked so much later
    sent = server.log(first)
    viewed = sent[sent["kind"] == EntryKind.VIEW]
    came, counts = readers_by_article(viewed), (sent["decision"] & Decision.NEW_READER) != 0
    page = np.where(sent["kind"] == EntryKind.IMPRESSION, sent["source"], sent["article"])
    found = Counter(page[counts].tolist())
    every = came.total()
    # A sign of life may also carry a reader who came before these.
    counted = sum(min(number, found[article]) for article, number in came.items())
    if (
        honest.run is behind_cache
    ):  # a sign of life may carry one of them: all others are taken to count first
        others = readers_by_article(viewed[(viewed["decision"] & Decision.CONFIRMED) != 0]).total()
        every, counted = every - others, max(counted - others, 0)
    reasons = Counter(viewed["excluded"][viewed["excluded"] > 0].tolist())
    return {
        "readers": every,
        "counted": counted,
        "share": counted / max(every, 1),
        "target": honest.target,
        "in doubt at first": {str(reason): n for reason, n in sorted(reasons.items())},
    }


def readers_by_article(views: RecordArray) -> Counter[int]:
    """How many different readers each article had."""
    pairs = {(int(view["article"]), int(view["reader"])) for view in views}
    return Counter(article for article, _ in pairs)


def prepare(folder: Path, readers: bool) -> Path:
    """The sample newspaper with its past, and some readers who came over HTTP; or what an earlier run made of it."""
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    fill(settings_of("127.0.0.1", 0, folder), clock.now().astimezone(), 1)
    if not readers:
        return folder
    with Server(folder / "recirc.db") as server:
        scene = scene_of(server, 3, False)

        async def everybody() -> None:
            await asyncio.gather(ordinary(scene, 900, 75.0), ordinary(scene, 60, 75.0, cached=True))

        asyncio.run(everybody())
    return folder


@contextmanager
def copy_of(folder: Path) -> Iterator[Server]:
    """A server on a copy of the prepared store."""
    with tempfile.TemporaryDirectory(prefix="recirc-attack-") as name:
        shutil.copytree(folder, Path(name) / "copy")
        with Server(Path(name) / "copy" / "recirc.db") as server:
            yield server


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """All figures, printed as they come."""
    only, short, settle = given.only, given.short, given.settle
    attacks: dict[str, list[dict[str, Any]]] = {}
    honest: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="recirc-attack-") as name:
        base = prepare(given.base or Path(name) / "base", not given.no_readers)
        for title, attack in {**EVERY, **SLOW}.items():
            if title not in (only or EVERY):
                continue
            least = 100 if attack.unit in ("views", "clicks") else 8
            for times in (1,) if short else (1, 2):
                strength = max(attack.strength // 10, least) if short else times * attack.strength
                with copy_of(base) as server, copy_of(base) as control:
                    found = attacked(server, control, attack, strength, settle)
                attacks.setdefault(title, []).append(found)
                tell(title, attack.unit, found)
        for title in {**HONEST, **HELD_HONEST}:
            if only and title not in only:
                continue
            with copy_of(base) as server:
                honest[title] = welcomed(server, title, 0.1 if short else 1.0, settle)
            one = honest[title]
            print(
                f"{title:<30} {one['counted']:>5} of {one['readers']:>5} counted, {one['share']:.1%}",
                flush=True,
            )
    return {"attacks": attacks, "honest": honest}


def tell(title: str, unit: str, found: dict[str, Any]) -> None:
    """Print one attack."""

    def listed(name: str) -> str:
        return (
            " ".join(f"{where} {number:+d}" for where, number in found[name].items() if number) or "nothing"
        )

    front = found["front"]
    late = "never" if found["found"] is None else f"{found['found']:.1f} s"
    more = "".join(
        f", {name} {found[name]}" for name in ("reactions", "impressions", "trials") if found.get(name)
    )
    print(
        f"{title:<30} {found['strength']:>6} {unit:<9} ranked {found['ranked']:>4} of {found['views']:>5}"
        f" ({found['share']:.1%}), gained {listed('gained')} (without it {listed('moved')}),"
        f" front {front[0]} → {front[1]}, found {late}{more}",
        flush=True,
    )


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description="Attacks on the counts of a running server.")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[*EVERY, *SLOW, *HONEST, *HELD_HONEST],
    )
    parser.add_argument("--short", action="store_true", help="a tenth of each, without doubling")
    parser.add_argument("--settle", type=float, default=SETTLING, help="seconds after the last event")
    parser.add_argument("--no-readers", action="store_true", help="nobody came over HTTP before")
    parser.add_argument("--base", type=Path, help="folder of the prepared store, made if it is not there")
    parser.add_argument("--save", type=Path, help="file to which the figures are added")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    figures = measure(given)
    if given.save:
        before = json.loads(given.save.read_text()) if given.save.exists() else {}
        figures = {name: {**before.get(name, {}), **found} for name, found in figures.items()}
        given.save.write_text(json.dumps(figures))
    if given.json:
        print(json.dumps(figures))
    if given.plot and figures["attacks"] and figures["honest"]:
        draw(figures, given.plot)


if __name__ == "__main__":
    main()
