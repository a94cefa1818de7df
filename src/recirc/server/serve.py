"""`recirc serve`: one worker process or several, each with the whole state, all reading the same log."""

import asyncio
import fcntl
import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from starlette.applications import Starlette

from recirc.buckets import check_bucket, is_bucket
from recirc.clock import now_ms
from recirc.desk.people import desk_address, invitation_link
from recirc.engine import Engine
from recirc.engine.warm import compile_loops
from recirc.errors import UserError
from recirc.ingest.push import warm_up
from recirc.ingest.releases import Releaser
from recirc.server.app import create_app
from recirc.server.cluster_routes import ClusterRoutes
from recirc.server.connections import ConnectionGuard, connection_limit
from recirc.server.copying import join_with_copy
from recirc.server.draining import Drain
from recirc.server.heartbeats import Heartbeats
from recirc.server.membership import Credentials, member_of_site
from recirc.server.sequencing import sequencing
from recirc.settings import Settings
from recirc.store.accounts import Accounts
from recirc.store.api_keys import ApiKeys, create
from recirc.store.command_port import CommandPort
from recirc.store.orders.joining import join
from recirc.store.ports import BusyError, StoreError
from recirc.store.source_registry import SourceRegistry
from recirc.store.sqlite import SqliteStore
from recirc.types.roles import Role
from recirc.web.embed_rejections import RejectionTable
from recirc.web.reader_hasher import ReaderHasher
from recirc.web.site_alarms import SiteAlarms

STOP_SECONDS = 5
"""Seconds after which a worker that does not stop is killed; nothing acknowledged is lost by that."""

PARENT_SECONDS = 1.0
"""Interval at which a worker checks that its parent still runs."""


class ServeError(UserError):
    """The server cannot start; the text says why and what to do."""


LOCK_SECONDS = 5.0
"""Time for the workers of a server that was killed to end, before the next one is refused."""

HEADER_BYTES = 131_072
"""Largest size of a request's headers."""


class Shared(NamedTuple):
    """What the first process shares with its workers.

    Attributes:
        readers: makes the keyed hashes of readers.
        heartbeats: of all workers.
        parent: id of the first process, with which the workers end.
        unusable: set by a worker where the store cannot be used at all.
        drain: whether the server is about to stop.
        rejections: rejected requests of pages of other sites.
    """

    readers: ReaderHasher
    heartbeats: Heartbeats
    parent: int
    unusable: Event
    drain: Drain
    rejections: RejectionTable


Companion = Callable[[Settings], AbstractContextManager[None]]


