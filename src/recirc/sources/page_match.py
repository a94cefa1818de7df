"""Whether a fetched page is the page of an entry: not a login, a consent form, the home page or another article."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from recirc.extraction.page import Page
from recirc.reading.urls import identity_of

LEAST_SHARED: Final = 0.5
"""Part of the words of a headline that must be in that of its page, or of a summary that must be in its text."""
MOVED_SHARED: Final = 0.8
"""The same for a summary after a redirect, and for a headline that is only within the text."""
LONG: Final = 8
"""Least number of words of a summary that shows the article after a redirect: home pages have short teasers."""

_ASIDE: Final = re.compile(
    r"(?:^|/)(?:log-?in|sign-?in|sign-?up|signon|auth\w*|sso|oauth2?|register|registration|registrieren|subscribe"
    r"|subscription|subscriptions|paywall|abo|abonn?\w*|anmelde\w*|anmeldung|connexion|identification|iniciar-sesion"
    r"|acceso|entrar|accedi|inloggen|consent|cookies?|cookie-\w+|privacy-\w+|gdpr|zustimmung|datenschutz|cmp"
    r"|wp-login\.php|captcha|challenge|blocked|error|404|not-?found|maintenance)(?:[/.]|$)",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_]+")
_UNSPACED: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SHORTEST: Final = 3  # letters of a word that counts, except in scripts without spaces


def mismatch(page: Page, requested: str, fetched: str, headline: object, summary: str) -> str | None:
    """Why a page is not that of an entry; None: it is.

    Args:
        page: what was read from it.
        requested: the entry's address.
        fetched: the address that answered, after redirects.
        headline: the entry's; None: it has none.
        summary: the entry's own text, without markup; may be empty.
    """
    moved = identity_of(requested) != identity_of(fetched)
    if moved and (why := _aside(requested, fetched)):
        return f"it leads to {why} ({fetched})"
    wanted = words_in(headline if isinstance(headline, str) else "")
    if not wanted:
        return None
    title = words_in(" ".join(text for text in (page.headline, page.title) if text))
    if shared(wanted, title) >= LEAST_SHARED:
        return None
    text, own = words_in(page.text) | title, words_in(summary)
    if shared(own, text) >= (MOVED_SHARED if moved else LEAST_SHARED) and (not moved or len(own) >= LONG):
        return None
    if not moved and shared(wanted, text) >= MOVED_SHARED:
        return None
    where = f"it leads to {fetched}, where" if moved else "on it"
    return f"{where} neither its headline nor its text is found"


def words_in(text: str) -> frozenset[str]:
    """The words of a text that tell it from others, in lower case; of scripts without spaces pairs of characters.

    >>> sorted(words_in("The mayor opens a bridge")), sorted(words_in("市長が橋"))
    (['bridge', 'mayor', 'opens', 'the'], ['が橋', '市長', '長が'])
    """
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if _UNSPACED.search(word):
            found.update(word[place : place + 2] for place in range(max(len(word) - 1, 1)))
        elif len(word) >= _SHORTEST or word.isdigit():
            found.add(word)
    return frozenset(found)


def shared(wanted: frozenset[str], found: Iterable[str]) -> float:
    """The part of the wanted words that is found, 0 to 1."""
    return len(wanted.intersection(found)) / len(wanted) if wanted else 0.0


def _aside(requested: str, fetched: str) -> str | None:
    """The kind of page that a redirect led to, where it is certainly not an article."""
    before, after = urlsplit(requested), urlsplit(fetched)
    if not after.path.strip("/") and before.path.strip("/") and not after.query:
        return "the home page"
    if _ASIDE.search(after.path) and not _ASIDE.search(before.path):
        return "a page for logging in, consent or errors"
    return None
