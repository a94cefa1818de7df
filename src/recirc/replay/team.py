"""A replay by several processes, each of which folds the whole log and answers every nth query.

What is learned and measured is the same as of one process, to the last bit: a query's ranking depends on the state, the
visit and the model alone, samples for training are brought into the order of their targets, and one process trains.

Queries are divided, not windows: a policy that learns needs the samples of all windows before, so that processes with a
range of windows each would have to wait for each other, or learn everything again.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, Literal, NamedTuple

from recirc.replay.checkpoint import Checkpoint
from recirc.replay.evaluation import Alone, Replay
from recirc.replay.metrics import ReplayError
from recirc.replay.policies import Policy
from recirc.replay.policies.shared_learner import SharedLearner
from recirc.replay.result import ReplayResult
from recirc.subprocesses import exit_with_parent

STOP_SECONDS = 5.0
"""How long a process may take to end before it is killed."""


class Message(NamedTuple):
    """From a member: samples of a window by policy, a part of the result, or the error that ended it."""

    kind: Literal["samples", "part", "error"]
    content: Any


class Leader:
    """The process that trains, keeps checkpoints and has the result; the only one, or with followers."""

    number = 0

    def __init__(self, followers: Sequence[Connection], checkpoint: Checkpoint | None) -> None:
        self.size = 1 + len(followers)
        self._followers = followers
        self._checkpoint = checkpoint
        self._alone = Alone()

    def end_window(self, policies: Sequence[Policy], window: int) -> None:
        """Train on the samples of all processes. Raises LeakError, ReplayError."""
        if not self._followers or not _shared(policies):
            self._alone.end_window(policies, window)
            return
        received = [self._receive(each, "samples") for each in self._followers]
        models: dict[str, Any] = {}
        for policy in policies:
            if isinstance(policy, SharedLearner):
                samples = sum((content[policy.name] for content in received), policy.take_samples())
                samples.sort(key=lambda sample: sample[0])
                models[policy.name] = policy.train_on(window, samples)
            else:
                policy.end_window(window)
        for each in self._followers:
            _send(each, models)

    def end_range(self, replay: Replay, step: int) -> None:
        """Keep what is done, if a folder was given for it. Raises LeakError, ReplayError."""
        if self._checkpoint is not None:
            self.merge(replay.result)
            self._checkpoint.write(step, replay)

    def merge(self, result: ReplayResult) -> None:
        """Take the followers' parts of the result. Raises LeakError, ReplayError."""
        for each in self._followers:
            result.merge(self._receive(each, "part"))

    def _receive(self, member: Connection, kind: str) -> Any:
        try:
            message: Message = member.recv()
        except EOFError:
            raise _ended() from None
        if message.kind == "error":
            raise message.content
        if message.kind != kind:
            raise ReplayError(f"a process of the replay sent {message.kind} where {kind} was due")
        return message.content


class TeamMember:
    """A process that answers its share of the queries for the leader."""

    def __init__(self, number: int, size: int, leader: Connection, *, ranges: bool) -> None:
        """`ranges`: whether the leader keeps what is done at the end of each range."""
        self.number, self.size = number, size
        self._leader = leader
        self._ranges = ranges
        self._alone = Alone()

    def end_window(self, policies: Sequence[Policy], window: int) -> None:
        """Send the samples of the window, and take the models."""
        if not _shared(policies):
            self._alone.end_window(policies, window)
            return
        shared = [policy for policy in policies if isinstance(policy, SharedLearner)]
        self._leader.send(Message("samples", {policy.name: policy.take_samples() for policy in shared}))
        models = self._leader.recv()
        for policy in policies:
            if isinstance(policy, SharedLearner):
                policy.take_model(window, models[policy.name])
            else:
                policy.end_window(window)

    def end_range(self, replay: Replay, step: int) -> None:
        """Send what was measured since the last range."""
        if self._ranges:
            self.send_part(replay, step)

    def send_part(self, replay: Replay, step: int) -> None:
        """Send what was measured up to a step."""
        owned = replay.owner(self.size)[:step] == self.number
        number = replay.steps.number[:step][owned]
        self._leader.send(Message("part", replay.result.take_part(number[number >= 0])))


def run_replay(replay: Replay, jobs: int, checkpoint: Checkpoint | None = None) -> ReplayResult:
    """Do a replay with `jobs` processes, this one among them; with a checkpoint, from where an earlier run ended.

    Raises:
        LeakError: a policy ranks differently from the past alone.
        ReplayError: a process ended, or the checkpoint cannot be used.
    """
    if checkpoint is not None:
        checkpoint.restore(replay)
    with _followers(replay, jobs, ranges=checkpoint is not None) as followers:
        leader = Leader(followers, checkpoint)
        result = replay.run(leader)
        leader.merge(result)
    if checkpoint is not None:
        checkpoint.remove()
    return result


@contextmanager
def _followers(replay: Replay, jobs: int, *, ranges: bool) -> Iterator[list[Connection]]:
    """The connections to `jobs` - 1 processes, which are forked here and end with the context."""
    fork = multiprocessing.get_context("fork")
    connections: list[Connection] = []
    processes = []
    try:
        for number in range(1, jobs):
            ours, theirs = fork.Pipe()
            process = fork.Process(
                target=_follow, args=(replay, number, jobs, theirs, [*connections, ours], ranges), daemon=True
            )
            process.start()
            theirs.close()
            connections.append(ours)
            processes.append(process)
        yield connections
    finally:
        for connection in connections:
            connection.close()
        for process in processes:
            process.join(STOP_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()


def _follow(
    replay: Replay, number: int, size: int, leader: Connection, others: Sequence[Connection], ranges: bool
) -> None:
    """What a member does; it ends at once when the leader has gone."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes of a terminal: the leader ends these
    Thread(target=exit_with_parent, args=(os.getppid(),), daemon=True).start()
    for each in others:
        each.close()
    replay.follow()
    member = TeamMember(number, size, leader, ranges=ranges)
    try:
        replay.run(member)
        member.send_part(replay, len(replay.steps.query))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass
    except Exception as error:  # the leader raises it
        _send_error(leader, error)


def _send_error(leader: Connection, error: Exception) -> None:
    try:
        leader.send(Message("error", error))
    except (EOFError, OSError):
        pass
    except Exception:  # an error that cannot be sent as it is
        _send(leader, Message("error", ReplayError(f"{type(error).__name__}: {error}")))


def _send(connection: Connection, content: Any) -> None:
    try:
        connection.send(content)
    except (BrokenPipeError, ConnectionResetError):
        raise _ended() from None


def _shared(policies: Sequence[Policy]) -> bool:
    return any(isinstance(policy, SharedLearner) for policy in policies)


def _ended() -> ReplayError:
    return ReplayError(
        "a process of the replay was ended from outside; if memory is short, use fewer with --jobs (each takes the "
        "state's size)"
    )
