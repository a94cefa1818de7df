"""Prometheus metrics of this worker; the sum over all workers is the whole."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the latency histogram, in seconds; most responses take a few milliseconds."""
UNROUTED = "none"
"""Label of requests to addresses that are not served."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})
"""Other methods share one label, so that invented ones cannot create series without end."""


class Metrics:
    """The metrics of one app, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._counted: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
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
            "recirc_events", "Reader events by outcome.", ("outcome",), registry=self.registry
        )
        self._limited = Counter(
            "recirc_event_requests_limited",
            "Requests with reader events that were refused because of their address's rate.",
            registry=self.registry,
        )
        self._alarms = Counter(
            "recirc_doubt_alarms",
            "Articles of which the share of doubtful views jumped.",
            registry=self.registry,
        )
        self._offset = Gauge(
            "recirc_log_offset", "Last log entry that this worker has folded.", registry=self.registry
        )
        self._lag = Gauge(
            "recirc_log_lag", "Log entries that this worker has not folded yet.", registry=self.registry
        )
        for outcome in ("accepted", "duplicate", "excluded", "refused"):
            self._events.labels(outcome)

    def count_events(self, accepted: int, duplicates: int, excluded: int, refused: int) -> None:
        """Count a batch of events."""
        for outcome, number in zip(
            ("accepted", "duplicate", "excluded", "refused"),
            (accepted, duplicates, excluded, refused),
            strict=True,
        ):
            self._events.labels(outcome).inc(number)

    def count_limited(self) -> None:
        """Count a request with events that was refused because of its address's rate."""
        self._limited.inc()

    def count_alarms(self, number: int) -> None:
        """Count articles of which the share of doubtful views jumped."""
        self._alarms.inc(number)

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Count each response by route, method and status, and measure how long it takes."""

        async def measuring_app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            start = time.perf_counter()

            async def count(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._requests.labels(_route(scope), _method(scope["method"]), message["status"]).inc()
                await send(message)

            try:
                await app(scope, receive, count)
            finally:
                self._seconds.labels(_route(scope)).observe(time.perf_counter() - start)

        return measuring_app

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a response that did not pass the middleware."""
        key = (route, _method(method), status)
        counted = self._counted.get(key)
        if counted is None:  # to look series up by their labels takes longer than all the rest
            counted = self._counted[key] = (self._requests.labels(*key), self._seconds.labels(route))
        counted[0].inc()
        counted[1].observe(seconds)

    def text(self, offset: int, lag: int) -> bytes:
        """All metrics, in Prometheus' text format; `offset` and `lag` in log entries."""
        self._offset.set(offset)
        self._lag.set(lag)
        return generate_latest(self.registry)


def _method(method: str) -> str:
    return method if method in METHODS else "other"


def _route(scope: Scope) -> str:
    route = scope.get("route")  # set by the router
    return route.path_format if route is not None else UNROUTED
