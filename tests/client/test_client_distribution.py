"""The client's own distribution: wheel and sdist are built, installed with their dependencies alone, and imported."""

import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import recirc_client

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "clients" / "python"
TYPES = ROOT / "src" / "recirc" / "types"
SHARED = ("wire.py", "responses.py", "slates.py")
HEAVY = ("numpy", "numba", "lightgbm", "recirc", "starlette")


def build(project: Path, folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist of a project, built with the hatchling of this environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*command, "-t", "wheel", "-t", "sdist"], cwd=project, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist


def closure(names: list[str]) -> dict[str, Distribution]:
    """Distributions and everything that they require, by name, from this environment."""
    found: dict[str, Distribution] = {}
    while names:
        name = names.pop().lower()
        if name in found:
            continue
        found[name] = distribution(name)
        requirements = [Requirement(line) for line in found[name].requires or ()]
        names += [r.name for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


def link(installed: Distribution, target: Path) -> None:
    """Make an installed distribution importable from `target`."""
    for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
        source = Path(str(installed.locate_file(top)))
        if source.exists() and not (target / top).exists():
            (target / top).symlink_to(source)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(PROJECT, tmp_path_factory.mktemp("client"))


def test_a_wheel_works_with_httpx_and_msgspec_alone(built: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, _ = built
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    metadata = next(target.glob("recirc_client-*.dist-info"))
    requires = [Requirement(line).name for line in Distribution.at(metadata).requires or ()]
    assert sorted(requires) == ["httpx", "msgspec"]
    needed = closure(requires)
    assert not set(HEAVY) & set(needed)
    for installed in needed.values():
        link(installed, target)
    # -I and -S: neither this folder nor the environment's packages are on the path, only `target`.
    code = f"""
import sys
sys.path.append({str(target)!r})
import recirc_client as client
event = client.Event(kind=client.EventKind.VIEW, article="a")
assert client.with_ids([event])[0].id
with client.Client("http://127.0.0.1:1", retry=client.RetryPolicy(attempts=1)) as nobody:
    assert not nobody.healthy()
print(client.__version__, [name for name in {HEAVY} if name in sys.modules], client.__file__)
"""
    run = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == f"{recirc_client.__version__} [] {target / 'recirc_client' / '__init__.py'}\n"


def test_wheel_and_sdist_hold_the_structs_of_the_server(built: tuple[Path, Path]) -> None:
    wheel, sdist = built
    folder = f"recirc_client-{recirc_client.__version__}/src"
    with zipfile.ZipFile(wheel) as zipped, tarfile.open(sdist) as packed:
        for name in SHARED:
            source = (TYPES / name).read_bytes()
            assert zipped.read(f"recirc_client/{name}") == source
            member = packed.extractfile(f"{folder}/recirc_client/{name}")
            assert member is not None, "a link instead of a file"
            assert member.read() == source
        assert "recirc_client/py.typed" in zipped.namelist()


def test_a_wheel_of_the_sdist_is_the_same(built: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, sdist = built
    with tarfile.open(sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    project = tmp_path / f"recirc_client-{recirc_client.__version__}"
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path), "-t", "wheel"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(tmp_path / wheel.name) as second:
        assert {n: first.read(n) for n in first.namelist()} == {n: second.read(n) for n in second.namelist()}


def test_the_repository_has_one_source_of_the_structs() -> None:
    for name in SHARED:
        path = PROJECT / "src" / "recirc_client" / name
        assert path.is_symlink()
        assert not path.readlink().is_absolute()
        assert path.samefile(TYPES / name)
