"""Takes keys and passwords out of texts that are shown, logged or kept."""

import re
from typing import Final

_NAME: Final = (
    r"(?:[\w.-]{0,40}?(?:key|token|secret|signature|passw(?:or)?d|passwort|pwd|credentials?|jwt|hmac)|sig|auth|pass"
    r"|authorization|sas|sid|code)"
)
_PARAMETER: Final = re.compile(
    rf"((?:[?&;#]|%(?:25)?3[Ff]|%(?:25)?26){_NAME}(?:=|%(?:25)?3[Dd]))(?!…)[^&#;\s\"'<>`]+?(?=[&#;\s\"'<>`]|%(?:25)?26|$)",
    re.IGNORECASE,
)
_USER: Final = re.compile(r"(?i)\b(https?://)[^\s/?#@\"'<>]{1,300}@")
_HEADER: Final = re.compile(r"(?i)\b((?:Bearer|Basic|Ghost)\s+)[A-Za-z0-9._~+/=-]{12,}")


def without_key(text: str) -> str:
    """An address, or a text with addresses in it, without the values of keys and passwords.

    >>> without_key("https://a.example/posts/?key=22&page=1")
    'https://a.example/posts/?key=…&page=1'
    >>> without_key("redirected to https://me:pw@a.example/?next=%2Fp%3Faccess_token%3D22%26b%3D1: no")
    'redirected to https://…@a.example/?next=%2Fp%3Faccess_token%3D…%26b%3D1: no'
    """
    if "=" not in text and "@" not in text and "%3" not in text and " " not in text:
        return text
    return _HEADER.sub(r"\1…", _USER.sub(r"\1…@", _PARAMETER.sub(r"\1…", text)))
