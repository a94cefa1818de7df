"""Shelves: what each proposes, why, and which article gets which slot. Every module here is imported, and so found."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
