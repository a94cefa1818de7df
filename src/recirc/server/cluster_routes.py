"""What proxies and the other machines of a site ask of this one: /livez, /readyz, the salt, a copy of the store."""

import asyncio
import hmac
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from recirc import clock
from recirc.engine import Engine
from recirc.server.membership import MEMBER_HEADER
from recirc.store.backup import backup
from recirc.store.orders.joining import position_of
from recirc.store.orders.members import SALT, TRUST_SECONDS, Standing, machine_name, proof_of, standing_of
from recirc.store.ports import StoreError
from recirc.web.reader_hasher import ReaderHasher

BEHIND_SECONDS = 10.0
"""A machine that is further behind the order is not ready."""

DIGEST_HEADER = "X-Recirc-Digest"


CHUNK = 1 << 20


class ClusterRoutes:
    """The machine's own routes. `draining` says whether the server is about to stop."""

    def __init__(self, engine: Engine, readers: ReaderHasher, draining: Callable[[], bool]) -> None:
        self._engine = engine
        self._path = Path(engine.settings.store.path)
        self._order = engine.settings.order
        self._readers = readers
        self._draining = draining
        self._was_ready = self._order.engine == "local"
        self._copying = asyncio.Lock()

    def routes(self) -> list[Route]:
        """The routes."""
        found = [Route("/livez", self.livez), Route("/readyz", self.readyz)]
        if self._order.engine != "local":
            found += [
                Route("/cluster/salt", self.salt, methods=["POST"]),
                Route("/cluster/copy", self.copy, methods=["POST"]),
            ]
        return found

    async def livez(self, _: Request) -> Response:
        """The worker answers: it need not be started again."""
        return self._answer(None)

    async def readyz(self, _: Request) -> Response:
        """Whether a proxy should send readers here."""
        try:
            problem = await asyncio.to_thread(self.problem, time.monotonic())
        except StoreError as error:
            problem = str(error)
        return self._answer(problem)

    def problem(self, now: float) -> str | None:
        """Why no readers should be sent here at `now` (s of the monotonic clock); None: they may.

        While the order is away, a machine that was ready stays so: it serves what it has. Raises StoreError.
        """
        if self._draining():
            return "the server is about to stop"
        if self._engine.problem:
            return self._engine.problem
        if self._order.engine == "local":
            return None
        standing = standing_of(self._path)
        if standing is None or now - standing.at > TRUST_SECONDS:
            return None if self._was_ready else "the order of the site has not been reached yet"
        problem = self._unready(standing)
        self._was_ready = problem is None
        return problem

    def _unready(self, standing: Standing) -> str | None:
        behind = standing.behind(position_of(self._path, self._engine.settings.store.busy_seconds))
        if behind is None or behind > BEHIND_SECONDS:
            return f"it is behind the order ({'far' if behind is None else f'{behind:.0f} s'}) and catches up"
        me = standing.member(standing.me)
        return None if me is not None and me.agreed else "it does not have the readers' salt of the site yet"

    async def salt(self, request: Request) -> Response:
        """Give the readers' salt to a member; it is in no log, and no cache keeps it."""
        standing = self._check_member(request)
        if standing.leases.get(SALT) != standing.me:
            raise HTTPException(409, "another machine gives out the salt")
        content = msgspec.msgpack.encode(self._readers.salts(clock.now_ms()))
        return Response(content, media_type="application/msgpack", headers={"Cache-Control": "no-store"})

    async def copy(self, request: Request) -> Response:
        """Give a verified copy of the store to a member."""
        self._check_member(request)
        if self._copying.locked():
            raise HTTPException(409, "a copy is being made for another machine; ask again in a moment")
        async with self._copying:
            with tempfile.NamedTemporaryFile(
                prefix=f"{self._path.name}.copy-", dir=self._path.parent, delete=False
            ) as file:
                place = Path(file.name)
            try:
                _, holdings = await asyncio.to_thread(
                    backup, self._path, place, clock.now(), lambda *_: None, overwrite=True
                )
            except BaseException:
                place.unlink(missing_ok=True)
                raise
        headers = {
            DIGEST_HEADER: holdings.digest,
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
        }
        return StreamingResponse(
            _removed_when_sent(place), media_type="application/vnd.sqlite3", headers=headers
        )

    def _check_member(self, request: Request) -> Standing:
        standing = standing_of(self._path)
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        member = standing.member(request.headers.get(MEMBER_HEADER, "")) if standing else None
        if (
            standing is None
            or time.monotonic() - standing.at > TRUST_SECONDS
            or member is None
            or kind != "Bearer"
            or not hmac.compare_digest(member.proof, proof_of(token))
        ):
            raise HTTPException(401, "only a machine that is listed in the order of this site may ask this")
        return standing

    def _answer(self, problem: str | None) -> Response:
        content = {"status": "failing" if problem else "ok", "machine": machine_name(self._order)}
        if problem:
            content["text"] = problem
        return JSONResponse(content, 503 if problem else 200, {"Cache-Control": "no-store"})


def _removed_when_sent(place: Path) -> Iterator[bytes]:
    """A file's content; the file is gone afterwards. (The server may send a named file only after the response.)"""
    with place.open("rb") as file:
        place.unlink()
        while chunk := file.read(CHUNK):
            yield chunk
