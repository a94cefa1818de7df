"""Summaries cut to the length of a teaser."""

import re
from typing import Final

MOST: Final = 220
LEAST: Final = 60
"""Characters of a teaser, and the fewest for which the rest is dropped."""

_END: Final = re.compile(r"(?<=[^\W\d_]{3})[.!?…][\"”’»)\]]*(?=\s)|[。！？][」』”]*")


def teaser_of(summary: str, most: int = MOST) -> str:
    """As many whole sentences as fit into `most` characters, else as many words and an ellipsis.

    >>> teaser_of("The ferry is late. The crew is not. Nobody knows why it is so.", 50)
    'The ferry is late. The crew is not.'
    >>> teaser_of("The ferry of the northern line, which was late, is on time. The crew is not to blame.", 70)
    'The ferry of the northern line, which was late, is on time.'
    """
    if len(summary) <= most:
        return summary
    ends = [found.end() for found in _END.finditer(summary, 0, most + 1)]
    last = max((end for end in ends if LEAST * most // MOST <= end <= most), default=0)
    if last:
        return summary[:last]
    head, space, _ = summary[: most - 1].rpartition(" ")
    return (head if space else summary[: most - 2]).rstrip(",.;:–- ") + " …"
