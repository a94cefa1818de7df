"""What would overturn a finding of each kind: said beside it, so that whoever is accused knows what to show."""

from typing import Final

OVERTURNED_BY: Final = {
    "copied": "an agreement with the outlet named, a credit or link to it that was not read here, or evidence "
    "that this page was there first",
    "byline": "word from the outlet that both names belong to the article, or that the other text is not about "
    "its author",
    "date": "another date of publication on the page, a later change of the text, or another event of the same name",
    "injected": "the author's word that the phrase or name belongs to the sentence",
    "section": "passages on the section's subject that were not read here, or a section that holds more than "
    "its name says",
    "count": "the outlet's own count of readers and reactions for this page",
    "links": "what the items have to do with the article, where their titles do not say it",
}
"""By the kind of finding, as the rest of a sentence that begins with "It would be overturned by"."""


def confidence_in_words(confidence: float) -> str:
    """A confidence as a reader understands it.

    >>> confidence_in_words(0.95), confidence_in_words(0.8), confidence_in_words(0.65)
    ('almost certain', 'very likely', 'likely')
    """
    return "almost certain" if confidence >= 0.9 else "very likely" if confidence >= 0.75 else "likely"
