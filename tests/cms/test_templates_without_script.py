"""Shelves in templates without our script: edge side and server side includes, and AMP, each as `examples/` has it."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

import cms_packages
from guest_site import EXAMPLES, HOST, GuestSite, guest_site
from recirc.types import EntryKind
from recirc.web.caching import article_tag
from served import free_port

INCLUDES, AMP = EXAMPLES / "includes", EXAMPLES / "amp" / "page.html"
PATIENCE = 120.0
VALIDATE = """
const { validator, rules, page } = JSON.parse(process.argv[1]);
require(validator).getInstance(rules).then(found => {
  const result = found.validateString(require("fs").readFileSync(page, "utf8"));
  console.log(JSON.stringify({ status: result.status, errors: result.errors.map(each => each.message) }));
});
"""


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuestSite]:
    pages = {"esi": (INCLUDES / "esi.html").read_text("utf-8"), "amp": AMP.read_text("utf-8")}
    with guest_site(tmp_path_factory.mktemp("includes"), pages) as made:
        yield made


@contextmanager
def _running(words: list[str], address: str, log: Path) -> Iterator[str]:
    """A program that answers at an address once it has started."""
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, start_new_session=True)
    try:
        give_up = time.monotonic() + PATIENCE
        while True:
            try:
                httpx.get(address, timeout=120.0)
                break
            except httpx.TransportError:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < give_up, log.read_text()
                time.sleep(0.1)  # nothing else tells when it listens
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _program(name: str, package: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: apt-get install {package})")
    return found


def _links(text: str) -> list[str]:
    (section,) = re.findall(r'<section[^>]*data-shelf="related".*?</section>', text, re.DOTALL)
    return [link for link in re.findall(r'href="([^"#]+)', section) if "how-it-works" not in link]


def _is_shown(guest: GuestSite, text: str) -> None:
    links = _links(text)
    assert len(links) >= 2
    assert all(link.startswith(f"{guest.origin}/") for link in links)


def test_an_edge_side_include_is_kept_and_purged_by_tag(guest: GuestSite, tmp_path: Path) -> None:
    varnish = _program("varnishd", "varnish")
    rules = (INCLUDES / "varnish.vcl").read_text("utf-8")
    for name, port in (("8080", guest.origin), ("8000", guest.server)):
        rules = rules.replace(f'"{name}"', f'"{urlsplit(port).port}"')
    (tmp_path / "rules.vcl").write_text(rules, "utf-8")
    address = f"http://127.0.0.1:{free_port()}"
    words = [
        varnish, "-F", "-j", "none", "-n", str(tmp_path / "varnish"), "-f", str(tmp_path / "rules.vcl"),
        "-a", address.removeprefix("http://"), "-s", "malloc,16m",
    ]  # fmt: skip
    with _running(words, f"{address}/nothing", tmp_path / "log"):
        first = httpx.get(f"{address}/esi", timeout=120.0)
        _is_shown(guest, first.text)
        assert "esi:include" not in first.text
        shown = _links(first.text)[0]
        made = re.findall(r'data-serve="([^"]+)"', first.text)
        again = httpx.get(f"{address}/esi", timeout=120.0).text
        assert re.findall(r'data-serve="([^"]+)"', again) == made  # the cache's own copy
        named = httpx.get(f"{guest.server}/v1/articles", params={"address": shown}, timeout=120.0)
        article = named.json()["id"] if named.status_code == 200 else _id_of(guest, shown)
        guest.ask("DELETE", f"/v1/articles?id={quote(article, safe='')}")
        tag = article_tag(article)
        purged = httpx.request("BAN", f"{address}/", headers={"X-Tag": tag}, timeout=120.0)
        assert purged.status_code == 200
        assert shown not in _links(httpx.get(f"{address}/esi", timeout=120.0).text)


def _id_of(guest: GuestSite, address: str) -> str:
    for line in (EXAMPLES / "articles.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line.replace(HOST, guest.origin))
        if row["url"] == address:
            return str(row["id"])
    raise AssertionError(f"no article is at {address}")


def test_a_server_side_include_of_nginx(guest: GuestSite, tmp_path: Path) -> None:
    nginx = _program("nginx", "nginx-light")
    page = (INCLUDES / "ssi.html").read_text("utf-8").replace("sk_example", guest.key)
    page = page.replace(quote(HOST, safe=""), quote(guest.origin, safe=""))
    root = tmp_path / "root"
    root.mkdir()
    (root / "page.html").write_text(page, "utf-8")
    port = free_port()
    rules = (INCLUDES / "nginx.conf").read_text("utf-8").replace("/var/www/harbour", str(root))
    rules = rules.replace("127.0.0.1:8000", guest.server.removeprefix("http://")).replace("8090", str(port))
    (tmp_path / "nginx.conf").write_text(rules, "utf-8")
    run = f"daemon off; pid {tmp_path}/pid; user root; error_log stderr;"
    words = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", run]
    with _running(words, f"http://127.0.0.1:{port}/page.html", tmp_path / "log") as address:
        text = httpx.get(address, timeout=120.0).text
        _is_shown(guest, text)
        assert "include virtual" not in text


@pytest.fixture(scope="module")
def validator() -> Path:
    try:
        return cms_packages.amp_validator()
    except cms_packages.NotInstalledError as error:
        pytest.skip(str(error))


def _validated(validator: Path, page: Path) -> tuple[str, list[str]]:
    asked = {
        "validator": str(validator / "node_modules" / "amphtml-validator"),
        "rules": str(validator / "validator_wasm.js"),
        "page": str(page),
    }
    done = subprocess.run(
        ["node", "-e", VALIDATE, json.dumps(asked)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    return told["status"], told["errors"]


def test_the_amp_example_is_valid(validator: Path, tmp_path: Path) -> None:
    assert _validated(validator, AMP) == ("PASS", [])
    broken = tmp_path / "broken.html"
    broken.write_text(AMP.read_text("utf-8").replace("</body>", "<script>1</script></body>"), "utf-8")
    status, errors = _validated(validator, broken)
    assert status == "FAIL"
    assert errors


def test_the_amp_example_gets_what_its_template_shows(guest: GuestSite) -> None:
    page = httpx.get(f"{guest.origin}/amp", timeout=120.0).text
    (source,) = re.findall(r'src="([^"]+/v1/embed[^"]+)"', page)
    (place,) = re.findall(r'<amp-list[^>]* items="([^"]+)"', page)
    # As its runtime asks: from the page's origin, and from a cache's with the page's beside it.
    asked = httpx.get(source.replace("&amp;", "&"), headers={"Origin": guest.origin}, timeout=120.0)
    assert asked.status_code == 200, asked.text
    assert asked.headers["access-control-allow-origin"] == guest.origin
    more = {"__amp_source_origin": guest.origin}
    url = httpx.URL(source.replace("&amp;", "&")).copy_merge_params(more)
    assert httpx.get(url, headers={"Origin": guest.origin}, timeout=120.0).status_code == 200
    items = asked.json()
    for name in place.split("."):
        items = items[name]
    assert len(items) >= 2
    for item in items:
        assert item["url"].startswith(f"{guest.origin}/")
        assert item["headline"]
        assert item["reason"]["text"]
    assert len(guest.log(EntryKind.IMPRESSION)) == 0  # nothing is counted of it, as the document says
