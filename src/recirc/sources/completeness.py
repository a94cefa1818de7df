"""Whether a text is a whole article, in any language."""

import re
from typing import Final

from recirc.extraction.page import Page
from recirc.text.clean import words_of
from recirc.text.word_count import word_count

FULL: Final = 100
"""Words from which on a text counts as the whole article; the summaries of feeds mostly have 15 to 60."""

_CUT_OFF: Final = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|(?:(?:read|continue) (?:more|reading)|weiterlesen|mehr lesen|lire (?:la suite|plus)"
    r"|(?:seguir|continuar) leyendo|leer más|(?:leia|ler|saiba) mais|continua(?: a leggere)?|leggi (?:tutto|di più)"
    r"|lees (?:meer|verder)|läs mer|læs mere|les mer|lue lisää|czytaj (?:więcej|dalej)|читать (?:далее|полностью)"
    r"|читати далі|devamını oku|اقرأ المزيد|阅读(?:更多|全文)|閱讀(?:更多|全文)|続きを読む|더\s?보기|อ่านต่อ"
    r")\W{0,5})\s*$",
    re.IGNORECASE,
)


def is_full(body: str) -> bool:
    """Whether a body is a whole article rather than its beginning or a summary."""
    words = words_of(body)
    return word_count(words) >= FULL and not _CUT_OFF.search(words)


def looks_like_article(page: Page) -> bool:
    """Whether there is an article on a page: a headline, and a text that is long or dated."""
    words = word_count(page.text)
    return bool(page.headline) and (words >= FULL or (words >= FULL // 4 and page.published is not None))
