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
    r"(?<=/)[a-zà-ÿ]{2,3}|(?<=/)[A-ZÀ-Þ]{2,3}|(?<=/ )[a-zà-ÿ]{2,3})\)?[)\].]*$"
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


_WRITER_FOR: Final = re.compile(
    r"^(?P<name>[^,;:()（）«»„“/|]{3,40}?)\s*"
    r"(?:(?P<for>\s(?:for|für|pour|para|per|voor|dla|для|специально для)\s|,\s*(?:специально\s)?для\s)|[(（]|"
    r"[,،，/／|]\s*(?:(?:da|dalla|do|della|de la|du|de|von|van|of|publicado por|published by)\s)?|\s[–—-]\s)\s*"
    r"(?P<outlet>[^()（）;]{2,44}?)[)）]?$",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(
    r"^(?:(?:reporting|written|words|text|story|report) by|(?:ein )?(?:bericht|text|beitrag) von|text|texte|texto|"
    r"tekst|testo|"
    r"reportage de|reportagem de|reportaje de|texto de|testo di|relacja|propos recueillis par|текст|репортаж|"
    r"تقرير|观战记|観戦記|取材|文)"
    r"\s*[:：・/]?\s*",
    re.IGNORECASE,
)
_HELPED: Final = re.compile(r"\s*[;；]|,\s*(?:mitarbeit|editing|edited|redaktion|avec|with)\b", re.IGNORECASE)
_OWN_ARTICLE: Final = re.compile(r"(?:The|La|Le|Les|El|Los|Il|De|Het|Der|Die|Das|L['’])\s?(?=[A-ZÀ-Þ])")
_INITIALS_FIRST: Final = re.compile(
    r"^[—–\-(\s]*(?:[A-ZÀ-ÞА-Я]\.\s?){2,3}\s*[,(/–—-]\s*(?P<outlet>[^()\n]{3,40}?)\)?\.?$"
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
    told = _reporter_and_agency(line) or _writer_for(line)
    if told is not None:
        return told
    found = _INITIALS_FIRST.match(line)
    if found is not None and _is_outlet(found["outlet"], sure=False):
        return SignOff(_unquoted(found["outlet"]), None)
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


def _writer_for(line: str) -> SignOff | None:
    """A writer's name and, behind "for" or in brackets, what can only be a newspaper's.

    >>> _writer_for("(Ola Winge für Fjord-Presse, Mitarbeit: Ann Roe)")
    SignOff(outlet='Fjord-Presse', name='Ola Winge')
    >>> _writer_for("Анна Роева («Северный маяк»)").outlet, _writer_for("Ann Roe (Farrow)") is None
    ('Северный маяк', True)
    """
    bare = line.strip(" .—–-")
    boxed = bare[:1] in "(（【[" and bare[-1:] in ")）】]"
    whole = _HELPED.split(bare[1:-1] if boxed else bare)[0]
    bare = _LABEL.sub("", whole).strip()
    found = _WRITER_FOR.match(bare)
    if found is None or len(bare.split()) > 10:
        return None
    name, outlet = found["name"].strip(" ・,"), found["outlet"].strip(" .")
    if not is_person(name) or len(name.split()) > 3 or has_news_word(name) or "," in outlet:
        return None
    marked = boxed or bare != whole or line.strip()[:1] in "—–-"
    return (
        SignOff(_unquoted(outlet), name) if _is_outlet(outlet, sure=bool(found["for"]) and marked) else None
    )


def _is_outlet(text: str, *, sure: bool) -> bool:
    """Whether a text beside a writer's name is an outlet's: in quotes, with an article or a newspaper's word."""
    if re.fullmatch(r"[«„“\"《『「][^«»„“”\"《》]{2,40}[»”“\"》』」]", text.strip()):
        return True
    capital = text[:1].isupper() or not text[:1].isascii()
    if not capital or any(sign.isdigit() for sign in text) or len(text.split()) > 6:
        return False
    several = " " in text or not text.isascii() or "-" in text
    return sure or bool(_OWN_ARTICLE.match(text)) or names_agency(text) or (has_news_word(text) and several)


def _unquoted(text: str) -> str:
    return text.strip(' «»„“”"《》『』「」')


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
