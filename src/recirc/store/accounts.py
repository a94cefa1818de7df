"""Accounts of the newsroom, invitations and sessions: entries of the registry, so that each change is a command.

Secrets are kept as hashes: passwords by argon2 (made by the caller), links and cookies by blake2b, since those are
32 random bytes.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct, structs

from recirc.hashing import digest
from recirc.store.commands import Change
from recirc.store.ports import ConflictError, NotThereError
from recirc.store.registry import Registry
from recirc.store.registry_rows import ACCOUNTS, SESSIONS
from recirc.types.roles import Role

INVITATIONS = "invitations"
"""Kind of entries of the registry, as ACCOUNTS and SESSIONS are."""

INVITATION_MS = 3 * 86_400_000
"""How long an invitation may be accepted."""
IDLE_MS = 12 * 3_600_000
"""A session ends when it was not used for so long,"""
LONGEST_MS = 7 * 86_400_000
"""and at the latest so long after its beginning."""
TOUCH_MS = 600_000
"""The use of a session is written down at most this often."""
MOST_NAME = 60


class Account(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person of the newsroom.

    Attributes:
        password: hash by argon2; empty: the account is entered by single sign-on alone.
        created: ms since 1970, UTC.
        generation: one higher whenever all sessions of the account end.
        totp: secret of the second factor, base32; empty: none.
        step: the last time step whose code was used, so that none is used twice.
        email: by which single sign-on finds the account at the first time; empty: it does not.
        subject: who it is at the provider of single sign-on: issuer and subject, with a space between.
    """

    name: str
    role: Role
    password: str
    created: int
    disabled: bool = False
    generation: int = 0
    totp: str = ""
    step: int = 0
    email: str = ""
    subject: str = ""


class Invitation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """May be accepted once, until `expires` (ms since 1970, UTC). `by` is who invited; `name`: only under this name;
    `email`: by single sign-on only with this address.
    """

    role: Role
    by: str
    expires: int
    name: str = ""
    email: str = ""


