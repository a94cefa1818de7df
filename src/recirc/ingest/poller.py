"""Polls sources when they are due (see `schedule`), and publishes their articles.

The state of a source is kept only once its articles are on disk: whenever the process is killed, they come again and
are recognised. An error of one source ends that source's poll, and is kept as its error.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Self

import msgspec

from recirc import clock as wall_clock
from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.poll_run import PollRun, SourceFailure, next_health, pending_texts
from recirc.ingest.schedule import due, host_of
from recirc.ingest.subscribing import Subscriber
from recirc.reading.holds import HeldArticle
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.secrets import without_key
from recirc.settings import SourceEntry, SourcesSettings
from recirc.sources.finder import find
from recirc.sources.source import (
    SILENT,
    Fetch,
    FetchedArticle,
    FetchError,
    FetchResponse,
    PollState,
    Source,
    SourceFetcher,
    SourceNotice,
    Takedown,
)
from recirc.store.ports import PublishOutcome, StoreError
from recirc.store.source_registry import (
    SourceHealth,
    SourceRegistry,
    SourceTally,
)

logger = logging.getLogger("recirc.sources")

THREADS = 8
"""Hosts that are polled at the same time; threads mostly wait for a response."""

BATCH = 50
"""Articles that are published together …"""
BATCH_SECONDS = 5.0
"""… or once the first of them has waited for so long: the articles of a slow source do not wait for its last."""

PATIENCE_SECONDS = 600.0
"""A poll reads no more articles after this time: a slow source with many pages frees its thread, and goes on with the
next poll. After twice the time it may not fetch anything more, and the poll has failed.
"""

SILENCES = 3
"""Requests to one host without a response, in a row, after which a poll reads no more articles: each of them holds a
thread for `sources.timeout_seconds`. The next poll goes on, and gives up the pages that failed one by one.
"""

STORE_SECONDS = 15.0
"""Pause of all polls after the store could not write."""


class SilentHostError(Exception):
    """A host did not answer several times in a row. Not a FetchError, after which a source would go on."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} did not answer {SILENCES} times in a row; the rest is left for the next time"
        )


