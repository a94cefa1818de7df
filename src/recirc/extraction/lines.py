"""What a line of a page is by its own words: a date, a byline, a way home, a button, a paragraph, or just a short line.

The same rules label the lines of a text dump and the visible blocks of HTML.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from recirc.extraction import labels
from recirc.extraction.biographies import biography_of
from recirc.extraction.bylines import byline_of, names_in_dated_line
from recirc.extraction.datelines import date_in
from recirc.extraction.furniture import address_in, is_notice, is_reading_time
from recirc.text.clean import plain
from recirc.text.vocabulary import folded, is_one_of, starts, words

BULLET: Final = re.compile(r"^\s*(?:[-*•·▪‣◦►▶●]|\d{1,2}[.)])\s+")
SENTENCE_END: Final = re.compile(r"[.!?…。！？؟।][\"'”’»›」』）)\]]*$")
_MONTH: Final = re.compile(r"[^\W\d_]{3,12}\.?,?\s\d{4}\b")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LABELLED: Final = re.compile(r"^(?P<label>[^\W\d][^:：]{1,24})\s*[:：]\s*(?P<rest>.{2,120})$")
_COPYRIGHT: Final = re.compile(
    r"^(?:copyright|©|\([cс]\)|&copy;|все права защищены|版权所有|版權所有|حقوق النشر|"
    r"جميع الحقوق محفوظة)(?:[\s©®:：,-]|\([cс]\))*"
    r"(?:by\s+)?(?:\d{4}\s*(?:[-–/]\s*\d{2,4})?\s*)?[\s,|©-]*(?P<outlet>[^|·•\n]{2,80})?",
    re.IGNORECASE,
)
_BARE_COPYRIGHT: Final = re.compile(
    r"^(?P<outlet>[^\d|·•,.]{2,50}?)[\s,]*(?:©\s*\d{4}|\d{4}\s*(?:[-–|·•©]|$)|©)", re.IGNORECASE
)
_RIGHTS: Final = re.compile(
    r"\s*(?:[.,|·•–-]\s*)?(?:aviso legal|mentions légales|note legali|impressum|datenschutz\w*|colofon|nota prawna|"
    r"política de privacidad\w*|privacy|terms|contact|kontakt|правовая информация|registered in|"
    r"all rights reserved|alle rechte vorbehalten|tous droits réservés|"
    r"todos los derechos reservados|"
    r"todos os direitos reservados|tutti i diritti riservati|alle rechten voorbehouden|"
    r"wszelkie prawa zastrzeżone|"
    r"все права защищены|جميع الحقوق محفوظة|版权所有|版權所有|無断転載を禁じます|保留所有权利|alla rättigheter).*$|"
    r"\s*\d{4}\b.*$|\s+[-–|·•]\s.*$",
    re.IGNORECASE,
)
_LEGAL_FORM: Final = re.compile(
    r"(?:,?\s+(?:ltd\.?|limited|inc\.?|llc|plc|gmbh(?: & co\.? kg)?|ag|kg|verlag|s\.?a\.?s?\.?|"
    r"sarl|s\.?l\.?u?\.?|ltda\.?|"
    r"s\.?\s?p\.?\s?a\.?|s\.?\s?r\.?\s?l\.?|s\.\s?[al]\.?(?:\s?u\.?)?|b\.?\s?v\.?|n\.?\s?v\.?|sp\. z o\.\s?o\.?|"
    r"ооо|ао|oy|ab|a/s))+$",
    re.IGNORECASE,
)
_CAPTION_END: Final = re.compile(
    r"(?:[(（](?:photo|foto|bild|image|getty|picture|撮影|摄影|写真)\b[^)）]*[)）]|/\s?getty images|摄|撮影)$",
    re.IGNORECASE,
)
_CREDITED: Final = re.compile(
    r"[.!?。|)）]\s*(?:(?i:photo(?:graph)?(?:s| by)?|pictures?(?: by)?|image|foto(?: (?:de|di|van|von))?|"
    r"fotografía|bild|beeld|fot|фото|зображення|صورة|تصوير|摄影|攝影|图|撮影|写真)\s?[.:：]?|©)\s?"
    r"(?P<whose>[A-ZÀ-ÞА-Я\u0600-\u06ff\u3040-\u9fff][^.!?。]{1,40})[)）]?$"
)
"""A sentence and the credit of a picture behind it: "The hall at night. Foto: Heike Lott"."""


class Kind(StrEnum):
    """What a line is."""

    WAY = "way"
    NAVIGATION = "navigation"
    DATE = "date"
    CHANGED = "changed"
    BYLINE = "byline"
    NAME_AND_DATE = "name and date"
    SHARING = "sharing"
    COUNT = "count"
    TOPICS = "topics"
    LIST_TITLE = "list title"
    COPYRIGHT = "copyright"
    HEADLINE = "headline"
    OUTLET = "outlet"
    OUTLET_AND_DATE = "outlet and date"
    SECTION = "section"
    CAPTION = "caption"
    FURNITURE = "furniture"
    ADDRESS = "address"
    BIOGRAPHY = "biography"
    PARAGRAPH = "paragraph"
    SHORT = "short"


class Line(NamedTuple):
    """A line and what it is.

    Attributes:
        value: what it says without its mark: of a byline the names, of a date the date, of a copyright the outlet.
        names: of a line with a name and a date, the names.
    """

    text: str
    kind: Kind
    value: str = ""
    names: str = ""


@lru_cache(maxsize=4096)
def label_line(text: str) -> Line:
    """A line with what it is by its own words.

    >>> label_line("Von Nora Lind, Lokalreporterin")[1:3], label_line("Home > Local")[1]
    ((<Kind.BYLINE: 'byline'>, 'Nora Lind'), <Kind.WAY: 'way'>)
    >>> label_line("4. September 2025, 10:15 Uhr").kind, label_line("© Harrow Post 2025. Member of it.").value
    (<Kind.DATE: 'date'>, 'Harrow Post')
    """
    bare = unbulleted(text)
    if len(bare) > 200 and not is_notice(bare):
        return Line(text, Kind.BIOGRAPHY if biography_of(bare) else Kind.PARAGRAPH)
    for look in (_furniture, _counted, _marked, _dated, _by, _biography):
        found = look(bare)
        if found is not None:
            return found._replace(text=text)
    return Line(text, Kind.PARAGRAPH if is_paragraph(text) else Kind.SHORT)


def unbulleted(text: str) -> str:
    """A line without the sign or number of a list before it; the day of a date such as "4. September" stays.

    >>> unbulleted("- Ferry"), unbulleted("2. Soup on the quay"), unbulleted("4. September 2025")
    ('Ferry', 'Soup on the quay', '4. September 2025')
    """
    found = BULLET.match(text)
    if found is None or (text[:1].isdigit() and _MONTH.match(text[found.end() :])):
        return text
    return text[found.end() :]


def size(text: str) -> int:
    """The words of a text; of writing without spaces, half its signs.

    >>> size("We go home."), size("我们回家吧。")
    (3, 2)
    """
    signs = len(_CJK.findall(text))
    return len(text.split()) if signs * 2 < len(text.replace(" ", "")) else signs // 2


def is_paragraph(text: str) -> bool:
    """Whether a line is long enough, and ends as a sentence does, to be of an article's body."""
    count = size(text)
    if BULLET.match(text):
        return False
    return count >= 30 or (count >= 9 and (bool(SENTENCE_END.search(text)) or text.endswith((":", "："))))


