"""Paragraphs below an article about its writer, whatever their work: whom they are about, and for whom they write."""

import re
from typing import Final

from recirc.extraction.biographies import LONGEST, QUOTED, READ, Biography, outlet_named, person_at

_CJK_CLOSING: Final = re.compile(
    r"^(?P<name>[\u3040-\u30ff\u3400-\u9fff々]{2,8}?)\s?(?:自.{0,12}[任为為]|现任|现为|任|是|为|為|は、?|从.{0,12}在)"
    r"(?P<outlet>[《「『]?[^\s，,。、的の]{2,12}?[》」』]?)(?:的|の)?(?:[^，,。、]{0,8}?)"
    r"(?:编辑|編輯|记者|記者|撰稿人|评论员|評論員|影评|主笔|编辑者|編集者|特派員|評論家|観戦記者|担当)"
)
_FOR: Final = re.compile(
    r"(?<!\w)(?:for|für|pour|para|per|voor|dla|для|at|with|bei|con|com|chez|bij)(?!\w)", re.IGNORECASE
)
_OFFICE: Final = re.compile(
    r"^(?:gov|sen|rep|pres|president|minister|senator|mayor|judge|king|queen|pope|sir)\b", re.IGNORECASE
)
_ENDED: Final = re.compile(r"[.!?。…؟]['\"”»)]*$")
MOST_WORDS: Final = 50  # of a paragraph that closes a page


def closing_biography(text: str, before: str) -> Biography | None:
    """What a last paragraph says of somebody whom the article does not speak of, whatever their work.

    Args:
        text: the paragraph.
        before: the article above it.

    >>> closing_biography("Ola Winge baut Drachen für die Windwelt. Zuvor war er Koch.", "Es hält.")
    Biography(name='Ola Winge', outlet='Windwelt')
    >>> closing_biography("Ola Winge kam zu spät.", "Es hält.") is None
    True
    """
    text = text.strip(" *_–—-()（）")
    if not 20 <= len(text) <= LONGEST or len(text.split()) > MOST_WORDS or not _ENDED.search(text):
        return None
    uncased = _closing_uncased(text, before)
    if uncased is not None:
        return uncased
    name, rest = person_at(text)
    if name is None or len(name.split()) > 3 or "'" in name[-3:] or "’" in name[-3:] or _OFFICE.match(name):
        return None
    if name.split()[-1] in before or not re.match(r"\s+(?:[—–-]\s)?[^\W\d_A-ZÀ-ÞА-Я]", rest):
        return None
    first = re.split(r"(?<=[^A-Z\d])[.!?](?:\s|$)", rest[:READ], maxsplit=1)[0]
    quoted = QUOTED.search(first)
    outlet = quoted[1].strip() if quoted else outlet_named(first[_place_of_for(first) :], sure=True)
    return Biography(name, outlet) if outlet and (quoted or _FOR.search(first)) else None


def _place_of_for(sentence: str) -> int:
    found = _FOR.search(sentence)
    return found.start() if found else 0


def _closing_uncased(text: str, before: str) -> Biography | None:
    """Likewise for Chinese and Japanese: a name, a verb of being, and what is written for whom."""
    found = _CJK_CLOSING.match(text)
    if found is None or found["name"] in before:
        return None
    return Biography(found["name"], found["outlet"].strip("《》「」『』"))
