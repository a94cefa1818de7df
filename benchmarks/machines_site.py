"""`recirc serve` on three hosts behind one order: started, asked, killed, and compared when all is still."""

import http.client
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np

from machines_engines import EngineError, EngineOfOrder, until
from machines_net import Host, Network
from recirc.settings import OrderSettings, ServerSettings, Settings, StoreSettings, TrainingSettings
from recirc.store import history, rows
from recirc.store.api_keys import create
from recirc.store.backup import verify
from recirc.store.ids import record_key
from recirc.store.orders.joining import join
from recirc.store.ports import BusyError, HistoryHead, Receipt
from recirc.store.sqlite import SqliteStore
from recirc.types import RecordArray

SITE, PORT, KEY_NAME = "bench", 8000, "bench"
NAMES = ("one", "two", "three")
ARTICLES = 30
Value = TypeVar("Value")
READY_SECONDS, STOP_SECONDS = 600.0, 60.0


class AwayError(Exception):
    """A machine does not answer, or answers that it cannot do this at the moment."""


def recirc(*words: str | Path) -> list[str | Path]:
    """The command `recirc`, as this Python runs it."""
    return [sys.executable, "-c", "from recirc.cli import main; main()", *words]


class Machine:
    """One machine of the site; its processes are in one group, in its host's namespace."""

    def __init__(self, host: Host, folder: Path, settings: Settings) -> None:
        folder.mkdir(exist_ok=True)
        self.host, self.folder, self.settings = host, folder, settings
        self.path = Path(settings.store.path)
        self.key = ""
        self.source: Path | None = None  # folder with the package of another version
        self._config = folder / "recirc.toml"
        self._config.write_text(changed(settings), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://{self.host.address}:{PORT}"

    def start(self) -> None:
        """Start it; does not wait."""
        with (self.folder / "serve.log").open("ab") as log:
            others = {} if self.source is None else {"PYTHONPATH": str(self.source)}
            words = recirc("serve", "--config", self._config)
            self._process = self.host.start(words, log, cwd=self.folder, env=os.environ | others)

    def wait(self) -> None:
        """Until it is ready for readers. Raises EngineError."""
        try:
            until(lambda: self.status("/readyz") == 200, f"{self.url} is ready", READY_SECONDS)
        except EngineError as error:
            raise EngineError(f"{error}; its log ends with: {self.log()[-2000:]}") from None

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End all its processes: at once, or (SIGTERM, which goes to the first alone) in its own way."""
        assert self._process is not None
        with suppress(ProcessLookupError):
            if how == signal.SIGTERM:
                self._process.send_signal(how)
            else:
                os.killpg(self._process.pid, how)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def stop(self) -> None:
        """Kill what is left of it."""
        if self._process is not None:
            self.kill()

    def ended(self) -> bool:
        """Whether its first process has ended by itself."""
        return self._process is None or self._process.poll() is not None

    def sequencer(self) -> int | None:
        """The number of the process that writes; None: there is none at the moment."""
        assert self._process is not None
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                name = (folder / "comm").read_text().strip()
                if name == "sequencer" and os.getpgid(int(folder.name)) == self._process.pid:
                    return int(folder.name)
        return None

    def seconds_used(self) -> float:
        """Processor time of all its processes so far, in s."""
        assert self._process is not None
        ticks = 0
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getpgid(int(folder.name)) == self._process.pid:
                    ticks += sum(map(int, (folder / "stat").read_text().rpartition(")")[2].split()[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def command(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run a command of `recirc` on this host, with its settings."""
        command = self.host.words(*map(str, recirc(*words, "--config", self._config)))
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    def log(self) -> str:
        """What it has printed."""
        return (self.folder / "serve.log").read_text("utf-8", errors="replace")

    # Asking

    def status(self, path: str, seconds: float = 2.0) -> int:
        """Status of the answer to a GET; 0: none."""
        try:
            return self._asked("GET", path, None, seconds)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def get(self, path: str, seconds: float = 2.0) -> Any:
        """The JSON that a GET answers with. Raises AwayError."""
        return self._json("GET", path, None, seconds)

    def post(self, path: str, content: Any, seconds: float = 5.0) -> Any:
        """The JSON that a POST with the key answers with. Raises AwayError."""
        return self._json("POST", path, msgspec.json.encode(content), seconds)

    def _json(self, method: str, path: str, body: bytes | None, seconds: float) -> Any:
        try:
            status, told = self._asked(method, path, body, seconds)
            if status >= 300:
                raise AwayError(f"{self.url}{path}: {status}: {told[:300]!r}")
            return msgspec.json.decode(told)
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as error:
            raise AwayError(f"{self.url}{path}: {error!r}") from error

    def _asked(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.host.address, PORT, timeout=seconds)
        with closing(connection):
            headers = {"Content-Type": "application/json"}
            if self.key:
                headers["Authorization"] = f"Bearer {self.key}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    # Looking at its file

    def head(self) -> HistoryHead:
        """The last command that it has applied."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return history.head(connection)

    def end(self) -> int:
        """Number of entries in its log."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            return rows.end(connection)

    def keys(self) -> list[int]:
        """Keys of all events in its log."""
        with closing(sqlite3.connect(self.path, timeout=30)) as connection:
            found = rows.read(connection, 0, 1 << 40).records["id"]
        return [key for key in found.tolist() if key]


class Findings(NamedTuple):
    """What three machines hold after a row of the table.

    Attributes:
        lost: acknowledged events that a machine lacks.
        twice: events that are in a log more than once.
        alike: whether the hash of all rows is the same on all.
    """

    acknowledged: int
    lost: int
    twice: int
    alike: bool

    @property
    def well(self) -> bool:
        """Whether nothing is amiss."""
        return self.lost == self.twice == 0 and self.alike

    def __str__(self) -> str:
        same = "rows alike" if self.alike else "ROWS DIFFER"
        return f"{self.lost} lost, {self.twice} twice of {self.acknowledged:,} acknowledged; {same}"


class Site:
    """Three machines that serve one newspaper of a few articles."""

    def __init__(
        self, network: Network, stack: ExitStack, folder: Path, engine: EngineOfOrder, workers: int = 2
    ) -> None:
        """Start them: the first with the newspaper, the others with empty folders."""
        self.engine, self.folder = engine, folder
        self.machines = [
            Machine(host, folder / host.name, self._settings(host, folder / host.name, workers))
            for host in (network.host(name, stack) for name in NAMES)
        ]
        subprocess.run(
            [*map(str, recirc("warm"))], check=True, capture_output=True
        )  # else each start compiles
        first = self.machines[0]
        join(first.path, first.settings.order, 60.0)
        with SqliteStore(first.path, busy_seconds=60.0):
            key = create(first.path, KEY_NAME)
        for each in self.machines:
            each.key = key
            stack.callback(each.stop)
            each.start()
            each.wait()
            if each is first:
                each.post("/v1/articles", articles(), 60.0)

    def _settings(self, host: Host, folder: Path, workers: int) -> Settings:
        order = OrderSettings(
            engine=self.engine.name,
            address=self.engine.address, site=SITE, machine=host.name, url=f"http://{host.address}:{PORT}",
        )  # fmt: skip
        return Settings(
            server=ServerSettings(host=host.address, port=PORT, workers=workers),
            store=StoreSettings(path=str(folder / "recirc.db")),
            training=TrainingSettings(background=False),
            order=order,
        )

    def settle(self, machines: Sequence[Machine] | None = None) -> None:
        """Wait until all have applied the same. Raises EngineError."""
        chosen = self.machines if machines is None else machines
        until(lambda: len({each.head() for each in chosen}) == 1, "all machines have the same", 180.0)

    def findings(self, acknowledged: Sequence[str]) -> Findings:
        """What they hold, when they have caught up, of the events that were acknowledged by name."""
        for each in self.machines:
            each.wait()
        self.settle()
        wanted = {record_key("id", KEY_NAME, name) for name in acknowledged}
        lost = twice = 0
        for each in self.machines:
            keys = each.keys()
            lost += len(wanted - set(keys))
            twice += len(keys) - len(set(keys))
        digests = {verify(each.path, lambda *_: None).digest for each in self.machines}
        return Findings(len(acknowledged), lost, twice, len(digests) == 1)


def changed(settings: Settings) -> str:
    """The settings that are not the defaults, as TOML: an older version knows no others."""
    lines, usual = list[str](), msgspec.to_builtins(Settings())
    for table, values in msgspec.to_builtins(settings).items():
        own = {name: value for name, value in values.items() if value != usual[table][name]}
        if own:
            lines += [f"[{table}]", *(f"{name} = {msgspec.json.encode(own[name]).decode()}" for name in own)]
    return "\n".join(lines)


def again(act: Callable[[], Value]) -> Value:
    """What an act returns, done again while it is not known whether it took effect."""
    while True:
        with suppress(BusyError, AwayError):
            return act()


def finish(store: SqliteStore, events: RecordArray, appended: "Future[Receipt]") -> None:
    """Wait for an append; one that has no outcome in time is sent again, and takes effect once."""
    while True:
        try:
            appended.result()
        except BusyError:
            appended = store.append(events)
        else:
            return


def articles() -> list[dict[str, Any]]:
    """The newspaper."""
    rng = np.random.default_rng(3)
    words = [
        "ferry",
        "harbour",
        "council",
        "bridge",
        "storm",
        "budget",
        "school",
        "tram",
        "museum",
        "market",
        "river",
    ]
    return [
        {
            "id": f"article-{number}",
            "headline": " ".join(rng.choice(words, 4)).capitalize(),
            "body": f"<p>{' '.join(rng.choice(words, 80))}.</p>",
        }
        for number in range(ARTICLES)
    ]
