"""`recirc serve`: the portal in one process or several, each with the whole state, all tailing one log."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Thread

from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar

from recirc.engine import Engine
from recirc.server.app import create_app
from recirc.server.sequencing import sequencing
from recirc.settings import Settings
from recirc.store.api_keys import ApiKeys, create
from recirc.store.ports import StoreError
from recirc.store.sqlite import SqliteStore
from recirc.web.incoming import wall_clock
from recirc.web.reader_hasher import ReaderHasher

STOP_SECONDS = 5
"""A worker that has not stopped so long after the signal is killed; nothing acknowledged is lost by it."""

PARENT_SECONDS = 1.0
"""How often a worker looks whether its parent still lives."""


class ServeError(Exception):
    """The portal cannot be served; the text says why and what to do."""


Beside = Callable[[Settings], AbstractContextManager[None]]


def serve(settings: Settings, beside: Beside | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `beside` is entered for as long as that lasts.

    Raises:
        ServeError: the port is taken, or the address is not one of this machine, or the workers keep failing.
        StoreError: the store cannot be opened.
    """
    host, port = settings.server.host, settings.server.port
    check_port(host, port)
    first_key(Path(settings.store.path))
    index_words(settings)
    # Workers inherit the salt's mapping and lock: only a fork hands these on.
    multiprocessing.set_start_method("fork", force=True)
    readers = ReaderHasher(wall_clock())
    shown = f"[{host}]" if ":" in host else host
    print(
        f"{settings.site.name} is served at http://{shown}:{port} in a moment (stop with Ctrl-C)", flush=True
    )
    server = Granian(
        "recirc.server.app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.server.workers,
        websockets=False,
        log_access=False,
        log_enabled=False,
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=True,
    )
    parent = os.getpid()
    try:
        with sequencing(settings), beside(settings) if beside else nullcontext():
            server.serve(target_loader=lambda _: worker(settings, readers, parent))
    except SystemExit as error:
        # Ctrl-C reaches the workers too: that they stop by themselves is no failure.
        if error.code and not server.interrupt_signal:
            raise ServeError("the workers failed again and again; see above for the reason") from None


def worker(settings: Settings, readers: ReaderHasher, parent: int) -> Litestar:
    """One worker's app, with an engine of its own that is opened here and closed when the worker stops.

    `parent` is the process id that it must not outlive, also when that was killed while the engine was opened.
    """
    # Until granian takes over, a signal ends a worker that still folds the log, at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        engine = Engine.open(settings, lead=settings.server.workers == 1)
    except StoreError as error:
        print(f"recirc: {error}", file=sys.stderr, flush=True)
        raise SystemExit(1) from None
    app = create_app(engine, readers)
    engine.start()
    Thread(target=_follow_parent, args=(parent,), name="parent", daemon=True).start()
    app.on_shutdown.append(engine.close)
    # What is there now stays: to look through it for garbage again and again would stop all requests for some 80 ms.
    gc.collect()
    gc.freeze()
    return app


def _follow_parent(parent: int) -> None:
    # A worker whose parent was killed would keep the port, and nobody could stop it by the parent's id.
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def first_key(path: Path) -> None:
    """Make an API key and print it, if there is none yet. It is never shown again: only its hash is kept.

    Raises:
        StoreError: the store cannot be opened.
    """
    if not ApiKeys(path).any():
        key = create(path, "first")
        print(f"API key, shown only this once: {key}", flush=True)


def index_words(settings: Settings) -> None:
    """Let the articles of a store from before there was a search be found, once, and say how far it is.

    Raises:
        StoreError: the store cannot be opened.
    """
    path, started = Path(settings.store.path), time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal started
        if time.monotonic() - started > 1.0:
            started = time.monotonic()
            print(f"indexing articles for search: {done:,} of {total:,}", flush=True)

    SqliteStore(path, busy_seconds=settings.store.busy_seconds, progress=tell).close()


def check_port(host: str, port: int) -> None:
    """Try the address before anything is started.

    Raises:
        ServeError: it cannot be listened on.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ServeError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; stop what is there, "
            "or set another port with --port or RECIRC_SERVER__PORT"
        ) from None
