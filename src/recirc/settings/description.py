"""What every setting has beside its value: a description, and bounds."""

from typing import Any

from msgspec import Meta

from recirc.errors import UserError


class SettingsError(UserError, ValueError):
    """A setting is unknown or has a value that it cannot have; the text says which, where, and what to do."""


def described(text: str, **bounds: Any) -> Meta:
    """A setting's description, and the bounds of its value as msgspec knows them (`ge`, `le`, …)."""
    return Meta(description=text, **bounds)
