"""Build Recirc for a release and try what was built: `./run release [--out FOLDER] [--smoke]`.

1. The source archive and the wheel are built from this checkout, and a second wheel from the source archive alone; the
   two wheels must be the same bytes.
2. Every file below src/ that git knows (templates, scripts and styles, tables of the text model, py.typed) must be in
   the wheel.
3. The wheel is installed in a virtual environment of its own, with what requirements/runtime.txt pins, imported and
   asked for its version; with --smoke it also serves a small newspaper (tools/smoke.py).

What hatchling builds depends on the files alone, not on when or where: SOURCE_DATE_EPOCH is left as it is.
"""

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.txt"


class ReleaseError(Exception):
    """What was built is not what it should be; the text says why."""


def run(*command: str | Path, folder: Path) -> str:
    """The output of a command; one that fails has said why."""
    done = subprocess.run(command, cwd=folder, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise ReleaseError(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}")
    return done.stdout


def build(what: str, source: Path, out: Path) -> Path:
    """Build the `wheel` or the `sdist` of a source tree with the hatchling that is pinned in requirements/."""
    # The isolated build would fetch a hatchling that no hash was checked of.
    command = [
        sys.executable,
        "-m",
        "build",
        "--no-isolation",
        f"--{what}",
        "--outdir",
        str(out),
        str(source),
    ]
    before = set(out.glob("*"))
    run(*command, folder=ROOT)
    (made,) = set(out.glob("*")) - before
    return made


def wheel_of(archive: Path, folder: Path) -> Path:
    """The wheel that a source archive makes, built where nothing else of the checkout is."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "source", filter="data")
    (source,) = (folder / "source").iterdir()
    out = folder / "again"
    out.mkdir()
    return build("wheel", source, out)


def missing(wheel: Path) -> list[str]:
    """Files below src/ that git knows and the wheel lacks."""
    listed = run("git", "ls-files", "-z", "--", "src", folder=ROOT)
    known = {name.removeprefix("src/") for name in listed.split("\0") if name}
    with zipfile.ZipFile(wheel) as packed:
        return sorted(known - set(packed.namelist()))


def install(wheel: Path, folder: Path) -> Path:
    """Install the wheel in a new virtual environment; the folder of its commands."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", LOCK, folder=folder)
    run(*pip, "--no-deps", "--no-index", wheel, folder=folder)
    return folder / "bin"


def try_out(commands: Path, version: str, folder: Path) -> None:
    """Import the installed package and start its command, from a folder that is no checkout."""
    told = run(commands / "python", "-c", "import recirc; print(recirc.__version__)", folder=folder).strip()
    if told != version:
        raise ReleaseError(f"recirc.__version__ is {told}, pyproject.toml says {version}")
    for option in ("--version", "--help"):
        asked = subprocess.run([commands / "recirc", option], cwd=folder, capture_output=True, check=False)
        if asked.returncode == 0:
            return
    raise ReleaseError(f"recirc --help fails\n{asked.stderr.decode()}")


def sha256(path: Path) -> str:
    """The digest that is published beside the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def release(out: Path, smoke: bool) -> list[Path]:
    """Build into `out` and try it; the wheel and the source archive."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    out.mkdir(parents=True, exist_ok=True)
    for old in [*out.glob(f"recirc-{version}*.whl"), *out.glob(f"recirc-{version}.tar.gz")]:
        old.unlink()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive, wheel = build("sdist", ROOT, out), build("wheel", ROOT, out)
        if sha256(wheel_of(archive, folder)) != sha256(wheel):
            raise ReleaseError("the source archive makes another wheel than the checkout")
        if lost := missing(wheel):
            raise ReleaseError(f"the wheel lacks {', '.join(lost)}")
        commands = install(wheel, folder / "venv")
        try_out(commands, version, folder)
        if smoke:
            print(
                run(sys.executable, ROOT / "tools" / "smoke.py", commands / "recirc", folder=folder), end=""
            )
    return [wheel, archive]


def main() -> None:
    """Build, try, and say where the files are."""
    parser = argparse.ArgumentParser(description="Build wheel and source archive, and try them.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where they go")
    parser.add_argument("--smoke", action="store_true", help="also serve a small newspaper from the wheel")
    options = parser.parse_args()
    try:
        made = release(options.out.resolve(), options.smoke)
    except ReleaseError as error:
        sys.exit(f"release: {error}")
    for path in made:
        print(f"{sha256(path)}  {path}")


if __name__ == "__main__":
    main()
