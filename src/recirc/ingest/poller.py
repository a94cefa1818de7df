"""Sources are asked when they are due, and what they bring is published. What is due is decided in `schedule`.

A source remembers what it has shown only once that is on disk: whenever the process is killed, the articles come
again and are recognised. What goes wrong with one source ends with that source's turn, and is kept as its error.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from recirc.ingest.pipeline import IngestPipeline
from recirc.ingest.schedule import due, host_of, pause
from recirc.reading.rejections import RejectedValueError, Rejection
from recirc.reading.values import without_key
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
)
from recirc.store.ports import PublishOutcome, StoreError
from recirc.store.source_registry import (
    SourceHealth,
    SourceRegistry,
    SourceTally,
    utc_now,
)

logger = logging.getLogger("recirc.sources")

THREADS = 8
"""Hosts that are asked at the same time; threads mostly wait for an answer."""

BATCH = 50
"""Articles that are published together …"""
BATCH_SECONDS = 5.0
"""… unless so much time has passed since the first of them: a slow source's articles do not wait for its last."""

PATIENCE_SECONDS = 600.0
"""One turn of a source takes no more articles after this: a slow one with many pages gives its thread back, and goes
on the next time. After twice as long it may not fetch anything more, and its turn has failed.
"""

SILENCES = 3
"""A turn takes no more articles once so many requests in a row to one host came to nothing: each of them holds a thread
for as long as `sources.timeout_seconds`. It goes on the next time, when the pages that failed are given up one by one.
"""

REFUSALS = 5
"""Texts of refusals that are kept."""
LONGEST_TEXT = 500
"""Characters of a refusal or an error that are kept."""

STORE_SECONDS = 15.0
"""Where the store could not keep something, nothing is asked for so long."""


class SourceFailure(NamedTuple):
    """Why a source's turn failed, which of `source.CAUSES` that is, and how long the server wants to be left alone."""

    text: str
    cause: str
    wait_seconds: float | None = None


