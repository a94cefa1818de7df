import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from portal_house import Build, House, articles

from recirc.engine import Engine
from recirc.portal.app import create_app
from recirc.portal.readers import Readers
from recirc.settings import Intake, Settings, Site, Store
from recirc.store.keys import create

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Make a portal over a real store in a folder of its own, with settings as given."""
    with ExitStack() as stack:

        def made(
            *, intake: Intake | None = None, site: Site | None = None, busy_seconds: float = 5.0
        ) -> House:
            path = tmp_path / "recirc.db"
            settings = Settings(
                site=site or Site(name="The Tide", tagline="In and out", url="https://tide.example"),
                store=Store(path=str(path), busy_seconds=busy_seconds),
                intake=intake or Intake(),
            )
            engine = Engine.open(settings)
            stack.callback(engine.close)
            key = create(path, "test")
            moment = [int(time.time() * 1000)]
            app = create_app(engine, Readers(moment[0]), lambda: moment[0])
            client: TestClient[Litestar] = stack.enter_context(TestClient(app, raise_server_exceptions=False))
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
