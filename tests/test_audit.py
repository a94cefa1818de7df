"""The audit finds what is wrong: a page with known faults meets no gate, a sound one meets all."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image, ImageDraw

from audit import pages_of
from desk_site import DESK_PAGES
from embed_site import EXAMPLES
from embed_site import PAGES as EMBED_PAGES
from recirc.desk.permissions import PERMISSIONS
from screenshots import MOST_BYTES, small
from tools import MODULES, PAGES, Gate, Target, ToolError, at_least, at_most
from with_axe import with_axe
from with_html_validate import with_html_validate

pytestmark = pytest.mark.skipif(
    not (MODULES / "installed").is_file(), reason="the audit's tools are not installed (./run audit)"
)

SOUND = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sound</title></head><body><main><h1>Sound</h1><p>Nothing is wrong here.</p></main></body></html>"""
FAULTY = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Faulty</title><link rel="stylesheet" href="OTHER/style.css"></head><body><main><h1>Faulty</h1>
<p style="color: #ccc; background: #fff">Who can read this?</p><img src="a.png"><p><div>No</div></p>
<pre style="width: 900px">wide</pre></main></body></html>"""


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, ThreadingHTTPServer)
        other = f"http://localhost:{self.server.server_port}"
        text = {"/sound": SOUND, "/faulty": FAULTY.replace("OTHER", other)}.get(self.path, "")
        self.send_response(200)
        self.send_header("Content-Type", "text/css" if self.path.endswith(".css") else "text/html")
        if self.path == "/faulty":
            self.send_header("Set-Cookie", "who=you")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def _missed(gates: Iterator[Gate]) -> dict[str, list[str]]:
    return {gate.what: list(gate.details) for gate in gates if not gate.met}


@pytest.mark.browser
def test_the_browser_finds_faults_and_nothing_else(base: str, chromium: str) -> None:
    assert chromium
    assert _missed(with_axe([Target("sound", f"{base}/sound", (base,))], 1)) == {}
    missed = _missed(with_axe([Target("faulty", f"{base}/faulty", (base,))], 1))
    assert set(missed) == {
        "axe violations", "parts cut at 320 px", "requests to other hosts, and cookies"
    }  # fmt: skip
    for rule in ("color-contrast", "image-alt", "html-has-lang"):
        assert any(rule in line for line in missed["axe violations"]), rule
    assert any("pre" in line for line in missed["parts cut at 320 px"])
    assert "cookie who" in missed["requests to other hosts, and cookies"]
    assert any("localhost" in line for line in missed["requests to other hosts, and cookies"])


def test_the_validator_finds_faults_and_nothing_else(base: str) -> None:
    assert _missed(with_html_validate([Target("sound", f"{base}/sound", (base,))], 1)) == {}
    faults = _missed(with_html_validate([Target("faulty", f"{base}/faulty", (base,))], 1))[
        "faults in the HTML"
    ]
    assert any("close-order" in fault or "implicit-close" in fault for fault in faults)
    assert any("wcag/h37" in fault for fault in faults)


def test_gates_are_met_at_their_bounds() -> None:
    assert at_least("front", "performance", 98, 98).met
    assert not at_least("front", "performance", 97, 98).met
    assert at_most("article", "KB over the wire", 60, 60).met
    assert not at_most("article", "KB over the wire", 60.1, 60).met


def test_every_page_has_an_address_and_every_example_is_looked_at() -> None:
    targets = pages_of("http://site.example")
    assert {target.page for target in targets} == set(PAGES)
    assert {target.url for target in targets} == {f"http://site.example{path}" for path in PAGES.values()}
    # The others have no script of ours: tests/cms/test_templates_without_script.py tries them.
    with_embed = {
        path.parent.name for path in EXAMPLES.glob("*/*.html") if "<recirc-shelf" in path.read_text("utf-8")
    }
    assert with_embed == set(EMBED_PAGES) == {path.partition("/")[0] for path in EMBED_PAGES.values()}


def test_every_page_of_the_desk_is_looked_at() -> None:
    pages = {path for method, path in PERMISSIONS if method == "GET" and path.startswith("/desk")}
    files = {path for path in pages if path.endswith((".csv", ".json", ".parquet", "/receipt"))}
    provider = {
        path for path in pages if path.startswith("/desk/openid")
    }  # they lead to another site, or back
    assert {path.partition("?")[0] for path in DESK_PAGES.values()} == pages - files - provider


def test_a_picture_is_made_small_or_refused() -> None:
    drawn = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(drawn).text((20, 20), "Ferry crews walk out", fill="#9c2b1f")
    made = Image.open(io.BytesIO(small(_png(drawn))))
    assert made.format == "WEBP"
    assert made.size == (400, 300)
    noise = Image.effect_noise((700, 500), 100)
    assert len(small(_png(drawn))) <= MOST_BYTES
    with pytest.raises(ToolError, match="bytes in"):
        small(_png(noise))


def _png(image: Image.Image) -> bytes:
    told = io.BytesIO()
    image.save(told, "PNG")
    return told.getvalue()
