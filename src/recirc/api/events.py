"""Reader events over the API: from browsers without a key, bounded; from newsrooms' servers with one."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response
from msgspec import structs

from recirc.engine import REACTIONS, Engine, Observation
from recirc.reading.bots import exclusion
from recirc.reading.fields import check_id
from recirc.reading.rejections import RejectedValueError
from recirc.types import Event, EventKind, Exclusion
from recirc.types.responses import EventsResult
from recirc.web import problems
from recirc.web.access import (
    ClientAddresses,
    KeyRing,
    RateLimit,
    check_origin,
    holder,
)
from recirc.web.contract import (
    JSON,
    TEXT,
    Operation,
    ResponseSpec,
)
from recirc.web.embed_origins import EmbedOrigins, KeyQuery, site_key
from recirc.web.incoming import (
    Clock,
    Incoming,
    body_of,
    fault,
    json_of,
    many,
    query_of,
)
from recirc.web.metrics import Metrics
from recirc.web.problems import FieldError, ProblemError
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.reader_limit import ReaderLimit

KEYED_FIELDS = ("reader", "visit", "user_agent")
FAULTS = 1_000
"""Most refused events that an answer lists; of the others it says how many there are."""


POST = Operation(
    "POST",
    "/v1/events",
    "Tell what readers did",
    "One event, or a list of them. When this answers, the accepted ones are on disk. Without a key the "
    "reader is recognised for a day by a hash of address and user agent; size, rate and age are bounded. "
    "With a key, `reader`, `visit` and `user_agent` may be given, and older events too. Pages of other sites send a "
    "site key as `key`; what they send is bounded as without one. "
    "docs/events.md says what counts.",
    {202: ResponseSpec("On disk; the refused ones with the reason.", EventsResult)},
    body=Event | list[Event],
    body_types=(JSON, TEXT),
    query=KeyQuery,
    key="sometimes",
    example={"kind": "view", "article": "ferry-strike-7"},
    problems=(
        problems.MALFORMED,
        problems.INVALID,
        problems.KEY_NEEDED,
        problems.CROSS_SITE,
        problems.TOO_LARGE,
        problems.MEDIA_TYPE,
        problems.TOO_MANY,
        problems.STORE,
        problems.STORE_FULL,
    ),
)


class EventsApi:
    """The handler of `/v1/events`."""

    def __init__(
        self,
        engine: Engine,
        keys: KeyRing,
        guests: EmbedOrigins,
        readers: ReaderHasher,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._guests = guests
        self._readers = readers
        self._metrics = metrics
        self._clock = clock
        self._intake = engine.settings.intake
        self._addresses = ClientAddresses(engine.settings.server.trust_proxy)
        self._rate = RateLimit(self._intake.requests_per_minute)
        self._crowd = ReaderLimit(self._intake.readers_per_address)

    async def post(self, request: Incoming) -> Response[bytes]:
        """POST /v1/events."""
        now = self._clock()
        guest = site_key(request, query_of(request, KeyQuery))
        keyed = guest is None and await holder(request, self._keys) is not None
        if keyed:
            body = await body_of(request, self._intake.write_bytes, JSON, TEXT)
            # A newsroom's batch takes seconds to read; other requests go on meanwhile.
            observations, faults = await asyncio.to_thread(self._read, body, None, now)
        else:
            if guest is not None:
                await self._guests.check(request, guest)
            else:
                check_origin(request, self._engine.settings.site.url)
            network = self._addresses.network(request)
            self._rate.take(network, now)
            body = await body_of(request, self._intake.event_bytes, JSON, TEXT)
            user_agent = request.headers.get("user-agent", "")
            observations, faults = self._read(body, (network, user_agent), now)
        accepted = duplicates = 0
        if observations:
            # Articles that nobody named before are written down first; only holders of a key name such.
            future = (
                await asyncio.to_thread(self._engine.observe, observations)
                if keyed
                else self._engine.observe(observations)
            )
            receipt = await asyncio.wrap_future(future)
            accepted, duplicates = receipt.accepted, receipt.duplicates
        excluded = sum(observation.exclusion is not Exclusion.NONE for observation in observations)
        taken = EventsResult(
            accepted=accepted,
            duplicates=duplicates,
            excluded=excluded,
            refused=tuple(faults[:FAULTS]),
            refused_beyond=max(0, len(faults) - FAULTS),
        )
        self._metrics.took(accepted, duplicates, excluded, len(faults))
        return Response(msgspec.json.encode(taken), status_code=202, media_type=JSON)

    def _check_unkeyed(self, rows: Sequence[Any]) -> None:
        most = self._intake.events_per_batch
        if len(rows) > most:
            raise ProblemError(
                problems.TOO_LARGE, f"{len(rows)} events in one body; without a key at most {most} are taken."
            )
        for row in rows:
            named = [name for name in KEYED_FIELDS if isinstance(row, dict) and row.get(name) is not None]
            if named:
                raise ProblemError(
                    problems.KEY_NEEDED,
                    f'{named[0]!r} in an event needs an API key in the header "Authorization: Bearer rk_…".',
                    headers={"WWW-Authenticate": 'Bearer realm="recirc"'},
                )

    def _read(
        self, body: bytes, sender: tuple[str, str] | None, now: int
    ) -> tuple[list[Observation], list[FieldError]]:
        """What a body says; `sender` is the network and user agent of a browser, None with a key."""
        rows, _ = many(json_of(body))
        if sender:
            self._check_unkeyed(rows)
        observations: list[Observation] = []
        faults: list[FieldError] = []
        own = self._browser(*sender, now) if sender else None
        for index, row in enumerate(rows):
            try:
                event = msgspec.convert(row, Event)
            except msgspec.ValidationError as error:
                faults.append(fault(error, index))
                continue
            wrong = self._wrong(event, sender is None, now)
            if wrong:
                faults.append(FieldError(index=index, field=wrong[0], text=wrong[1]))
            elif own:
                observations.append(_of_browser(event, *own, now))
            else:
                observations.append(self._of_sender(event, now))
        return observations, faults

    def _wrong(self, event: Event, keyed: bool, now: int) -> tuple[str, str] | None:
        if event.time is not None:
            age = now / 1000 - event.time.timestamp()
            if -age > self._intake.max_ahead_seconds:
                return (
                    "time",
                    f"{event.time.isoformat()} is {-age:.0f} s in the future; is the sender's clock right?",
                )
            if event.time.year < 1970:
                return "time", f"{event.time.isoformat()} is before 1970"
            if not keyed and age > self._intake.max_age_seconds:
                most = self._intake.max_age_seconds
                return (
                    "time",
                    f"{event.time.isoformat()} is older than {most} s; older events need an API key",
                )
        if event.kind is EventKind.REACTION and event.name not in REACTIONS:
            return "name", f"{event.name!r} is not a reaction; known are {', '.join(REACTIONS)}"
        for field, article in (("article", event.article), ("source", event.source)):
            if article is None:
                continue
            try:
                check_id(article, field)
            except RejectedValueError as error:
                return field, error.text
            # A stranger must not be able to fill the archive with names of articles that never were.
            if not keyed and self._engine.article(article) is None:
                return field, f"no article has the id {article!r}"
        return None

    def _browser(self, network: str, user_agent: str, now: int) -> tuple[int, Exclusion]:
        reader = self._readers.key(network, user_agent, self._engine.settings.site.name, now)
        excluded = exclusion(user_agent)
        if excluded is Exclusion.NONE and not self._crowd.admits(network, reader, now):
            excluded = Exclusion.CROWD
        return reader, excluded

    def _of_sender(self, event: Event, now: int) -> Observation:
        reader = self._readers.named("reader", event.reader, now) if event.reader else 0
        visit = self._readers.named("visit", event.visit, now) if event.visit else 0
        return Observation(event, now, reader, visit, exclusion(event.user_agent))


def _of_browser(event: Event, reader: int, excluded: Exclusion, now: int) -> Observation:
    if event.id is not None:
        # Within the reader's own namespace: nobody can use up the ids of somebody else's events.
        event = structs.replace(event, id=f"{reader:x}.{event.id}")
    return Observation(event, now, reader, 0, excluded)
