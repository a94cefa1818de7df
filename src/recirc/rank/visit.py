"""What is known of a reader when candidates are ranked: the visit so far, and the context of its newest view."""

from typing import NamedTuple

import numpy as np

from recirc.types import IntArray


class Visit(NamedTuple):
    """One reader's visit, as a ranker sees it.

    Attributes:
        history: int32 (s,), distinct: articles opened in the visit, oldest first.
        earlier: int32 (e,), distinct: articles opened in the reader's earlier visits, oldest first.
        referrer, device, region: codes of the newest view; 0: not known.
    """

    history: IntArray
    earlier: IntArray = np.zeros(0, np.int32)
    referrer: int = 0
    device: int = 0
    region: int = 0

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of the reader."""
        return not (len(self.history) or len(self.earlier) or self.referrer or self.device or self.region)
