"""What this worker did, for Prometheus. Each worker counts for itself: the sum over workers is the whole."""

import time
from typing import Any

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper ends of the latency histogram, in seconds; the engine answers in some milliseconds."""
UNROUTED = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})
"""Others share one label: whoever invents methods must not make series without end."""


class Metrics:
    """The counters of one app in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "recirc_requests",
            "Requests by route, method and status.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "recirc_request_seconds",
            "Time to answer, by route.",
            ("route",),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._events = Counter(
            "recirc_events", "Reader events by what became of them.", ("outcome",), registry=self.registry
        )
        self._offset = Gauge(
            "recirc_log_offset", "Last log entry that this worker has folded.", registry=self.registry
        )
        self._lag = Gauge(
            "recirc_log_lag", "Log entries that this worker has not folded yet.", registry=self.registry
        )
        for outcome in ("accepted", "duplicate", "excluded", "refused"):
            self._events.labels(outcome)

    def took(self, accepted: int, duplicates: int, excluded: int, refused: int) -> None:
        """Count a batch of events."""
        for outcome, number in zip(
            ("accepted", "duplicate", "excluded", "refused"),
            (accepted, duplicates, excluded, refused),
            strict=True,
        ):
            self._events.labels(outcome).inc(number)

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Measure how long each request that found a route takes."""

        async def timed(scope: Scope, receive: Receive, send: Send) -> None:
            began = time.perf_counter()
            try:
                await app(scope, receive, send)
            finally:
                self._seconds.labels(_route(scope)).observe(time.perf_counter() - began)

        return timed

    async def count(self, message: Message, scope: Scope) -> None:
        """Count an answer when it starts. A hook of the app: answers without a route are counted too."""
        if message["type"] == "http.response.start":
            method = scope.get("method") if scope.get("method") in METHODS else "other"
            self._requests.labels(_route(scope), method, message["status"]).inc()

    def text(self, offset: int, lag: int) -> bytes:
        """Everything, in Prometheus' text format."""
        self._offset.set(offset)
        self._lag.set(lag)
        return generate_latest(self.registry)


def _route(scope: Any) -> str:
    return str(scope.get("path_template") or UNROUTED)
