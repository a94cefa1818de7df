"""Whose article it is: what it claims, what can be seen, and what follows from that."""

from typing import Final

KINDS: Final = ("copied", "byline", "date", "injected", "section", "count", "links")
"""The kinds of finding, each one file in `findings/`."""
