"""The engine: articles and events in, shelves out. The one place that composes, and that knows a backend."""

from recirc.engine.engine import Engine, Listing, title
from recirc.engine.intake import Observation, UnknownReactionError
from recirc.state.audience import REACTIONS

__all__ = ["REACTIONS", "Engine", "Listing", "Observation", "UnknownReactionError", "title"]
