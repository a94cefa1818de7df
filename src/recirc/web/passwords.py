"""Passwords: argon2id with the parameters of RFC 9106 for little memory (64 MiB), and what a password must be."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

LEAST, MOST = 12, 200
"""Characters of a password."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_UNKNOWN = _hasher.hash("nobody has this password")
"""Compared with where there is no account, so that the time taken does not tell which names exist."""


class PasswordError(ValueError):
    """A password that is not accepted; the text says why."""


def hashed(password: str, name: str = "") -> str:
    """The hash of a new password of the account `name`; it takes some 50 ms. Raises PasswordError."""
    if not LEAST <= len(password) <= MOST:
        raise PasswordError(
            f"the password has {len(password)} characters; it needs {LEAST} to {MOST}, such as four words"
        )
    if len(set(password)) < 5 or (name and name.casefold() in password.casefold()):
        raise PasswordError(
            "the password is easily guessed; take four words that have nothing to do with you"
        )
    return _hasher.hash(password)


def matches(password: str, hash: str | None) -> bool:
    """Whether a password is that of a hash; None or empty: there is no account, or none with a password, which takes
    as long.
    """
    try:
        return _hasher.verify(hash or _UNKNOWN, password[: MOST + 1]) and bool(hash)
    except (VerificationError, InvalidHashError):
        return False
