"""A small newspaper with readers, and what its engine has learned."""

from newsroom import HOUR, Newsroom, article, visit
from recirc.engine import Engine
from recirc.types import (
    Arrays,
    EventKind,
)


def learned(engine: Engine) -> Arrays:
    """All that the engine's state knows, by statistic and array."""
    return {
        f"{statistic.name}/{name}": array
        for statistic in engine._log_consumer.state.statistics
        for name, array in statistic.save().items()
    }


def unequal(one: Arrays, other: Arrays) -> list[str]:
    """Names of the arrays that are not the same to the last bit."""
    assert one.keys() == other.keys()
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


def lively(room: Newsroom) -> None:
    """A small newspaper with readers, changes and a withdrawal."""
    room.publish(*(article(f"{s}-{n}", s, n, section=s) for s in ("ferry", "chess") for n in range(1, 5)))
    room.publish(article("ferry-copy", "ferry", 1))
    for reader in range(1, 30):
        path = [f"ferry-{1 + reader % 4}", f"chess-{1 + reader % 3}", f"ferry-{1 + reader % 3}"]
        room.read(path, reader, ago=(40 - reader) * HOUR, bot=reader % 7 == 0)
    room.publish(article("ferry-2", "flood", 2))
    room.withdraw("chess-4")
    room.observe(*visit(["ferry-1"], 3, HOUR, kind=EventKind.REACTION))
