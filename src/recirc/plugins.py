"""Entry points of other packages: importing one makes what it defines known, as if it stood in the package itself."""

from functools import cache
from importlib.metadata import entry_points


@cache
def load(group: str) -> None:
    """Import every entry point of a group, once for each process.

    Raises:
        ImportError: a package that is installed cannot be imported; the text names its entry point.
    """
    for point in entry_points(group=group):
        try:
            point.load()
        except (ImportError, AttributeError) as error:
            raise ImportError(f"entry point {point.name!r} ({point.value}) of {group}: {error}") from error
