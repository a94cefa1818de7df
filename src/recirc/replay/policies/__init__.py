"""The policies that can be evaluated; every module in this package is imported, and its policies are found by name."""

import importlib
import pkgutil

from recirc.replay.policies.policy import Policy, best, best_among
from recirc.replay.policies.policy import policies as written_policies
from recirc.replay.policies.shelf import ShelfPolicy, shelf_policies

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


def policies() -> dict[str, type[Policy]]:
    """Every policy by its name: those of the files here, and one for each shelf."""
    written = {name: kind for name, kind in written_policies().items() if not issubclass(kind, ShelfPolicy)}
    return written | shelf_policies()


__all__ = ["Policy", "best", "best_among", "policies"]
