"""The progress of one poll of one source, and the health of the source after it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from recirc.ingest.schedule import pause
from recirc.settings import SourceEntry, SourcesSettings
from recirc.sources.source import PollState
from recirc.store.source_registry import SourceHealth, SourceTally

REJECTIONS = 5
"""Number of rejections to keep."""
PENDING = 20
"""Number of pending entries that the health of a source lists."""
LATEST = 253_370_764_800.0
"""The year 9999, in seconds since 1970."""
LONGEST_TEXT = 500
"""Number of characters of a rejection or an error to keep."""


class SourceFailure(NamedTuple):
    """Why a poll failed, which of `source.CAUSES` that is, and how long the server asks to be left alone."""

    text: str
    cause: str
    wait_seconds: float | None = None


class PollRun:
    """The progress of one poll of one source.

    Attributes:
        tally: outcomes of its articles so far.
        rejections: why articles were rejected, the last few.
        again: ids of articles to be read again.
        failure: why it failed; None: it did not.
        interrupted: it ended before all articles were read.
        kind: the kind of source.
        pending: what is tried again, and when, the next at the head.
    """

    def __init__(self) -> None:
        self.tally = SourceTally()
        self.rejections: tuple[str, ...] = ()
        self.again: list[str] = []
        self.failure: SourceFailure | None = None
        self.interrupted = False
        self.kind: str | None = None
        self.pending: tuple[str, ...] = ()

    def reject(self, *texts: str) -> None:
        """Count rejected articles."""
        self.tally = self.tally.plus(SourceTally(refused=len(texts)))
        self.note(*texts)

    def note(self, *texts: str) -> None:
        """Keep texts on rejected articles."""
        self.rejections = (*self.rejections, *(text[:LONGEST_TEXT] for text in texts))[-REJECTIONS:]


def next_health(
    entry: SourceEntry,
    settings: SourcesSettings,
    before: SourceHealth,
    run: PollRun,
    wait_seconds: float | None,
    times: tuple[datetime, datetime],
) -> SourceHealth:
    """The health of a source after a poll.

    Args:
        entry: the source.
        settings: of all sources.
        before: its health before the poll.
        run: the poll.
        wait_seconds: poll interval that the source declares, for a poll without failure.
        times: beginning and end of the poll.
    """
    began, ended = times
    failures = before.failures + 1 if run.failure else 0
    wait = run.failure.wait_seconds if run.failure else wait_seconds
    seconds = pause(entry, settings, failures=failures, wait_seconds=wait)
    return SourceHealth(
        kind=run.kind or before.kind,
        asked=began,
        succeeded=before.succeeded if run.failure else ended,
        failed=ended if run.failure else before.failed,
        error=run.failure.text[:LONGEST_TEXT] if run.failure else before.error,
        failures=failures,
        causes=_with_cause(before.causes, run.failure),
        next=ended + timedelta(seconds=seconds),
        last=run.tally,
        total=before.total.plus(run.tally),
        refusals=(*before.refusals, *run.rejections)[-REJECTIONS:],
        pending=run.pending,
    )


def pending_texts(state: PollState) -> tuple[str, ...]:
    """What a source will try again, and when, the next at the head."""
    waiting = sorted(state.pending.items(), key=lambda each: each[1].next or float("inf"))
    return tuple(
        f"{key.replace(chr(10), ' ')[:LONGEST_TEXT]}: {_when(entry.next)}: {entry.why[:LONGEST_TEXT]}"
        for key, entry in waiting[:PENDING]
    )


def _when(seconds: float | None) -> str:
    if seconds is None:
        return "when it has changed"
    return f"at {datetime.fromtimestamp(min(seconds, LATEST), UTC):%Y-%m-%d %H:%M:%S} UTC"


def _with_cause(causes: Mapping[str, int], failure: SourceFailure | None) -> dict[str, int]:
    added = {failure.cause: causes.get(failure.cause, 0) + 1} if failure else {}
    return {**causes, **added}
