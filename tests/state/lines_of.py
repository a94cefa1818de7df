"""Short ways to write down a few events by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recirc.settings import LearningSettings
from recirc.state.state import State
from recirc.store.decisions import decided
from recirc.text.vector import DIMENSIONS
from recirc.types import NO_POSITION, RECORD, ArticleFeatures, Batch, EntryKind, RecordArray

MIDNIGHT = 20_700 * 86_400_000
SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def record(
    article: int, reader: int, time: int, kind: EntryKind = EntryKind.VIEW, **more: Any
) -> RecordArray:
    """One entry, RECORD (1,); `time` in ms since MIDNIGHT."""
    made = np.zeros(1, RECORD)
    made["kind"], made["article"], made["reader"], made["time"] = kind, article, reader, MIDNIGHT + time
    made["source"], made["position"], made["name"] = -1, NO_POSITION, 0 if kind is EntryKind.REACTION else 255
    for field, value in more.items():
        made[field] = value
    return made


def state_of(
    records: Sequence[RecordArray],
    learning: LearningSettings | None = None,
    said: dict[int, ArticleFeatures] | None = None,
) -> State:
    """The state after these entries; `said`: what each PUBLISH entry says, by place."""
    learning = learning or LearningSettings()
    state = State(learning, DIMENSIONS)
    log = np.concatenate([np.zeros(0, RECORD), *records])
    log["id"] = np.arange(1, len(log) + 1)
    state.fold(Batch(1, decided(log, learning.repeat_seconds), said or {}))
    return state
