"""One-time codes by time: RFC 6238 (TOTP) over RFC 4226 (HOTP), with SHA-1, as authenticator apps expect."""

import base64
import binascii
import hmac
import secrets
from urllib.parse import quote

DIGITS = 6
STEP_SECONDS = 30
WINDOW = 1
"""Steps before and after the present one whose codes are accepted: clocks differ, and typing takes a while."""


def new_secret() -> str:
    """A secret of 160 bits in base32, as RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_of(key: bytes, step: int, digits: int = DIGITS) -> str:
    """HOTP(K, C) = Truncate(HMAC-SHA-1(K, C)) of RFC 4226, section 5.3, with C the time step.

    The vector of RFC 6238, appendix B, at 59 s:

    >>> code_of(b"12345678901234567890", 59 // STEP_SECONDS, digits=8)
    '94287082'
    """
    mac = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**digits:0{digits}}"


def accepted_step(secret: str, code: str, now: int, last: int) -> int | None:
    """The time step of a code at `now` (ms) if it is right and later than `last`, the step that was used last.

    >>> secret = base64.b32encode(b"12345678901234567890").decode()
    >>> accepted_step(secret, "287 082", 59_000, 0), accepted_step(secret, "287082", 59_000, 1)
    (1, None)
    """
    try:
        key = base64.b32decode(secret)
    except binascii.Error:
        return None
    given, present = "".join(code.split()), now // 1000 // STEP_SECONDS
    for step in range(present - WINDOW, present + WINDOW + 1):
        if step > last and hmac.compare_digest(code_of(key, step).encode(), given.encode("utf-8", "replace")):
            return step
    return None


def address(secret: str, account: str, issuer: str) -> str:
    """The otpauth: address that authenticator apps read."""
    site, name = quote(issuer, safe=""), quote(account, safe="")
    return f"otpauth://totp/{site}:{name}?secret={secret}&issuer={site}"
