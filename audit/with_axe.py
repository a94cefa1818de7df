"""axe-core in Chromium, and what else only a browser can tell: what is cut, what is fetched, what is kept."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, sync_playwright

from recirc.desk.sessions import FORM, SESSION
from tools import BROWSER, MODULES, Gate, Target, ToolError, at_most, chromium

WIDTHS: Final = (390, 1280)
NARROW: Final = 320
"""The narrowest screen on which nothing may be cut (WCAG 2.2, 1.4.10)."""

RUN: Final = "() => axe.run(document, {resultTypes: ['violations']})"
CUT: Final = """() => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= innerWidth) return [];
  return [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((e) => e.tagName.toLowerCase() + '.' + e.className + ' ends at ' +
      Math.round(e.getBoundingClientRect().right) + ' px');
}"""


def with_axe(targets: Sequence[Target], _: int) -> Iterator[Gate]:
    """The gates of the browser, on every kind of page."""
    program = MODULES / "axe-core" / "axe.min.js"
    if not program.is_file():
        raise ToolError(f"{program} is missing; install the tools: cd {program.parents[2]} && npm ci")
    axe = program.read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(BROWSER))
        for target in targets:
            yield from _looked_at(browser, axe, target)
        browser.close()


def _looked_at(browser: Browser, axe: str, target: Target) -> Iterator[Gate]:
    cut, strange, wrong = list[str](), list[str](), list[str]()
    for width in WIDTHS:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="light", reduced_motion="reduce"
        )
        if target.session:
            context.add_cookies([{"name": SESSION, "value": target.session, "url": target.url}])
        context.on("request", partial(_heard, target.hosts, strange))
        opened = context.new_page()
        opened.goto(target.url, wait_until="networkidle")
        opened.evaluate(axe)
        wrong += [f"{width} px, light: {line}" for line in _violations(opened)]
        opened.emulate_media(color_scheme="dark")
        wrong += [f"{width} px, dark: {line}" for line in _violations(opened)]
        if width == WIDTHS[0]:
            opened.set_viewport_size({"width": NARROW, "height": 900})
            cut += opened.evaluate(CUT)
        known = (SESSION, FORM) if target.is_desk else ()
        strange += [
            f"cookie {cookie.get('name')}" for cookie in context.cookies() if cookie.get("name") not in known
        ]
        context.close()
    yield at_most(target.page, "axe violations", len(wrong), 0, wrong)
    yield at_most(target.page, f"parts cut at {NARROW} px", len(cut), 0, cut)
    yield at_most(target.page, "requests to other hosts, and cookies", len(strange), 0, strange)


def _violations(opened: Page) -> Iterator[str]:
    told: dict[str, Any] = opened.evaluate(RUN)
    for violation in told["violations"]:
        where = "; ".join(str(node["target"][0]) for node in violation["nodes"][:3])
        yield f"{violation['id']} ({violation['impact']}): {violation['help']}: {where}"


def _heard(hosts: Sequence[str], strange: list[str], request: Request) -> None:
    parts = urlsplit(request.url)
    if parts.scheme not in ("data", "blob", "about") and f"{parts.scheme}://{parts.netloc}" not in hosts:
        strange.append(request.url)
