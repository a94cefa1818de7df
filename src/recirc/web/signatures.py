"""Signatures of webhooks: a keyed hash of the body, made with a secret that sender and receiver share."""

import hashlib
import hmac
import re
from typing import Final

MOST_AGE_MS: Final = 300_000
"""Largest difference between the time in a signature and now."""

_SIGNED: Final = re.compile(r"\b(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")
_TIME: Final = re.compile(r"\bt=(\d{9,14})\b")


def is_signed(body: bytes, header: str, secret: str, now: int) -> bool:
    """Whether a header has the signature of a body at `now` (ms).

    - WebSub and this project's plugin for WordPress: `sha256=HEX`, of the body.
    - Ghost: `sha256=HEX, t=TIME`, of the body followed by the time, or before version 5.87 of the body alone.
    """
    found = _SIGNED.search(header)
    if found is None or not secret:
        return False
    method, given = found[1], found[2].lower()
    time = _TIME.search(header)
    if time is not None:
        sent = int(time[1]) * (1 if len(time[1]) > 11 else 1000)
        if abs(now - sent) <= MOST_AGE_MS and hmac.compare_digest(
            _hash(body + time[1].encode(), secret, method), given
        ):
            return True
    return hmac.compare_digest(_hash(body, secret, method), given)


def _hash(content: bytes, secret: str, method: str) -> str:
    return hmac.new(secret.encode(), content, getattr(hashlib, method)).hexdigest()
