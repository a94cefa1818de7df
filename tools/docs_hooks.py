"""What mkdocs does beyond mkdocs.yml: pages that are written elsewhere, lists that keep themselves, links out of docs/.

- README.md is the start page and CHANGELOG.md a page, so neither is written twice.
- decisions/ gets a page that lists them, newest first; a page that mkdocs.yml does not list is under Further.
- A link to a file of the checkout that is no document (an example, say) becomes its path: the site has no such file.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
START, CHANGES, DECISIONS = "index.md", "changelog.md", "decisions/index.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill in the lists of pages."""
    nav: list[Any] = config.nav or []
    decisions = [f"decisions/{path.name}" for path in sorted((DOCS / "decisions").glob("*.md"), reverse=True)]
    named = {*paths(nav), *decisions}
    further = [name for name in sorted(written()) if name not in named]
    nav += [{"Decisions": [DECISIONS, *decisions]}, *([{"Further": further}] if further else [])]
    config.nav = [*nav, {"Changes": CHANGES}]
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    listed = [
        f"- [{title(path)}]({path.name})" for path in sorted((DOCS / "decisions").glob("*.md"), reverse=True)
    ]
    pages = {
        START: within((ROOT / "README.md").read_text("utf-8")),
        CHANGES: within((ROOT / "CHANGELOG.md").read_text("utf-8")),
        DECISIONS: "\n".join(["# Why it is as it is", "", *listed]),
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Turn links that lead out of docs/ into what the site has of them."""
    folder = (DOCS / page.file.src_uri).parent

    def led(link: re.Match[str]) -> str:
        text, target, anchor = link.groups(default="")
        if re.match(r"[a-z]+:", target):
            return link[0]
        path = (folder / target).resolve()
        up = "../" * page.file.src_uri.count("/")
        if path == ROOT / "README.md":
            return f"[{text}]({up}{START}{anchor})"
        if path == ROOT / "CHANGELOG.md":
            return f"[{text}]({up}{CHANGES}{anchor})"
        if path == DOCS / "decisions":
            return f"[{text}]({up}{DECISIONS})"
        if path.is_relative_to(ROOT) and not path.is_relative_to(DOCS) and path.exists():
            name = path.relative_to(ROOT).as_posix()
            return f"`{name}`" if text.strip("`") in name else f"{text} (`{name}`)"
        return link[0]

    return LINK.sub(led, markdown)


def written() -> set[str]:
    """The pages in docs/, as mkdocs names them."""
    return {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}


def paths(nav: Any) -> Iterator[str]:
    """All pages that a list of pages names."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        yield from paths([*nav.values()])
    else:
        for each in nav:
            yield from paths(each)


def title(path: Path) -> str:
    """The first heading of a document."""
    return next(line[2:] for line in path.read_text("utf-8").splitlines() if line.startswith("# "))


def within(text: str) -> str:
    """A text from the top of the checkout, as if it stood in docs/."""

    def led(link: re.Match[str]) -> str:
        words, target, anchor = link.groups(default="")
        if re.match(r"[a-z]+:", target):
            return link[0]
        inside = target.removeprefix("docs/")
        return f"[{words}]({inside if inside != target else '../' + target}{anchor})"

    return LINK.sub(led, text)
