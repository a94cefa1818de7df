"""The click log of the Globo.com data set ("News Portal User Interactions by Globo.com", G1), as Parquet.

Each row is one opened article; only what the site itself knew at that moment is read.
"""

from collections.abc import Iterable
from typing import Final

COLUMNS: Final = {
    "article": "click_article_id",
    "time": "click_timestamp",
    "reader": "user_id",
    "visit": "session_id",
    "device": "click_deviceGroup",
    "region": "click_region",
    "referrer": "click_referrer_type",
}
"""Field of an event to its column. The article's number becomes its id in decimal; each row is a view."""


def recognised(columns: Iterable[str]) -> bool:
    """Whether a table with these columns is the Globo log."""
    return set(COLUMNS.values()) <= set(columns)
