"""What all tests share: seeded properties, the measuring data, and the browser."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples every time: a failure in CI is a failure here.
settings.register_profile(
    "seeded", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("seeded")

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"


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
