"""The measure of bodies, and the floor that they keep on the measured pages."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from recirc.extraction.html import read_html

ROOT = Path(__file__).parents[2]
NOTE = ROOT / "docs" / "decisions" / "2026-11-22-extraction.md"
F1_FLOOR = 0.97


@pytest.fixture(scope="module")
def extraction() -> ModuleType:
    path = ROOT / "benchmarks" / "extraction.py"
    spec = importlib.util.spec_from_file_location("extraction_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_measure_is_that_of_the_public_benchmark(extraction: ModuleType) -> None:
    counts = extraction.compare("one two three four five", "zero one two three four")
    assert counts == (1, 1, 1)
    assert extraction.compare("one two", "one two") == (1, 0, 0)
    assert extraction.compare("", "one") == (0, 1, 0)
    f1, precision, recall = extraction.scores([extraction.Counts(9, 1, 0), extraction.Counts(5, 0, 5)])
    assert (precision, recall) == (0.95, 0.75)
    assert f1 == pytest.approx(2 * 0.95 * 0.75 / 1.7)


@pytest.mark.data
def test_bodies_keep_their_floor(data: Path, extraction: ModuleType) -> None:
    folder = data / "pages" / "extraction"
    if not folder.is_dir():
        pytest.skip(f"no measuring pages at {folder}")
    cases = extraction.read_cases(folder)
    counts = [extraction.compare(case.truth, read_html(case.html, url=case.url).text) for case in cases]
    f1, precision, recall = extraction.scores(counts)
    assert f1 >= F1_FLOOR, f"F1 {f1:.4f}, precision {precision:.4f}, recall {recall:.4f}"


def test_the_floor_is_that_of_the_note() -> None:
    noted = re.search(r"^\| floor \| body F1 \| (\.\d+) \|$", NOTE.read_text("utf-8"), re.MULTILINE)
    assert noted is not None
    assert float(noted[1]) == F1_FLOOR, "the floor changes together with the note, which says why"
