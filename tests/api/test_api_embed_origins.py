"""Which pages of other sites may ask what, and what a site key opens: shelves and events, nothing else."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from portal_house import Build, House, articles, problem
from recirc.cli import app
from recirc.settings import EmbedSettings, IntakeSettings, SettingsError, load
from recirc.store.site_keys import SiteKeys, create

SET, KEYED, STRANGER = "https://www.paper.example", "https://blog.example", "https://evil.example"


@pytest.fixture
def house(build: Build) -> House:
    house = build(embed=EmbedSettings(origins=(SET,)))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    return house


@pytest.fixture
def key(house: House) -> str:
    return create(Path(house.engine.settings.store.path), "blog", [KEYED])


def allowed(answer: httpx.Response) -> str | None:
    assert "access-control-allow-credentials" not in answer.headers
    told: str | None = answer.headers.get("access-control-allow-origin")
    return told


def varies(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers.get("vary", "").split(",")}


@pytest.mark.parametrize("path", ["/v1/shelves", "/v1/shelves.html", "/v1/rankings"])
def test_pages_of_allowed_sites_read_the_shelves(house: House, key: str, path: str) -> None:
    assert key.startswith("sk_")
    for origin, told in (
        (SET, SET),
        (KEYED, KEYED),
        (STRANGER, None),
        ("null", None),
        (SET + ".evil.example", None),
    ):
        answer = house.client.get(path, headers={"Origin": origin})
        assert answer.status_code == 200
        assert allowed(answer) == told
        assert "origin" in varies(answer)
    plain = house.client.get(path)
    assert allowed(plain) is None
    assert "origin" in varies(plain)


def test_an_error_can_be_read_too(house: House) -> None:
    answer = house.client.get("/v1/shelves", params={"artcle": "x"}, headers={"Origin": SET})
    problem(answer, 400, "invalid")
    assert allowed(answer) == SET


@pytest.mark.parametrize(
    "path", ["/v1/articles", "/v1/articles/ferry-1", "/v1/sources", "/", "/metrics", "/healthz"]
)
def test_nothing_else_is_for_pages_of_other_sites(house: House, path: str) -> None:
    assert allowed(house.client.get(path, headers={"Origin": SET})) is None
    assert allowed(house.client.options(path, headers={"Origin": SET})) is None


@pytest.mark.usefixtures("key")
def test_preflights(house: House) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for path in ("/v1/shelves", "/v1/events"):
        answer = house.client.options(path, headers={"Origin": KEYED, **asked})
        assert answer.status_code in (200, 204)
        assert allowed(answer) == KEYED
        assert "POST" in answer.headers["access-control-allow-methods"]
        assert "content-type" in answer.headers["access-control-allow-headers"].lower()
        refused = house.client.options(path, headers={"Origin": STRANGER, **asked})
        assert allowed(refused) is None
        assert "access-control-allow-methods" not in refused.headers


def send(house: House, origin: str | None, key: str | None, **headers: str) -> httpx.Response:
    if origin is not None:
        headers |= {"Origin": origin, "Sec-Fetch-Site": "cross-site"}
    answer = house.client.post(
        "/v1/events", params={} if key is None else {"key": key}, content='{"kind": "view", "article": "ferry-1"}',
        headers={"Content-Type": "text/plain;charset=UTF-8", **headers},
    )  # fmt: skip
    house.engine.catch_up()
    return answer


def test_events_come_under_a_site_key_from_its_site_alone(house: House, key: str) -> None:
    answer = send(house, KEYED, key)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert allowed(answer) == KEYED
    assert send(house, KEYED, None, Authorization=f"Bearer {key}").json()["accepted"] == 1
    assert house.engine.counts("ferry-1", house.moment[0]).raw == 2
    assert house.engine.counts("ferry-1", house.moment[0]).readers == 1
    told = problem(send(house, STRANGER, key), 403, "cross-site")
    assert KEYED in told["detail"]
    problem(send(house, SET, key), 403, "cross-site")
    problem(send(house, KEYED, None), 403, "cross-site")
    problem(send(house, SET, None), 403, "cross-site")
    problem(send(house, KEYED, "sk_guessed"), 401, "key-needed")
    # An API key in an address would be in the logs of every proxy.
    told = problem(send(house, KEYED, house.key), 401, "key-needed")
    assert "Authorization" in told["detail"]
    assert house.engine.counts("ferry-1", house.moment[0]).raw == 2


def test_what_a_site_key_sends_is_bounded_as_what_browsers_send(build: Build) -> None:
    house = build(intake=IntakeSettings(requests_per_minute=3))
    house.engine.publish(articles(house.now)).result()
    house.engine.catch_up()
    key = create(Path(house.engine.settings.store.path), "blog", [KEYED])
    for number in range(30):
        assert send(house, KEYED, key).json()["excluded"] == (0 if number < 3 else 1)
    answer = send(house, KEYED, key)
    problem(answer, 429, "too-many")
    assert allowed(answer) == KEYED
    assert "retry-after" in answer.headers["access-control-expose-headers"].lower()


def test_a_site_key_names_no_readers_and_no_new_articles(house: House, key: str) -> None:
    def sent(**event: str) -> httpx.Response:
        told = {"kind": "view", **event}
        return house.client.post("/v1/events", params={"key": key}, json=told, headers={"Origin": KEYED})

    problem(sent(article="ferry-1", reader="x"), 401, "key-needed")
    answer = sent(article="nobody")
    assert answer.json()["refused"][0]["field"] == "article"
    assert house.engine.article("nobody") is None


def test_a_site_key_writes_no_articles(house: House, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    problem(
        house.client.post("/v1/articles", json={"id": "x", "headline": "X"}, headers=headers),
        401,
        "key-needed",
    )
    problem(house.client.delete("/v1/articles/ferry-1", headers=headers), 401, "key-needed")
    problem(house.client.get("/v1/sources", headers=headers), 401, "key-needed")


def test_a_revoked_key_ends(house: House) -> None:
    path = Path(house.engine.settings.store.path)
    key = create(path, "blog", [KEYED])
    moment = [0.0]
    keys = SiteKeys(path, clock=lambda: moment[0])
    assert keys.remembered() is None
    assert keys.read()[key].origins == (KEYED,)
    assert SiteKeys(path).revoke("blog") == 1
    assert key in (keys.remembered() or {})
    moment[0] = 1.0
    assert keys.remembered() is None
    assert key not in keys.read()


def test_keys_on_the_command_line(house: House) -> None:
    database = house.engine.settings.store.path
    runner = CliRunner()
    made = runner.invoke(
        app, ["key", "create", "blog", "--site", "https://Blog.example/", "--site", SET, "--db", database]
    )
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    listed = runner.invoke(app, ["key", "list", "--db", database]).stdout.splitlines()
    assert f"blog {key} {KEYED} {SET}; articles of its own sites" in listed
    assert "test" in listed
    wrong = runner.invoke(app, ["key", "create", "news", "--site", "blog.example/news", "--db", database])
    assert wrong.exit_code == 1
    assert runner.invoke(app, ["key", "revoke", "blog", "--db", database]).stdout == "revoked 1\n"
    assert runner.invoke(app, ["key", "revoke", "blog", "--db", database]).exit_code == 1


@pytest.mark.parametrize(
    "origin", ["paper.example", "https://paper.example/", "*", "HTTPS://paper.example", "https://p:99999"]
)
def test_an_origin_in_the_settings_is_one(tmp_path: Path, origin: str) -> None:
    file = tmp_path / "recirc.toml"
    file.write_text(f'[guests]\norigins = ["{origin}"]\n')
    with pytest.raises(SettingsError, match="is no origin"):
        load(file, {})
