"""The words of the desk that templates do not have, in one place."""

from recirc.shelves.registry import strategies


def origin_name(kind: str) -> str:
    """Where views came from, in words; see `current_readers.Origin`."""
    titles = {each.name: each.title for each in strategies()}
    if kind == "outside":
        return "Not from a shelf"
    if kind.startswith("referrer "):
        return f"Referrer of kind {kind.removeprefix('referrer ')}"
    return titles.get(kind, kind)