class DeadlineFetch:
    """A fetch that fails once its time is over, and ends the poll when a host does not answer."""

    def __init__(self, fetch: Fetch, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._clock = clock
        self._seconds = seconds
        self._end = clock() + seconds
        self._silences: dict[str, int] = {}  # by host, in a row

    def __call__(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> FetchResponse:
        """As `Fetch`.

        Raises:
            SilentHostError: the host did not answer the last few times.
        """
        host = host_of(url)
        if self._silences.get(host, 0) >= SILENCES:
            raise SilentHostError(host)
        if self._clock() > self._end:
            raise FetchError(
                url,
                f"not requested: this poll has taken {self._seconds:.0f} s already",
                cause="timeout",
            )
        try:
            answer = self._fetch(url, etag=etag, last_modified=last_modified)
        except FetchError as error:
            self._silences[host] = self._silences.get(host, 0) + 1 if error.cause in SILENT else 0
            raise
        self._silences[host] = 0
        return answer


class Poller:
    """Polls sources, several at a time. `clock` gives the current time."""

    def __init__(
        self,
        pipeline: IngestPipeline,
        sources: SourceRegistry,
        settings: SourcesSettings,
        fetch: SourceFetcher,
        *,
        clock: Callable[[], datetime] = wall_clock.now,
        subscriber: Subscriber | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._pipeline = pipeline
        self._sources = sources
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._subscriber = subscriber
        self._patience_seconds = patience_seconds
        self._threads = ThreadPoolExecutor(THREADS, "source")
        self._polling: dict[str, Future[SourceHealth | None]] = {}  # by host
        self._found: dict[SourceEntry, Source] = {}
        self._paused_until = float("-inf")
        self._addresses: frozenset[str] | None = None  # of the sources whose picks stand

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Start no more polls, and wait for those in progress."""
        self._threads.shutdown(cancel_futures=True)

    def start_due(self) -> list[Future[SourceHealth | None]]:
        """Start polling the sources that are due; each future ends with the poll.

        Raises:
            StoreError: the list of sources cannot be read.
        """
        if time.monotonic() < self._paused_until:
            return []
        self._polling = {host: future for host, future in self._polling.items() if not future.done()}
        entries = self._sources.entries()
        addresses = frozenset(without_key(entry.address) for entry in entries)
        if addresses != self._addresses:
            self._pipeline.end_picks(addresses)
            self._addresses = addresses
        chosen = due(entries, self._settings, self._sources.health(), self._polling, self._clock())
        started = {
            host_of(entry.address): self._threads.submit(self.poll, entry)
            for entry in chosen[: THREADS - len(self._polling)]
        }
        self._polling |= started
        for entry in self._found.copy().keys() - set(entries):  # threads add to it meanwhile
            self._found.pop(entry, None)
        return list(started.values())

    def poll(self, entry: SourceEntry) -> SourceHealth | None:
        """One poll of a source, up to its new state. None: that could not be kept, so the poll is repeated."""
        try:
            return self._poll(entry)
        except StoreError as error:
            self._paused_until = time.monotonic() + STORE_SECONDS
            logger.warning(
                "%s: the poll is not kept and will be repeated: %s", without_key(entry.address), error
            )
        except Exception:  # a thread of the pool would hide it, and the source would never be polled again
            self._paused_until = time.monotonic() + STORE_SECONDS
            logger.exception(
                "%s: an error in this program; the poll will be repeated", without_key(entry.address)
            )
        return None

    def _poll(self, entry: SourceEntry) -> SourceHealth:
        kept = self._sources.standing(entry)
        state, now, run = _decoded_state(kept.notebook), self._clock(), PollRun()
        whole = self._publish(self._articles(entry, state, now, run), run)
        if not whole or run.interrupted or run.again:
            # The next poll reads the rest, for which the source has to send it again.
            state.etag = state.last_modified = None
        run.pending = pending_texts(state)
        health = next_health(
            entry, self._settings, kept.health, run, state.wait_seconds, (now, self._clock())
        )
        known = all(_forget(state, article) for article in run.again)
        # An article with another key in the state cannot be removed from it: then no state is kept.
        encoded = msgspec.json.encode(state) if known and not run.failure else None
        self._sources.keep(entry, encoded, health)
        _log(entry, health)
        if self._subscriber is not None and not run.failure:
            self._subscriber.follow(entry, state, now.timestamp())
        return health

    def _articles(
        self, entry: SourceEntry, state: PollState, now: datetime, run: PollRun
    ) -> Iterator[FetchedArticle | Rejection]:
        """The articles of a source. All its errors are caught here and nowhere else: they end the poll, no more."""
        try:
            fetch = DeadlineFetch(self._fetch.for_source(entry.address), 2 * self._patience_seconds)
            source = self._found.get(entry)
            if source is None:
                source = find(entry, fetch)
                self._found[entry] = source
            run.kind = source.kind
            yield from source.poll(fetch, state, now)
        except SilentHostError as error:
            run.interrupted = True
            run.note(str(error))
        except FetchError as error:
            run.failure = SourceFailure(str(error), error.cause, error.wait_seconds)
        except RejectedValueError as error:
            run.failure = SourceFailure(str(error), "content")
        except Exception as error:  # whatever a source raises, the others go on
            logger.exception("%s: an error in this program", without_key(entry.address))
            run.failure = SourceFailure(f"it could not be read: {type(error).__name__}: {error}", "mistake")
        if run.failure:
            self._found.pop(entry, None)  # its kind may have changed

    def _publish(self, articles: Iterator[FetchedArticle | Rejection], run: PollRun) -> bool:
        """Publish articles, those before a failure too; returns whether none is left. Raises StoreError."""
        batch: list[FetchedArticle] = []
        began = since = time.monotonic()
        whole = True
        for each in articles:
            now = time.monotonic()
            if isinstance(each, HeldArticle):
                self._hold(each, run)
            elif isinstance(each, Takedown):
                self._publish_batch(batch, run)
                batch = []
                self._take_down(each, run)
            elif isinstance(each, SourceNotice):
                run.note(str(each))
            elif isinstance(each, Rejection):
                run.reject(str(each))
            else:
                since = since if batch else now
                batch.append(each)
            if len(batch) >= BATCH or (batch and now - since > BATCH_SECONDS):
                self._publish_batch(batch, run)
                batch = []
            if now - began > self._patience_seconds:
                whole = False
                break
        if batch:
            self._publish_batch(batch, run)
        return whole

    def _hold(self, held: HeldArticle, run: PollRun) -> None:
        refused = self._pipeline.hold(held)
        run.tally = run.tally.plus(SourceTally(held=int(refused is None)))
        run.note(refused or str(held))

    def _take_down(self, takedown: Takedown, run: PollRun) -> None:
        found = self._pipeline.take_down(takedown)
        if found == "":
            return  # a message said so before
        if found is not None:
            run.tally = run.tally.plus(SourceTally(withdrawn=1))
            run.note(str(takedown))
        else:
            run.reject(str(takedown))

    def _publish_batch(self, batch: list[FetchedArticle], run: PollRun) -> None:
        result = self._pipeline.publish(batch)
        new, changed = result.outcomes[PublishOutcome.NEW], result.outcomes[PublishOutcome.UPDATED]
        run.tally = run.tally.plus(SourceTally(new, changed))
        run.reject(*result.refused)
        run.note(*result.notes)
        run.again += result.again


def _forget(state: PollState, article: str) -> bool:
    """Read an article again with the next poll; whether its entry is known."""
    keys = [key for key, known in state.known.items() if known.id == article]
    found = [state.seen.pop(key, None) for key in (article, *keys)]
    return any(found)


def _decoded_state(kept: bytes | None) -> PollState:
    try:
        return msgspec.json.decode(kept, type=PollState) if kept else PollState()
    except msgspec.MsgspecError:  # of another version: the articles are read again and recognised
        return PollState()


def _log(entry: SourceEntry, health: SourceHealth) -> None:
    """Log a failure, and numbers of articles if there are any."""
    if health.failures:
        logger.warning(
            "%s: failed%s: %s; next poll at %s",
            without_key(entry.address),
            f" {health.failures} times in a row" if health.failures > 1 else "",
            health.error,
            f"{health.next:%d %B, %H:%M} UTC",
        )
    elif health.last != SourceTally():
        logger.info(
            "%s: %d new, %d changed, %d refused, %d held back, %d withdrawn",
            without_key(entry.address),
            health.last.new,
            health.last.changed,
            health.last.refused,
            health.last.held,
            health.last.withdrawn,
        )
