"""The pages of the fourth invented set, from its files."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from invented.story import InventedPage


def pages() -> Iterator[InventedPage]:
    """The pages, in the order of their files."""
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        for row in tomllib.loads(path.read_text("utf-8"))["page"]:
            yield InventedPage(
                name=f"fourth {row['language']} {row['form']} {row['name']}", form=row["form"],
                language=row["language"], content=row["content"], kinds=frozenset(row["kinds"].split()),
                headline=row["headline"], byline=row.get("byline"), section=row.get("section"),
                published=row.get("published"), outlet=row.get("outlet"), begins=row["begins"],
                allowed=frozenset(("byline",) if "copied" in row["kinds"] else ()),
            )  # fmt: skip