class DeskSession(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's session in one browser. Times are ms since 1970, UTC; `openid`: it was begun by single sign-on."""

    account: str
    generation: int
    begun: int
    seen: int
    openid: bool = False


class StoredAccount(NamedTuple):
    """An account with the version of its entry, on which a change is based."""

    account: Account
    version: int


_account = msgspec.json.Decoder(Account)
_invitation = msgspec.json.Decoder(Invitation)
_session = msgspec.json.Decoder(DeskSession)


def account_key(name: str) -> str:
    """Under which an account is kept: names that differ in case or spaces alone are one.

    >>> account_key("  Beth  Carrow "), account_key("BETH CARROW")
    ('beth carrow', 'beth carrow')
    """
    return " ".join(name.split()).casefold()


class Accounts:
    """The accounts in the store at `path`, for any number of processes and threads. Methods raise StoreError."""

    def __init__(self, path: Path, *, busy_seconds: float = 5.0) -> None:
        self._accounts, self._invitations, self._sessions = (
            Registry(path, kind, busy_seconds=busy_seconds) for kind in (ACCOUNTS, INVITATIONS, SESSIONS)
        )

    # Accounts

    def all(self) -> list[StoredAccount]:
        """All accounts, by name."""
        found = self._accounts.entries(fresh_seconds=0.0)
        return [StoredAccount(_account.decode(entry.value), entry.version) for entry in found.values()]

    def find(self, name: str, *, fresh: bool = True) -> StoredAccount | None:
        """The account of this name; `fresh`: as it is now, else as it was a second ago."""
        entries = self._accounts.entries(fresh_seconds=0.0) if fresh else self._accounts.entries()
        entry = entries.get(account_key(name))
        return None if entry is None else StoredAccount(_account.decode(entry.value), entry.version)

    def add(self, account: Account) -> None:
        """Add an account. Raises ConflictError when there is one of the name."""
        self._accounts.set((account_key(account.name), msgspec.json.encode(account), 0))

    def change(self, stored: StoredAccount, account: Account) -> None:
        """Replace an account by `account`, of the same name.

        Raises:
            ConflictError: it was changed meanwhile, or it is the last administrator's, who must remain.
        """
        before = stored.account
        loses = before.role is Role.ADMINISTRATOR and (account.disabled or account.role is not before.role)
        if loses and not before.disabled and self._administrators() <= 1:
            raise ConflictError(f"{before.name} is the only administrator; name another one first")
        self._accounts.set((account_key(account.name), msgspec.json.encode(account), stored.version))

    def _administrators(self) -> int:
        return sum(
            each.account.role is Role.ADMINISTRATOR and not each.account.disabled for each in self.all()
        )

    # Invitations

    def invite(self, role: Role, by: str, now: int, name: str = "", email: str = "") -> str:
        """Invite somebody; the secret part of the link."""
        token = secrets.token_urlsafe(32)
        invitation = Invitation(role=role, by=by, expires=now + INVITATION_MS, name=name, email=email)
        outdated = [
            (key, None, None)
            for key, entry in self._invitations.entries(fresh_seconds=0.0).items()
            if _invitation.decode(entry.value).expires <= now
        ]
        self._invitations.set(*outdated, (_hash(token), msgspec.json.encode(invitation), 0))
        return token

    def invitations(self, now: int) -> Mapping[str, Invitation]:
        """Those that may still be accepted, by the hash of their secrets."""
        found = self._invitations.entries(fresh_seconds=0.0)
        decoded = {key: _invitation.decode(entry.value) for key, entry in found.items()}
        return {key: each for key, each in decoded.items() if each.expires > now}

    def invitation(self, token: str, now: int) -> Invitation | None:
        """The invitation with this secret; None: there is none, or it is used or over."""
        return self.invitations(now).get(_hash(token))

    def take_back(self, key: str) -> None:
        """Let nobody accept an invitation any more; `key` as in `invitations`."""
        self._invitations.set((key, None, None))

    def accept(self, token: str, account: Account, now: int) -> None:
        """Make the invited account and use the invitation up, both or neither.

        Raises:
            NotThereError: there is no such invitation (any more).
            ConflictError: there is an account of the name, or the invitation was used at this moment.
        """
        self.accept_by_key(_hash(token), account, now)

    def accept_by_key(self, key: str, account: Account, now: int) -> None:
        """As `accept`, by the key of the invitation (see `invitations`)."""
        entry = self._invitations.entries(fresh_seconds=0.0).get(key)
        if entry is None or _invitation.decode(entry.value).expires <= now:
            raise NotThereError("this invitation was used, taken back, or is over; ask for another one")
        self._accounts.set_all(
            (
                Change(ACCOUNTS, account_key(account.name), msgspec.json.encode(account), 0),
                Change(INVITATIONS, key, None, entry.version),
            )
        )

    @staticmethod
    def invitation_key(token: str) -> str:
        """The key of the invitation with this secret."""
        return _hash(token)

    # Sessions

    def begin_session(self, stored: StoredAccount, now: int, *, openid: bool = False) -> str:
        """Begin a session; the secret of its cookie. Sessions that are over are dropped."""
        token, account = secrets.token_urlsafe(32), stored.account
        session = DeskSession(
            account=account_key(account.name),
            generation=account.generation,
            begun=now,
            seen=now,
            openid=openid,
        )
        over = [
            (key, None, None)
            for key, entry in self._sessions.entries(fresh_seconds=0.0).items()
            if _is_over(_session.decode(entry.value), now)
        ]
        self._sessions.set(*over, (_hash(token), msgspec.json.encode(session), 0))
        return token

    def session(self, token: str, now: int) -> StoredAccount | None:
        """The account whose session has this secret; None: there is none, or it is over, or the account is disabled.

        What another process changed is noticed within a second.
        """
        key = _hash(token)
        entry = self._sessions.entries().get(key) or self._sessions.entries(fresh_seconds=0.05).get(key)
        if entry is None:
            return None
        session = _session.decode(entry.value)
        stored = self.find(session.account, fresh=False)
        if stored is None or stored.account.disabled or _is_over(session, now):
            return None
        if stored.account.generation != session.generation:
            return None
        if now - session.seen >= TOUCH_MS:
            touched = msgspec.json.encode(structs.replace(session, seen=now))
            with suppress(
                ConflictError
            ):  # another request of the same person was first, or the session has ended
                self._sessions.set((key, touched, entry.version))
        return stored

    def session_entry(self, token: str) -> DeskSession | None:
        """What is known of the session with this secret, also of one that is over; None: nothing."""
        entry = self._sessions.entries(fresh_seconds=0.05).get(_hash(token))
        return None if entry is None else _session.decode(entry.value)

    def end_session(self, token: str) -> None:
        """End the session with this secret."""
        self._sessions.set((_hash(token), None, None))


def _is_over(session: DeskSession, now: int) -> bool:
    return now >= session.seen + IDLE_MS or now >= session.begun + LONGEST_MS


def _hash(token: str) -> str:
    return digest(token.encode("utf-8", "surrogateescape"), 32, person=b"recirc desk").hex()