class SilentHostError(Exception):
    """A host did not answer several times in a row; to a source it is no FetchError, after which it would go on."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} did not answer {SILENCES} times in a row; the rest is left for the next time"
        )


class DeadlineFetch:
    """A fetch that fails once its time is over, and ends the turn when a host keeps silent."""

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
                f"not asked for: this source had taken {self._seconds:.0f} s already and brought nothing of late",
                cause="timeout",
            )
        try:
            answer = self._fetch(url, etag=etag, last_modified=last_modified)
        except FetchError as error:
            self._silences[host] = self._silences.get(host, 0) + 1 if error.cause in SILENT else 0
            raise
        self._silences[host] = 0
        return answer


class PollRun:
    """One turn of one source, as far as it has come.

    Attributes:
        tally: what became of its articles so far.
        refusals: why articles were left out, the last few.
        again: ids of articles that are to come again.
        trouble: why it failed; None: it did not.
        broken_off: it ended before the source did.
        kind: what kind of source it turned out to be.
    """

    def __init__(self) -> None:
        self.tally = SourceTally()
        self.refusals: tuple[str, ...] = ()
        self.again: list[str] = []
        self.trouble: SourceFailure | None = None
        self.broken_off = False
        self.kind: str | None = None

    def refuse(self, *texts: str) -> None:
        """Count articles that were left out."""
        self.tally = self.tally.plus(SourceTally(refused=len(texts)))
        self.note(*texts)

    def note(self, *texts: str) -> None:
        """Keep what is to be told of articles that were left out."""
        self.refusals = (*self.refusals, *(text[:LONGEST_TEXT] for text in texts))[-REFUSALS:]


class Poller:
    """Asks sources, several at a time. `clock` tells the moment."""

    def __init__(
        self,
        arrivals: IngestPipeline,
        sources: SourceRegistry,
        settings: SourcesSettings,
        fetch: SourceFetcher,
        *,
        clock: Callable[[], datetime] = utc_now,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._arrivals = arrivals
        self._sources = sources
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._threads = ThreadPoolExecutor(THREADS, "source")
        self._asking: dict[str, Future[SourceHealth | None]] = {}  # by host
        self._found: dict[SourceEntry, Source] = {}
        self._rest_until = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        self._threads.shutdown(cancel_futures=True)

    def look(self) -> list[Future[SourceHealth | None]]:
        """Begin to ask those that are due; each future ends with the source's turn.

        Raises:
            StoreError: the list of sources cannot be read.
        """
        if time.monotonic() < self._rest_until:
            return []
        self._asking = {host: future for host, future in self._asking.items() if not future.done()}
        entries = self._sources.entries()
        chosen = due(entries, self._settings, self._sources.health(), self._asking, self._clock())
        begun = {
            host_of(entry.address): self._threads.submit(self.ask, entry)
            for entry in chosen[: THREADS - len(self._asking)]
        }
        self._asking |= begun
        for entry in self._found.copy().keys() - set(entries):  # threads add to it meanwhile
            self._found.pop(entry, None)
        return list(begun.values())

    def ask(self, entry: SourceEntry) -> SourceHealth | None:
        """One turn of a source, from asking to what is remembered of it. None: that could not be kept, so that the
        turn comes again.
        """
        try:
            return self._ask(entry)
        except StoreError as error:
            self._rest_until = time.monotonic() + STORE_SECONDS
            logger.warning("%s: its turn is not kept and comes again: %s", without_key(entry.address), error)
        except Exception:  # a thread of the pool would swallow it, and the source never be asked again
            self._rest_until = time.monotonic() + STORE_SECONDS
            logger.exception("%s: a mistake of ours; its turn comes again", without_key(entry.address))
        return None

    def _ask(self, entry: SourceEntry) -> SourceHealth:
        kept = self._sources.standing(entry)
        notebook, now, turn = _notebook(kept.notebook), self._clock(), PollRun()
        whole = self._published(self._brought(entry, notebook, now, turn), turn)
        if not whole or turn.broken_off or turn.again:
            # The rest is taken next time, for which the source has to show it again.
            notebook.etag = notebook.last_modified = None
        health = judged(entry, self._settings, kept.health, turn, notebook.wait_seconds, now, self._clock())
        known = all(notebook.seen.pop(article, None) for article in turn.again)
        # Of an article that it notes under another name it cannot tell that it is to come again: nothing is noted then.
        remembered = msgspec.json.encode(notebook) if known and not turn.trouble else None
        self._sources.keep(entry, remembered, health)
        _tell(entry, health)
        return health

    def _brought(
        self, entry: SourceEntry, notebook: PollState, now: datetime, turn: PollRun
    ) -> Iterator[FetchedArticle | Rejection]:
        """What a source brings. Whatever it does wrong is caught here and nowhere else: it ends its turn, no more."""
        try:
            fetch = DeadlineFetch(self._fetch.for_source(entry.address), 2 * self._patience_seconds)
            source = self._found.get(entry)
            if source is None:
                source = find(entry, fetch)
                self._found[entry] = source
            turn.kind = source.kind
            yield from source.poll(fetch, notebook, now)
        except SilentHostError as error:
            turn.broken_off = True
            turn.note(str(error))
        except FetchError as error:
            turn.trouble = SourceFailure(str(error), error.cause, error.wait_seconds)
        except RejectedValueError as error:
            turn.trouble = SourceFailure(str(error), "content")
        except Exception as error:  # a source that goes wrong, whatever the way, hurts no other
            logger.exception(
                "%s: a mistake of ours, or what no source should be able to do", without_key(entry.address)
            )
            turn.trouble = SourceFailure(f"it could not be read: {type(error).__name__}: {error}", "mistake")
        if turn.trouble:
            self._found.pop(entry, None)  # it may have become a source of another kind

    def _published(self, brought: Iterator[FetchedArticle | Rejection], turn: PollRun) -> bool:
        """Publish what comes, also what came before a failure; whether nothing is left. Raises StoreError."""
        batch: list[FetchedArticle] = []
        began = since = time.monotonic()
        whole = True
        for each in brought:
            now = time.monotonic()
            if isinstance(each, Rejection):
                turn.refuse(str(each))
            else:
                since = since if batch else now
                batch.append(each)
            if len(batch) >= BATCH or (batch and now - since > BATCH_SECONDS):
                self._land(batch, turn)
                batch = []
            if now - began > self._patience_seconds:
                whole = False
                break
        if batch:
            self._land(batch, turn)
        return whole

    def _land(self, batch: list[FetchedArticle], turn: PollRun) -> None:
        landed = self._arrivals.publish(batch)
        new, changed = landed.outcomes[PublishOutcome.NEW], landed.outcomes[PublishOutcome.UPDATED]
        turn.tally = turn.tally.plus(SourceTally(new, changed))
        turn.refuse(*landed.refused)
        turn.again += landed.again


def judged(
    entry: SourceEntry,
    settings: SourcesSettings,
    before: SourceHealth,
    turn: PollRun,
    wait_seconds: float | None,
    began: datetime,
    ended: datetime,
) -> SourceHealth:
    """A source's health after a turn. `wait_seconds` is what the source declares, for when all went well."""
    failures = before.failures + 1 if turn.trouble else 0
    wait = turn.trouble.wait_seconds if turn.trouble else wait_seconds
    seconds = pause(entry, settings, failures=failures, wait_seconds=wait)
    return SourceHealth(
        kind=turn.kind or before.kind,
        asked=began,
        succeeded=before.succeeded if turn.trouble else ended,
        failed=ended if turn.trouble else before.failed,
        error=turn.trouble.text[:LONGEST_TEXT] if turn.trouble else before.error,
        failures=failures,
        causes=_counted(before.causes, turn.trouble),
        next=ended + timedelta(seconds=seconds),
        last=turn.tally,
        total=before.total.plus(turn.tally),
        refusals=(*before.refusals, *turn.refusals)[-REFUSALS:],
    )


def _counted(causes: Mapping[str, int], trouble: SourceFailure | None) -> dict[str, int]:
    added = {trouble.cause: causes.get(trouble.cause, 0) + 1} if trouble else {}
    return {**causes, **added}


def _notebook(kept: bytes | None) -> PollState:
    try:
        return msgspec.json.decode(kept, type=PollState) if kept else PollState()
    except msgspec.MsgspecError:  # of another version: the articles come again and are recognised
        return PollState()


def _tell(entry: SourceEntry, health: SourceHealth) -> None:
    """A line for the server's log, where there is something to tell."""
    if health.failures:
        logger.warning(
            "%s: failed%s: %s; asked again at %s",
            without_key(entry.address),
            f" {health.failures} times in a row" if health.failures > 1 else "",
            health.error,
            f"{health.next:%d %B, %H:%M} UTC",
        )
    elif health.last != SourceTally():
        logger.info(
            "%s: %d new, %d changed, %d refused",
            without_key(entry.address),
            health.last.new,
            health.last.changed,
            health.last.refused,
        )