def serve(
    settings: Settings,
    companion: Companion | None = None,
    before: Callable[[Settings], object] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `companion` is a context entered meanwhile, such as the polling of sources.

    `before` is called when nothing stands against the start, and before anything is made.

    Raises:
        ServeError: the port is taken, or the address is not one of this machine, or another server serves the store,
            or the workers keep failing.
        BucketError: the pictures are in a bucket that cannot be one.
        StoreError: the store cannot be opened.
    """
    host, port = settings.server.host, settings.server.port
    check_port(host, port)
    if is_bucket(settings.media.folder):
        check_bucket(settings.media.folder)
    if before is not None:
        before(settings)
    with only_server(Path(settings.store.path)):
        # Before the workers are forked, which inherit the machine code: none of them stops to compile.
        compile_loops(settings, partial(print, file=sys.stderr, flush=True))
        credentials = Credentials.fresh()
        join_with_copy(settings, credentials, partial(print, flush=True))
        join(Path(settings.store.path), settings.order, settings.store.busy_seconds)
        first_key(Path(settings.store.path))
        first_invitation(settings)
        index_articles(settings)
        _serve(settings, companion, credentials)


def _serve(settings: Settings, companion: Companion | None, credentials: Credentials) -> None:
    host, port = settings.server.host, settings.server.port
    # Workers inherit the mapping and the lock of the salt, which only a fork passes on.
    multiprocessing.set_start_method("fork", force=True)
    shared = Shared(
        ReaderHasher(now_ms()),
        Heartbeats(settings.server.hang_seconds),
        os.getpid(),
        multiprocessing.Event(),
        Drain(settings.server.drain_seconds),
        RejectionTable(),
    )
    connections = connection_limit(settings.server)
    shown = f"[{host}]" if ":" in host else host
    print(
        f"{settings.site.name} is served at http://{shown}:{port} in a moment, from {settings.store.path} "
        "(stop with Ctrl-C)",
        flush=True,
    )
    # Nothing that was made so far is looked at for garbage again, neither here nor in the forks, whose memory it stays.
    gc.collect()
    gc.freeze()
    server = _granian(settings, connections)
    server.on_startup(shared.drain.before_end)
    try:
        with (
            member_of_site(settings, credentials, shared.readers),  # forked before there are threads
            sequencing(settings),
            companion(settings) if companion else nullcontext(),
        ):
            shared.heartbeats.watch()
            server.serve(target_loader=lambda _: worker(settings, shared))
    except SystemExit as error:
        # Ctrl-C reaches the workers too, so it is no failure that they stop.
        if error.code and not server.interrupt_signal:
            raise ServeError("the workers failed again and again; see above for the reason") from None
    if shared.unusable.is_set():
        raise ServeError("the store cannot be used; see above for the reason")


def _granian(settings: Settings, connections: int) -> Any:
    """The HTTP server; `connections`: the most that a worker accepts."""
    return Granian(
        "recirc.server.app",
        address=settings.server.host,
        port=settings.server.port,
        interface=Interfaces.ASGI,
        # The limits below exist for HTTP/1 only; HTTP/2 is for the proxy to speak.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(settings.server.idle_seconds * 1000), max_buffer_size=HEADER_BYTES
        ),
        backpressure=connections,
        workers=settings.server.workers,
        websockets=False,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=True,
    )


@contextmanager
def only_server(path: Path) -> Iterator[None]:
    """Hold the lock of the server of this store. Workers inherit it: it is free when all have ended.

    Raises:
        ServeError: another server serves the store.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.server").open("a+")
    except OSError:  # who opens the store says why
        yield
        return
    with lock:
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    lock.seek(0)
                    raise ServeError(
                        f"{path}: another server already serves this store (process {lock.read().strip()}); "
                        "stop that one, or name another store with --db"
                    ) from None
                time.sleep(0.05)  # a lock that becomes free wakes nobody who also has a deadline
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def worker(settings: Settings, shared: Shared) -> Starlette:
    """One worker's app, with an engine of its own, which is closed when the worker stops."""
    # Until granian sets its own handlers, a signal ends the worker at once, even while it folds the log.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        engine = Engine.open(settings, lead=settings.server.workers == 1)
        if settings.server.workers == 1:
            # At once, not with its own first command: the polling of sources hands its commands to this process.
            with CommandPort.open(
                Path(settings.store.path), busy_seconds=settings.store.busy_seconds
            ) as port:
                port.take_lead()
    except StoreError as error:
        print(f"recirc: {error}", file=sys.stderr, flush=True)
        if not isinstance(error, BusyError):  # started again, it would fail again
            shared.unusable.set()
            os.kill(shared.parent, signal.SIGTERM)
        raise SystemExit(1) from None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        beating = asyncio.create_task(shared.heartbeats.beat())
        yield
        beating.cancel()
        alarm.close()
        releaser.close()
        engine.close()

    releaser = Releaser(engine)
    cluster = ClusterRoutes(engine, shared.readers, shared.drain.is_under_way).routes()
    app = create_app(engine, shared.readers, lifespan=lifespan, cluster=cluster, rejections=shared.rejections)
    alarm = engine.exclusions.watch(settings, app.state.metrics.count_alarms)
    sources = SourceRegistry(Path(settings.store.path), settings.sources)
    alarm.beside = SiteAlarms(engine, sources).look
    engine.start()
    releaser.start()
    alarm.start()
    Thread(target=warm_up, args=(engine, sources), name="warm-up", daemon=True).start()
    ConnectionGuard(settings.server).start()
    Thread(target=_follow_parent, args=(shared.parent,), name="parent", daemon=True).start()
    # What exists now stays; collecting garbage in it would stop all requests for some 80 ms each time.
    gc.collect()
    gc.freeze()
    return app


def _follow_parent(parent: int) -> None:
    # A worker that outlives its parent would keep the port, and the parent's id could no longer stop it.
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def first_key(path: Path) -> None:
    """Create an API key if there is none, and print it. It cannot be shown again: only its hash is stored.

    Raises:
        StoreError: the store cannot be opened.
    """
    if not ApiKeys(path).any():
        key = create(path, "first")
        print(f"API key, shown only this once: {key}", flush=True)


def first_invitation(settings: Settings) -> None:
    """Print an administrator's invitation to the desk while there is no account; those before it are taken back.

    A machine that is behind the order of several, or cannot reach it, starts without one: it serves readers all the
    same.

    Raises:
        StoreError: the store cannot be opened.
    """
    accounts, now = Accounts(Path(settings.store.path), busy_seconds=settings.store.busy_seconds), now_ms()
    if accounts.all():
        return
    try:
        for key in accounts.invitations(now):
            accounts.take_back(key)
        token = accounts.invite(Role.ADMINISTRATOR, settings.site.name, now)
    except BusyError as error:
        if settings.order.engine == "local":
            raise
        print(f"No invitation to the desk is made at this start: {error}", flush=True)
        return
    print(
        f"Invitation to the desk, for three days: {invitation_link(desk_address(settings), token)}",
        flush=True,
    )


def index_articles(settings: Settings) -> None:
    """Build the search index of a store that has none yet, and print the progress.

    Raises:
        StoreError: the store cannot be opened.
    """
    path, started = Path(settings.store.path), time.monotonic()

    def progress(done: int, total: int) -> None:
        nonlocal started
        if time.monotonic() - started > 1.0:
            started = time.monotonic()
            print(f"indexing articles for search: {done:,} of {total:,}", flush=True)

    SqliteStore(path, busy_seconds=settings.store.busy_seconds, progress=progress).close()


def check_port(host: str, port: int) -> None:
    """Check that the server can listen on the address.

    Raises:
        ServeError: it cannot.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ServeError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; stop the program that uses it, "
            "or set another port with --port or RECIRC_SERVER__PORT"
        ) from None
