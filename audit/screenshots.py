"""Pictures of the portal for the documentation: `python audit/screenshots.py [--folder docs/screenshots]`.

The sample newspaper is served at a moment that never moves on, and photographed on a phone and on a desktop: the first
screens of each page, of the article the shelves too, in few colours, so that a picture stays small. What a reader does
there (opens, sees, reads) is not told to the server, so that the shelves of a page do not depend on which pages were
photographed before it.
"""

import argparse
import io
import sys
from pathlib import Path
from typing import Final, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from desk_site import desk_targets
from embed_site import EmbedSite
from paper_site import EVENING, Site, SiteError
from recirc.desk.sessions import SESSION
from tools import ARABIC, BROWSER, GERMAN, PAGES, Target, ToolError, chromium

ROOT: Final = Path(__file__).resolve().parents[1]
PHOTOGRAPHED: Final = ("front", "section", "article", "story", "search")
AT_THE_DESK: Final = {
    "desk-now": "desk: now",
    "desk-article": "desk: article",
    "desk-front": "desk: front page",
    "desk-rules": "desk: rules",
    "desk-rule": "desk: rule",
    "desk-balance": "desk: balance",
    "desk-shelves": "desk: shelves at work",
    "desk-topics": "desk: topics",
    "desk-as-it-was": "desk: as it was",
    "desk-report": "desk: report",
}
"""The pages of the handbook: names of their pictures, and of the pages."""

SCROLLED: Final = {"shelves": ".shelf.related"}
"""The article page once more, further down: to what is at the top of the picture."""

EMBEDDED: Final = "static"
"""The example whose page has the shelves embedded."""

MOST_BYTES: Final = 80_000


class Screen(NamedTuple):
    """What a page is looked at on, in CSS pixels."""

    name: str
    width: int
    height: int


SCREENS: Final = (Screen("phone", 390, 1500), Screen("desktop", 1280, 1300))
COLOURS: Final = (128, 64, 32, 16)
"""Fewer and fewer, until a picture is small enough."""


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description="Pictures of the portal for the documentation.")
    parser.add_argument(
        "--folder", type=Path, default=ROOT / "docs" / "screenshots", help="where they are put"
    )
    parser.add_argument("--only", help="only the pages whose names begin so, such as desk")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with Site() as site, EmbedSite() as embed_site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(BROWSER))
            pages = {page: Target(page, site.base + PAGES[page], ()) for page in PHOTOGRAPHED}
            pages["shelves"] = pages["article"]
            pages["german"] = Target("german", site.base.replace("127.0.0.1", GERMAN), ())
            pages["arabic"] = Target("arabic", site.base.replace("127.0.0.1", ARABIC), ())
            pages["embed"] = Target("embed", f"{embed_site.origin}/{EMBEDDED}", ())
            desk = {target.page: target for target in desk_targets(site)}
            pages |= {name: desk[page] for name, page in AT_THE_DESK.items()}
            for page, target in pages.items():
                if not page.startswith(options.only or ""):
                    continue
                for screen in SCREENS:
                    picture = small(taken(browser, target, screen, SCROLLED.get(page)))
                    path = folder / f"{page}-{screen.name}.webp"
                    path.write_bytes(picture)
                    print(f"{path}: {len(picture) / 1000:.0f} KB", flush=True)
            browser.close()
    except (SiteError, ToolError) as error:
        sys.exit(f"screenshots: {error}")


def taken(browser: Browser, target: Target, screen: Screen, top: str | None) -> bytes:
    """A picture of a page, PNG, from its beginning or from the element `top`."""
    size = ViewportSize(width=screen.width, height=screen.height)
    context = browser.new_context(
        viewport=size, color_scheme="light", reduced_motion="reduce", locale="en-GB", timezone_id="UTC"
    )
    if target.session:
        context.add_cookies([{"name": SESSION, "value": target.session, "url": target.url}])
    context.route("**/v1/events", lambda route: route.abort())
    page = context.new_page()
    page.clock.set_fixed_time(EVENING)
    page.goto(target.url, wait_until="networkidle")
    page.reload(wait_until="networkidle")  # fonts that came too late for the first look are there now
    if top:
        page.locator(top).first.evaluate("(shelf) => shelf.scrollIntoView()")
    picture = page.screenshot(animations="disabled")
    context.close()
    return picture


def small(picture: bytes) -> bytes:
    """The same picture in so many colours that it is small enough.

    Raises:
        ToolError: it is not, even in the fewest.
    """
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in COLOURS:
        reduced = io.BytesIO()
        # Without dithering flat areas stay flat: smaller, and letters stay sharp.
        image.quantize(colours, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).convert(
            "RGB"
        ).save(reduced, "WEBP", lossless=True, quality=75, method=4)
        if reduced.tell() <= MOST_BYTES:
            return reduced.getvalue()
    raise ToolError(f"a picture has more than {MOST_BYTES:,} bytes in {COLOURS[-1]} colours")


if __name__ == "__main__":
    main()
