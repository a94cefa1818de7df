"""What all tests share: seeded properties, the measuring data, the browser, and a portal to knock at."""

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from asgi_client import AsgiClient
from browsing import FLAGS
from newsroom import Newsroom
from order_engines import ENGINES, order_engine, order_of_new_stores
from portal_house import Build, House, articles
from recirc.engine import Engine
from recirc.server.app import create_app
from recirc.settings import (
    ExplorationSettings,
    Settings,
    SiteSettings,
    StoreSettings,
)
from recirc.store.api_keys import ApiKeys, create
from recirc.web.reader_hasher import ReaderHasher
from served import free_port, running

# The same examples every time: a failure in CI is a failure here.
settings.register_profile(
    "seeded", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("seeded")

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--order",
        choices=("local", *ENGINES),
        default="local",
        help="what puts the commands of each store that a test makes into their order",
    )


@pytest.fixture(scope="session", autouse=True)
def order(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run all tests over another order than the local one, with --order."""
    name = request.config.getoption("--order")
    if name == "local":
        yield
        return
    with order_engine(name) as engine, order_of_new_stores(engine):
        yield


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the measuring data; tests that ask for it are skipped where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no measuring data at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium; tests that ask for it are skipped where it is absent."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    return found


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    """A newsroom, which is closed after the test."""
    made = Newsroom(tmp_path)
    yield made
    made.engine.close()


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Make a portal over a real store in a folder of its own, with settings as given."""
    with ExitStack() as stack:

        def made(*, busy_seconds: float = 5.0, **given: Any) -> House:
            path = tmp_path / "recirc.db"
            tables: dict[str, Any] = {
                "site": SiteSettings(name="The Tide", tagline="In and out", url="https://tide.example"),
                "store": StoreSettings(path=str(path), busy_seconds=busy_seconds),
                # No lots: most tests compare one answer with another.
                "exploring": ExplorationSettings(share=0.0),
            }
            chosen = Settings(**(tables | given))
            engine = Engine.open(chosen)
            stack.callback(engine.close)
            engine.start()
            known = len(ApiKeys(path).names())  # some tests build it twice
            key = create(path, f"test {known}" if known else "test")
            moment = [int(time.time() * 1000)]
            app = create_app(engine, ReaderHasher(moment[0]), lambda: moment[0])
            client = stack.enter_context(AsgiClient(app))
            client.headers["User-Agent"] = BROWSER
            return House(engine, app, client, key, moment)

        yield made


@pytest.fixture
def house(build: Build) -> House:
    """A portal with the sample articles published."""
    made = build()
    made.engine.publish(articles(made.now)).result()
    made.engine.catch_up()
    return made


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the tests of a file."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo without live readers, so that every change is the test's own."""
    folder = tmp_path_factory.mktemp("demo")
    options = ("--no-pictures", "--rate", "0", "--folder", str(folder / "files"))
    with running(folder, "demo", *options, port=free_port()) as base:
        yield base
