"""Rows of the table about time: catching up, acknowledging, arriving elsewhere, and what all of it costs."""

import base64
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec
import numpy as np

from machines_engines import until
from machines_faults import Row, Say
from machines_load import Load
from machines_site import ARTICLES, PORT, Machine, Site, articles, finish
from recirc.clock import now_ms
from recirc.server.membership import Credentials
from recirc.server.membership import Machine as Member
from recirc.settings import ServerSettings, Settings, StoreSettings, TrainingSettings
from recirc.store.api_keys import create
from recirc.store.orders.joining import membership_of
from recirc.store.ports import Receipt
from recirc.store.sqlite import SqliteStore
from recirc.types import RECORD, EntryKind, FloatArray, RecordArray
from recirc.web.reader_hasher import ReaderHasher, Salts

HOUR_EVENTS = 3_600_000
"""Of an hour at 1,000 a second."""

AT_ONCE, IN_FLIGHT = 2_000, 8
CATCH_UP_BOUND = 50_000
ACKNOWLEDGED_BOUND, TAIL_BOUND = 50.0, 100.0
RATE, SIZE = 1_000, 10
ASKED = 1_500


def _events(count: int, rng: np.random.Generator) -> RecordArray:
    made = np.zeros(count, RECORD)
    made["id"] = rng.integers(1, 2**63 - 1, count)
    made["time"] = now_ms() - rng.integers(0, 3_600_000, count)
    made["reader"] = rng.integers(1, 200_000, count)
    made["article"] = rng.integers(0, ARTICLES, count)
    made["source"], made["kind"] = -1, EntryKind.VIEW
    return made


