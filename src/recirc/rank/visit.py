"""What is known of a reader at the moment of a question: the visit so far, and what came with the request."""

from typing import NamedTuple

import numpy as np

from recirc.types import IntArray


class Visit(NamedTuple):
    """One reader's visit, as a ranker sees it.

    Attributes:
        history: int32 (s,), distinct: what the visit opened, oldest first; the newest last.
        earlier: int32 (e,), distinct: what the reader opened in earlier visits, oldest first.
        referrer, device, region: the sender's codes of the newest view; 0: not known.
    """

    history: IntArray
    earlier: IntArray = np.zeros(0, np.int32)
    referrer: int = 0
    device: int = 0
    region: int = 0

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of the reader."""
        told = len(self.history) or len(self.earlier) or self.referrer or self.device or self.region
        return not told
