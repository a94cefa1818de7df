"""Who enters by single sign-on, and as whom: decided from what the provider says and what is known here."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from msgspec import structs

from recirc.desk.openid_provider import OpenIdError
from recirc.settings import OpenIdSettings
from recirc.store.accounts import MOST_NAME, Account, Invitation, StoredAccount, account_key
from recirc.types.roles import Role

MOST_EMAIL = 254


class SignedOn(NamedTuple):
    """A person, as the provider vouches for.

    Attributes:
        subject: issuer and subject, which never mean anybody else.
        email: in lower case, empty: the provider says none; `verified`: whether it has checked it.
        name: for people. `role`: by the claim; None: there is no claim for roles, or it has none of them.
    """

    subject: str
    email: str
    verified: bool
    name: str
    role: Role | None


class AdmittedAccount(NamedTuple):
    """What signing on changes here.

    Attributes:
        account: as it is from now on.
        before: the account as it was; None: it is new.
        invitation: key of the invitation that is used up; empty: none is.
    """

    account: Account
    before: StoredAccount | None = None
    invitation: str = ""


def person_of(claims: Mapping[str, Any], issuer: str, settings: OpenIdSettings) -> SignedOn:
    """Who it is, by verified claims. A claim of an unexpected form counts as missing.

    >>> settings = OpenIdSettings(role_claim="groups", roles={"desk": "editor", "boss": "publisher"})
    >>> claims = {"sub": "7", "email": "Una@Tide.example", "email_verified": True, "groups": ["desk", "boss", 3]}
    >>> person_of(claims, "https://id.example", settings)[:3]
    ('https://id.example 7', 'una@tide.example', True)
    >>> person_of(claims, "https://id.example", settings).role
    <Role.PUBLISHER: 'publisher'>
    """
    email = clean_email(str(claims.get("email") or ""))
    names = [claims.get(name) for name in ("name", "preferred_username")]
    name = next((" ".join(each.split()) for each in names if isinstance(each, str) and each.strip()), email)
    given = claims.get(settings.role_claim) if settings.role_claim else None
    values = given if isinstance(given, list) else [given]
    roles = [
        Role(settings.roles[each]) for each in values if isinstance(each, str) and each in settings.roles
    ]
    highest = max(roles, key=list(Role).index, default=None)
    verified = claims.get("email_verified") is True
    return SignedOn(f"{issuer} {claims['sub']}", email, verified, name[:MOST_NAME].strip(), highest)


def clean_email(text: str) -> str:
    """An address as accounts keep it, in lower case; empty: it is none.

    >>> clean_email(" Una@Tide.example "), clean_email("una"), clean_email("a b@tide.example")
    ('una@tide.example', '', '')
    """
    text = text.strip().casefold()
    at, _, host = text.rpartition("@")
    fits = at and host and len(text) <= MOST_EMAIL and text.isprintable() and " " not in text
    return text if fits else ""


def admission(
    person: SignedOn,
    settings: OpenIdSettings,
    accounts: Iterable[StoredAccount],
    invitations: Mapping[str, Invitation],
    token: str,
    now: int,
) -> AdmittedAccount:
    """As whom somebody enters. `invitations` are those that stand, `token` the key of the one that was followed.

    Raises:
        OpenIdError: nobody here knows this person, or they may not enter.
    """
    known = list(accounts)
    if settings.role_claim and person.role is None:
        raise OpenIdError(
            f"{_who(person)} has none of the roles that may enter; ask whoever keeps the accounts there."
        )
    stored = _account_of(person, known)
    if stored is not None:
        return _returning(person, stored)
    key, invitation = _invitation_of(person, invitations, token)
    if invitation is not None:
        role = person.role or invitation.role
        return AdmittedAccount(_new_account(person, invitation.name, role, known, now), invitation=key)
    if settings.admit == "role" and person.role is not None:
        return AdmittedAccount(_new_account(person, "", person.role, known, now))
    if person.email and not person.verified:
        raise OpenIdError(
            f"The provider has not checked the address {person.email}; have it confirmed there first."
        )
    raise OpenIdError(
        f"Nobody has invited {_who(person)} to this desk; ask an administrator for an invitation."
    )


def _account_of(person: SignedOn, known: Iterable[StoredAccount]) -> StoredAccount | None:
    by_email = None
    for stored in known:
        if stored.account.subject == person.subject:
            return stored
        if person.verified and person.email and stored.account.email == person.email:
            by_email = stored
    if by_email is not None and by_email.account.subject:
        # An address that was given to another person: the account is not theirs.
        raise OpenIdError(
            f"The account with the address {person.email} belongs to another identity there; an administrator "
            "can set its address anew, which lets it be found again."
        )
    return by_email


def _returning(person: SignedOn, stored: StoredAccount) -> AdmittedAccount:
    account = stored.account
    if account.disabled:
        raise OpenIdError(f"The account {account.name} is disabled; ask an administrator.")
    changed = structs.replace(account, subject=person.subject, role=person.role or account.role)
    return AdmittedAccount(changed, stored)


def _invitation_of(
    person: SignedOn, invitations: Mapping[str, Invitation], token: str
) -> tuple[str, Invitation | None]:
    mine = person.email if person.verified else ""
    followed = invitations.get(token)
    if followed is not None:
        if followed.email and followed.email != mine:
            raise OpenIdError(f"The invitation is for {followed.email}; sign on with that address.")
        return token, followed
    for key, each in invitations.items():
        if each.email and each.email == mine:
            return key, each
    return "", None


def _new_account(
    person: SignedOn, name: str, role: Role, known: Iterable[StoredAccount], now: int
) -> Account:
    taken = {account_key(each.account.name) for each in known}
    wanted = [name] if name else [person.name, person.email[:MOST_NAME]]
    free = next((each for each in wanted if each and account_key(each) not in taken), None)
    if free is None:
        raise OpenIdError(f"There is an account {wanted[0]!r} already; an administrator can set its address.")
    email = person.email if person.verified else ""
    return Account(name=free, role=role, password="", created=now, email=email, subject=person.subject)


def _who(person: SignedOn) -> str:
    return person.email or person.name or "this account"
