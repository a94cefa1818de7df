"""The words of the desk that templates do not have, in one place."""

from recirc.shelves.registry import strategies


def origin_name(kind: str) -> str:
    """Where views came from, in words; see `current_readers.ViewOrigin`."""
    titles = {each.name: each.title for each in strategies()}
    if kind == "outside":
        return "Not from a shelf"
    if kind.startswith("referrer "):
        return f"Referrer {kind.removeprefix('referrer ')}"
    return titles.get(kind, kind)


def shelf_title(name: str) -> str:
    """The heading of a shelf."""
    return {each.name: each.title for each in strategies()}.get(name, name)


def share(value: float | None) -> str:
    """A share in per cent; a dash where there is none.

    >>> share(0.0734), share(0.5), share(None)
    ('7.3 %', '50 %', '–')
    """
    if value is None:
        return "–"
    return f"{100 * value:.0f} %" if value >= 0.1 or value == 0 else f"{100 * value:.1f} %"
