"""Bylines: names of people after "By" in many languages, without roles and places."""

import re
from typing import Final

from recirc.extraction.outlets import names_agency
from recirc.text.vocabulary import folded, starts, words

LONGEST: Final = 160  # characters of a byline

_CJK_NAME: Final = re.compile(
    r"[\u3400-\u9fff]{2,4}|[\u3040-\u30ff\u3400-\u9fff々ー・]{2,10}|"
    r"[\u3400-\u9fff]{1,3}[ \u3000][\u3040-\u30ff\u3400-\u9fff々]{1,4}"
)
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_PARTICLES: Final = frozenset(
    [
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "do",
        "du",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "zu",
        "la",
        "le",
        "el",
        "los",
        "al",
        "bin",
        "ibn",
        "ben",
        "y",
        "e",
        "i",
        "und",
        "af",
        "av",
        "d'",
        "o'",
        "bint",
    ]
)
_NAME_WORD: Final = re.compile(r"(?:[^\W\d_](?:[^\W\d_]|['’.-](?=[^\W\d_]))*[.']?)")
_AND: Final = re.compile(
    r"\s*[,،、/&;]\s*|\s+(?:and|und|et|y|e|en|i|и|و|och|og|ja|ve|a|&|mit|with|avec|con|com|met)\s+|\s+و(?=\S)",
    re.IGNORECASE,
)
_PIECES: Final = re.compile(
    r"\s*[,،，(|•·–—/;]\s*|\s+-\s+|\s+(?:in|aus|à|en|da|for|für|pour|para|per|voor|dla|at|of|bei|bij|"
    r"w)\s+(?=[A-ZÀ-ÞА-Я\"“„«])"
)
_NO_PEOPLE: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "what",
        "why",
        "how",
        "who",
        "when",
        "where",
        "new",
        "our",
        "your",
        "his",
        "her",
        "their",
        "its",
        "in",
        "on",
        "of",
        "for",
        "to",
        "from",
        "with",
        "is",
        "are",
        "was",
    ]
)
_TELLING: Final = re.compile(
    r"(?P<names>\S[^.!?]{4,60}?) (?:reports|reporting|berichtet|rapporte|informa|relata|riferisce|bericht|donosi|"
    r"сообщает)"
)
_SIGN: Final = re.compile(r"[.!?。！？؟…][\"'”’»)]*$")


def is_person(text: str) -> bool:
    """Whether a text has the form of one person's name.

    >>> is_person("Nora Lind"), is_person("Ludwig van der Roe"), is_person("Local council"), is_person("苏晓岚")
    (True, True, False, True)
    """
    text = text.strip(" .")
    if _CJK.search(text):
        return bool(_CJK_NAME.fullmatch(text)) and folded(text) not in words("desk")
    parts = text.split()
    if not 2 <= len(parts) <= 5 or len(text) > 60 or any(folded(part) in words("desk") for part in parts):
        return False
    if _ARABIC.search(text):
        return len(parts) <= 4 and all(_NAME_WORD.fullmatch(part) for part in parts)
    return (
        all(
            _NAME_WORD.fullmatch(part)
            and (part[0].isupper() or part.casefold() in _PARTICLES or part[:2] in ("d'", "d’"))
            for part in parts
        )
        and parts[0][0].isupper()
        and parts[-1][0].isupper()
        and folded(parts[0]) not in _NO_PEOPLE
    )


def is_desk(text: str) -> bool:
    """Whether a text names a desk rather than a person: "Vexora Desk", "Redaktion Bote", "青河日报编辑部"."""
    bare = folded(text)
    if _CJK.search(text):
        return len(text) <= 20 and any(word in bare for word in words("desk") if _CJK.search(word))
    parts = bare.split()
    return len(parts) <= 6 and any(
        part in words("desk") or " ".join(parts[:2]) in words("desk") for part in parts
    )


def byline_of(line: str) -> str | None:
    """The names in a line that begins as a byline does; None of other lines.

    >>> byline_of("By Nora Lind, local government reporter"), byline_of("Von Berlin nach Paris")
    ('Nora Lind', None)
    >>> byline_of("Propos recueillis par Gaspard Ollier"), byline_of("By Ann Roe and Jon Skaar")
    ('Gaspard Ollier', 'Ann Roe and Jon Skaar')
    """
    if len(line) > LONGEST:
        return None
    telling = _TELLING.fullmatch(line)
    if telling is not None:
        names = names_of(telling["names"])
        return names if names == telling["names"] else None
    begin = starts("by").match(line)
    if begin is None:
        return None
    rest = line[begin.end() :]
    marked = re.match(r"\s*[:：/|／・]\s*", rest)
    if marked:
        rest = rest[marked.end() :]
    elif not rest[:1].isspace() and not _CJK.match(begin[0]):
        return None
    rest = rest.strip()
    if not rest or (not marked and _SIGN.search(rest) and len(rest.split()) > 5):
        return None
    return names_of(rest, sure=bool(marked) or folded(begin[0]) == "by" or folded(begin[0]).count(" ") == 2)


def names_of(text: str, *, sure: bool = False) -> str | None:
    """The names at the beginning of a text, as they stand, without roles, places and outlets; None without any.

    Args:
        text: what follows "By", or a line by itself.
        sure: whether it is known to be a byline; then a name of any form counts.
    """
    text = re.sub(
        r"^(?:our |nuestro |notre |unser(?:em)? |nosso |dal nostro )?(?:inviato |correspondent |"
        r"correspondant )",
        "",
        text,
    )
    pieces = [piece.strip(" )") for piece in _PIECES.split(text) if piece and piece.strip(" )")]
    if not pieces:
        return None
    if _are_people(pieces[0]):
        named = [piece for piece in pieces if _are_people(piece)]
        joined = _AND.split(text)
        # "A, B and C" are three; what follows a single name after a comma is where or what somebody is.
        if (
            len(named) > 1
            and (len(pieces) > 2 or re.search(r"\s(?:and|und|et|y|e|en|i|и|&)\s", text))
            and len(named) == len(pieces)
        ):
            return text
        if "、" in text and all(is_person(piece) for piece in joined):
            return text
        return re.sub(r"\s*[（(].*$", "", pieces[0])
    if is_desk(pieces[0]) or (sure and pieces[0][:1].isupper() and len(pieces[0].split()) <= 5):
        return pieces[0]
    if sure and (_CJK.search(text) or _ARABIC.search(text)) and len(pieces[0]) <= 24:
        return pieces[0]
    return None


def names_in_dated_line(rest: str) -> str | None:
    """The names in what stands beside a date on a line; None where it is something else."""
    pieces = [piece for piece in rest.split(" | ") if piece]
    for piece in pieces:
        names = byline_of(piece) or (names_of(piece) if len(pieces) <= 3 else None)
        if names:
            return names
        if len(pieces) <= 3 and len(piece.split()) <= 6 and names_agency(piece):
            return piece
    return None


def _are_people(text: str) -> bool:
    parts = [part for part in _AND.split(text) if part and part.strip()]
    return bool(parts) and len(parts) <= 6 and all(is_person(part) for part in parts)
