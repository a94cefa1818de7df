"""What an interrupted replay has done, in a file, so that it goes on from there when it is started again."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from recirc import __version__
from recirc.hashing import hex_digest
from recirc.replay.evaluation import Replay
from recirc.replay.metrics import ReplayError
from recirc.replay.policies import Policy
from recirc.replay.replay_log import ReplayLog
from recirc.replay.result import ReplayResult
from recirc.settings import Settings


class _Kept(NamedTuple):
    """What the file holds: which replay this is, the steps that are done, policies and result as they were then."""

    identity: str
    step: int
    policies: list[dict[str, Any]]
    result: dict[str, Any]


class Checkpoint:
    """The file at `path` with what a replay has done so far. It is read with pickle: use only your own.

    `identity` is that of `replay_identity`.
    """

    def __init__(self, path: Path, identity: str) -> None:
        self._path = path
        self._identity = identity

    def write(self, step: int, replay: Replay) -> None:
        """Keep what is done before `step`, at the end of a range of windows. Raises ReplayError."""
        result = vars(replay.result) | {"_beyond_accuracy": None}
        kept = _Kept(self._identity, step, [_state_of(policy) for policy in replay.policies], result)
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            with part.open("wb") as file:
                pickle.dump(tuple(kept), file, protocol=5)
            part.replace(self._path)
        except (OSError, pickle.PicklingError, AttributeError, TypeError) as error:
            part.unlink(missing_ok=True)
            raise ReplayError(
                f"--resume {self._path}: what is done so far cannot be kept there ({error}); run it without --resume"
            ) from error

    def restore(self, replay: Replay) -> int:
        """Bring a replay to where the file says that an earlier run was; the number of steps that are done.

        Raises:
            ReplayError: the file cannot be read, or is of another replay.
        """
        if not self._path.exists():
            return 0
        try:
            with self._path.open("rb") as file:
                kept = _Kept(*pickle.load(file))  # the user's own file
        except Exception as error:  # pickle raises anything
            raise ReplayError(
                f"--resume {self._path}: no checkpoint of a replay ({error}); remove it"
            ) from error
        if kept.identity != self._identity:
            raise ReplayError(
                f"--resume {self._path}: it is of another replay (log, protocol, options, policies, settings or "
                "version differ); name another file, or remove it"
            )
        for policy, state in zip(replay.policies, kept.policies, strict=True):
            vars(policy).update(state)
        _restore_result(replay.result, kept.result)
        replay.restore(kept.step)
        return kept.step

    def remove(self) -> None:
        """The replay has ended."""
        self._path.unlink(missing_ok=True)


def replay_identity(
    log: ReplayLog, protocol: str, options: tuple[int, ...], policies: Sequence[Policy], settings: Settings
) -> str:
    """A digest of all on which the figures of a replay depend."""
    parts = (
        *(
            np.ascontiguousarray(column).tobytes()
            for column in (log.records, log.window, log.clicks, log.used)
        ),
        repr(sorted(log.article_features)).encode(),
        repr((protocol, options, [policy.name for policy in policies], __version__)).encode(),
        msgspec.json.encode(settings),
    )
    return hex_digest(b"".join(hex_digest(part, 16).encode() for part in parts), 16)


def _state_of(policy: Policy) -> dict[str, Any]:
    return {name: value for name, value in vars(policy).items() if name != "settings"}


def _restore_result(result: ReplayResult, kept: dict[str, Any]) -> None:
    vars(result).update({name: value for name, value in kept.items() if name != "_beyond_accuracy"})
