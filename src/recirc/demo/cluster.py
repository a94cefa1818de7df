"""`recirc cluster`: the sample newspaper on several machines, here processes of one, behind one order and one proxy."""

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from recirc import clock
from recirc.demo.order_database import database, free_port
from recirc.demo.round_robin import RoundRobin
from recirc.demo.run import DemoError, demo_folder, drawing, fill, live_readers, out, settings_of
from recirc.engine.warm import compile_loops
from recirc.settings import MediaSettings, OrderSettings, Settings, StoreSettings, document
from recirc.store.api_keys import create

NAMES = ("one", "two", "three", "four", "five")
STOP_SECONDS = 10.0
READY_SECONDS = 180.0
AGAIN_SECONDS = 15.0
"""Time for which a machine that was killed stays away, so that one can see the others go on."""

SERVE = (sys.executable, "-c", "from recirc.cli import main; main()", "serve", "--config")


def run(host: str, port: int, folder: Path, machines: int, rate: float, *, pictures: bool = True) -> None:
    """Set up the sample newspaper on `machines` machines and serve it until Ctrl-C.

    `rate`: events that simulated readers send a second. A machine that is killed is started again after AGAIN_SECONDS.

    Raises:
        DemoError: PostgreSQL is not installed, the folder has other contents, or a machine does not start.
        StoreError: the store cannot be written.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what was started is stopped
    with demo_folder(folder), ExitStack() as stack:
        address = stack.enter_context(database())
        first = _first_settings(folder, port)
        compile_loops(first, out.print)
        readerships = fill(first, clock.now().astimezone(), 1)
        key = create(Path(first.store.path), "simulated readers")
        urls = []
        for name in NAMES[:machines]:
            settings = machine_settings(first, name, folder, address)
            machine = stack.enter_context(running(MachineProcess(settings, folder / name)))
            urls.append(f"http://127.0.0.1:{settings.server.port}")
            out.print(f"machine {name} serves at {urls[-1]}; to kill it: kill -9 -- -{machine.group}")
        stack.enter_context(drawing(machine_settings(first, NAMES[0], folder, address), pictures))
        stack.enter_context(live_readers(f"http://127.0.0.1:{port}", key, readerships, rate, 1))
        out.print(
            f"\nThe newspaper is at http://{host}:{port}, from one machine after another; /how-it-works says at its end"
            " which one answered, and so does the header X-Served-By.\nKill any machine and read on."
            f" It comes back after {AGAIN_SECONDS:g} seconds. Stop with Ctrl-C."
        )
        proxy = Server(
            RoundRobin(urls),
            host,
            port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            log_enabled=False,
        )
        asyncio.run(_serve_until_stopped(proxy))


async def _serve_until_stopped(proxy: Server) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, proxy.stop)
    await proxy.serve()


def _first_settings(folder: Path, port: int) -> Settings:
    """Those with which the store is filled, for readers at `port`. Files of pictures are in one folder for all, as on
    a shared disk.
    """
    settings = settings_of("127.0.0.1", free_port(), folder / NAMES[0], public_port=port)
    Path(settings.store.path).parent.mkdir()
    return msgspec.structs.replace(settings, media=MediaSettings(folder=str(folder / "media")))


def machine_settings(first: Settings, name: str, folder: Path, address: str) -> Settings:
    """The settings of one machine, which follows the order at `address`."""
    port = first.server.port if name == NAMES[0] else free_port()
    return msgspec.structs.replace(
        first,
        # The proxy is on this machine, and says whose request it is.
        server=msgspec.structs.replace(first.server, port=port, trust_proxy=True, drain_seconds=2.0),
        store=StoreSettings(path=str(folder / name / "recirc.db")),
        order=OrderSettings(
            engine="postgresql", address=address, site="demo", machine=name, accept_loss=True
        ),
    )


class MachineProcess:
    """`recirc serve` in processes of its own, which is started again when it was killed."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._port = settings.server.port
        self._folder = folder
        self._config = folder / "recirc.toml"
        self._stopped = Signal()
        folder.mkdir(exist_ok=True)
        self._config.write_text(document(settings), "utf-8")
        self._process = self._start()
        self._watcher = Thread(target=self._watch, name=f"machine {folder.name}", daemon=True)

    @property
    def group(self) -> int:
        """Number of its group of processes."""
        return self._process.pid

    def wait(self) -> None:
        """Until it serves, and from then on watch it. Raises DemoError: it does not start."""
        give_up = time.monotonic() + READY_SECONDS
        while not _ready(self._port):
            if self._process.poll() is not None or time.monotonic() > give_up:
                log = (self._folder / "serve.log").read_text("utf-8")
                raise DemoError(f"machine {self._folder.name} does not start: {log[-2000:]}")
            time.sleep(0.1)  # nothing else tells when a server is ready
        self._watcher.start()

    def stop(self) -> None:
        """End its processes."""
        self._stopped.set()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with (self._folder / "serve.log").open("ab") as log:
            return subprocess.Popen(
                (*SERVE, str(self._config)), stdout=log, stderr=log, start_new_session=True
            )

    def _watch(self) -> None:
        while True:
            self._process.wait()
            if self._stopped.is_set():
                return
            out.print(
                f"machine {self._folder.name} is gone; it is started again in {AGAIN_SECONDS:g} seconds"
            )
            if self._stopped.wait(AGAIN_SECONDS):
                return
            self._process = self._start()
            out.print(f"machine {self._folder.name} starts; to kill it: kill -9 -- -{self.group}")


@contextmanager
def running(machine: MachineProcess) -> Iterator[MachineProcess]:
    """A machine that serves, until the end of the context."""
    try:
        machine.wait()
        yield machine
    finally:
        machine.stop()


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
            return True
    except OSError:
        return False
