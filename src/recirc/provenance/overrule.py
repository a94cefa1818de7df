"""An editor's word against a finding: what followed from it is taken back, or follows again."""

from msgspec.structs import replace

from recirc.provenance.parts import as_given, shown
from recirc.settings import ProvenanceSettings
from recirc.types import Article, ArticleParts


def judged(article: Article, kind: str, overruled: bool, vetting: ProvenanceSettings) -> Article:
    """The article after an editor looked at its findings of a kind; a pure function.

    With `overruled` nothing follows from them any more: what they had changed is shown as its source gave it. Without,
    the same follows from them as before. What follows from findings of other kinds stays.
    """
    findings = tuple(
        replace(
            found, overruled=overruled, stands=not overruled and found.confidence >= vetting.least_confidence
        )
        if found.kind == kind
        else found
        for found in article.provenance.findings
    )
    return shown(as_given(article), findings, article.provenance.found or ArticleParts(), vetting)
