"""The policies that can be evaluated; every module in this package is imported, and its policies are found by name."""

import importlib
import pkgutil

from recirc.replay.policies.known import policies
from recirc.replay.policies.policy import Policy, best, best_among

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Policy", "best", "best_among", "policies"]
