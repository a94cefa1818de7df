"""`recirc`: the command line."""

from recirc.cli.main import app, main

__all__ = ["app", "main"]
