"""Learning that several processes share: each makes samples of some targets, and one trains on all of them."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from typing_extensions import override

from recirc.replay.policies.policy import Policy


class SharedLearner(Policy):
    """A policy that turns each target into a sample, from which it trains when a window ends.

    A sample may depend on the state, the visit, the target, and the number of targets before it; not on other samples,
    and not on the model. So several processes can make the samples, and the model is the same as of one process. It
    does not set `finished`.
    """

    learns = True

    @abstractmethod
    def skip(self) -> None:
        """A target from which another process makes the sample: to be counted, and no more."""

    @abstractmethod
    def take_samples(self) -> list[tuple[int, Any]]:
        """The samples of `learn` since the last call, each with the number of its target (the first is 1)."""

    @abstractmethod
    def train_on(self, window: int, samples: Sequence[tuple[int, Any]]) -> Any | None:
        """All windows up to this one have ended: add their samples, in the order of targets, and train if it is time.

        Returns what the policy ranks by from now on, for `take_model` in other processes; None: as before.
        """

    @abstractmethod
    def take_model(self, window: int, model: Any | None) -> None:
        """All windows up to this one have ended, and another process has trained, or (None) has not."""

    @override
    def end_window(self, window: int) -> None:
        self.train_on(window, self.take_samples())
