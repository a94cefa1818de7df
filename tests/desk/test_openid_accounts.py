"""As whom somebody enters by single sign-on: accounts, invitations, roles."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desk_sign_on import UNA, add, house_of, is_out, sign_on, words
from desk_visitors import HASH, PASSWORD, Person, accounts_of, trail_of
from openid_provider import Provider
from portal_house import Build
from recirc.store.accounts import Account
from recirc.store.actions import AuditQuery
from recirc.types.roles import Role


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(person=dict(UNA))
    made.start()
    yield made
    made.stop()


def test_who_has_an_account_with_the_address_enters_and_is_known_by_subject_from_then_on(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house)
    browser = Person(house)
    assert "Sign on with Harbour ID" in browser.get("/desk/login").text
    answer = sign_on(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/me")
    assert "Una" in browser.get("/desk/me").text
    stored = accounts_of(house).find("Una")
    assert stored is not None
    assert stored.account.subject == f"{provider.issuer} una-7"
    (entry,) = trail_of(house).find(AuditQuery(), 10)
    assert (entry.actor, entry.action, entry.detail) == ("Una", "log in", "Harbour ID")
    provider.person |= {"email": "una.pask@elsewhere.example", "email_verified": False}
    assert sign_on(Person(house)).status_code == 303  # by the subject, whatever the address is now


def test_an_address_that_the_provider_has_not_checked_finds_no_account(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house)
    accounts_of(house).invite(Role.PUBLISHER, "Beth", house.moment[0], email="una@tide.example")
    for said in (False, None, "true"):
        provider.person["email_verified"] = said
        answer = sign_on(Person(house))
        assert answer.status_code == 403
        assert "has not checked the address una@tide.example" in words(answer)


def test_an_address_that_belongs_to_somebody_else_now_does_not_open_the_account(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house, subject=f"{provider.issuer} una-7")
    provider.person["sub"] = "somebody-new"
    answer = sign_on(Person(house))
    assert answer.status_code == 403
    assert "another identity" in words(answer)
    beth = Person(house, "Beth")
    beth.log_in()
    (version,) = re.findall(
        r'value="Una"><input type="hidden" name="version" value="(\d+)"><input type="hidden" name="do" value="email"',
        beth.get("/desk/people").text,
    )
    change = {"do": "email", "name": "Una", "version": version, "email": "Una@Tide.example"}
    assert beth.send("/desk/people/change", "/desk/people", **change).status_code == 303
    assert sign_on(Person(house)).status_code == 303


def test_a_disabled_account_stays_out(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    add(house, disabled=True)
    browser = Person(house)
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "is disabled" in words(answer)
    assert is_out(browser)


def test_who_is_not_invited_stays_out_and_no_account_is_made(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    answer = sign_on(Person(house))
    assert answer.status_code == 403
    assert "Nobody has invited una@tide.example" in words(answer)
    assert [each.account.name for each in accounts_of(house).all()] == ["Beth"]


def test_an_invitation_is_accepted_by_address_or_by_its_link(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    beth = Person(house, "Beth")
    beth.log_in()
    made = beth.send(
        "/desk/people/invite", "/desk/people", role="publisher", name="", email="Una@tide.example"
    )
    assert made.status_code == 201
    assert sign_on(Person(house)).status_code == 303
    stored = accounts_of(house).find("Una Pask")
    assert stored is not None
    assert (stored.account.role, stored.account.password) == (Role.PUBLISHER, "")
    assert not accounts_of(house).invitations(house.moment[0])
    assert Person(house, "Una Pask").log_in("").status_code == 403
    assert Person(house, "Una Pask").log_in("nobody has this password").status_code == 403

    provider.person = {"sub": "ole-2", "preferred_username": "ole"}  # no address at all
    token = accounts_of(house).invite(Role.READER, "Beth", house.moment[0])
    browser = Person(house)
    assert "Accept with Harbour ID" in browser.get(f"/desk/invitation?token={token}").text
    assert sign_on(browser, f"invitation={token}").status_code == 303
    assert accounts_of(house).find("ole") is not None
    assert browser.get(f"/desk/invitation?token={token}").status_code == 410


def test_an_invitation_for_one_address_is_not_another_s(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    token = accounts_of(house).invite(Role.READER, "Beth", house.moment[0], email="ole@tide.example")
    answer = sign_on(Person(house), f"invitation={token}")
    assert answer.status_code == 403
    assert "is for ole@tide.example" in words(answer)


def test_roles_follow_a_claim_where_the_settings_say_so(build: Build, provider: Provider) -> None:
    roles: dict[str, Any] = {"desk": "editor", "chief": "publisher"}
    house = house_of(build, provider, admit="role", role_claim="groups", roles=roles)
    refused = sign_on(Person(house))
    assert refused.status_code == 403
    assert "none of the roles" in words(refused)
    provider.person["groups"] = ["desk", "canteen"]
    assert sign_on(Person(house)).status_code == 303
    provider.person["groups"] = ["canteen", "chief", "desk"]
    assert sign_on(Person(house)).status_code == 303
    stored = accounts_of(house).find("Una Pask")
    assert stored is not None
    assert stored.account.role is Role.PUBLISHER
    provider.person["groups"] = "canteen"
    assert sign_on(Person(house)).status_code == 403


def test_the_only_administrator_is_not_made_less_by_a_claim(build: Build, provider: Provider) -> None:
    house = house_of(build, provider, role_claim="groups", roles={"desk": "editor"})
    beth = accounts_of(house).find("Beth")
    assert beth is not None
    accounts_of(house).change(
        beth,
        Account(name="Beth", role=Role.ADMINISTRATOR, password=HASH, created=0, email="una@tide.example"),
    )
    provider.person["groups"] = ["desk"]
    answer = sign_on(Person(house))
    assert answer.status_code == 409
    assert "only administrator" in words(answer)


def test_the_address_comes_from_the_person_s_page_where_the_token_has_none(
    build: Build, provider: Provider
) -> None:
    house = house_of(build, provider)
    add(house)
    provider.claims = {"email": None, "email_verified": None}
    assert sign_on(Person(house)).status_code == 303
    assert "/person" in provider.asked
    provider.claims |= {"sub": "somebody-else"}
    answer = sign_on(Person(house))
    assert answer.status_code == 403
    assert "somebody else" in words(answer)


def test_without_a_password_a_fresh_sign_on_confirms(build: Build, provider: Provider) -> None:
    house = house_of(build, provider)
    add(house)
    browser = Person(house)
    sign_on(browser)
    house.moment[0] += 601_000
    late = browser.send("/desk/me/password", new=PASSWORD, again=PASSWORD)
    assert late.status_code == 409
    assert "sign on anew" in late.text
    provider.now = house.moment[0] / 1000
    begin_again = browser.get("/desk/openid?again=1&then=/desk/me").headers["location"]
    assert parse_qs(urlsplit(begin_again).query)["prompt"] == ["login"]
    back = httpx.get(begin_again, follow_redirects=False).headers["location"]
    assert browser.get(urlsplit(back)._replace(scheme="", netloc="").geturl()).status_code == 303
    assert browser.send("/desk/me/password", new=PASSWORD, again=PASSWORD).status_code == 303
    assert Person(house, "Una").log_in().status_code == 303
