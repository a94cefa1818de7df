"""An editor overrules findings, which undoes their effects, or restores them."""

from msgspec.structs import replace

from recirc.provenance.parts import as_given, shown
from recirc.settings import ProvenanceSettings
from recirc.types import Article, ArticleParts


def judged(article: Article, kind: str, overruled: bool, vetting: ProvenanceSettings) -> Article:
    """The article after an editor judged its findings of a kind; a pure function.

    With `overruled` these findings have no effect: the parts that they had changed are shown as the source gave them.
    Without it they have the same effect as before. The effects of findings of other kinds stay.
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
