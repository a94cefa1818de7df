"""`recirc demo`: an empty folder, the sample paper, two weeks of readers, and then the portal."""

import fcntl
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
from rich.console import Console

from recirc import clock
from recirc.clock import to_ms
from recirc.demo.live import Readership, run_live
from recirc.demo.paper import FOLDERS, PaperArticle, articles, paper, pieces
from recirc.demo.past import VISITS, fill_past
from recirc.demo.pictures import draw
from recirc.demo.readers import FRONT, SEARCH, SOCIAL, Population
from recirc.demo.world import world_of
from recirc.engine import Engine
from recirc.engine.warm import compile_loops
from recirc.errors import UserError
from recirc.settings import (
    BrandSettings,
    BrandsSettings,
    PortalSettings,
    ServerSettings,
    Settings,
    SiteSettings,
    StoreSettings,
)
from recirc.store.api_keys import create
from recirc.types import Article

MARKER = ".recirc-demo"
READERS = 6_000
SHARES = {"en": 0.85, "de": 0.15}
"""Of all readers and visits, by the language of their newspaper."""

STOP_SECONDS = 2.0
"""Time that the process of the live readers has to end before it is killed."""

out = Console(soft_wrap=True, highlight=False)


class DemoError(UserError):
    """The demo cannot run here; the text says why and what to do."""


def run(
    host: str,
    port: int,
    folder: Path,
    seed: int,
    rate: float,
    *,
    serve: Callable[[Settings], None],
    pictures: bool = True,
) -> None:
    """Set up the demo in `folder` and serve it with `serve`, which returns when the server stops.

    `seed` determines the simulated readers, `rate` is the number of events that they send a second; 0: no readers.
    `pictures`: whether they are drawn, beside the server.

    Raises:
        DemoError: the folder has other contents, or another demo is using it.
        StoreError: the store cannot be written.
    """
    with demo_folder(folder):
        settings = settings_of(host, port, folder)
        compile_loops(settings, out.print)
        readerships = fill(settings, clock.now().astimezone(), seed)
        key = create(Path(settings.store.path), "simulated readers")
        _print_welcome(settings, folder, rate)
        with (
            drawing(settings, pictures),
            live_readers(_url(host, port), key, readerships, rate, seed),
        ):
            serve(settings)


def settings_of(host: str, port: int, folder: Path, *, public_port: int | None = None) -> Settings:
    """The demo's own settings; neither recirc.toml nor the environment is read.

    `public_port`: the port at which readers find it, behind a proxy.
    """
    public = port if public_port is None else public_port
    tide = paper()
    return Settings(
        site=SiteSettings(
            name=tide.name,
            tagline=tide.tagline,
            sections=tuple(section.slug for section in tide.section),
            referrers={str(FRONT): "Front page", str(SEARCH): "Search", str(SOCIAL): "Social networks"},
        ),
        portal=PortalSettings(opinion=("opinion", "meinung")),
        brands=BrandsSettings(
            list=tuple(_brand(language, public) for language in FOLDERS if language != "en"), apart=True
        ),
        server=ServerSettings(host=host, port=port),
        store=StoreSettings(path=str(folder / "recirc.db")),
    )


def _brand(language: str, port: int) -> BrandSettings:
    edition = paper(language)
    assert edition.host is not None
    return BrandSettings(
        name=edition.name,
        tagline=edition.tagline,
        hosts=(edition.host,),
        url=f"http://{edition.host}:{port}",
        language=language,
        sections=tuple(section.slug for section in edition.section),
        outlets=(edition.name,),
        colours=edition.colours,
    )


def fill(settings: Settings, now: datetime, seed: int) -> tuple[Readership, ...]:
    """Publish the newspapers and simulate two weeks of readers; each step prints a line on the terminal.

    Raises:
        StoreError: the store cannot be written.
    """
    rng = np.random.default_rng(seed)
    written = {language: pieces(now, language) for language in FOLDERS}
    readerships = [_readership(language, written[language], rng) for language in FOLDERS]
    offset = now.utcoffset()
    engine = Engine.open(settings)
    try:
        total = sum(map(len, written.values()))
        with _step("publishing", f"{total} articles published"):
            engine.publish([piece.article for paper in written.values() for piece in paper]).result()
            engine.catch_up()
        with _step("readers come", "two weeks of readers: {:,} events") as counted:
            local = round(offset.total_seconds() * 1000) if offset else 0
            counted.append(
                sum(
                    fill_past(
                        engine,
                        each.world,
                        each.population,
                        to_ms(now),
                        local,
                        rng,
                        round(each.share * VISITS),
                    )
                    for each in readerships
                )
            )
            engine.snapshot()
    finally:
        engine.close()
    return tuple(readerships)


