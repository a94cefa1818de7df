"""What a site key shows, through every door that takes one: its own site's articles, or what the newsroom says."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from typer.testing import CliRunner

from portal_house import Build, House, problem
from recirc.api.routes import OPERATIONS
from recirc.cli import app
from recirc.engine.store_log import with_current_features
from recirc.settings import BrandSettings, BrandsSettings
from recirc.store.registry import Registry
from recirc.store.site_keys import KIND, KeyScope, SiteKeys, create
from recirc.store.sqlite import SqliteStore
from recirc.types import Article, Provenance
from recirc.web.embed_origins import PATHS
from recirc.web.links import article_path

MINE, OTHER = "https://www.mine.example", "https://other.example"
DOORS = (
    "GET /v1/shelves", "POST /v1/shelves", "GET /v1/shelves.html", "POST /v1/shelves.html",
    "GET /v1/embed", "POST /v1/embed", "GET /v1/next", "GET /v1/rankings",
)  # fmt: skip
"""All operations that answer with articles and take a site key."""
TEXTS = (
    "The council of the port voted on Monday to lengthen the pier for the new ferry to the islands.",
    "Fishermen say that the longer pier of the port takes the wind from their moorings near the islands.",
    "A ferry to the islands will land at the lengthened pier of the port from the spring on.",
    "The port pays for the longer pier with a loan, which the council wants to repay from ferry fees.",
    "Engineers measured the ground beneath the pier of the port before the ferry of the islands came.",
    "Shops near the pier hope that the ferry brings more guests from the islands to the port.",
)


def _articles(house: House) -> Iterator[Article]:
    """Six at each of two sites, one by `url`, one by its canonical address, the others by their id; six at none."""
    for site, place in (("mine", "https://mine.example"), ("other", OTHER), ("none", "")):
        for number, text in enumerate(TEXTS):
            address = f"{place}/pier-{number}" if place else None
            named = address if number > 1 else None
            yield Article(
                id=named or f"{site}-{number}",
                headline=f"The pier, part {number}",
                body=f"<p>{text} {site} {number * 7919}.</p>",
                section="harbour" if number % 2 else "coast",
                topics=("Piers", "Ferries"),
                published=house.now - timedelta(hours=number + 1),
                url=address if number == 0 else None,
                language="en",
                provenance=Provenance(
                    outlet="The Bell" if number < 3 else "The Horn",
                    canonical_url=address if number == 1 else None,
                ),
            )


@pytest.fixture
def house(build: Build) -> House:
    brand = BrandSettings(name="The Harbour Post", sections=("harbour",), hosts=("post.example",))
    house = build(brands=BrandsSettings(list=(brand,)))
    house.engine.publish(list(_articles(house))).result()
    house.engine.catch_up()
    for place, article in enumerate(_articles(house)):
        for reader in range(2 + place % 3):
            house.told("view", article.id, f"Mozilla/5.0 (X11; Linux x86_64) Firefox/{120 + reader}.0")
    return house


def _key(house: House, scope: KeyScope | None = None) -> str:
    path = Path(house.engine.settings.store.path)
    return create(path, "mine", [MINE]) if scope is None else create(path, "mine", [MINE], scope)


def _shown(house: House, door: str, key: str | None, **more: Any) -> set[str]:
    """The ids of all articles in the answer of a door, whatever its form."""
    answer = _asked(house, door, key, **more)
    assert answer.status_code == 200, answer.text
    if "html" in answer.headers["content-type"]:
        links = {unescape(each) for each in re.findall(r'href="([^"?#]+)', answer.text)}
        return {article.id for article in _articles(house) if article_path(article.id) in links}
    return set(_ids(answer.json()))


def _asked(house: House, door: str, key: str | None, **more: Any) -> Any:
    method, path = door.split()
    params = {} if key is None else {"key": key}
    if method == "POST":
        return house.client.post(path, params=params, json={"slots": 20, **more})
    most = {"window": "ever"} if path == "/v1/rankings" else {}
    return house.client.get(path, params={**params, **most, "slots": 20, **more})


def _body(method: str) -> dict[str, str] | None:
    return {} if method == "POST" else None


def _ids(told: Any) -> Iterator[str]:
    if isinstance(told, list):
        for each in told:
            yield from _ids(each)
    elif isinstance(told, dict):
        if "score" in told:
            yield told["article"]
        for each in told.values():
            yield from _ids(each)


def _of(house: House, site: str) -> set[str]:
    return {article.id for article in _articles(house) if site in article.id}


def test_the_doors_are_all_that_take_a_site_key() -> None:
    with_key = {f"{each.method} {each.path}" for each in OPERATIONS if "key" in each.query.__struct_fields__}
    assert with_key == {*DOORS, "POST /v1/events"}
    assert {door.split()[1] for door in with_key} == set(PATHS)


@pytest.mark.parametrize("door", DOORS)
def test_a_key_shows_its_own_site_alone(house: House, door: str) -> None:
    key = _key(house)
    assert _shown(house, door, None) - _of(house, "mine")
    shown = _shown(house, door, key)
    assert len(shown) >= 3
    assert shown <= _of(house, "mine")
    # Beside an article, and with what the page asks for besides.
    if door not in ("GET /v1/next", "GET /v1/rankings"):
        beside = _shown(house, door, key, article="mine-0")
        assert len(beside) >= 2
        assert beside <= _of(house, "mine") - {"mine-0"}
    # Servers send it as a header.
    method, path = door.split()
    headers = {"Authorization": f"Bearer {key}"}
    answer = house.client.request(method, path, headers=headers, json=_body(method))
    for other in ("other", "none-"):
        assert not any(each in answer.text for each in _of(house, other))


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_key_opens_no_door(house: House, door: str) -> None:
    key = _key(house)
    problem(_asked(house, door, "sk_mistyped"), 401, "key-needed")
    method, path = door.split()
    headers = {"Origin": OTHER}
    answer = house.client.request(method, path, params={"key": key}, headers=headers, json=_body(method))
    problem(answer, 403, "cross-site")
    assert answer.headers["access-control-allow-origin"] == OTHER  # the page can say why
    reasons = {row["kind"] for row in house.client.get("/v1/embed/rejections", headers=house.auth).json()}
    assert reasons == {"unknown-key", "wrong-origin"}


@pytest.mark.parametrize("door", DOORS)
def test_the_newsroom_says_what_else_a_key_shows(house: House, door: str) -> None:
    everything, known = KeyScope(own=False), {article.id: article for article in _articles(house)}
    cases: list[tuple[KeyScope, Callable[[Article], bool]]] = [
        (everything, lambda _: True),
        (KeyScope(own=False, brand="the-harbour-post"), lambda each: each.section == "harbour"),
        (KeyScope(own=False, sections=("Coast",)), lambda each: each.section == "coast"),
        (KeyScope(own=False, outlets=("The Bell",)), lambda each: each.provenance.outlet == "The Bell"),
        (KeyScope(sections=("coast",)), lambda each: each.section == "coast" and "mine" in each.id),
    ]
    keys = [_key(house, scope) for scope, _ in cases]
    assert _shown(house, door, keys[0]) == _shown(house, door, None)
    for key, (scope, fits) in zip(keys[1:], cases[1:], strict=True):
        shown = _shown(house, door, key)
        assert shown, scope
        assert all(fits(known[article]) for article in shown), (scope, shown)


def test_what_a_page_asks_for_is_what_both_allow_or_an_error(house: House) -> None:
    sections = _key(house, KeyScope(own=False, brand="the-harbour-post", sections=("harbour",)))
    own = _key(house)
    both = _shown(house, "GET /v1/shelves", own, sections="coast")
    assert both
    assert both <= {
        article.id for article in _articles(house) if article.section == "coast" and "mine" in article.id
    }
    assert _shown(house, "GET /v1/shelves", own, sites=f"mine.example,{OTHER}") <= _of(house, "mine")
    for key, more in ((sections, {"sections": "coast"}), (own, {"sites": "other.example"})):
        told = problem(_asked(house, "GET /v1/shelves", key, **more), 403, "cross-site")
        assert "recirc key scope" in told["detail"]
    told = problem(_asked(house, "GET /v1/shelves", own, sites="nowhere.example"), 404, "not-found")
    assert told["errors"][0]["field"] == "sites"
    # Without a key the filter is for everybody.
    assert _shown(house, "GET /v1/next", None, sites="https://other.example/") <= _of(house, "other")


def test_a_site_without_articles_says_so(house: House) -> None:
    path = Path(house.engine.settings.store.path)
    key = create(path, "new", ["https://new.example"])
    told = house.client.post("/v1/embed", params={"key": key}, json={"shelf": ["ranking"]}).json()
    assert told["shelves"]["ranking"]["items"] == []
    assert "https://new.example" in told["notes"][0]
    assert "recirc key scope 'new' --articles all" in told["notes"][0]


def test_a_correction_moves_an_article_to_another_site(house: House) -> None:
    key = _key(house)
    (moved,) = (article for article in _articles(house) if article.id == "mine-0")
    assert "mine-0" in _shown(house, "GET /v1/rankings", key)
    house.engine.publish([structs.replace(moved, url=f"{OTHER}/pier-0")]).result()
    house.engine.catch_up()
    assert "mine-0" not in _shown(house, "GET /v1/rankings", key)


def test_keys_from_before_there_were_scopes_go_on_showing_everything(house: House) -> None:
    path = Path(house.engine.settings.store.path)
    value = json.dumps({"name": "old", "origins": [MINE], "created": 1_700_000_000}).encode()
    Registry(path, KIND).set(("sk_old", value, 0))
    assert _shown(house, "GET /v1/shelves", "sk_old") == _shown(house, "GET /v1/shelves", None)


def test_features_from_before_articles_had_a_site_get_it(house: House) -> None:
    with SqliteStore(Path(house.engine.settings.store.path)) as store:
        batch = store.read(0, 100)
        old = {place: structs.replace(each, site=-1) for place, each in batch.features.items()}
        assert with_current_features(batch._replace(features=old), store).features == batch.features


def test_scopes_on_the_command_line(house: House) -> None:
    path = house.engine.settings.store.path

    def told(*words: str) -> str:
        made = CliRunner().invoke(app, ["key", *words, "--db", path])
        return made.output.strip() if made.exit_code == 0 else str(made.exception)

    key = told("create", "mine", "--site", MINE)
    assert f"mine {key} {MINE}; articles of its own sites" in told("list")
    assert told("scope", "mine", "--section", "coast", "--outlet", "The Bell") == (
        "mine: articles in coast, by The Bell"
    )
    assert told("scope", "mine", "--articles", "own", "--section", "coast") == (
        "mine: articles of its own sites, in coast"
    )
    assert told("scope", "mine", "--articles", "all") == "mine: all articles"
    assert SiteKeys(Path(path)).read()[key].scope == KeyScope(own=False)
    assert told("scope", "mine") == "mine: articles of its own sites"
    assert "existing names: mine" in told("scope", "nobody")
    assert "write own or all" in told("scope", "mine", "--articles", "some")
    assert "no newspaper is called 'nobody'" in told("scope", "mine", "--brand", "nobody")
    assert "--site" in told("create", "machine", "--articles", "all")
    told("create", "wide", "--site", OTHER, "--articles", "all")
    assert f"{OTHER}; all articles" in told("list")
