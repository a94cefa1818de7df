"""The examples of docs/clients.md in each language, run as they are written but for address and keys."""

import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from browsing import READER
from guest_site import GuestSite, guest_site
from kept_builds import alone

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


REACT = TEXT.partition("## On my React site")[2]
VITE = {
    "package.json": '{"type": "module", "dependencies": '
    '{"react": "^19.0.0", "react-dom": "^19.0.0", "vite": "^7.0.0"}}',
    "vite.config.js": 'export default { esbuild: { jsx: "automatic" }, base: "/assets-of-vite/" };',
    "index.html": '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ferry</title></head><body><main>'
    '<h1>Ferry crews walk out</h1><div id="root"></div></main>'
    '<script type="module" src="/main.jsx"></script></body></html>',
    "main.jsx": 'import { createRoot } from "react-dom/client"; import More from "./more.jsx";'
    'createRoot(document.getElementById("root")).render(<More />);',
}
"""A project with React, without a word of Recirc."""


def _npm(words: list[str], folder: Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the project, in which the packages are installed by the document's command."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed (Debian: apt-get install nodejs npm)")
    folder = tmp_path_factory.mktemp("react")
    for name, content in VITE.items():
        (folder / name).write_text(content)
    (folder / "recirc").symlink_to(ROOT)
    (command,) = re.findall(r"\$ (npm install .*)", REACT)
    with alone():  # another process may put the tools of the packages into their folder
        _npm([*command.split(), "--no-audit", "--no-fund"], folder)
    return folder


@pytest.mark.browser
def test_the_steps_for_a_react_site_lead_to_a_shelf(site: GuestSite, browser: Browser, project: Path) -> None:
    (said,) = re.findall(r"```jsx\n(.*?)```", REACT, re.DOTALL)
    said = textwrap.dedent(said).replace("https://news.example", site.server).replace("sk_…", site.key)
    (project / "more.jsx").write_text(said)
    _npm(["npx", "vite", "build", "--logLevel", "error"], project)
    site.pages["ferry-strike"] = (project / "dist" / "index.html").read_text("utf-8")
    for file in (project / "dist" / "assets").iterdir():
        site.pages[f"assets-of-vite/assets/{file.name}"] = file.read_text("utf-8")
    page = browser.new_context(user_agent=READER).new_page()
    page.goto(f"{site.origin}/ferry-strike")
    expect(page.get_by_role("heading", name="More on this")).to_be_visible(timeout=30_000)
    assert page.locator("section li a").count() >= 2
    with page.expect_request("**/v1/events*") as told:
        page.locator("section li a").first.click()
    assert "ferry-strike" in (told.value.post_data or "")


def test_the_component_for_servers_renders_the_shelf(site: GuestSite, project: Path) -> None:
    """The component of the document as a server renders it, which waits for what it loads."""
    (project / "article.jsx").write_text(_example("jsx", site))
    (project / "render.jsx").write_text(
        'import { renderToReadableStream } from "react-dom/server.edge"; import Article from "./article.jsx";'
        "const stream = await renderToReadableStream("
        f'<Article url="{site.origin}/ferry-strike"><p>The text.</p></Article>);'
        "console.log(await new Response(stream).text());"
    )
    _npm(["npx", "vite", "build", "--ssr", "render.jsx", "--logLevel", "error"], project)
    html = _run(["node", "dist/render.js"], "", project)
    assert html.index("<p>The text.</p>") < html.index("<section")
    assert html.count("<li>") >= 2
