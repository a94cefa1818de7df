"""Publishes held articles when their time comes, to the second, also after a restart: they are in the store."""

import logging
from threading import Event, Thread

from recirc import clock
from recirc.engine.article_life import HeldVersion
from recirc.engine.engine import Engine
from recirc.engine.provisional_views import ProvisionalViews
from recirc.ingest.pipeline import IngestPipeline
from recirc.store.ports import StoreError

logger = logging.getLogger("recirc.sources")

TICK_SECONDS = 0.25
"""Interval at which the store is asked what is due."""


class Releaser:
    """A thread that publishes held articles, and counts views that came before their article.

    Several processes may have one: publishing twice changes nothing, and an event is counted once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pipeline = IngestPipeline(engine)
        self._provisional = ProvisionalViews(engine)
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = Thread(target=self._run, name="releases", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def release_due(self, now: int) -> int:
        """Publish the held articles whose time has come at `now` (ms); returns how many. Raises StoreError."""
        due = self._engine.life.due(now)
        polled = [held for held in due if held.article.provenance.first_seen is not None]
        if polled:
            for text in self._pipeline.publish([held.article for held in polled]).refused:
                logger.warning("held back until now, and refused: %s", text)
        self._publish([held for held in due if held.article.provenance.first_seen is None])
        if due:
            # Those that were published are gone already; a refused one would come again with each tick.
            self._engine.life.release([held.article.id for held in due], now).result()
        return len(due)

    def _publish(self, due: list[HeldVersion]) -> None:
        if due:
            self._engine.publish([held.article for held in due]).result()
            self._engine.catch_up()

    def _run(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            try:
                self.release_due(clock.now_ms())
                self._provisional.count_arrived()
            except StoreError as error:
                logger.warning("held articles cannot be published, trying again: %s", error)
                self._stop.wait(1.0)
            except Exception:
                logger.exception("an error in this program while publishing held articles")
                self._stop.wait(30.0)
