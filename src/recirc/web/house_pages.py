"""The pages about the newspaper itself, contact, imprint and privacy: their texts are files that settings name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from markupsafe import Markup

from recirc.messages import marked
from recirc.settings.portal import PortalSettings, is_file_name
from recirc.text.clean import body_html

TITLES: Final[Mapping[str, str]] = {
    "newsletter": marked("Newsletter"),
    "contact": marked("Contact"),
    "imprint": marked("Imprint"),
    "privacy": marked("Privacy"),
}
"""What the foot of pages links, in its order; the names are those of the settings."""


class HousePage(NamedTuple):
    """One page: its path, its title (a message), and its text as safe HTML."""

    path: str
    title: str
    body: Markup


def house_pages(settings: PortalSettings) -> dict[str, HousePage]:
    """The pages whose settings name a file, by the name of the setting. Raises OSError: a file cannot be read."""
    return {
        name: HousePage(f"/{name}", title, _body(Path(given)))
        for name, title in TITLES.items()
        if is_file_name(given := getattr(settings, name))
    }


def house_links(settings: PortalSettings) -> list[tuple[str, str]]:
    """Title (a message) and address of each page about the newspaper that the settings name."""
    return [
        (title, f"/{name}" if is_file_name(given) else given)
        for name, title in TITLES.items()
        if (given := getattr(settings, name))
    ]


def _body(path: Path) -> Markup:
    text = path.read_text("utf-8")
    return Markup(body_html(text, "html") if path.suffix == ".html" else body_html(text, "text"))
