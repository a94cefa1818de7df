"""Reader events over the API: from browsers without a key, within limits; from newsrooms' servers with one."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import structs
from starlette.responses import Response

from recirc.engine import REACTIONS, Engine, Observation
from recirc.engine.addresses import address_in
from recirc.engine.provisional_views import ProvisionalViews
from recirc.hashing import key63
from recirc.reading.agents import agent_number
from recirc.reading.bots import exclusion
from recirc.reading.fields import check_id
from recirc.reading.rejections import RejectedValueError
from recirc.settings import origin_of
from recirc.store.api_keys import ApiKeys, Scope
from recirc.store.ports import Receipt
from recirc.types import SHELF_NUMBERS, Event, EventKind, Exclusion
from recirc.types.responses import EventsResult
from recirc.web import problems
from recirc.web.access import ClientAddressResolver, RateLimit, block_of, check_origin, key_holder
from recirc.web.embed_origins import EmbedOrigins, KeyQuery, site_key
from recirc.web.metrics import Metrics
from recirc.web.operations import JSON, TEXT, Body, ResponseSpec, json_response, operation
from recirc.web.page_evidence import PageEvidence
from recirc.web.problems import MOST_ERRORS, FieldError, ProblemError, shortened_error
from recirc.web.reader_hasher import Pseudonyms, ReaderHasher
from recirc.web.reader_limit import ReaderLimit
from recirc.web.requests import Clock, HttpRequest, decode_json, field_error, items_of, read_body

KEYED_FIELDS = ("reader", "visit", "user_agent")
MEDIA_TYPES = (JSON, TEXT)
NOBODY = Pseudonyms(0)
LATE_MS = 60_000
"""How far before its arrival an event of a browser counts at most."""


class EventsApi:
    """The resource `/v1/events`."""

    def __init__(
        self,
        engine: Engine,
        keys: ApiKeys,
        embed_origins: EmbedOrigins,
        readers: ReaderHasher,
        evidence: PageEvidence,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._embed_origins = embed_origins
        self._readers = readers
        self._evidence = evidence
        self._metrics = metrics
        self._clock = clock
        self._intake = engine.settings.intake
        self._addresses = ClientAddressResolver(engine.settings.server.trust_proxy)
        self._rate = RateLimit(self._intake.requests_per_minute)
        self._reader_limit = ReaderLimit(self._intake.readers_per_address)
        self._provisional = ProvisionalViews(engine)

    @operation(
        "POST /v1/events",
        "Send what readers did",
        "One event, or a list of them. When this answers, the accepted ones are on disk. Without a key the "
        "reader is recognised for a day by a hash of address and User-Agent; size, rate and age are limited. "
        "With a key, `reader`, `visit` and `user_agent` may be given, and older events too. Pages of other sites send "
        "a site key as `key`; they have the same limits as requests without a key.",
        {202: ResponseSpec("On disk; the refused ones with the reason.", EventsResult)},
        body=Body(
            media_types=MEDIA_TYPES,
            schema=Event | list[Event],
            example={"kind": "view", "article": "ferry-strike-7"},
        ),
        optional_key=True,
        problems=(problems.CROSS_SITE, problems.TOO_MANY, problems.STORE_FULL),
    )
    async def post(self, request: HttpRequest, query: KeyQuery) -> Response:
        """Record one event or a list of them."""
        now = self._clock()
        guest = site_key(request, query.key)
        holder = await key_holder(request, self._keys, Scope.EVENTS) if guest is None else None
        keyed = holder is not None
        unknown: list[Observation] = []
        if holder is not None:
            body = await read_body(request, self._intake.write_bytes, MEDIA_TYPES)
            # In a thread: a newsroom's batch takes seconds to read, and may name articles that are written first.
            observations, errors, future = await asyncio.to_thread(self._take, body, holder, now)
        else:
            network, origins, excess = await self._check_sender(request, guest, now)
            body = await read_body(request, self._intake.event_bytes, MEDIA_TYPES)
            user_agent = request.headers.get("user-agent", "")
            observations, errors = self._parse(body, (network, user_agent), now, origins)
            if excess:  # kept and marked: an honest reader's view must not vanish with those of a crowd
                observations = [_in_excess(observation) for observation in observations]
            unknown = [each for each in observations if self._engine.article(each.event.article) is None]
            if unknown:
                await asyncio.to_thread(self._provisional.keep, unknown)
                observations = [each for each in observations if each not in unknown]
            future = self._engine.observe(observations) if observations else None
        accepted, duplicates = len(unknown), 0
        if future is not None:
            receipt = await asyncio.wrap_future(future)
            accepted, duplicates = accepted + receipt.accepted, receipt.duplicates
        excluded = sum(observation.exclusion is not Exclusion.NONE for observation in observations)
        unsigned = 0 if keyed else sum(_is_unsigned(observation.event) for observation in observations)
        self._metrics.count_events(accepted, duplicates, excluded, len(errors))
        result = EventsResult(
            accepted=accepted,
            duplicates=duplicates,
            excluded=excluded,
            refused=tuple(map(shortened_error, errors[:MOST_ERRORS])),
            refused_beyond=max(0, len(errors) - MOST_ERRORS),
            unsigned=unsigned,
        )
        return json_response(result, 202)

    async def _check_sender(
        self, request: HttpRequest, guest: str | None, now: int
    ) -> tuple[str, tuple[str, ...], bool]:
        """The network of a sender without an API key, if it may send, the sites of its site key `guest`, and whether it
        sends in excess of its rate. Raises ProblemError.
        """
        origins: tuple[str, ...] = ()
        if guest is not None:
            origins = (await self._embed_origins.check(request, guest)).origins
        else:
            check_origin(request, self._engine.settings.site.url)
        network = self._addresses.network(request)
        try:
            return network, origins, self._rate.count(network, now)
        except ProblemError:
            self._metrics.count_limited()
            raise

    def _check_unkeyed(self, rows: Sequence[Any]) -> None:
        most = self._intake.events_per_batch
        if len(rows) > most:
            raise ProblemError(
                problems.TOO_LARGE,
                f"{len(rows)} events in one body; without a key at most {most} are accepted.",
            )
        for row in rows:
            keyed = [name for name in KEYED_FIELDS if isinstance(row, dict) and row.get(name) is not None]
            if keyed:
                raise ProblemError(
                    problems.KEY_NEEDED,
                    f'{keyed[0]!r} in an event needs an API key in the header "Authorization: Bearer rk_…".',
                    headers={"WWW-Authenticate": 'Bearer realm="recirc"'},
                )

    def _take(
        self, body: bytes, holder: str, now: int
    ) -> "tuple[list[Observation], list[FieldError], Future[Receipt] | None]":
        """The observations in a body of a key's holder, the errors of refused events, and the receipt to come."""
        observations, errors = self._parse(body, holder, now)
        return observations, errors, self._engine.observe(observations) if observations else None

    def _parse(
        self, body: bytes, sender: str | tuple[str, str], now: int, origins: tuple[str, ...] = ()
    ) -> tuple[list[Observation], list[FieldError]]:
        """The observations in a body, and the errors of refused events; `sender` is the name of an API key, or network
        and User-Agent of a browser. Views of unknown pages of the sites `origins` are accepted.
        """
        rows, _ = items_of(decode_json(body))
        if isinstance(sender, tuple):
            self._check_unkeyed(rows)
        observations: list[Observation] = []
        errors: list[FieldError] = []
        browser = self._browser(*sender, now) if isinstance(sender, tuple) else None
        for index, row in enumerate(rows):
            try:
                event = msgspec.convert(row, Event)
            except msgspec.ValidationError as error:
                errors.append(field_error(error, Event, index))
                continue
            event = self._named(event, origins)
            refusal = self._refusal(event, browser is None, now, origins)
            if refusal is not None:
                errors.append(structs.replace(refusal, index=index))
            elif isinstance(sender, tuple):
                assert browser is not None
                observations.append(self._of_browser(event, browser, now))
            else:
                observations.append(self._of_sender(event, sender, now))
        return observations if browser is None else self._believed(observations, browser, now), errors

    def _believed(self, observations: list[Observation], browser: "_Browser", now: int) -> list[Observation]:
        """What a browser is believed of its events: of slots what is signed, and whether it was hasty."""
        pages = [beside_of(each.event) for each in observations]
        opened = [
            key63(page.encode())
            for each, page in zip(observations, pages, strict=True)
            if each.event.kind is EventKind.VIEW
        ]
        hasty = self._readers.pace.is_hasty(browser.reader.today, opened, pages, now)
        believed = self._engine.signatures.believed
        return [each._replace(event=believed(each.event, now), hasty=hasty) for each in observations]

    def _named(self, event: Event, origins: tuple[str, ...]) -> Event:
        """The event of a page of a site, with the id of the article at that address where there is one."""
        if (
            not origins
            or address_in(event.article) is None
            or self._engine.article(event.article) is not None
        ):
            return event
        article = self._engine.locate(event.article)
        return event if article is None else structs.replace(event, article=article)

    def _refusal(self, event: Event, keyed: bool, now: int, origins: tuple[str, ...]) -> FieldError | None:
        """Why an event is refused; None: it is not."""
        if event.time is not None and (text := self._time_error(event.time, keyed, now)):
            return FieldError(field="time", text=text)
        if event.shelf is not None and event.shelf not in SHELF_NUMBERS:
            text = f"{event.shelf!r} is not a shelf; known are {', '.join(SHELF_NUMBERS)}"
            return FieldError(field="shelf", text=text)
        if event.kind is EventKind.REACTION and event.name not in REACTIONS:
            text = f"{event.name!r} is not a reaction; known are {', '.join(REACTIONS)}"
            return FieldError(field="name", text=text)
        for field, article in (("article", event.article), ("source", event.source)):
            if article is None:
                continue
            try:
                check_id(article, field)
            except RejectedValueError as error:
                return FieldError(field=field, text=error.text)
            # A sender without a key must not be able to fill the archive with ids of articles that never existed.
            provisional = (
                event.kind is EventKind.VIEW and field == "article" and _is_page_of(article, origins)
            )
            if not keyed and not provisional and self._engine.article(article) is None:
                return FieldError(field=field, text=f"no article has the id {article!r}")
        return None

    def _time_error(self, time: datetime, keyed: bool, now: int) -> str | None:
        age = now / 1000 - time.timestamp()
        if -age > self._intake.max_ahead_seconds:
            return f"{time.isoformat()} is {-age:.0f} s in the future; is the sender's clock right?"
        if time.year < 1970:
            return f"{time.isoformat()} is before 1970"
        if not keyed and age > self._intake.max_age_seconds:
            most = self._intake.max_age_seconds
            return f"{time.isoformat()} is older than {most} s; older events need an API key"
        return None

    def _browser(self, network: str, user_agent: str, now: int) -> "_Browser":
        reader = self._readers.keys(network, user_agent, self._engine.settings.site.name, now)
        excluded = exclusion(user_agent)
        if excluded is Exclusion.NONE and not self._reader_limit.admits(network, reader.today, now):
            excluded = Exclusion.CROWD
        block = self._readers.block(block_of(network), now)
        return _Browser(reader, excluded, block, agent_number(user_agent))

    def _of_browser(self, event: Event, browser: "_Browser", now: int) -> Observation:
        confirmed = self._evidence.given(browser.reader, beside_of(event), now)
        return Observation(
            _own(event, browser.reader.today, now),
            now,
            browser.reader.today,
            0,
            browser.exclusion,
            confirmed=confirmed,
            yesterday=browser.reader.yesterday,
            network=browser.block,
            agent=browser.agent,
        )

    def _of_sender(self, event: Event, sender: str, now: int) -> Observation:
        reader = self._readers.keys_of_name("reader", event.reader, now) if event.reader else NOBODY
        visit = self._readers.keys_of_name("visit", event.visit, now).today if event.visit else 0
        excluded, event = exclusion(event.user_agent), self._engine.signatures.marked(event, now)
        return Observation(event, now, reader.today, visit, excluded, sender, yesterday=reader.yesterday)


