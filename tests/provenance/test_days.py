"""Which words of a text contradict its date, and which do not."""

from datetime import date

import pytest

from recirc.provenance.days import coming, contradictions

WRONG = [
    ("He asked earlier this month, on May 13.", date(2025, 4, 6)),
    ("He asked on 13 May, earlier this month.", date(2025, 4, 6)),
    ("The vote was last month, on April 2.", date(2025, 9, 6)),
    ("They meet next month, in December.", date(2025, 3, 6)),
    ("The bridge closed earlier this year, in October.", date(2025, 3, 6)),
    ("The bridge opens later this year, in March.", date(2025, 10, 6)),
    ("He said yesterday, May 12, that he was ill.", date(2025, 8, 1)),
    ("It began earlier this week, on May 12.", date(2025, 8, 1)),
    ("The court met on Tuesday, March 5.", date(2026, 3, 10)),
    ("FARROW, January 8 - The ferry stayed.", date(2026, 7, 20)),
    ("The clock was stolen on 17 August 2025.", date(2024, 3, 1)),
]
RIGHT = [
    ("He asked earlier this month, on May 13.", date(2025, 5, 30)),
    ("He asked earlier this month, on May 31.", date(2025, 6, 1)),  # midnight lies elsewhere elsewhere
    ("The vote was last month, on December 2.", date(2026, 1, 6)),
    ("They meet next month, in January.", date(2025, 12, 6)),
    ("He said yesterday, December 31, that he was ill.", date(2026, 1, 1)),
    ("The court met on Thursday, March 5.", date(2026, 3, 10)),
    ("The court meets on Tuesday, January 13.", date(2025, 12, 30)),  # of the year to come
    ("In 1969 she wrote: he came earlier this month, on July 20.", date(2026, 3, 10)),
    ('She read: "He came earlier this month, on July 20."', date(2026, 3, 10)),
    ("She read: “He came yesterday, July 20.”", date(2026, 3, 10)),
    ("This page was corrected on January 15, 2026.", date(2026, 1, 10)),
    ("The loan was launched in 1984 and matures on November 15, 2004.", date(1987, 3, 6)),
    ("The hearing was scheduled on 17 August 2025.", date(2024, 3, 1)),
    ("The dam broke on 3 February 1986.", date(2026, 2, 3)),
    ("He may march on.", date(2026, 2, 3)),
    ("The 30 February 2026 was announced on 30 February 2027.", date(2026, 2, 3)),
]


@pytest.mark.parametrize(("text", "day"), WRONG)
def test_words_that_cannot_be_of_that_day(text: str, day: date) -> None:
    found = list(contradictions(text, day))
    assert found
    assert all(each.quote in text and 0.5 < each.confidence < 1 for each in found)


@pytest.mark.parametrize(("text", "day"), RIGHT)
def test_words_that_can(text: str, day: date) -> None:
    assert list(contradictions(text, day)) == []


def test_what_is_to_come_is_quoted() -> None:
    assert coming("expected at the upcoming June summit in Puglia") == "the upcoming June summit"
    assert coming("it may come") is None
