"""The report of an inspection as a page."""

import re

from recirc.extraction.html import read_html
from recirc.extraction.text import read_text
from recirc.provenance import KINDS
from recirc.provenance.inspect import inspect
from recirc.provenance.overturn import OVERTURNED_BY
from recirc.provenance.report_page import TITLES, as_html

STORY = (
    "The bridge at Alderwick closed last week, on 22 January, because a lorry had struck a pillar, the county said.\n"
    "Drivers must use the ford until the pillar is mended, which takes a month, said Orla Finch, "
    "who keeps the toll house.\n"
    "Two engineers from the coast looked at the Quandipillar and found that it leans by the width of a hand.\n"
    "The county wants to widen the ford for the ambulance and the bus by the Quandiend of the month.\n"
)
PAGE = f"Quandi\nBridge closed after crash\nBy Ann Roe\n4 September 2025\n{STORY}© 2025 Quandi\n"


def test_the_words_of_findings_are_marked_in_place() -> None:
    found = inspect(read_text(PAGE))
    assert {finding.kind for finding in found.findings} == {"injected", "date"}
    page = as_html(found)
    number = next(n for n, finding in enumerate(found.findings, 1) if finding.kind == "date")
    link = f'<a href="#finding-{number}" aria-label="Finding {number}">{number}</a>'
    assert f"last week, on 22 January{link}</mark>, because a lorry" in page
    assert f'id="finding-{number}"' in page
    assert "Quandipillar<a" in page
    assert "It would be overturned by" in page


def test_a_page_without_findings_says_so() -> None:
    honest = (
        PAGE.replace(" last week, on 22 January,", "")
        .replace("Quandipillar", "pillar")
        .replace("Quandiend", "end")
    )
    page = as_html(inspect(read_text(honest)))
    assert "Nothing on this page contradicts itself." in page
    assert "<mark" not in page


def test_the_page_needs_nothing_else_and_runs_nothing_of_the_article() -> None:
    hostile = (
        "<html><head><title>A &lt;script&gt; in a title</title></head><body><h1>A <b>bold</b> headline stays</h1>"
        + "".join(f"<p>{line} &lt;img src=x onerror=alert(1)&gt;</p>" for line in STORY.strip().split("\n"))
        + "</body></html>"
    )
    page = as_html(inspect(read_html(hostile, url="javascript:alert(1)")))
    assert "<img" not in page
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_every_kind_has_a_title_and_says_what_would_overturn_it() -> None:
    assert set(TITLES) == set(OVERTURNED_BY) == set(KINDS)
