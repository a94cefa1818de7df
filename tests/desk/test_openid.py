"""Single sign-on by OpenID Connect, against a provider that runs on loopback and lies where it is told to."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from desk_sign_on import UNA, add, begin, house_of, is_out, sign_on, words
from desk_visitors import Person
from openid_provider import CLIENT, SECRET, Provider
from portal_house import Build, House
from recirc.desk.openid_provider import METADATA_SECONDS, OpenIdError, OpenIdProvider, SignOn
from recirc.settings import OpenIdSettings
from recirc.types.roles import Role


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(person=dict(UNA))
    made.start()
    yield made
    made.stop()


def test_what_goes_out_is_protected(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    add(house)
    browser = Person(house)
    there = browser.get("/desk/openid?then=https://evil.example/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there.headers["location"]).query).items()}
    assert asked["redirect_uri"] == "http://testserver.local/desk/openid/return"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert all(len(asked[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    cookie = there.headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=900"} <= set(cookie.split("; "))
    secure = browser.client.get("https://testserver.local/desk/openid").headers["set-cookie"]
    assert secure.startswith("__Host-recirc-openid=")
    assert "Secure" in secure
    back = httpx.get(there.headers["location"], follow_redirects=False).headers["location"]
    answer = browser.get(urlsplit(back)._replace(scheme="", netloc="").geturl())
    assert answer.headers["location"] == "/desk"


SPOILT = [
    ({"nonce": "another"}, "", "nonce"),
    ({"nonce": None}, "", "nonce"),
    ({"iss": "https://evil.example"}, "", "iss"),
    ({"aud": "another-desk"}, "", "aud"),
    ({"aud": [CLIENT, "another-desk"]}, "", "azp"),
    ({"azp": "another-desk"}, "", "azp"),
    ({"exp": 1_000_000_000}, "", "expired"),
    ({"exp": None}, "", "exp"),
    ({"iat": 9_000_000_000}, "", "iat"),
    ({"sub": None}, "", "sub"),
    ({"sub": ["una-7"]}, "", "sub"),
    ({"at_hash": "bm90IHRoaXMgb25l"}, "", "belong together"),
    ({}, "none", "cannot be verified"),
    ({}, "shared secret", "cannot be verified"),
    ({}, "other key", "not signed by Harbour ID"),
]


@pytest.mark.parametrize(("claims", "spoil", "said"), SPOILT, ids=lambda value: str(value)[:40])
def test_what_cannot_be_believed_lets_nobody_in(
    build: Build, provider: Provider, claims: dict[str, Any], spoil: str, said: str
) -> None:
    house = house_of(build, provider)
    add(house)
    provider.claims, provider.spoil = claims, spoil
    browser = Person(house)
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert said in words(answer)
    assert is_out(browser)


def test_a_code_works_once_and_an_answer_in_one_browser(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    add(house)
    browser, thief = Person(house), Person(house)
    back = begin(browser)
    assert thief.get(back).status_code == 400  # another browser never began it
    assert is_out(thief)
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 400  # its state is used up
    # Somebody who overheard code and state and has the cookie still finds the code used up at the provider.
    begun = begin(thief)
    query = parse_qs(urlsplit(back).query)
    state = parse_qs(urlsplit(begun).query)["state"][0]
    replayed = thief.get(f"/desk/openid/return?{urlencode({'code': query['code'][0], 'state': state})}")
    assert replayed.status_code == 403
    assert "works once" in words(replayed)
    assert is_out(thief)


@pytest.mark.parametrize(
    "change", [{"state": "x"}, {"state": ""}, {"iss": "https://evil.example"}, {"code": ""}]
)
def test_an_answer_to_something_else_is_refused_without_a_request(
    build: Build, provider: Provider, change: dict[str, str]
) -> None:
    house = house_of(build, provider)
    add(house)
    browser = Person(house)
    query = {name: values[0] for name, values in parse_qs(urlsplit(begin(browser)).query).items()}
    answer = browser.get(f"/desk/openid/return?{urlencode(query | change)}")
    assert answer.status_code in (400, 403)
    assert words(answer)
    assert "/token" not in provider.asked


def test_what_the_provider_refuses_is_told(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    provider.refuses = "access_denied"
    answer = sign_on(Person(house))
    assert answer.status_code == 403
    assert "did not sign you on: access_denied" in words(answer)


def test_while_the_provider_is_down_passwords_work(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    browser = Person(house, "Beth")
    provider.down = True
    answer = browser.get("/desk/openid")
    assert answer.status_code == 502
    assert "answers 503" in words(answer)
    provider.stop()
    answer = browser.get("/desk/openid")
    assert answer.status_code == 502
    assert "cannot be reached" in words(answer)
    assert browser.log_in().status_code == 303


def test_a_wrong_client_secret_and_a_wrong_issuer_are_the_administrator_s(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider, client_secret="wrong")
    answer = sign_on(Person(house))
    assert answer.status_code == 502
    assert "invalid_client" in words(answer)
    provider.issuer_said = "https://other.example"
    settings = OpenIdSettings(issuer=provider.issuer, client_id=CLIENT, private=True)
    with pytest.raises(OpenIdError, match=r"is of the issuer https://other\.example"):
        OpenIdProvider(settings).authorization_address("http://desk/return", SignOn.begin())


def test_a_provider_on_an_internal_address_is_asked_by_setting_alone(provider: Provider) -> None:
    settings = OpenIdSettings(issuer=provider.issuer.replace("http:", "https:"), client_id=CLIENT)
    with pytest.raises(OpenIdError, match=r"is loopback and never requested.*openid.private"):
        OpenIdProvider(settings).authorization_address("https://desk/return", SignOn.begin())
    plain = OpenIdSettings(issuer=provider.issuer, client_id=CLIENT)
    with pytest.raises(OpenIdError, match="without TLS"):
        OpenIdProvider(plain).authorization_address("https://desk/return", SignOn.begin())
    assert provider.asked == []


def test_new_keys_are_fetched_when_a_token_names_one(provider: Provider) -> None:
    seconds = [0.0]
    settings = OpenIdSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, private=True)
    asks = OpenIdProvider(settings, clock=lambda: seconds[0])
    now = 1_800_000_000_000
    provider.now = now / 1000

    def claims() -> Any:
        begun = SignOn.begin()
        back = httpx.get(asks.authorization_address("http://desk/return", begun), follow_redirects=False)
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        return asks.claims(code, "http://desk/return", begun, now)

    assert claims()["sub"] == "una-7"
    provider.key = type(provider.key).generate_key(2048, {"kid": "two", "use": "sig"})
    provider.kid = "two"
    with pytest.raises(OpenIdError):
        claims()  # asked for a moment ago
    seconds[0] += 31
    assert claims()["sub"] == "una-7"
    assert provider.asked.count("/keys") == 2
    seconds[0] += METADATA_SECONDS
    assert claims()["sub"] == "una-7"
    assert provider.asked.count("/.well-known/openid-configuration") == 2


def test_logging_out_ends_the_session_here_and_offers_to_end_the_other_one(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house)
    browser = Person(house)
    sign_on(browser)
    out = browser.send("/desk/logout")
    assert out.headers["location"] == "/desk/login?said=out"
    assert is_out(browser)
    assert "Log out at Harbour ID too" in browser.get("/desk/login?said=out").text
    there = browser.get("/desk/openid/leave").headers["location"]
    assert urlsplit(there).path == "/logout"
    assert parse_qs(urlsplit(there).query)["post_logout_redirect_uri"] == [
        "http://testserver.local/desk/login"
    ]
    beth = Person(house, "Beth")
    beth.log_in()
    assert beth.send("/desk/logout").headers["location"] == "/desk/login"


def test_what_was_typed_outlives_a_session_that_is_begun_anew_by_single_sign_on(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house, role=Role.ADMINISTRATOR)
    browser = Person(house)
    refused = browser.raw("/desk/people/invite", role="reader", name="Nils Orre")
    kept = re.search(r'name="kept" value="([^"]+)"', refused.text)
    assert kept is not None
    typed = kept[1].replace("&#34;", '"')
    again = {"then": "/desk/people/invite", "kept": typed, "elsewhere": "1"}
    assert browser.send("/desk/login", "/desk/login", **again).status_code == 403
    token = browser.token("/desk/login")
    assert sign_on(browser).status_code == 303
    page = browser.raw("/desk/login", csrf=token, **again)
    assert page.status_code == 200
    assert "Nils Orre" in page.text


def test_without_the_setting_there_is_none(house: House) -> None:
    browser = Person(house)
    assert "Sign on" not in browser.get("/desk/login").text
    for path in ("/desk/openid", "/desk/openid/return", "/desk/openid/leave"):
        assert browser.get(path).status_code == 404


def test_too_many_attempts_wait(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    browser = Person(house)
    found = [browser.get("/desk/openid").status_code for _ in range(31)]
    assert found == [303] * 30 + [429]
