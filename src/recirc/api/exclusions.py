"""What is not counted over the API: exclusions by hand are made, listed and taken back; those by rules are listed."""

import asyncio
from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct, structs
from starlette.responses import Response

from recirc.clock import from_ms, to_ms
from recirc.engine import Engine
from recirc.settings.days import day_of, zone_named
from recirc.store.commands import Selection
from recirc.store.ports import NotThereError
from recirc.store.voids import VoidEntry
from recirc.types import Id
from recirc.web import problems
from recirc.web.lookups import article_not_found
from recirc.web.operations import Body, ResponseSpec, json_response, operation
from recirc.web.problems import FieldError, ProblemError
from recirc.web.requests import Clock, HttpRequest, invalid_field

BODY_BYTES = 8192
Entry = Annotated[int, Meta(ge=0, le=2**53 - 1)]
ReaderHash = Annotated[str, Meta(pattern="^[0-9]{1,19}$", description="The reader's hash in the log.")]


class ExclusionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events of the log, those to which everything that is given applies, and why they are excluded."""

    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    article: Id | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    first: Entry = 0
    last: Entry = 0
    reader: ReaderHash | None = None
    reader_of: Annotated[Entry, Meta(description="Events of the reader from whom this log entry came.")] = 0
    network_of: Annotated[
        Entry,
        Meta(description="Views from the network of this log entry, which is a view, on its day (UTC)."),
    ] = 0


class ExclusionRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An exclusion by hand. `by` is the name of the API key or of the user, `undone` when it was taken back."""

    key: str
    time: datetime
    by: str
    reason: str
    events: int
    first: int  # log entries between which the events lie
    last: int
    article: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reader: str | None = None
    network: int | None = None  # keyed hash of the day
    undone: datetime | None = None
    undone_by: str = ""


class UncountedViews(Struct, frozen=True, kw_only=True):
    """Views of one article that are not counted, for one reason, between two times."""

    article: str
    reason: str
    views: int
    first: datetime
    last: datetime


class CountingRecord(Struct, frozen=True, kw_only=True):
    """What the rules did with one day's views. `excluded` has their number by reason, `articles` also by article."""

    day: date
    timezone: str
    raw: int
    repeated: int
    views: int
    readers: int
    later: int
    doubtful: int
    excluded: dict[str, int]
    articles: tuple[UncountedViews, ...]
    seal: str


class DayQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """A day of the site's time zone."""

    day: Annotated[date | None, Meta(description="Default: today.")] = None


