"""Monitoring: `/healthz` for health checks, `/metrics` for Prometheus."""

import os

from starlette.responses import Response

from recirc import __version__
from recirc.engine import Engine
from recirc.store.ports import StoreError
from recirc.types.responses import HealthStatus
from recirc.web.metrics import Metrics
from recirc.web.operations import TEXT, ResponseSpec, json_response, operation
from recirc.web.requests import HttpRequest
from recirc.web.work_pools import WorkPool


class HealthApi:
    """The resources `/healthz` and `/metrics`."""

    def __init__(self, engine: Engine, metrics: Metrics, pool: WorkPool) -> None:
        self._engine = engine
        self._pool = pool
        self._metrics = metrics

    @operation(
        "GET /healthz",
        "Health of this worker",
        "Reads the end of the log. `lag` is the number of entries on disk that this worker has not folded yet. "
        "`model` is the learned model in use; `model_text` says why another one serves. A worker that can serve, but "
        "not write (the disk is full, the process that writes is away, the order went another way), is failing too.",
        {
            200: ResponseSpec("The worker is well.", HealthStatus),
            503: ResponseSpec("The log cannot be read or written; `text` says why.", HealthStatus),
        },
    )
    async def healthz(self, _: HttpRequest) -> Response:
        """Report the health of this worker."""
        # In a thread: a trial write waits for the disk.
        problem = self._engine.problem or await self._pool.run(self._engine.write_problem)
        offset = self._engine.offset
        try:
            end = self._engine.log_end()
        except StoreError as error:
            health = HealthStatus(
                status="failing", version=__version__, worker=os.getpid(), offset=offset, text=str(error)
            )
        else:
            health = HealthStatus(
                status="failing" if problem else "ok",
                version=__version__,
                worker=os.getpid(),
                offset=offset,
                log_end=end,
                lag=max(0, end - offset),
                model=card.id if (card := self._engine.active_model.card) else None,
                text=problem,
                model_text=self._engine.active_model.problem,
            )
        return json_response(health, 200 if health.status == "ok" else 503)

    @operation(
        "GET /metrics",
        "Prometheus metrics",
        "Of the worker that answers: with several workers each scrape reads one of them.",
        {200: ResponseSpec("Prometheus' text format.", media=TEXT)},
    )
    def metrics(self, _: HttpRequest) -> Response:
        """Report the metrics of this worker."""
        offset = self._engine.offset
        text = self._metrics.text(offset, max(0, self._engine.log_end() - offset))
        return Response(text, headers={"Cache-Control": "no-store"}, media_type="text/plain; version=0.0.4")
