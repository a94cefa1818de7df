"""What strangers' tools say of the portal: `python audit/audit.py [--only NAME ...] [--runs N] [--base URL] [--json]`.

The sample newspaper is served at a moment that never moves on, and the pages of `examples/` beside it, which have its
shelves embedded. They are looked at by

- `html`: html-validate, on every kind of page as it is sent, and on those of the desk as an administrator sees them;
- `axe`: axe-core on the same pages in Chromium, on phone and desktop, light and dark; beside it, that at 320 px nothing
  is cut, that nothing comes from another host, and that no cookie is set, at the desk none but its own;
- `lighthouse`: Lighthouse with its mobile preset on front, section and article page, in English, German and Arabic, the
  median of some runs, with the bytes of the article page, the requests that block rendering, and layout shifts; and on
  a page of another site with our shelves and without them, of which the first may have no lower score.

Ends with exit code 1 when a gate is not met. Where `CI` is set, machines are shared, and the performance score may be
lower by 2. Needs Chromium (Debian: apt-get install chromium) and the tools of `npm ci` in this folder.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from desk_site import desk_targets
from embed_site import PAGES as EMBED_PAGES
from embed_site import WITHOUT, EmbedSite
from paper_site import Site, SiteError
from tools import EDITIONS, PAGES, Gate, Target, ToolError, only_fonts
from with_axe import with_axe
from with_html_validate import with_html_validate
from with_lighthouse import with_lighthouse

Tool = Callable[[Sequence[Target], int], Iterator[Gate]]
TOOLS: Final[dict[str, Tool]] = {
    "html": with_html_validate, "axe": with_axe, "lighthouse": with_lighthouse,
}  # fmt: skip
WRONG: Final = 12
"""So many faults of a page are shown; the rest are counted."""


def main() -> None:
    """Look, print a table or JSON, and fail where a gate is not met."""
    parser = argparse.ArgumentParser(
        description="What Lighthouse, axe-core and html-validate say of the portal."
    )
    parser.add_argument("--only", choices=TOOLS, action="append", help="only this tool; may be repeated")
    parser.add_argument("--runs", type=int, default=3, help="runs of Lighthouse, of which the median counts")
    parser.add_argument(
        "--base", help="look at a sample newspaper that is served already, e.g. http://127.0.0.1:8000"
    )
    parser.add_argument(
        "--fonts", type=Path, help="let Chromium have only the fonts of this folder, as on another machine"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error("--runs has to be at least 1")
    started = time.perf_counter()
    try:
        with ExitStack() as stack:
            if options.fonts:
                os.environ |= stack.enter_context(only_fonts(options.fonts))
            if options.base:
                base = options.base.rstrip("/")
                targets = pages_of(base) + editions_of(base, ["German"])
            else:
                site = stack.enter_context(Site())
                targets = pages_of(site.base) + editions_of(site.base, EDITIONS) + desk_targets(site)
                targets += embed_targets(stack.enter_context(EmbedSite()))
            gates = list(look(targets, options.only or list(TOOLS), options.runs, quiet=options.json))
    except (SiteError, ToolError) as error:
        sys.exit(f"audit: {error}")
    seconds = round(time.perf_counter() - started, 1)
    missed = sum(not gate.met for gate in gates)
    if options.json:
        print(json.dumps({"audit": [gate._asdict() for gate in gates], "missed": missed, "seconds": seconds}))
    else:
        print(f"{len(gates) - missed} gates met, {missed} not, {seconds:.0f} s in all")
    sys.exit(1 if missed else 0)


def pages_of(base: str) -> list[Target]:
    """The portal's pages."""
    return [Target(page, base + path, (base,)) for page, path in PAGES.items()]


def editions_of(base: str, languages: Iterable[str]) -> list[Target]:
    """The pages of the newspapers in other languages beside the portal."""
    port = urlsplit(base).port
    found = []
    for language in languages:
        host, pages = EDITIONS[language]
        own = f"http://{host}:{port}"
        found += [Target(f"{page} in {language}", own + path, (own,)) for page, path in pages.items()]
    return found


def embed_targets(embed_site: EmbedSite) -> list[Target]:
    """The examples' pages, which have the portal's shelves in them."""
    hosts = (embed_site.origin, embed_site.portal)
    places = {name: f"{embed_site.origin}/{name}" for name in EMBED_PAGES}
    return [Target(f"embed: {name}", place, hosts, without=place + WITHOUT) for name, place in places.items()]


def look(targets: Sequence[Target], tools: Sequence[str], runs: int, *, quiet: bool) -> Iterator[Gate]:
    """The gates of the tools, each told as soon as it is known."""
    for name in tools:
        if not quiet:
            print(name)
        for gate in TOOLS[name](targets, runs):
            if not quiet:
                show(gate)
            yield gate


def show(gate: Gate) -> None:
    """One line of the table, and what was found wrong."""
    mark = "ok" if gate.met else "NOT MET"
    print(f"  {gate.page:<19} {gate.what:<36} {gate.value:>7g}  {gate.bound:<13} {mark}", flush=True)
    for line in gate.details[:WRONG] if not gate.met else ():
        print(f"      {line}")
    if not gate.met and len(gate.details) > WRONG:
        print(f"      and {len(gate.details) - WRONG} more")


if __name__ == "__main__":
    main()