def _readership(language: str, written: Sequence[PaperArticle], rng: np.random.Generator) -> Readership:
    world = world_of(written, rng)
    share = SHARES[language]
    population = Population.sample(world, round(share * READERS), rng)
    return Readership(world, population, paper(language).host, share)


@contextmanager
def demo_folder(folder: Path) -> Iterator[None]:
    """An empty folder with the demo's marker, locked until the end of the `with`. An older demo's folder is emptied.

    Raises:
        DemoError: the folder is not a demo's, or another demo is using it.
    """
    marker = folder / MARKER
    try:
        if folder.exists() and not (marker.is_file() or _is_empty(folder)):
            raise DemoError(
                f"{folder} was not made by recirc demo and is left alone; name another with --folder"
            )
        folder.mkdir(parents=True, exist_ok=True)
        lock = marker.open("a")
    except OSError as error:
        raise _unusable(folder, error) from None
    with lock:
        _lock(lock, folder)
        _empty(folder, marker)
        yield


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _empty(folder: Path, marker: Path) -> None:
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != marker:
                path.unlink()
    except OSError as error:
        raise _unusable(folder, error) from None


def _unusable(folder: Path, error: OSError) -> DemoError:
    return DemoError(
        f"{error.filename or folder}: {error.strerror or error}; name another folder with --folder"
    )


def _lock(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoError(
            f"another recirc demo is using {folder}; stop it, or name another folder with --folder"
        ) from None


@contextmanager
def _step(doing: str, done: str) -> Iterator[list[int]]:
    """Show a status, and at its end a line with the seconds; `done` may have a place for a number."""
    counted: list[int] = []
    started = time.monotonic()
    with out.status(doing):
        yield counted
    out.print(f"{done.format(*counted)} ({time.monotonic() - started:.1f} s)")


@contextmanager
def live_readers(
    url: str, key: str, readerships: Sequence[Readership], rate: float, seed: int
) -> Iterator[None]:
    """Simulated readers in a process of their own, until the end of the `with`."""
    if rate == 0:
        yield
        return
    # Forked, so that the key is on no command line.
    readers = multiprocessing.get_context("fork").Process(
        target=run_live, args=(url, key, readerships, rate, seed), name="readers", daemon=True
    )
    readers.start()
    try:
        yield
    finally:
        readers.terminate()
        readers.join(STOP_SECONDS)
        if readers.is_alive():
            readers.kill()


@contextmanager
def drawing(settings: Settings, wanted: bool) -> Iterator[None]:
    """The pictures are drawn in a process of its own, until the end of the `with` at most."""
    if not wanted:
        yield
        return
    process = multiprocessing.get_context("spawn").Process(
        target=_draw, args=(settings, newest_first(clock.now())), daemon=True
    )
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def newest_first(now: datetime) -> list[Article]:
    """The articles of all newspapers, the newest first."""
    found = [article for language in FOLDERS for article in articles(now, language)]
    return sorted(found, key=lambda article: str(article.published), reverse=True)


def _draw(settings: Settings, newest: Sequence[Article]) -> None:
    os.nice(15)  # after the server and its readers
    draw(settings, newest)


def _url(host: str, port: int) -> str:
    """The URL for the readers: a server on all addresses is reached on the loopback address."""
    reached = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _print_welcome(settings: Settings, folder: Path, rate: float) -> None:
    coming = f"simulated readers send about {rate:g} events a second" if rate else "no more readers will come"
    others = "\n".join(f"  {brand.name}: {brand.url}" for brand in settings.brands.list)
    out.print(f"""
Invented towns, invented papers, invented readers; {coming}.
{others} (another newspaper from the same engine, in German)
  Open an article: Related, Ranking and Recommendation are beside it, each item with its reason.
  Stay there for half a minute: Ranking changes while you look. The page fetches it every few seconds.
  /docs has the API. A key to write with (from a checkout: ./run recirc …):
  recirc key create me --db {folder / "recirc.db"}
""")
