"""Evidence of life: an event of a reader who had asked for the article's page, or for shelves beside it."""

from recirc import hashing
from recirc.web.access import ClientAddressResolver
from recirc.web.reader_hasher import Pseudonyms, ReaderHasher
from recirc.web.requests import HttpRequest


class PageEvidence:
    """Notes who asks for the page of an article, and knows it when an event comes."""

    def __init__(self, readers: ReaderHasher, addresses: ClientAddressResolver, site: str) -> None:
        """`site` names what readers are hashed for, as for their events."""
        self._readers = readers
        self._addresses = addresses
        self._site = site

    def reader(self, request: HttpRequest, now: int) -> int:
        """The pseudonym of the request's reader; `now` in ms."""
        agent = request.headers.get("user-agent", "")
        return self._readers.key(self._addresses.network(request), agent, self._site, now)

    def note(self, request: HttpRequest, article: str, now: int) -> None:
        """Note that the reader asked for the page of an article, or for shelves beside it."""
        self._readers.served.add(self.reader(request, now), _key(article), now)

    def given(self, reader: Pseudonyms, article: str, now: int) -> bool:
        """Whether the reader asked for the article within the last hours, also if midnight has passed since."""
        key, served = _key(article), self._readers.served
        return served.has(reader.today, key, now) or bool(
            reader.yesterday and served.has(reader.yesterday, key, now)
        )


def _key(article: str) -> int:
    return hashing.key63(article.encode())
