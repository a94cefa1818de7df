"""Every policy that can be judged, one kind a file; whatever file lies here is found."""

import importlib
import pkgutil

from recirc.replay.policies.policy import Policy, best, best_among, policies

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["Policy", "best", "best_among", "policies"]
