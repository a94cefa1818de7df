"""The engine: articles and events in, shelves out. The one place that composes, and that knows a backend."""

from recirc.engine.browsing import Browsing, Day, Found, Listing, Mark
from recirc.engine.engine import Engine
from recirc.engine.intake import Observation, UnknownReactionError
from recirc.engine.slates import title
from recirc.types import REACTIONS

__all__ = [
    "REACTIONS",
    "Browsing",
    "Day",
    "Engine",
    "Found",
    "Listing",
    "Mark",
    "Observation",
    "UnknownReactionError",
    "title",
]
