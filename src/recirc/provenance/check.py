"""What a check of a page is: one question, asked of what was read from it. Each is one file, found automatically."""

import importlib
import pkgutil
from abc import ABC, abstractmethod
from functools import cache
from typing import ClassVar

import recirc.provenance.findings
from recirc.provenance.reading import InspectionContext
from recirc.types import Finding


class FindingCheck(ABC):
    """Looks for one kind of finding. A finding is an accusation: where honest pages do the same, nothing is said.

    Attributes:
        kind: one of `provenance.KINDS`.
        order: checks are asked in this order; later ones see in `reading.found` what the earlier
            ones found.
    """

    kind: ClassVar[str]
    order: ClassVar[int] = 50

    @abstractmethod
    def look(self, reading: InspectionContext) -> Finding | None:
        """The finding, with its evidence in the page's own words; None where nothing is certain."""


@cache
def checks() -> tuple[FindingCheck, ...]:
    """Every check, in the order in which they are asked."""
    for module in pkgutil.iter_modules(recirc.provenance.findings.__path__):
        importlib.import_module(f"recirc.provenance.findings.{module.name}")
    return tuple(
        sorted(
            (kind() for kind in FindingCheck.__subclasses__()), key=lambda check: (check.order, check.kind)
        )
    )


def quoted(*parts: str) -> str:
    """Evidence as it is written: each part in quotes.

    >>> quoted("on May 13", "Date: April 6")
    '"on May 13"; "Date: April 6"'
    """
    return "; ".join(f'"{part}"' for part in parts if part)
