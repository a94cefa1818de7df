"""Accounts, invitations, sessions, the token of forms, limits, the second factor."""

import base64
import html
import re
from pathlib import Path

import pytest

from desk_visitors import FORM, HASH, PASSWORD, Person, accounts_of, person, trail_of
from portal_house import House
from recirc.store.accounts import IDLE_MS, INVITATION_MS, LONGEST_MS, Account
from recirc.store.actions import AuditQuery
from recirc.store.ports import ConflictError
from recirc.types.roles import Role
from recirc.web import second_factor

NEW = "otter biscuit lantern seventeen"


def test_an_invitation_makes_one_account_once(house: House) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    page = beth.send("/desk/people/invite", "/desk/people", role="editor", name="").text
    link = re.search(r"/desk/invitation\?token=[\w-]+", page)
    assert link is not None
    guest = Person(house)
    assert "as editor" in guest.get(link[0]).text
    fields = {"token": link[0].partition("=")[2], "name": "Una Pask", "password": NEW, "again": NEW}
    assert guest.send("/desk/invitation", link[0], **(fields | {"again": "other"})).status_code == 400
    assert (
        guest.send(
            "/desk/invitation", link[0], **(fields | {"password": "short", "again": "short"})
        ).status_code
        == 400
    )
    assert guest.send("/desk/invitation", link[0], **(fields | {"name": "beth"})).status_code == 400
    answer = guest.send("/desk/invitation", link[0], **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk")
    assert "Una Pask" in guest.get("/desk/me").text
    again = Person(house)
    assert again.get(link[0]).status_code == 410
    assert again.raw("/desk/invitation", csrf=again.token("/desk/login"), **fields).status_code == 410
    assert [each.account.name for each in accounts_of(house).all()] == ["Beth", "Una Pask"]
    done = [(each.actor, each.action, each.subject) for each in trail_of(house).find(AuditQuery(), 10)]
    assert ("Beth", "invite", "somebody") in done
    assert ("Una Pask", "accept an invitation", "Una Pask") in done


def test_an_invitation_ends(house: House) -> None:
    accounts, now = accounts_of(house), house.moment[0]
    token = accounts.invite(Role.EDITOR, "Beth", now)
    assert Person(house).get(f"/desk/invitation?token={token}").status_code == 200
    house.moment[0] += INVITATION_MS
    assert Person(house).get(f"/desk/invitation?token={token}").status_code == 410
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    other = accounts.invite(Role.EDITOR, "Beth", house.moment[0])
    (key,) = accounts.invitations(house.moment[0])
    assert beth.send("/desk/people/uninvite", key=key).status_code == 303
    assert Person(house).get(f"/desk/invitation?token={other}").status_code == 410


def test_nothing_secret_lies_in_the_file(house: House) -> None:
    token = accounts_of(house).invite(Role.EDITOR, "Beth", house.moment[0])
    beth = person(house, Role.EDITOR, "Beth")
    secret = beth.client.cookies["recirc-desk"]
    house.engine.snapshot()
    path = Path(house.engine.settings.store.path)
    for each in path.parent.iterdir():
        content = each.read_bytes() if each.is_file() else b""
        assert not [text for text in (token, secret, PASSWORD) if text.encode() in content], each


def test_a_session_ends(house: House) -> None:
    beth = person(house, Role.EDITOR, "Beth")
    started = house.moment[0]
    while house.moment[0] + IDLE_MS - 1 < started + LONGEST_MS:
        house.moment[0] += IDLE_MS - 1
        assert beth.get("/desk/me").status_code == 200
    house.moment[0] = started + LONGEST_MS
    assert beth.get("/desk/me").status_code == 401
    assert beth.log_in().status_code == 303
    house.moment[0] += IDLE_MS
    assert beth.get("/desk/me").status_code == 401


def test_logging_out_ends_it_for_whoever_has_the_cookie(house: House) -> None:
    beth = person(house, Role.EDITOR, "Beth")
    secret = beth.client.cookies["recirc-desk"]
    assert beth.send("/desk/logout").status_code == 303
    thief = Person(house)
    thief.client.cookies.set("recirc-desk", secret)
    assert thief.get("/desk/me").status_code == 401


def test_the_cookie_is_out_of_reach(house: House) -> None:
    person(house, Role.EDITOR, "Beth")
    beth = Person(house, "Beth")
    cookie = beth.log_in().headers["set-cookie"]
    assert cookie.startswith("recirc-desk=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    page = beth.client.get("https://tide.example/desk/login")
    token = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert token is not None
    answer = beth.client.post(
        "https://tide.example/desk/login",
        data={"csrf": token[1], "name": "Beth", "password": PASSWORD},
        headers={"Origin": "https://tide.example"},
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-recirc-desk=")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_who_is_disabled_is_out_and_the_last_administrator_stays(house: House) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    una = person(house, Role.EDITOR, "Una")
    page = beth.get("/desk/people").text
    versions = dict(
        re.findall(r'name="name" value="(\w+)"><input type="hidden" name="version" value="(\d+)"', page)
    )
    send = {"do": "disable", "name": "Una", "version": versions["Una"]}
    assert beth.send("/desk/people/change", **send).status_code == 303
    house.moment[0] += 1
    assert una.send("/desk/me/sessions", "/desk/login").status_code == 401
    assert una.log_in().status_code == 403
    stale = beth.send("/desk/people/change", **send)
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.text
    last = beth.send("/desk/people/change", do="disable", name="Beth", version=versions["Beth"])
    assert last.status_code == 409
    assert "only administrator" in last.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_form_of_another_site_is_refused(house: House, headers: dict[str, str]) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    body = f"csrf={beth.token('/desk/people')}&role=administrator"
    answer = beth.client.post("/desk/people/invite", content=body, headers=FORM | headers)
    assert answer.status_code == 403
    assert not accounts_of(house).invitations(house.moment[0])


@pytest.mark.parametrize("token", ["", "0" * 40, "é"])
def test_a_form_without_its_token_is_refused_and_comes_back(house: House, token: str) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    answer = beth.raw("/desk/people/invite", csrf=token, role="reader", name="Una Pask")
    assert answer.status_code == 403
    assert "Una Pask" in answer.text
    assert not accounts_of(house).invitations(house.moment[0])


def test_what_was_typed_outlives_the_session(house: House) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    token = beth.token("/desk/people")
    house.moment[0] += IDLE_MS
    answer = beth.raw("/desk/people/invite", csrf=token, role="editor", name="Una <Pask>")
    assert answer.status_code == 401
    kept = re.search(r'name="kept" value="([^"]+)"', answer.text)
    assert kept is not None
    page = beth.log_in(kept=html.unescape(kept[1]))
    assert page.status_code == 200
    assert "Una &lt;Pask&gt;" in page.text
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text.partition("<main")[2])
    )
    made = beth.raw("/desk/people/invite", **{name: html.unescape(value) for name, value in fields.items()})
    assert made.status_code == 201
    (invitation,) = accounts_of(house).invitations(house.moment[0]).values()
    assert invitation.name == "Una <Pask>"


def test_a_stolen_session_is_ended_by_its_owner_who_loses_nothing_typed(house: House) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    thief = Person(house, "Beth")
    thief.client.cookies.set("recirc-desk", beth.client.cookies["recirc-desk"])
    assert thief.get("/desk/me").status_code == 200
    token = beth.token("/desk/people")
    owner = Person(house, "Beth")
    owner.log_in()
    assert owner.send("/desk/me/sessions").status_code == 303
    assert thief.get("/desk/me").status_code == 401
    assert thief.raw("/desk/people/invite", csrf=token, role="administrator", name="Eve").status_code == 401
    refused = beth.raw("/desk/people/invite", csrf=token, role="editor", name="Una Pask")
    assert refused.status_code == 401
    kept = re.search(r'name="kept" value="([^"]+)"', refused.text)
    assert kept is not None
    assert "Una Pask" in beth.log_in(kept=html.unescape(kept[1])).text
    assert not accounts_of(house).invitations(house.moment[0])


def test_attempts_are_limited_by_account_and_by_address(house: House) -> None:
    person(house, Role.EDITOR, "Beth")
    beth = Person(house, "Beth")
    found = [beth.log_in("wrong").status_code for _ in range(11)]
    assert found[:9] == [403] * 9
    assert found[-1] == 429
    assert beth.log_in().status_code == 429
    for number in range(30):
        Person(house, f"nobody {number}").log_in("wrong")
    assert Person(house, "nobody").log_in("wrong").status_code == 429
    house.moment[0] += 60_000
    assert beth.log_in().status_code == 303


def test_wrong_names_and_wrong_passwords_are_told_apart_by_nobody(house: House) -> None:
    person(house, Role.EDITOR, "Beth")
    pages = [Person(house, name).log_in("wrong password").text for name in ("Beth", "Nobody")]
    plain = [re.sub(r'value="[^"]*"', "", page) for page in pages]
    assert plain[0] == plain[1]


def test_a_password_is_changed_and_other_sessions_end(house: House) -> None:
    beth = person(house, Role.EDITOR, "Beth")
    other = Person(house, "Beth")
    assert other.log_in().status_code == 303
    wrong = beth.send("/desk/me/password", password="not this one", new=NEW, again=NEW)
    assert wrong.status_code == 400
    assert NEW not in wrong.text
    assert beth.send("/desk/me/password", password=PASSWORD, new=NEW, again=NEW).status_code == 303
    assert beth.get("/desk/me").status_code == 200
    assert other.get("/desk/me").status_code == 401
    assert other.log_in().status_code == 403
    assert other.log_in(NEW).status_code == 303
    assert beth.send("/desk/me/sessions").status_code == 303
    assert (beth.get("/desk/me").status_code, other.get("/desk/me").status_code) == (200, 401)


def test_a_second_factor_is_asked_for_and_each_code_works_once(house: House) -> None:
    beth = person(house, Role.EDITOR, "Beth")
    secret = re.search(r'name="secret" value="(\w+)"', beth.get("/desk/me").text)
    assert secret is not None

    def code() -> str:
        return second_factor.code_of(base64.b32decode(secret[1]), house.moment[0] // 30_000)

    wrong = beth.send("/desk/me/factor", password=PASSWORD, secret=secret[1], code="000000")
    assert wrong.status_code == 400
    assert beth.send("/desk/me/factor", password=PASSWORD, secret=secret[1], code=code()).status_code == 303
    other = Person(house, "Beth")
    assert other.log_in().status_code == 403
    assert other.log_in(code=code()).status_code == 403  # used when it was set up
    house.moment[0] += 30_000
    assert other.log_in(code=code()).status_code == 303
    assert Person(house, "Beth").log_in(code=code()).status_code == 403
    assert other.send("/desk/me/factor", password=PASSWORD, end="1").status_code == 303
    assert Person(house, "Beth").log_in().status_code == 303


RFC_6238 = {59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924",
            2000000000: "69279037", 20000000000: "65353130"}  # fmt: skip


@pytest.mark.parametrize(("seconds", "expected"), RFC_6238.items())
def test_the_vectors_of_rfc_6238(seconds: int, expected: str) -> None:
    assert second_factor.code_of(b"12345678901234567890", seconds // 30, digits=8) == expected


def test_names_differ_by_more_than_case(house: House) -> None:
    person(house, Role.EDITOR, "Beth Carrow")
    made = Person(house, "  beth   CARROW ")
    assert made.log_in().status_code == 303
    with pytest.raises(ConflictError, match="changed meanwhile"):
        accounts_of(house).add(Account(name="BETH carrow", role=Role.EDITOR, password=HASH, created=0))


def test_a_key_is_made_with_its_scopes_shown_once_and_revoked(house: House) -> None:
    beth = person(house, Role.ADMINISTRATOR, "Beth")
    fields = {"name": "the agency", "scope-events": "1", "days": "90"}
    made = beth.send("/desk/keys/make", "/desk/keys", **fields)
    key = re.search(r"rk_[\w-]{43}", made.text)
    assert key is not None
    headers = {"Authorization": f"Bearer {key[0]}"}
    sent = house.client.post("/v1/events", json={"kind": "view", "article": "otter"}, headers=headers)
    assert sent.status_code == 202
    assert house.client.get("/v1/rules", headers=headers).status_code == 403
    page = beth.get("/desk/keys").text
    assert "events; made" in page
    assert key[0] not in page
    twice = beth.send("/desk/keys/make", "/desk/keys", **fields)
    assert twice.status_code == 400
    assert "the agency" in twice.text
    assert beth.send("/desk/keys/make", "/desk/keys", name="another").status_code == 400
    assert beth.send("/desk/keys/make", "/desk/keys", name="another", all="1", days="-1").status_code == 400
    assert beth.send("/desk/keys/revoke", "/desk/keys", name="the agency").status_code == 303
    assert beth.send("/desk/keys/revoke", "/desk/keys", name="the agency").status_code == 404
