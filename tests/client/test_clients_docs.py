"""The examples of docs/clients.md in each language, run as they are written but for address and keys."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from guest_site import GuestSite, guest_site

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "clients" / "js"
TEXT = (ROOT / "docs" / "clients.md").read_text("utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    with guest_site(tmp_path_factory.mktemp("examples"), {}) as made:
        yield made


def _example(language: str, site: GuestSite) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    said = found[1].replace("https://news.example", site.server)
    return said.replace("rk_…", site.api_key).replace("sk_…", site.key)


def _run(words: list[str], said: str, folder: Path) -> str:
    done = subprocess.run(
        words, input=said, cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_example_works_in_each_language(site: GuestSite) -> None:
    source = str(ROOT / "clients" / "python" / "src")
    outputs = [
        _run(
            [sys.executable, "-"],
            f"import sys; sys.path.insert(0, {source!r})\n{_example('python', site)}",
            ROOT,
        )
    ]
    if shutil.which("node"):
        code = _example("js", site).replace("@recirc/client", f"{PACKAGES}/client/index.js")
        outputs.append(_run(["node", "--input-type=module", "-"], code, PACKAGES))
    if shutil.which("php"):
        outputs.append(_run(["php"], _example("php", site), ROOT))
    # All print the same: an article of the site, and why it is there.
    assert all(output.strip() for output in outputs)
    assert len(set(outputs)) == 1


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_example_works_with_curl(site: GuestSite) -> None:
    commands = re.sub(r"^\$ ", "", _example("console", site).replace("\\\n", ""), flags=re.MULTILINE)
    told = _run(["sh", "-e"], commands.replace("curl ", "curl -sf "), ROOT)
    assert '"ferry-7"' in told
    assert '"recommendation":{' in told


def test_the_examples_are_of_one_length() -> None:
    lengths = [
        len(found.splitlines()) for found in re.findall(r"```(?:python|js|jsx)\n(.*?)```", TEXT, re.DOTALL)
    ]
    assert max(lengths[:3]) <= 11


@pytest.mark.skipif(
    shutil.which("npm") is None, reason="npm is not installed (Debian: apt-get install nodejs npm)"
)
def test_the_packages_are_installed_as_the_document_says(tmp_path: Path) -> None:
    (command,) = re.findall(r"`(npm install [^`]*clients/js[^`]*)`", TEXT)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    words = [word.replace("./recirc", str(ROOT)) for word in command.split()]
    done = subprocess.run(
        [*words, "--no-audit", "--no-fund"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    code = 'import { RecircShelf } from "@recirc/react"; import "@recirc/client"; console.log(typeof RecircShelf);'
    assert _run(["node", "--input-type=module", "-"], code, tmp_path) == "function\n"
