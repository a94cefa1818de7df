"""What Hypothesis draws from, for the tests of several rooms."""

from typing import TypeVar

from hypothesis import strategies as st

Drawn = TypeVar("Drawn")


def any_length(of: st.SearchStrategy[Drawn], most: int) -> st.SearchStrategy[list[Drawn]]:
    """Lists as often long as short; `st.lists` alone seldom makes long ones."""
    return st.integers(0, most).flatmap(lambda size: st.lists(of, min_size=size, max_size=size))
