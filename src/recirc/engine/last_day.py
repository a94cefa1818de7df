"""What can be said of the last day: what rules would have done in it, what targets cost, and what shelves did."""

from recirc.engine.article_cache import ArticleCache
from recirc.engine.log_consumer import LogConsumer
from recirc.engine.past_shelves import TimeMachine
from recirc.engine.rule_replay import RuleReplays
from recirc.engine.rules import Rules
from recirc.engine.share_prices import SharePrices
from recirc.engine.shelves_at_work import ShelvesAtWork, shelves_at_work
from recirc.settings import Settings
from recirc.store.sqlite import SqliteStore


class LastDay:
    """The last 24 hours. All of it reads a day of the log: for threads.

    Attributes:
        replays: the day with a rule that nobody has made.
        prices: what targets for the shares of shelves cost.
    """

    def __init__(
        self,
        settings: Settings,
        store: SqliteStore,
        log_consumer: LogConsumer,
        articles: ArticleCache,
        machine: TimeMachine,
        rules: Rules,
    ) -> None:
        self.replays = RuleReplays(settings, store, machine, rules)
        self.prices = SharePrices(settings, store, machine, self.replays)
        self._store, self._articles, self._reading = store, articles, log_consumer.reading

    def shelves(self, now: int) -> ShelvesAtWork:
        """What shelves did in the day before `now` (ms). Raises StoreError."""
        return shelves_at_work(self._store, self._reading, self._articles, now)