def _write(machine: Machine, count: int, say: Say) -> None:
    """Many events, several appends on their way; what had no outcome in time is sent again, and takes effect once."""
    rng = np.random.default_rng(2)
    with SqliteStore(machine.path, busy_seconds=60.0, lead=False) as store:
        waiting: list[tuple[RecordArray, Future[Receipt]]] = []
        for number in range(count // AT_ONCE):
            events = _events(AT_ONCE, rng)
            waiting.append((events, store.append(events)))
            if len(waiting) >= IN_FLIGHT:
                finish(store, *waiting.pop(0))
            if number % 200 == 0:
                say(f"{number * AT_ONCE:,} of {count:,} events written")
        while waiting:
            finish(store, *waiting.pop(0))


def behind(site: Site, count: int, say: Say) -> Iterator[Row]:
    """A machine is away while the others write an hour's events, and catches up while they serve and go on writing."""
    late, *others = reversed(site.machines)
    late.kill()
    _write(others[0], count, say)
    site.settle(others)
    missing = others[0].end() - late.end()
    late.start()
    begin = late.end()
    with Load(site, "behind") as load:
        until(lambda: late.end() > begin, "it begins to catch up")
        since, first = time.monotonic(), late.end()
        until(lambda: late.end() >= others[0].end() - 1_000, "it has caught up", 600.0)
        seconds, taken = time.monotonic() - since, late.end() - first
        late.wait()
        ready = time.monotonic() - since
        load.go_on(time.monotonic())
    found = site.findings(load.names)
    p99 = np.percentile(load.reader.seconds, 99) * 1000
    reader = load.reader
    figure = (
        f"{missing:,} events behind; {taken / seconds:,.0f} events/s into its store, ready after {ready:.0f} s;"
        f" shelves meanwhile {reader.answered:,} answered (p99 {p99:.0f} ms), {reader.unanswered} not; {found}"
    )
    met = taken / seconds >= CATCH_UP_BOUND and load.reader.unanswered == 0 and found.well
    yield Row(
        "a machine an hour behind",
        figure,
        f"≥ {CATCH_UP_BOUND:,} events/s while others serve",
        bool(met),
        found.well,
    )


def _post(machine: Machine, name: str, number: int) -> None:
    """Ten events in one request. Raises AwayError."""
    names = [f"{name}-{each}" for each in range(SIZE)]
    article = f"article-{number % ARTICLES}"
    machine.post(
        "/v1/events",
        [{"id": each, "kind": "view", "article": article, "reader": each} for each in names],
        30.0,
    )


def _note_arrivals(machine: Machine, begin: int, arrived: FloatArray) -> None:
    """When each tenth event after `begin` is in the machine's log."""
    done = 0
    with SqliteStore(machine.path, lead=False) as store:
        while done < len(arrived):
            known = min(len(arrived), (store.end() - begin) // SIZE)
            arrived[done:known] = time.perf_counter()
            done = max(done, known)
            time.sleep(0.001)  # so exactly is the arrival known


def latency(site: Site, seconds: float, say: Say) -> Iterator[Row]:
    """At 1,000 events a second over HTTP: until each is acknowledged, and until another machine's log has it.

    Both count from the moment at which the request was due.
    """
    one, other = site.machines[:2]
    count = round(seconds * RATE / SIZE)
    due, acknowledged, arrived = np.zeros(count), np.zeros(count), np.zeros(count)
    site.settle()
    begin = other.end()

    def send(number: int) -> None:
        _post(one, f"latency-{number}", number)
        acknowledged[number] = time.perf_counter()

    watcher = threading.Thread(target=_note_arrivals, args=(other, begin, arrived), daemon=True)
    watcher.start()
    with ThreadPoolExecutor(16) as pool:
        start = time.perf_counter() + 0.1
        due[:] = start + np.arange(count) * SIZE / RATE
        sent = []
        for number in range(count):
            time.sleep(max(0.0, due[number] - time.perf_counter()))  # the rate is fixed
            sent.append(pool.submit(send, number))
        for each in sent:
            each.result()
    watcher.join(60)
    # The nth arrival is not the nth that was sent, but the latest of n arrivals is not before the nth acknowledgement.
    own, tail = ((np.sort(when) - due) * 1000 for when in (acknowledged, arrived))
    for name, waits in (("acknowledged", own), ("in another machine's log", tail)):
        say(f"{name}: {_distribution(waits)}; {_stalls(waits, due - start)}")
    figure = f"acknowledged {_distribution(own)}; in another machine's log {_distribution(tail)}"
    met = np.percentile(own, 99) <= ACKNOWLEDGED_BOUND and np.percentile(tail, 99) <= TAIL_BOUND
    yield Row(
        f"{RATE:,} events/s", figure, f"p99 ≤ {ACKNOWLEDGED_BOUND:g} / {TAIL_BOUND:g} ms on a quiet machine",
        bool(met), True,
    )  # fmt: skip


def _distribution(waits: FloatArray) -> str:
    """Percentiles of waits in ms."""
    chosen = (50, 90, 99, 99.9, 100)
    values = np.percentile(waits, chosen)
    return ", ".join(f"p{of:g} {value:.0f}" for of, value in zip(chosen, values, strict=True)) + " ms"


def _stalls(waits: FloatArray, since: FloatArray) -> str:
    """When waits were longer than the bound of a tail: begin and length of each such time, in s."""
    slow = np.flatnonzero(waits > TAIL_BOUND)
    if not len(slow):
        return f"none above {TAIL_BOUND:g} ms"
    parts = np.split(slow, np.flatnonzero(np.diff(slow) > 1) + 1)
    shown = ", ".join(
        f"{since[part[0]]:.1f} s ({len(part)} requests, up to {waits[part].max():.0f} ms)"
        for part in parts[:20]
    )
    return f"above {TAIL_BOUND:g} ms {len(parts)} times: {shown}"


def salt(site: Site, say: Say) -> Iterator[Row]:
    """Every byte that machines and engines have on disk is searched for the readers' salt, in three spellings."""
    with Load(site, "salt") as load:
        load.go_on(time.monotonic())
    salts = _salts(site)
    site.engine.flush()
    forms = [
        form
        for secret in (salts.today, salts.following)
        for form in (secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")[:40])
    ]
    control = site.machines[0].url.encode()
    files, size, found, controls = 0, 0, 0, 0
    for path in site.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            files, size = files + 1, size + len(content)
            found += any(form in content for form in forms)
            controls += control in content
    say(f"{files:,} files searched")
    figure = f"in {found} of {files:,} files ({size / 1e6:,.0f} MB); the control value in {controls}"
    met = found == 0 and controls > 1
    yield Row("the readers' salt on disks", figure, "absent; control value found", met, met)


def _salts(site: Site) -> Salts:
    """The site's salt, asked for as another machine does."""
    readers, order = ReaderHasher(now_ms()), site.machines[0].settings.order
    own = readers.salts(now_ms())
    order = msgspec.structs.replace(order, machine="asking", url="")
    folder = site.folder / "asking"
    folder.mkdir()
    membership = membership_of(order)
    assert membership is not None
    settings = Settings(
        server=ServerSettings(host="10.99.0.1", port=PORT),
        store=StoreSettings(path=str(folder / "recirc.db")),
        order=order,
    )
    member = Member(settings, Credentials.fresh(), readers, membership)
    try:

        def agreed() -> Salts | None:
            member.beat(time.monotonic())
            time.sleep(0.5)  # the others answer a beat over the network
            salts = readers.salts(now_ms())
            return salts if salts != own else None

        return until(agreed, "the salt")
    finally:
        member.leave()


def throughput(site: Site, say: Say) -> Iterator[Row]:
    """Processor time for a page of shelves and for a write: of three machines, and of one without an order."""
    shared_shelves = _cost_of_shelves(site.machines)
    shared_writes = _cost_of_writes(site.machines)
    say("one machine alone")
    for each in site.machines:
        each.kill()
    alone = _alone(site)
    try:
        alone_shelves = _cost_of_shelves([alone])
        alone_writes = _cost_of_writes([alone])
    finally:
        alone.stop()
        for each in site.machines:
            each.start()
    figure = (
        f"shelves {shared_shelves:.2f} ms of processor time on three machines, {alone_shelves:.2f} ms on one; a command"
        f" of 10 events {shared_writes:.2f} ms on all three machines together without the engine, {alone_writes:.2f} ms"
        " on one"
    )
    yield Row("throughput on one box", figure, "shelves no slower per core (+10 %); overhead stated",
              shared_shelves <= 1.1 * alone_shelves, True)  # fmt: skip


def _alone(site: Site) -> Machine:
    """One of the hosts with a store of its own and no order, with the same newspaper."""
    host = site.machines[0].host
    folder = site.folder / "one-alone"
    settings = Settings(
        server=ServerSettings(host=host.address, port=PORT, workers=site.machines[0].settings.server.workers),
        store=StoreSettings(path=str(folder / "recirc.db")),
        training=TrainingSettings(background=False),
    )
    machine = Machine(host, folder, settings)
    with SqliteStore(machine.path):
        machine.key = create(machine.path, "alone")
    machine.start()
    machine.wait()
    machine.post("/v1/articles", articles(), 60.0)
    return machine


def _cost_of_shelves(machines: list[Machine]) -> float:
    """ms of processor time of all machines for each request for shelves, less what they use when nobody asks."""
    idle = _idle(machines)

    def ask(number: int) -> None:
        machine = machines[number % len(machines)]
        machine.get(
            f"/v1/shelves?article=article-{number % ARTICLES}&history=article-{(number * 7) % ARTICLES}", 30.0
        )

    return _cost(machines, ask, idle)


def _cost_of_writes(machines: list[Machine]) -> float:
    """ms of processor time of all machines for each command of ten events."""
    idle, began = _idle(machines), time.time_ns()

    def write(number: int) -> None:
        _post(machines[number % len(machines)], f"cost-{began}-{number}", number)

    return _cost(machines, write, idle)


def _cost(machines: list[Machine], act: Callable[[int], None], idle: float) -> float:
    for number in range(60):
        act(number)
    began, used = time.monotonic(), sum(each.seconds_used() for each in machines)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(60, 60 + ASKED)))
    time.sleep(1.0)  # what follows a write is done by then
    seconds = time.monotonic() - began
    return 1000 * (sum(each.seconds_used() for each in machines) - used - idle * seconds) / ASKED


def _idle(machines: list[Machine]) -> float:
    """Processor seconds a second while nobody asks."""
    used = sum(each.seconds_used() for each in machines)
    time.sleep(5.0)  # the time that is measured
    return (sum(each.seconds_used() for each in machines) - used) / 5.0
