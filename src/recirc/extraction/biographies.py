"""Biographies that stand below articles: who they are about and for whom these people work, in many languages."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from recirc.extraction.bylines import is_person
from recirc.extraction.outlets import NO_NAME, has_news_word, outlet_in

LONGEST: Final = 800  # characters of a biography
READ: Final = 320  # of them, in which the outlet is named

_INTRODUCTION: Final = re.compile(
    r"^(?:about the (?:author|writer)|the author|author|über (?:den autor|die autorin)|zur person|"
    r"der autor|die autorin|"
    r"l['’]auteure?|à propos de l['’]auteure?|sobre (?:el autor|la autora|o autor|a autora)|"
    r"l['’]autore|l['’]autrice|"
    r"chi è l['’]autore|over de auteur|o autorze|o autorce|об авторе|عن الكاتب|نبذة عن الكاتب|作者简介|"
    r"作者簡介|関于作者|著者プロフィール|筆者紹介)"
    r"\s*[:：—–-]?\s*",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(
    r"\b(?:correspondents?|reporters?|(?:sub-?|co-)?editors?|writers?|columnists?|journalists?|"
    r"anchor|producers?|bureau chief|"
    r"contributors?|photographers?|critics?|newsroom|staff of|on the staff|newspaper|"
    r"\w*redakteur\w*|\w*korrespondent\w*|journalistin|reporterin|\w*redaktion|volontär\w*|"
    r"journaliste|correspondante?|rédact\w+|chroniqueu\w+|éditorialiste|service \w+ (?:du|de)|"
    r"grand reporter|envoyée? spéciale?|"
    r"periodista|redactora?|reportera|corresponsal|columnista|jornalista|repórter|correspondente|"
    r"colunista|editora|redação|redacción|"
    r"giornalista|cronista|inviat[oa]|corrispondente|caporedattore|redazione|redattore|redattrice|"
    r"verslagge\w+|redacteur|redactrice|correspondente|\w*redactie|dziennikar\w+|reporterk\w+|"
    r"redaktork?\w*|korespondent\w*|publicyst\w+|"
    r"redaktör|medarbetare|medarbejder|toimittaja|muhabir\w*|gazeteci|novinář\w*|"
    r"корреспондент\w*|журналист\w*|обозревател\w+|редактор\w*|репорт[её]р\w*|колумнист\w*)\b|"
    r"صحفي|صحافي|مراسل|محرر|كاتب|记者|記者|编辑|編輯|撰稿|专栏|評論員|评论员|主笔|特约|編集者|論説委員|特派員|ライター|編集長|取材",
    re.IGNORECASE,
)
_WORK: Final = re.compile(
    r"\b(?:covers|covered|reports|reported|writes|has written|has reported|has followed|follows|si occupa|"
    r"joined|works|has worked|"
    r"schreibt|berichtet|arbeitet|begleitet|travaille|écrit|couvre|suit|collabore|escribe|cubre|"
    r"trabaja|sigue|colabora|"
    r"escreve|cobre|trabalha|acompanha|scrive|segue|lavora|collabora|racconta|schrijft|volgt|werkt|verslaat|"
    r"pisze|relacjonuje|pracuje|skriver|arbetar|bevakar|följer|dækker|dekker|пишет|работает|освещает|"
    r"вед[её]т|сотрудничает)\b|"
    r"(?<!\w)(?:يكتب|تكتب|يعمل|تعمل|يغطي|تغطي)(?!\w)|撰稿|供职|任职|报道|担当|所属|取材を|執筆",
    re.IGNORECASE,
)
_BEFORE: Final = frozenset(
    [
        "at",
        "for",
        "with",
        "of",
        "to",
        "by",
        "bei",
        "beim",
        "für",
        "der",
        "des",
        "dem",
        "den",
        "die",
        "au",
        "aux",
        "du",
        "des",
        "de",
        "pour",
        "chez",
        "à",
        "del",
        "de",
        "en",
        "para",
        "por",
        "da",
        "do",
        "no",
        "na",
        "ao",
        "das",
        "dos",
        "dello",
        "della",
        "dell'",
        "al",
        "alla",
        "per",
        "su",
        "di",
        "bij",
        "van",
        "voor",
        "aan",
        "dla",
        "w",
        "в",
        "на",
        "для",
        "gazety",
        "dziennika",
        "tygodnika",
        "miesięcznika",
        "portalu",
        "serwisu",
        "magazynu",
        "redakcji",
        "zeitung",
        "zeitschrift",
        "diario",
        "periódico",
        "semanario",
        "revista",
        "jornal",
        "diário",
        "semanário",
        "portal",
        "quotidiano",
        "giornale",
        "settimanale",
        "rivista",
        "testata",
        "journal",
        "quotidien",
        "hebdomadaire",
        "magazine",
        "krant",
        "dagblad",
        "weekblad",
        "tijdschrift",
        "газете",
        "журнале",
        "издании",
        "агентстве",
        "газеты",
        "журнала",
        "агентства",
        "издания",
        "редакции",
        "телеканала",
        "في",
        "لدى",
        "ل",
        "لصحيفة",
        "لجريدة",
        "på",
        "hos",
        "för",
        "på",
        "ved",
        "til",
    ]
)
_ARTICLES_LIST: Final = "the la le les el los las o a os as il lo i gli de het der die das den dem al"
_ARTICLES: Final = frozenset(_ARTICLES_LIST.split())
_WITHIN: Final = frozenset(
    [
        "of",
        "and",
        "&",
        "de",
        "du",
        "des",
        "del",
        "della",
        "delle",
        "di",
        "la",
        "le",
        "los",
        "las",
        "van",
        "der",
        "den",
        "do",
        "da",
        "dos",
        "e",
        "y",
        "i",
        "et",
        "und",
        "the",
        "für",
    ]
)
QUOTED: Final = re.compile(r"[«„“\"《「『‘]([^»”“\"》」』’]{2,40})[»”“\"》」』’]")
_CJK_OUTLET: Final = (
    r"[^\s，,。、はの]{2,12}?"
    r"(?:日报|晚报|时报|早报|周刊|新闻网|通讯社|新聞|タイムズ|日報|時報|晚報|通信|放送|テレビ|ニュース)"
)
_CJK_FORMS: Final = (
    re.compile(
        r"^(?P<name>[\u3400-\u9fff]{2,4}?)(?:[，,、\s\u3000]\s*(?:现任|现为|是|系|自.{0,12}为|从.{0,12}在|.{0,8}加入)?|"
        r"(?:现任|现为|是|系|自.{0,12}为|从.{0,12}在))"
        rf"(?P<outlet>{_CJK_OUTLET})"
        r"(?:的)?.{0,10}?(?:记者|記者|编辑|編輯|撰稿|评论员|主笔|供职|任职|报道|写作|$|[，,。])"
    ),
    re.compile(
        r"^(?P<name>[\u3040-\u30ff\u3400-\u9fff々]{2,8}?)"
        r"\s?(?:は、?|、|\s|　|（.{0,12}）)\s?(?:.{0,12}?(?:から|より)、?)?"
        rf"(?P<outlet>{_CJK_OUTLET})"
        r"(?:の)?.{0,10}?(?:記者|編集者|編集委員|論説委員|特派員|ライター|で取材|に勤務|に入社|に所属|で連載|に執筆)"
    ),
    re.compile(
        r"^(?P<name>[\u3400-\u9fff]{2,4})[，,、是]\s*(?:现任|现为)?(?P<outlet>[^\s，,。的]{2,16})的?(?:记者|記者|编辑|編輯|撰稿人|评论员|主笔)"
    ),
    re.compile(
        r"^(?P<name>[\u3400-\u9fff]{2,4})(?:自|从)?.{0,12}?(?:为|在|给)(?P<outlet>[^\s，,。]{2,16})(?:撰稿|供职|任职|工作|报道|写作)"
    ),
    re.compile(
        r"^(?P<name>[\u3040-\u30ff\u3400-\u9fff々]{2,8})\s?は、?(?P<outlet>[^\s、。]{2,16}?)の(?:[^\s、。]{0,8})"
        r"(?:記者|編集者|編集委員|論説委員|特派員|ライター)"
    ),
    re.compile(
        r"^(?P<name>[\u3040-\u30ff\u3400-\u9fff々]{2,8})[\sは、（(].{0,16}?(?:から|より)?(?P<outlet>[^\s、。年から]{2,16}?)"
        r"(?:で|に)(?:取材|勤務|執筆|入社|所属|連載)"
    ),
)
_CJK_BRACKETED: Final = re.compile(
    rf"^(?P<name>[\u3040-\u30ff\u3400-\u9fff々]{{2,8}})\s?[（(](?P<outlet>{_CJK_OUTLET})[^（）()]{{0,8}}(?:記者|记者|編集委員|特派員|编辑)[)）]"
)
_FORMER: Final = re.compile(
    r"\b(?:former|retired|ehemalig\w*|früher\w*|ancien\w*|ex-?\w*|antigu[oa]|oud-|były|была?|бывш\w+)\b",
    re.IGNORECASE,
)
_SINCE: Final = re.compile(
    r"\b(?:since|seit|depuis|desde|dal|sinds|od|с|منذ)\s+(?:\w+ )?(?:19|20)\d\d", re.IGNORECASE
)


class Biography(NamedTuple):
    """Who a biography is about, and for whom they work; the outlet is None where it does not say."""

    name: str
    outlet: str | None


def is_role(text: str) -> bool:
    """Whether a text names what a journalist is: "Senior Contributor"."""
    return bool(_ROLE.search(text))


@lru_cache(maxsize=4096)
def biography_of(text: str) -> Biography | None:
    """What a journalist's biography says; None where the text does not begin as one.

    >>> biography_of("David Martin has been CBS News' national security correspondent since 1993.")
    Biography(name='David Martin', outlet='CBS News')
    >>> biography_of("Ann Roe is a reporter at The Tide."), biography_of("The mayor is a former reporter at The Tide.")
    (Biography(name='Ann Roe', outlet='The Tide'), None)
    >>> biography_of("Nora Lind travaille au service politique du Courrier de Harrow.")
    Biography(name='Nora Lind', outlet='Courrier de Harrow')
    >>> biography_of("苏晓岚，青河日报记者。")
    Biography(name='苏晓岚', outlet='青河日报')
    """
    text = text.strip(" *_–—-()（）")
    if not 8 <= len(text) <= LONGEST:
        return None
    text = _INTRODUCTION.sub("", text)
    for form in (*_CJK_FORMS, _CJK_BRACKETED):
        found = form.match(text)
        if found is not None and is_person(found["name"]):
            named = re.match(r".+?(?:日报|晚报|时报|早报|周刊|新闻网|通讯社|日報|時報|晚報)", found["outlet"])
            return Biography(found["name"], (named[0] if named else found["outlet"]).strip("《》「」『』"))
    name, rest = person_at(text)
    if name is None:
        return None
    first = re.split(r"(?<=[^A-Z\d])[.。!?](?:\s|$)", rest[:READ], maxsplit=1)[0]
    role = _ROLE.search(first)
    work = _WORK.search(first)
    if role is None and work is None:
        return None
    near = role is not None and role.start() <= 120
    if role is not None and _FORMER.search(first[: role.start()]):
        return None
    outlet = outlet_named(first, sure=near or (work is not None and bool(re.match(r"\W*\w+\W", first))))
    if near or outlet is not None:
        verb = re.match(r"\W*(?:[^\W\d_]+(?:\s|$)){1,4}", rest) or re.match(r"\s*[—–,:-]", rest)
        return Biography(name, outlet) if verb and (near or _is_work(first, outlet)) else None
    bare = work is not None and re.match(r"\s*(?:covers|reports on|reports from|writes about)\b", first)
    return Biography(name, None) if bare else None


def _is_work(first: str, outlet: str | None) -> bool:
    """Whether a sentence without a role tells of a journalist's work rather than of anybody's."""
    telling = re.search(
        r"\b(?:covers|covered|reports|reported|writes|written|followed|volgt|"
        r"si occupa|zajmuje|informa|segue|suit|acompanha|schreibt|berichtet|écrit|"
        r"couvre|suit|escribe|cubre|escreve|cobre|"
        r"scrive|schrijft|pisze|relacjonuje|skriver|пишет|освещает)\b|يكتب|تكتب|يغطي|تغطي",
        first,
    )
    return bool(outlet) and (bool(telling) or has_news_word(outlet or "") or bool(_SINCE.search(first)))


def person_at(text: str) -> tuple[str | None, str]:
    """The name that a text begins with, and what follows it."""
    words = text.split(" ")
    for count in (4, 3, 2):
        head = " ".join(words[:count])
        bare = head.rstrip(",:—– ")
        if len(words) > count and is_person(bare) and words[0].lower().strip(".,") not in NO_NAME:
            if (
                count > 2
                and re.search(r"[\u0600-\u06ff]", bare)
                and (_ROLE.search(bare) or _WORK.search(bare))
            ):
                continue
            return bare, head[len(bare) :] + " " + " ".join(words[count:])
    return None, ""


def outlet_named(sentence: str, *, sure: bool) -> str | None:
    """The outlet that a sentence names: after a preposition, in quotes, or with the possessive."""
    quoted = QUOTED.search(sentence)
    if quoted is not None and sure:
        return quoted[1].strip()
    tokens = sentence.split()
    best: str | None = None
    for place, token in enumerate(tokens):
        if re.sub(r"[^\w']", "", token).lower() in _BEFORE or re.match(
            r"^(?:dell|all|d|l|au|ل|لـ)['’]?$", token
        ):
            name = name_at(tokens, place + 1)
            if name and name[:1].islower() is False and (sure or has_news_word(name) or outlet_in(name)):
                if has_news_word(name) or outlet_in(name):
                    return outlet_in(name) or name
                best = best or name
    owned = re.search(r"(?:^|\s)(?P<name>(?:[Tt]he )?(?:[A-ZÀ-Þ][\w&.-]*\s?){1,5}?)(?:['’]s?)\s", sentence)
    if owned is not None and sure:
        return outlet_in(owned["name"]) or owned["name"].strip().removeprefix("the ")
    for place, token in enumerate(tokens):
        if (
            place
            and token[:1].isupper()
            and (named := name_at(tokens, place))
            and (known := outlet_in(named))
        ):
            return known
    return best


def name_at(tokens: Sequence[str], place: int) -> str | None:
    """The name that begins at a token: words with capitals, and small words between them."""
    kept: list[str] = []
    arabic = False
    for number, token in enumerate(tokens[place : place + 8]):
        bare = token.strip(',.;:()[]«»„“”"。،')
        bare = re.sub(r"^(?:d|l|dell|all|nell)['’]", "", bare)
        following = tokens[place + number + 1] if place + number + 1 < len(tokens) else ""
        arabic = arabic or bool(re.search(r"[\u0600-\u06ff]", bare))
        if arabic:
            if bare in ("منذ", "وهو", "من", "عن", "في") or len(kept) == 3:
                break
            kept.append(bare)
        elif bare[:1].isupper() and bare.lower() not in NO_NAME - {"the", "press", "media", "a"}:
            kept.append(re.sub(r"['’]s?$", "", bare))
            if re.search(r"['’]s?$", bare):
                break
        elif (not kept and bare.lower() in _ARTICLES) or (
            kept and bare.lower() in _WITHIN and following[:1].isupper()
        ):
            kept.append(bare)
        else:
            break
        if token[-1:] in ",.;:)。،":
            break
    while kept and kept[0].islower() and not arabic:
        kept.pop(0)
    name = " ".join(kept).strip()
    return (
        name if len(name) > 1 and name.lower().rstrip("s") not in ("the", "i", "europe", "america") else None
    )
