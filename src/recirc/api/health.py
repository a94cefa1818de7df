"""Is it well? `/healthz` for watchdogs, `/metrics` for Prometheus."""

import os

import msgspec
from litestar import Response

from recirc import __version__
from recirc.api.articles import NoQuery
from recirc.engine import Engine
from recirc.store.ports import StoreError
from recirc.types.responses import HealthStatus
from recirc.web import problems
from recirc.web.contract import (
    JSON,
    TEXT,
    Operation,
    ResponseSpec,
)
from recirc.web.incoming import Incoming, query_of
from recirc.web.metrics import Metrics

HEALTHZ = Operation(
    "GET",
    "/healthz",
    "Is it well?",
    "Reads the end of the log. `lag` counts the entries on disk that this worker has not folded yet. "
    "`model` is the learned model that serves; `model_text` says why it is not the one that was put in force.",
    {
        200: ResponseSpec("It is well.", HealthStatus),
        503: ResponseSpec("The log cannot be read; `text` says why.", HealthStatus),
    },
    query=NoQuery,
    problems=(problems.INVALID,),
)
METRICS = Operation(
    "GET",
    "/metrics",
    "Prometheus metrics",
    "Of the worker that answers: with several workers each scrape reads one of them.",
    {200: ResponseSpec("Prometheus' text format.", media=TEXT)},
    query=NoQuery,
    problems=(problems.INVALID, problems.STORE),
)


class HealthApi:
    """The handlers of `/healthz` and `/metrics`."""

    def __init__(self, engine: Engine, metrics: Metrics) -> None:
        self._engine = engine
        self._metrics = metrics

    def healthz(self, request: Incoming) -> Response[bytes]:
        """GET /healthz."""
        query_of(request, NoQuery)
        offset = self._engine.offset
        try:
            end = self._engine.log_end()
        except StoreError as error:
            health = HealthStatus(
                status="failing", version=__version__, worker=os.getpid(), offset=offset, text=str(error)
            )
        else:
            trouble = self._engine.trouble
            health = HealthStatus(
                status="failing" if trouble else "ok",
                version=__version__,
                worker=os.getpid(),
                offset=offset,
                log_end=end,
                lag=max(0, end - offset),
                model=self._engine.model,
                text=trouble,
                model_text=self._engine.model_trouble,
            )
        return Response(
            msgspec.json.encode(health),
            status_code=200 if health.status == "ok" else 503,
            media_type=JSON,
            headers={"Cache-Control": "no-store"},
        )

    def metrics(self, request: Incoming) -> Response[bytes]:
        """GET /metrics."""
        query_of(request, NoQuery)
        offset = self._engine.offset
        text = self._metrics.text(offset, max(0, self._engine.log_end() - offset))
        return Response(text, media_type="text/plain; version=0.0.4", headers={"Cache-Control": "no-store"})