class ExclusionsApi:
    """The resources `/v1/exclusions` and `/v1/counting`."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._zone = zone_named(engine.settings.site.timezone)

    @operation(
        "GET /v1/exclusions",
        "List the exclusions by hand",
        "Events that somebody excluded although they were counted, the newest first, also those that were taken back.",
        {200: ResponseSpec("The exclusions.", list[ExclusionRecord])},
        key="Reading the exclusions",
    )
    async def get(self, _: HttpRequest) -> Response:
        """List the exclusions."""
        return json_response(await asyncio.to_thread(self._all))

    @operation(
        "POST /v1/exclusions",
        "Exclude events that are in the log",
        "Everything is decided anew as if they had been excluded when they came. The shelves follow within a minute, "
        "without a restart; `DELETE` takes it back.",
        {201: ResponseSpec("The exclusion.", ExclusionRecord)},
        body=Body(BODY_BYTES, example={"article": "ferry-strike-7", "reason": "a script on our own page"}),
        key="Excluding events",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def post(self, _: HttpRequest, body: ExclusionRequest, holder: str) -> Response:
        """Exclude events."""
        index = None
        if body.article is not None:
            if self._engine.article(body.article) is None:
                raise article_not_found(body.article)
            index = int(self._engine.intern([body.article])[0])
        selection = Selection(
            body.first,
            body.last,
            None if body.since is None else to_ms(body.since),
            None if body.until is None else to_ms(body.until),
            None if body.reader is None else _hash(body.reader),
            index,
        )
        if selection == Selection() and not body.reader_of and not body.network_of:
            raise invalid_field(
                FieldError(
                    text="say which events: article, since, until, first, last, reader, reader_of, network_of"
                )
            )
        exclusions = self._engine.exclusions
        try:
            for entry, network in ((body.reader_of, False), (body.network_of, True)):
                if entry:
                    selection = await asyncio.to_thread(
                        exclusions.same_sender, entry, selection, network=network
                    )
            key = await asyncio.to_thread(exclusions.add, selection, holder, body.reason)
        except NotThereError as error:
            raise ProblemError(problems.NOT_FOUND, f"{error}.") from None
        (record,) = [each for each in await asyncio.to_thread(self._all) if each.key == key]
        return json_response(record, 201)

    @operation(
        "DELETE /v1/exclusions/{key}",
        "Take an exclusion back",
        "Its events count again, unless something else excludes them.",
        {200: ResponseSpec("The exclusion, which is no longer in force.", ExclusionRecord)},
        key="Taking an exclusion back",
        problems=(problems.NOT_FOUND, problems.STORE_FULL),
    )
    async def delete(self, _: HttpRequest, key: str, holder: str) -> Response:
        """Take an exclusion back."""
        try:
            await asyncio.to_thread(self._engine.exclusions.undo, key, holder)
        except NotThereError:
            raise ProblemError(
                problems.NOT_FOUND, f"There is no exclusion {key!r}; GET /v1/exclusions lists them."
            ) from None
        (record,) = [each for each in await asyncio.to_thread(self._all) if each.key == key]
        return json_response(record)

    @operation(
        "GET /v1/counting",
        "What the rules did with one day's views",
        "Of how many views each rule left out how many, by article too (the first thousand pairs of article and "
        "reason). raw = excluded + repeated + views.",
        {200: ResponseSpec("The day's counts.", CountingRecord)},
        key="Reading what is not counted",
        problems=(problems.NOT_FOUND,),
    )
    async def counting(self, _: HttpRequest, query: DayQuery) -> Response:
        """Tell what is not counted."""
        day = query.day or day_of(self._clock(), self._zone)
        if not 1970 < day.year < 9000:
            raise ProblemError(problems.NOT_FOUND, f"{day} is not a day of this log.")
        found = await asyncio.to_thread(self._engine.exclusions.day, day)
        articles = tuple(
            UncountedViews(
                article=each.article,
                reason=each.reason,
                views=each.views,
                first=from_ms(each.first),
                last=from_ms(each.last),
            )
            for each in found.articles
        )
        rest = {field: getattr(found, field) for field in found.__struct_fields__ if field != "articles"}
        return json_response(CountingRecord(**rest, articles=articles))

    def _all(self) -> list[ExclusionRecord]:
        found = self._engine.exclusions.all()
        names = self._engine.exclusions.ids_of([each.selection for each in found.values()])
        records = [_record(key, entry, name) for (key, entry), name in zip(found.items(), names, strict=True)]
        return records[::-1]


def _hash(text: str) -> int:
    number = int(text)
    if number >= 2**63:
        raise invalid_field(FieldError(text=f"{text} is no hash of a reader", field="reader"))
    return number


def _record(key: str, entry: VoidEntry, article: str | None) -> ExclusionRecord:
    chosen = entry.selection
    record = ExclusionRecord(
        key=key,
        time=from_ms(entry.time),
        by=entry.by,
        reason=entry.reason,
        events=entry.count,
        first=entry.first,
        last=entry.last,
        article=article,
        since=None if chosen.since is None else from_ms(chosen.since),
        until=None if chosen.until is None else from_ms(chosen.until),
        reader=None if chosen.reader is None else str(chosen.reader),
        network=chosen.network,
    )
    if not entry.undone:
        return record
    return structs.replace(record, undone=from_ms(entry.undone), undone_by=entry.undone_by)