def beside_of(event: Event) -> str:
    """The article on whose page it happened: a shelf's items are seen on the page beside whose text it stands."""
    return event.source if event.kind is EventKind.IMPRESSION and event.source else event.article


def _is_unsigned(event: Event) -> bool:
    """Whether the event names a shelf without a slot on it, and its sender is not believed what it said of one."""
    return event.shelf is not None and event.position is None


def _in_excess(observation: Observation) -> Observation:
    if observation.exclusion is not Exclusion.NONE:
        return observation
    return observation._replace(exclusion=Exclusion.RATE)


def _is_page_of(address: str, origins: tuple[str, ...]) -> bool:
    """Whether an address is that of a page of one of the sites, other than the home page."""
    return origin_of(address) in origins and bool(
        urlsplit(address).path.strip("/") or urlsplit(address).query
    )


class _Browser(NamedTuple):
    """Who sends without a key: pseudonyms, why nothing of it counts, and numbers of network and browser."""

    reader: Pseudonyms
    exclusion: Exclusion
    block: int
    agent: int


def _own(event: Event, reader: int, now: int) -> Event:
    """The event as one of this reader's, and not earlier than believed."""
    # In the reader's own namespace, so that nobody can use up the ids of somebody else's events.
    event_id = f"{reader:x}.{event.id}" if event.id is not None else None
    if event.time is not None:
        if event_id is None:
            place = f"{event.kind.value} {event.article} {event.shelf} {event.position}"
            event_id = f"{reader:x} {event.time.isoformat()} {place}"
        # Nobody without a key can say that it was earlier: a past hour's ranking is not to be written afterwards.
        earliest = datetime.fromtimestamp((now - LATE_MS) / 1000, UTC)
        event = structs.replace(event, time=max(event.time, earliest))
    return structs.replace(event, id=event_id)