def way_of(text: str) -> tuple[str, ...] | None:
    """The steps of a way home, without "Home"; None of a line that is none.

    >>> way_of("You are here: Home > World > Europe"), way_of("Local › Markets")
    (('World', 'Europe'), ('Local', 'Markets'))
    >>> way_of("Who won? > See inside the hall of mirrors") is None
    True
    """
    if "«" in text:  # quotes, and no steps
        text = re.sub(r"«([^»]*)»", r"\1", text)
    here = starts("here").match(text)
    rest = text[here.end() :].lstrip(" :：") if here else text
    steps = [step.strip() for step in labels.STEP.split(rest)]
    bulleted = [step.strip() for step in re.split(r"\s[•·|]\s", rest)]
    if len(steps) == 1 and len(bulleted) == 2 and folded(bulleted[0]) in words("home"):
        steps = bulleted
    home = folded(steps[0]) in words("home")
    named = [step for step in (steps[1:] if home else steps) if step]
    if home and len(steps) > 1:
        return tuple(named)
    if (
        len(named) < 2
        or not re.search("[>›»→＞]", rest)
        or any(size(step) > 4 or len(step) > 40 for step in named)
    ):
        return None
    return tuple(named)


def is_navigation(text: str) -> bool:
    """Whether a line is a menu: names of sections divided by signs, or glued to one another.

    >>> is_navigation("News | Sport | Culture | Letters"), is_navigation("HomeNewsSportCultureLetters")
    (True, True)
    >>> is_navigation("A ferry | The Tide"), is_navigation("News of the World")
    (False, False)
    """
    pieces = [piece for piece in re.split(r"\s*[|·•/,、]\s*|\s{2,}", text) if piece]
    known = sum(_is_menu_word(piece) for piece in pieces)
    if len(pieces) >= 2 and known == len(pieces):
        return True
    if len(pieces) >= 3 and known >= 2 and all(size(piece) <= 3 for piece in pieces):
        return True
    if len(pieces) >= 4 and "|" in text and all(size(piece) <= 2 for piece in pieces):
        return True
    if len(pieces) >= 3 and known >= 2 and "|" in text and all(size(piece) <= 8 for piece in pieces):
        return True
    humps = re.findall(r"[A-ZÀ-ÞА-Я][a-zà-ÿа-я&]+", text)
    if len(humps) >= 4 and " " not in text and len("".join(humps)) >= 0.9 * len(text):
        return True
    return _is_all_menu(re.sub(r"[\W_]+", "", text.casefold()))


