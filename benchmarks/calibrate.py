"""What the confidence of a finding should be: `python benchmarks/calibrate.py`.

Of each kind, and of weak and strong signs apart, the share of findings that are right on the invented pages on which
rules were made ("developing", "second a", "third"), each page as it is and after every change that must not matter, and
no page of the sets that are only measured. A page's versions count as one together. The share is that of Laplace's rule
of succession, (right + 1) / (all + 2), and never lower for strong signs than for weak ones. What is printed is the
table in `recirc/provenance/calibration.py`.
"""

from collections import defaultdict
from collections.abc import Iterator

from rich.console import Console
from rich.progress import track

from invented.build import pages
from invented.changes import CHANGES
from invented.measure import read_page
from invented.second import pages as second
from invented.story import InventedPage
from invented.third import pages as third
from recirc.provenance import KINDS
from recirc.provenance.calibration import STRONG
from recirc.provenance.inspect import examined


def main() -> None:
    """Fit and print."""
    fitted = [*pages("developing"), *second.pages("a"), *third.pages()]
    right: dict[tuple[str, bool], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for page in track(fitted, console=Console(stderr=True)):
        versions = list(versions_of(page))
        for version in versions:
            for finding in examined(read_page(version)).found:
                if finding.kind in page.allowed - page.kinds:
                    continue
                counts = right[finding.kind, finding.confidence >= STRONG]
                counts[0] += (finding.kind in page.kinds) / len(versions)
                counts[1] += 1 / len(versions)
    for kind in KINDS:
        weak, strong = (succession(*right[kind, is_strong]) for is_strong in (False, True))
        sizes = "; ".join(
            f"{right[kind, each][0]:.1f} of {right[kind, each][1]:.1f}" for each in (False, True)
        )
        print(f'    "{kind}": ({min(weak, strong):.2f}, {max(weak, strong):.2f}),  # {sizes}')


def versions_of(page: InventedPage) -> Iterator[InventedPage]:
    """A page as it is, and after each change that applies to it."""
    yield page
    for change in CHANGES:
        changed = change(page)
        if changed is not None:
            yield changed


def succession(right: float, count: float) -> float:
    """Laplace's rule of succession.

    >>> succession(8, 8), succession(0, 0)
    (0.9, 0.5)
    """
    return (right + 1) / (count + 2)


if __name__ == "__main__":
    main()
