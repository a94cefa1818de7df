"""Who is accused of copying: only where it is known which of two was first."""

from datetime import UTC, datetime, timedelta

import pytest

from recirc.extraction.page import Page
from recirc.provenance.attribution import attribution
from recirc.provenance.inspect import inspect
from recirc.provenance.reading import ArchiveCopy
from recirc.types import Article, Finding, Provenance

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def hour(hours: int | None) -> datetime | None:
    return None if hours is None else NOON + timedelta(hours=hours)


# Hours of a near-copy's date and first sight, those of the page, and whether the page is the copy.
ORDERS = [
    (0, None, 5, None, True),
    (5, None, 0, None, False),
    (None, None, 5, 5, False),  # an undated copier was there first, and the dated original comes later
    (None, 0, 5, None, False),
    (0, 0, None, None, False),
    (None, None, None, None, False),
    (None, 0, 5, 5, True),
    (None, 5, 0, 0, False),
    (0, 0, None, 5, True),
    (0, 0, 5, 5, True),
    (0, 3, 5, 3, True),  # both were there when a source was asked for the first time
    (0, 5, 3, 4, False),  # it claims the earlier date, and was seen later
    (3, 4, 0, 5, False),
]


@pytest.mark.parametrize(("dated", "seen", "own_date", "own_seen", "copy"), ORDERS)
def test_only_a_known_order_tells_the_copy(
    dated: int | None, seen: int | None, own_date: int | None, own_seen: int | None, *, copy: bool
) -> None:
    known = ArchiveCopy("o", "H", "The Tide", hour(dated), "https://tide.example/1", 1.0, hour(seen))
    page = Page(headline="H", outlet="Parrot", text="The ferry never left.", published=hour(own_date))
    found = inspect(page, copies=lambda _: [known], seen=hour(own_seen))
    assert found.has("copied") == copy


def test_of_several_as_much_alike_the_earliest_is_the_original() -> None:
    known = [
        ArchiveCopy(name, "H", name, hour(hours), None, part)
        for name, hours, part in (("Late", 4, 1.0), ("First", 1, 0.99), ("Brief", 0, 0.6))
    ]
    page = Page(headline="H", outlet="Parrot", text="The ferry never left.", published=hour(5))
    found = inspect(page, copies=lambda _: known).origin
    assert found is not None
    assert found.outlet == "First"


def version(id: str, dated: int, seen: int | None) -> Article:
    return Article(
        id=id, headline="H", published=hour(dated), provenance=Provenance(outlet=id, first_seen=hour(seen))
    )


def test_who_claims_an_earlier_date_than_it_was_seen_is_not_named() -> None:
    honest, backdated = version("Tide", 3, 4), version("Parrot", 0, 5)
    assert attribution(honest, [backdated]) is None
    assert attribution(backdated, [honest]) is None
    told = attribution(version("Parrot", 0, None), [version("Tide", -1, 4)])
    assert told is not None
    assert (told.outlet, told.sure) == ("Tide", False)


def test_a_finding_that_stands_or_its_own_word_is_sure() -> None:
    found = Finding(kind="copied", evidence="e", confidence=0.9, why="w", stands=True)
    for findings in ((found,), ()):
        article = Article(
            id="1",
            headline="H",
            provenance=Provenance(outlet="Parrot", first_published_by="Tide", findings=findings),
        )
        told = attribution(article, ())
        assert told is not None
        assert told.sure