def outlet_of(text: str) -> str | None:
    """The outlet in a line about copyright; None where there is none."""
    name = plain(_RIGHTS.sub("", text.replace("©", " ").strip()))
    name = re.split(r"(?<=[^\W\d_]{4})\.\s+(?=[A-ZÀ-Þ])", name)[0].strip(" .,|-–·•®")
    name = _LEGAL_FORM.sub("", re.sub(r"^(?:by|per|von)\s+", "", name))
    return name if 1 < len(name) <= 60 and size(name) <= 7 and not name.isdigit() else None


def _furniture(text: str) -> Line | None:
    if is_one_of(text, "around") or is_reading_time(text) or is_notice(text):
        return Line(text, Kind.FURNITURE)
    if labels.is_sharing(text):
        return Line(text, Kind.SHARING)
    address = address_in(text)
    if address is not None:
        return Line(text, Kind.ADDRESS, address)
    way = way_of(text)
    if way is not None and len(text) <= 120:
        return Line(text, Kind.WAY, " > ".join(way))
    if labels.list_title(text) is not None:
        return Line(text, Kind.LIST_TITLE, labels.list_title(text) or "")
    topics = labels.topics_after(text)
    if topics is not None:
        return Line(text, Kind.TOPICS, topics)
    if is_navigation(text):
        return Line(text, Kind.NAVIGATION)
    found = _COPYRIGHT.match(text)
    if found is not None:
        return Line(text, Kind.COPYRIGHT, outlet_of(found["outlet"] or "") or "")
    found = _BARE_COPYRIGHT.match(text)
    if (
        found is not None
        and size(found["outlet"]) <= 5
        and date_in(text) is None
        and not labels.count_in(text)
    ):
        bare = "©" in text or bool(re.match(r"\W*\d{4}\W*(?:$|[-–|·•])", text[found.end("outlet") :]))
        if bare and found["outlet"][:1].isupper() and not _CJK.search(text):
            return Line(text, Kind.COPYRIGHT, outlet_of(found["outlet"]) or "")
    return None


def _counted(text: str) -> Line | None:
    return Line(text, Kind.COUNT) if labels.count_in(text) is not None and date_in(text) is None else None


def _marked(text: str) -> Line | None:
    if (_CAPTION_END.search(text) or _CREDITED.search(text)) and size(text) <= 40:
        return Line(text, Kind.CAPTION)
    begin = starts("caption").match(text)
    rest = text[begin.end() :] if begin else ""
    if (
        begin
        and re.match(r"\s*[:：/©]|\.?\s*[A-ZÀ-Þ][\w.]*\.?\s", rest)
        and size(text) <= 25
        and (":" in rest[:3] or "：" in text or len(text) <= 40)
    ):
        return Line(text, Kind.CAPTION)
    found = _LABELLED.match(text)
    if found is None:
        return None
    label = folded(found["label"])
    for kind, name in ((Kind.HEADLINE, "title"), (Kind.OUTLET, "outlet"), (Kind.SECTION, "section")):
        if label in words(name) and (kind is Kind.HEADLINE or size(found["rest"]) <= 6):
            return Line(text, kind, found["rest"].strip())
    return None


def _dated(text: str) -> Line | None:
    date = date_in(text)
    if date is None:
        return None
    names = names_in_dated_line(date.rest) if date.rest else ""
    if date.rest and not names:
        return (
            Line(text, Kind.OUTLET_AND_DATE, date.text, date.rest)
            if _is_beside_name(text, date.rest)
            else None
        )
    if names:
        return Line(text, Kind.NAME_AND_DATE, date.text, names)
    return Line(text, Kind.CHANGED if date.changed else Kind.DATE, date.text)


def _is_beside_name(text: str, rest: str) -> bool:
    """Whether what stands beside a date, with a sign between them, may be the name of an outlet."""
    return (
        size(rest) <= 4
        and len(rest) <= 40
        and text.startswith(rest)
        and bool(re.match(r"\s*[|·•,،，–—-]\s", text[len(rest) :]))
        and (rest[:1].isupper() or not rest[:1].isascii())
        and not any(sign.isdigit() for sign in rest)
    )


def _by(text: str) -> Line | None:
    names = byline_of(text)
    return Line(text, Kind.BYLINE, names) if names else None


def _biography(text: str) -> Line | None:
    return Line(text, Kind.BIOGRAPHY) if biography_of(text) is not None else None


def _is_menu_word(piece: str) -> bool:
    return is_one_of(piece, "home", "around", "other_lists") or folded(piece) in labels.section_names()


def _is_all_menu(text: str) -> bool:
    """Whether a text without spaces and signs is two or more words of a menu, one after another."""
    if not 4 <= len(text) <= 200:
        return False
    place, count = 0, 0
    known = labels.squeezed_menu()
    while place < len(text):
        step = next(
            (n for n in range(min(30, len(text) - place), 1, -1) if text[place : place + n] in known), 0
        )
        if not step:
            return False
        place += step
        count += 1
    return count >= 3 or (count == 2 and not _CJK.search(text) and len(text) > 9)
