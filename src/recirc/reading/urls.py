"""The one address by which an article is known, however a source writes it."""

import re
from typing import Final
from urllib.parse import quote

import httpx

from recirc.hashing import hex_digest

LONGEST: Final = 512  # characters, as `types.Id`

TRACKING_PREFIXES: Final = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "stm_", "_hs")
"""Beginnings of the names of parameters that track how a reader came."""

_CLICKS: Final = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id epik rdt_cid
    sc_cid __twitter_impression _gl _ga __s
"""
_NEWSLETTERS: Final = """
    mc_cid mc_eid mkt_tok vero_id oly_enc_id oly_anon_id wickedid ml_subscriber ml_subscriber_hash
"""
_PUBLISHERS: Final = """
    cmp cmpid ito ncid ocid smid smtyp xtor wt_mc wt_zmc wtmc ns_mchannel ns_source ns_campaign ns_linkname ns_fee
    at_medium at_campaign at_link_origin at_format at_ptr_name at_link_type at_link_id
    at_custom1 at_custom2 at_custom3 at_custom4 guccounter guce_referrer guce_referrer_sig
"""
TRACKING: Final = frozenset(f"{_CLICKS} {_NEWSLETTERS} {_PUBLISHERS}".split())
"""Whole names of such parameters. A name that identifies articles on some site (`id`, `ref`, `source`, `cid`) is not
among them: two articles with one id lose one of them, while one article with two ids is still found to be a near-copy.
"""

_ADDRESS: Final = re.compile(
    r"(https?)://(?:[^/?#]*@)?(\[[0-9A-Za-z:.]+\]|[^:/?#\[\]@]+)(?::([0-9]{0,5}))?(?=[/?#]|$)([^?#]*)(?:\?([^#]*))?",
    re.IGNORECASE,
)
_SHORTENED: Final = re.compile(r".{479}#[0-9a-f]{32}", re.DOTALL)
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE: Final = "!$&'()*+,;=:@/?%-._~"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\s")


def identity_of(url: str) -> str:
    """The canonical form of an article's address, which is its id; at most 512 characters.

    - The scheme is https: publishers moved all their articles to it while feeds still have http; no site has different
      articles under the two. So the result names the article, and is not the address to fetch.
    - Host in lower case (international names in their ASCII form), without user name and default port.
    - Path without `.` and `..`, and without a slash at its end: servers redirect from one form to the other.
    - Parameters without those that track readers, sorted by name; those of one name keep their order.
    - No fragment. Escapes in upper case, and only where necessary.

    `www.`, `/amp` and `index.html` stay: for these the canonical address that the page declares decides. Anything but
    an address of http, such as a tag, is unchanged. A longer one is cut off and ends with `#` and a hash of the whole.

    Raises:
        ValueError: the address is empty.

    >>> identity_of("HTTP://Example.com:80/News/../a%7eb/?utm_source=rss&b=2&a=1#comments")
    'https://example.com/a~b?a=1&b=2'
    >>> identity_of("https://example.com") == identity_of("http://EXAMPLE.com/?fbclid=x")
    True
    >>> identity_of("https://bücher.example/größe")
    'https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe'
    >>> identity_of("tag:example.com,2026:17")
    'tag:example.com,2026:17'
    >>> len(identity_of("https://example.com/" + "long" * 1000))
    512
    """
    text = url.strip()
    if not text:
        raise ValueError("an article's address is empty")
    if len(text) == LONGEST and _SHORTENED.fullmatch(text):
        return text
    found = _ADDRESS.match(text)
    whole = _UNFIT.sub(_escaped, text) if found is None else _canonical(*found.groups())
    if len(whole) <= LONGEST:
        return whole
    tail = hex_digest(whole.encode("utf-8"), 16)
    return f"{whole[: LONGEST - 1 - len(tail)]}#{tail}"


def _canonical(scheme: str, host: str, port: str | None, path: str, query: str | None) -> str:
    kept = "" if not port or int(port) == _DEFAULT_PORTS[scheme.lower()] else f":{int(port)}"
    if kept == ":443":  # http://…:443 is odd, and must stay the same when it is read again as https
        kept = ""
    wanted = _parameters(query or "")
    return f"https://{_host(host)}{kept}{_path(path)}{f'?{wanted}' if wanted else ''}"


def _host(host: str) -> str:
    name = host.lower()
    if not name.isascii():
        try:
            name = httpx.URL(f"http://{name}").raw_host.decode("ascii")
        except (httpx.InvalidURL, ValueError):
            name = quote(name, safe="%", errors="surrogatepass")
    return _UNFIT.sub(_escaped, name).lower().rstrip(".") or "."


def _path(path: str) -> str:
    steps: list[str] = []
    for step in _escapes(path).split("/")[1:]:
        if step == "..":
            del steps[-1:]
        elif step != ".":
            steps.append(step)
    return "/" + "/".join(steps).strip("/")


def _parameters(query: str) -> str:
    kept = [_escapes(parameter) for parameter in query.split("&") if parameter]
    named = [(parameter.partition("=")[0], parameter) for parameter in kept]
    wanted = [(name, parameter) for name, parameter in named if not _is_tracking(name.lower())]
    return "&".join(parameter for _, parameter in sorted(wanted, key=lambda pair: pair[0]))


def _is_tracking(name: str) -> bool:
    return name in TRACKING or name.startswith(TRACKING_PREFIXES)


def _escapes(text: str) -> str:
    """Text with escapes exactly where necessary, in upper case (RFC 3986, 6.2.2)."""

    def normal(escape: re.Match[str]) -> str:
        character = chr(int(escape[1], 16))
        return character if character in _UNRESERVED else escape[0].upper()

    return quote(_ESCAPE.sub(normal, _STRAY.sub("%25", text)), safe=_SAFE, errors="surrogatepass")


def _escaped(unfit: re.Match[str]) -> str:
    return quote(unfit[0], errors="surrogatepass")
