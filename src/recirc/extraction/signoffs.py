"""What agencies and desks put under a text: "(Reporting by Ann Roe)", "Tarn Wire nl/ph", "（青河日报记者 苏晓岚）"."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from recirc.extraction.bylines import is_person
from recirc.extraction.outlets import NAME_OF_OUTLET, has_news_word, names_agency

LONGEST: Final = 120  # characters

_REPORTING: Final = re.compile(
    r"^[(（\[]?\s*(?:(?:additional )?reporting|writing|written|reported|bericht|mitarbeit|redaktion|"
    r"avec|con información|com informações|"
    r"ha collaborato|met medewerking|współpraca|при участии|report|text|texto|texte|testo|tekst|"
    r"текст|reportage|reportaje|"
    r"reportagem|servizio|verslag|redactado|redigido|escrito|información|informação|propos "
    r"recueillis|opracowanie|relacja|"
    r"подготовил[аи]?|репортаж|материал|إعداد|تقرير|كتبه|كتبت)\s*(?:by|von|de|di|van|par|por|door|"
    r":)?\s+(?P<names>[^;()（）،]{3,80})",
    re.IGNORECASE,
)
_INITIALS: Final = re.compile(
    r"^[(\[]?(?P<outlet>[^\W\d_][\w.&’' "
    r"-]{1,30}?)(?:\s+\(?|\s?/\s?|\()(?P<initials>[a-zà-ÿ]{2,3}(?:/[a-zà-ÿ]{2,3})+|"
    r"(?<=/)[a-zà-ÿ]{2,3})\)?[)\].]*$"
)
_BRACKETED: Final = re.compile(
    r"^[(（\[【]\s*(?P<outlet>[^()（）\[\]【】]{2,40}?)\s*[)）\]】]\.?(?:\s*/\s*[a-zà-ÿ]{2,3})?$"
)
_LAST: Final = re.compile(r"[(（【]\s*(?P<outlet>[^()（）【】]{2,40}?)\s*[)）】]\.?(?:/[a-z]{2,3})?$")
_CONNECTING: Final = frozenset(
    [
        "of",
        "the",
        "and",
        "de",
        "du",
        "des",
        "do",
        "da",
        "dos",
        "das",
        "del",
        "della",
        "delle",
        "di",
        "la",
        "le",
        "van",
        "von",
        "der",
        "den",
        "y",
        "e",
        "&",
        "und",
        "et",
    ]
)
_INSIDE: Final = re.compile(
    r"\s*(?:[・/·,，]|\s记者\s?|记者\s|(?<=[社报刊网台])记者(?=\S)|\s-\s|\swith\s|\savec\s|\smit\s|"
    r"(?<=[\u3040-\u9fff])[\s\u3000]+(?=[\u3040-\u9fff]))\s*",
    re.IGNORECASE,
)


_BESIDE: Final = re.compile(
    r"\s*[,،，/／・]\s*|\s+[-–—]\s+|\s+(?:avec|with|mit|con|com|met|for|für|pour|para|per|voor|dla)\s+|"
    r"(?<=社)\s+(?=[\u3040-\u9fff])"
)


class SignOff(NamedTuple):
    """Whom a sign-off names: the outlet, and the reporter; None where it names none."""

    outlet: str | None
    name: str | None


@lru_cache(maxsize=1024)
def sign_off_of(line: str) -> SignOff | None:
    """What a line that is a sign-off says; None of other lines.

    >>> sign_off_of("Tarn Wire nl/ph"), sign_off_of("(Reporting by Ann Roe; editing by Ola Winge)")
    (SignOff(outlet='Tarn Wire', name=None), SignOff(outlet=None, name='Ann Roe'))
    >>> sign_off_of("(Nordbote/ow)"), sign_off_of("He said so (twice).") is None
    (SignOff(outlet='Nordbote', name=None), True)
    """
    line = line.strip()
    if not 4 <= len(line) <= LONGEST:
        return None
    found = _REPORTING.match(line)
    if found is not None:
        agency = re.search(
            rf"\s(?:for|für|pour|para|per|voor|dla|для)\s+(?P<outlet>{NAME_OF_OUTLET})", found["names"]
        )
        if agency is not None and is_person(found["names"][: agency.start()].strip()):
            return SignOff(agency["outlet"], found["names"][: agency.start()].strip())
        name = re.split(r"\s+(?:in|and|und|et|y|e|en|i|и|aus|à)\s+|,|\.\s|\.$", found["names"].strip())[0]
        return SignOff(None, name) if is_person(name) else None
    told = _reporter_and_agency(line)
    if told is not None:
        return told
    found = _INITIALS.match(line) or _BRACKETED.match(line)
    if found is None or len(line.split()) > 7 or not _is_name(found["outlet"]):
        return None
    return _named(found["outlet"])


def _reporter_and_agency(line: str) -> SignOff | None:
    """A reporter's name and an agency's or a newspaper's, in either order, and nothing else.

    >>> _reporter_and_agency("(Ann Roe, Nordpress Agentur)"), _reporter_and_agency("Ann Roe, Farrow")
    (SignOff(outlet='Nordpress Agentur', name='Ann Roe'), None)
    >>> _reporter_and_agency("Review: The Red Queen, Harbour Theatre") is None
    True
    """
    pieces = [piece for piece in _BESIDE.split(line.strip("()（）[]【】 .")) if piece and piece.strip()]
    if len(pieces) != 2 or len(line.split()) > 9 or any(":" in piece for piece in pieces):
        return None  # "Review: The Herring Queen, Tidewater Theatre": a label, and what it is about
    for name, outlet in (pieces, pieces[::-1]):
        name, outlet = (
            name.strip(),
            re.sub(r"^(?:da|dalla|della|de la|du|de|von|van|of) ", "", outlet.strip()),
        )
        titled = len(outlet.split()) > 1 and not any(word[:1].islower() for word in outlet.split())
        named = names_agency(outlet) or (has_news_word(outlet) and (titled or not outlet.isascii()))
        if named and is_person(name) and not has_news_word(name):
            return SignOff(outlet, name)
    return None


def sign_off_at_end(text: str) -> SignOff | None:
    """The sign-off in brackets at the end of an article's last paragraph.

    >>> sign_off_at_end("The ferry stays in port. (Nordbote)").outlet, sign_off_at_end("He is ill (again)")
    ('Nordbote', None)
    """
    found = _LAST.search(text[-60:])
    before = text[-60:][: found.start()].rstrip() if found else ""
    if found is None or not re.search(r"[.!?。！？”\"»]$", before) or not _is_name(found["outlet"]):
        return None
    return _named(found["outlet"])


def _named(inside: str) -> SignOff | None:
    parts = [
        part.strip()
        for part in _INSIDE.split(re.sub(r"/[a-zà-ÿ]{2,3}(?:/[a-zà-ÿ]{2,3})*$", "", inside))
        if part.strip()
    ]
    people = [part for part in parts[1:] if is_person(part)]
    outlet = re.sub(r"记者$", "", parts[0]) if parts else ""
    if not outlet:
        return None
    return SignOff(outlet, people[0] if people else None)


def _is_name(text: str) -> bool:
    parts = text.split()
    capital = text[:1].isupper() or not text[:1].isascii() or (text.islower() and len(text) <= 4)
    if any(part.isascii() and part[0].islower() and part not in _CONNECTING for part in parts[1:]):
        return False
    if re.search(r"[\u3040-\u30ff\u3400-\u9fff]", text) and not has_news_word(
        re.split(r"[・\s]|记者", text)[0]
    ):
        return False
    return (
        bool(parts)
        and capital
        and len(parts) <= 6
        and not any(sign.isdigit() for sign in text)
        and not re.search(
            r"\b(?:photo|foto|video|pictured|left|right|see|sic|age|aged|source|applause|laughs|"
            r"continued|more|comments?|reply|all)\b",
            text,
            re.IGNORECASE,
        )
    )
