"""A source kind: articles in a CSV file with a header, at a web address or on this machine."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from recirc.reading.rejections import RejectedValueError
from recirc.sources.documents import text_of
from recirc.sources.jsonlines import row_entry
from recirc.sources.listing import ListingReader, SourceListing
from recirc.sources.polls import poll_entries, poll_listing
from recirc.sources.source import Fetch, FetchResponse, PollItem, PollState, Source


class CsvSource(Source):
    """Articles in CSV, with the field names of `recirc import articles` in the header."""

    kind = "csv"
    order = 70  # after the kinds of Recirc that could be mistaken for it, before `page`

    @classmethod
    @override
    def recognises(cls, address: str, answer: FetchResponse | None) -> bool:
        """Whether a file has the ending, or a response the media type."""
        if answer is None:
            return address.lower().endswith(".csv") and Path(address).is_file()
        return answer.media_type == "text/csv"

    @override
    def poll(self, fetch: Fetch, state: PollState, now: datetime) -> Iterator[PollItem]:
        """See `Source.poll`."""
        if self.entry.address.startswith(("http://", "https://")):
            return poll_listing(self, _listing, fetch, state, now)
        try:
            content = Path(self.entry.address).read_bytes()
        except OSError as error:
            raise RejectedValueError("", f"{self.entry.address}: {error.strerror}") from None
        listing = _listing(FetchResponse(url=self.entry.address, status=200, body=content), now)
        return poll_entries(listing.entries, ListingReader(self, fetch, now), state)


def _listing(answer: FetchResponse, now: datetime) -> SourceListing:
    rows = csv.DictReader(io.StringIO(text_of(answer.body, answer.charset)))
    filled = ({name: value for name, value in row.items() if name and value} for row in rows)
    return SourceListing([row_entry(row, number, now) for number, row in enumerate(filled, 1)])
