"""Whoever writes a shelf and mistypes a kind of reason reads which kinds there are."""

import pytest

from recirc.shelves.reasons import REASONS, reasons_of


def test_an_unknown_kind_of_reason_names_those_that_there_are() -> None:
    with pytest.raises(
        ValueError, match="there is no kind of reason 'new'; there are 'read together', 'same topics'"
    ):
        reasons_of("young", "new")
    assert reasons_of("young") == {"young": REASONS["young"]}
