"""The site at which an article is read: the host of its address, and the host's integer key for the state."""

from urllib.parse import urlsplit

from recirc.hashing import key63
from recirc.types import Article

_PORTS = {"http": 80, "https": 443}
UNKNOWN_SITE = -1
"""Of features from before articles had a site: `0` would say that the article is at none."""


def site_of(address: str) -> str:
    """The site of an address: its host in lower case and ASCII, without `www.`, with a port that is not the usual one;
    empty for text that is no web address. A site has the same articles by http and https.

    >>> site_of("HTTP://www.Paper.example:80/ferry?page=2"), site_of("http://localhost:8080/ferry")
    ('paper.example', 'localhost:8080')
    >>> site_of("https://bücher.example"), site_of("ferry-7"), site_of("https://[::1]:8000/")
    ('xn--bcher-kva.example', '', '[::1]:8000')
    """
    try:
        parts = urlsplit(address.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    shown = f"[{host}]" if ":" in host else host.rstrip(".").removeprefix("www.")
    return shown if port in (None, _PORTS[parts.scheme]) else f"{shown}:{port}"


def host_of(address: str | None) -> str:
    """The host of an address in lower case, without user and port; empty where there is none, or where the address is
    none.

    >>> host_of("https://Paper.example:8000/ferry"), host_of("http://[paper"), host_of(None)
    ('paper.example', '', '')
    """
    try:
        return urlsplit(address or "").hostname or ""
    except ValueError:
        return ""


def site_key(name: str) -> int:
    """The key of a site that is named by an address or by its host alone, 1 to 2**63 - 1; 0: that is no site.

    >>> site_key("https://www.paper.example") == site_key("paper.example") == site_key("http://paper.example/ferry")
    True
    >>> site_key("not a site")
    0
    """
    site = site_of(name if "://" in name else f"https://{name}")
    return key63(site.encode()) if site and " " not in site else 0


def article_site(article: Article) -> int:
    """The key of the site at which an article is read, by its `url`, else by its canonical address or an id that is an
    address; 0: at none but the portal.
    """
    for address in (article.url, article.provenance.canonical_url, article.id):
        if address and site_of(address):
            return site_key(address)
    return 0
