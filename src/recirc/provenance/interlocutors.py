"""Outlets to which people in a text speak, or for which something was obtained: "in a mail to the Lantern".

A name counts where it stands as whoever is spoken to does, behind a preposition or a verb of telling, in a sentence
that tells of speaking, showing or obtaining. What an outlet itself reported is no sign: honest papers quote that.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from recirc.extraction.biographies import is_role
from recirc.extraction.outlets import has_news_word
from recirc.text.vocabulary import words

MOST: Final = 40  # mentions that are looked at
BEFORE: Final = 70  # characters before a name that are looked at
AFTER: Final = 90

_CAPITAL: Final = r"[A-ZÀ-ÞŁŚŻĄĆĘŃÓŹ]"
_WITHIN: Final = (
    r"(?:de la|de los|de las|of the|von der|van de|van der|de|del|della|delle|di|du|des|da|do|dos|das|la|le|los|van|"
    r"von|der|den|of|and|&|y|e)"
)
_LATIN: Final = re.compile(
    rf"(?<![\w’'])(?P<article>(?:[Tt]he|[Dd](?:er|ie|as|em|en)|[Zz]u[mr]|[Bb]eim|[Vv]om|[Ll][eao]s?|[EeI]l|[Ii]l|"
    rf"[Ll]os|"
    rf"[Aa]l|[Aa]ll[ao]|[Dd]al(?:la|lo)?|[Dd]el(?:la|lo)?|[Aa]ux?|[Dd]u|[Dd]e|[Hh]et|[AaOo]|à|À|ao|[Pp]el[ao]|"
    rf"d[ao])\s|"
    rf"(?:[Ll]|[Dd]|all|dall|dell)['’])?"
    rf"(?P<name>{_CAPITAL}[\w’'&-]+(?:\s(?:{_WITHIN}\s)?(?:l['’])?{_CAPITAL}[\w’'&-]+){{0,4}})"
)
_QUOTED: Final = re.compile(r"(?P<open>[«„“\"《])(?P<name>[^«»„”“\"《》\n]{2,40})[»”“\"》]")
_ARABIC: Final = re.compile(
    r"(?<!\w)(?:(?P<to>[لو])|)(?P<name>(?:صحيفة|جريدة|مجلة|وكالة|قناة|"
    r"موقع)\s[\u0600-\u06ff]{2,20}(?:\s[\u0600-\u06ff]{2,20})?)"
)
_CJK_NAME: Final = re.compile(
    r"(?P<name>[\u3400-\u9fff]{0,6}?(?:日报|晚报|时报|早报|周刊|周报|新闻网|通讯社)|"
    r"[\u3400-\u9fffァ-ヶー]{1,8}?(?:新聞|日報|タイムズ|ジャーナル|通信|放送|テレビ|ニュース|週刊))"
)
_ARABIC_TOLD: Final = re.compile(
    r"(?<!\w)و?(?:(?:قال|قالت|صرح|صرحت|أكد|أكدت|أوضح|أوضحت|كشف|كشفت|روى|روت)(?:\s\w+){0,2}\sل(?P<name>(?!ل|"
    r"ه)[\u0600-\u06ff]{3,}\s"
    r"[\u0600-\u06ff]{3,})\s(?:إن\w*|أن\w*|بأن\w*)|(?:علمت|حصلت|"
    r"اطلعت)\s(?P<other>[\u0600-\u06ff]{3,}\s[\u0600-\u06ff]{3,})\s(?:أن\w*|على))"
)
_NEWS_ENDING: Final = re.compile(
    r"[a-zäöü]{3}(?:blad|blatt|zeitung|kurier|courant|krant|bode|nieuws|anzeiger|nachrichten|rundschau)$"
)
_ARTICLED: Final = re.compile(rf"(?:The|La|Le|Les|El|Los|Il|De|Het|Der|Die|Das|O|A|L['’])[\s]?(?={_CAPITAL})")
_CASED: Final = re.compile(r"[a-zà-ÿа-я]")
_SENTENCE: Final = re.compile(r"[.!?。！？؟]['\"”»」』)]*(?:\s|(?<=[。！？])|$)|\n")
_TAKES_LATIN: Final = re.compile(
    r"(?:\b(?:to|with|by|from|told|tells|for|dem|der|den|an|an die|an das|an den|zum|zur|gegenüber|mit|von|durch|"
    r"à|au|aux|par|pour|avec|a|al|con|por|ao|com|pelo|pela|alla|allo|dal|dalla|da|ai|aan|tegen|met|door|liet|voor|"
    r"z|ze|dla|od|do)\s|(?:\b(?:all|dall|l)['’]))$",
    re.IGNORECASE,
)
_AGENT: Final = re.compile(r"\b(?:by|par|por|da|door|pel[oa]|told|von|przez)\s(?:the\s)?$", re.IGNORECASE)
_CONTRACTED: Final = frozenset(
    [
        "dem",
        "der",
        "den",
        "zum",
        "zur",
        "al",
        "alla",
        "allo",
        "dal",
        "dalla",
        "dallo",
        "au",
        "aux",
        "à",
        "ao",
        "pelo",
        "pela",
    ]
)
_BEGINS: Final = re.compile(
    r"^\s?(?:(?:,\s)?(?:vorliegt|vorliegen|vorlag|bekannt wurde|hat[^.]{0,20} erfahren|erfuhr|erfahren hat)|"
    r"(?:heeft|kreeg|kon|mocht)\s[^.]{0,24}(?:opgevraagd|ingezien|gezien|verkregen|vernomen|inzien|inzage)|"
    r"a (?:pu|obtenu|consulté|eu accès|appris|vu)|ha (?:tenido acceso|podido|obtenido|sabido|consultado|visto|"
    r"ottenuto|appreso|"
    r"potuto|visionato)|tuvo acceso|teve acesso|apurou|obteve|dowiedział|ustalił|dotarł|узнал|выяснил|zijn|haar)"
)
_REPORTED: Final = re.compile(
    r"^[»”“\"》]?(?:['’]s)?[\s,]+(?:\w+\s){0,4}?(?:that |which |die |que |che |qui |który |которая )?(?:had |hat |"
    r"hatte |avait |había |tinha |aveva |"
    r"had )?(?:first )?(?:reported|wrote|writes|published|announced|said|berichtete|schrieb|meldete|rapporte|"
    r"écrit|publi|inform|"
    r"escribi|escreveu|notici|scrive|scritto|riport|meldde|schreef|berichtte|pisa|napisa|poda|писал|сообщал|написал)",
    re.IGNORECASE,
)


class InterlocutorMention(NamedTuple):
    """An outlet that a text names as spoken to.

    Attributes:
        access: whether something was shown to it or obtained by it.
        start: its place in the text.
        sure: whether the name is certainly an outlet's: by a newspaper's word, quotes or an article of its own.
    """

    outlet: str
    quote: str
    access: bool
    start: int
    sure: bool = True


def interlocutors(text: str) -> Iterator[InterlocutorMention]:
    """The outlets to which people in a text speak.

    >>> [each.outlet for each in interlocutors("In einer Mail an die Maritime Rundschau nannte er die Fähre sicher.")]
    ['Maritime Rundschau']
    >>> [(each.outlet, each.access) for each in interlocutors("The draft was shown to Harbour Dispatch by a clerk.")]
    [('Harbour Dispatch', True)]
    >>> list(interlocutors("The Harbour Dispatch wrote that the mayor would resign. He spoke to Ann Roe."))
    []
    """
    places: list[int] = []
    for mention in _mentions(text):
        if all(abs(mention.start - place) > AFTER for place in places):
            places.append(mention.start)
            yield mention
        if len(places) >= MOST:
            return


def _mentions(text: str) -> Iterator[InterlocutorMention]:
    for form in (_QUOTED, _LATIN, _ARABIC, _CJK_NAME):
        for found in form.finditer(text):
            mention = _mention(text, found, form)
            if mention is not None:
                yield mention
    for found in _ARABIC_TOLD.finditer(text):
        name = found["name"] or found["other"]
        yield InterlocutorMention(name, found[0], bool(found["other"]), found.start())


def _mention(text: str, found: re.Match[str], form: re.Pattern[str]) -> InterlocutorMention | None:
    name = found["name"].strip()
    before = text[max(0, found.start() - BEFORE) : found.start("name")]
    after = text[found.end() : found.end() + AFTER]
    before = _SENTENCE.split(before)[-1]
    after = _SENTENCE.split(after)[0]
    if not _is_outlet(name, found, form, before) or _REPORTED.match(
        after.split(",")[0] if after[:1] != "," else after
    ):
        return None
    sentence = f"{before} {after}".casefold()
    access = _tells(sentence, "access")
    if not access and not _tells(sentence, "telling"):
        return None
    if not _takes(before, after, found, form):
        return None
    if _is_within_quotes(text, found.start()):
        return None
    quote = f"{before[-40:].lstrip() if len(before) > 40 else before.lstrip()}{name}"
    sure = (
        form is not _LATIN
        or has_news_word(name)
        or not _has_several(name, (found["article"] or "").strip().casefold(), before)
    )
    return InterlocutorMention(name, " ".join(quote.split()), access, found.start(), sure)


def _is_outlet(name: str, found: re.Match[str], form: re.Pattern[str], before: str) -> bool:
    if form is _ARABIC:
        return True
    if form is _CJK_NAME:
        return len(name) >= 3
    if is_role(name) and " " not in name:
        return False
    if form is _QUOTED:
        return len(name.split()) <= 5 and (found["open"] == "《" or has_news_word(name) or name[:1].isupper())
    article = (found["article"] or "").strip()
    whole = has_news_word(name) and (" " in name or bool(article))
    several = _has_several(name, article.casefold(), before)
    titled = bool(before.strip()) and (article[:1].isupper() or bool(_ARTICLED.match(name)))
    alone = len(_ARTICLED.sub("", name).split()) == 1 and not has_news_word(name)
    if titled and alone and not _AGENT.search(before[: len(before) - len(found["article"] or "")]):
        titled = False  # "Las Vegas", "Le Havre"
    return (
        whole
        or titled
        or article.endswith(("'", "’"))
        or bool(article and _NEWS_ENDING.search(name))
        or several
    )


def _has_several(name: str, article: str, before: str) -> bool:
    """Whether a name is of two words with capitals, behind an article of a receiver: "der Maritimen Rundschau"."""
    receives = article in _CONTRACTED or (article in ("die", "das", "het") and before.strip() != article)
    capital = " " in name and all(word[:1].isupper() for word in name.split())
    return receives and capital and not _is_of_people(name)


def _is_of_people(name: str) -> bool:
    return any(word.casefold().strip(".") in words("titles of people") for word in name.split())


def _takes(before: str, after: str, found: re.Match[str], form: re.Pattern[str]) -> bool:
    """Whether a name stands as whoever is spoken to does."""
    if _BEGINS.match(after):
        return True
    if form is _ARABIC:
        return bool(found["to"] == "ل") or bool(
            re.search(r"(?:إلى|مع|حصلت|علمت|لدى|اطلعت|أسئلة)\s?$", before)
        )
    if form is _CJK_NAME or (form is _QUOTED and found["open"] == "《"):
        return bool(
            re.search(r"(?:告诉|对|向|接受|致电|回复|致信|据|に応じ)[《「]?$", before)
            or re.match(
                r"[》」]?(?:记者|獨家|独家)?(?:的?采访|的?专访|获悉|了解|独家|记者|に(?:対し|語|明か|話|答|「|『)|の(?:電話)?取材|が入手|が確認|の調べ)",
                after,
            )
        )
    article = found.groupdict().get("article") or ""
    if article.strip().casefold() in _CONTRACTED or article.casefold().startswith(("all'", "all’", "dall")):
        return True
    head = before[: len(before) - len(article)] if article and before.endswith(article) else before
    if form is _QUOTED:
        head = head.removesuffix(found["open"])
        own = re.search(r"(\w+)\s(?:\w+\s)?$", head)
        if own is not None and (_tells(own[1].casefold(), "telling") or _tells(own[1].casefold(), "access")):
            return True
        return bool(
            re.search(
                r"\b(?:с|со|для|от|у|газет\w+|издани\w+|редакци\w+|корреспондент\w*|журнал\w*)\s$", head
            )
        ) or bool(_TAKES_LATIN.search(head))
    return bool(
        _TAKES_LATIN.search(head) or (article.strip() in ("a", "à", "o") and _TAKES_LATIN.search(before))
    )


def _tells(sentence: str, name: str) -> bool:
    return bool(_beginnings(name).search(sentence))


@cache
def _beginnings(name: str) -> re.Pattern[str]:
    """Any of the beginnings of words under a name of the vocabulary; in writing without capitals, anywhere."""
    cased = "|".join(re.escape(stem) for stem in words(name) if _CASED.search(stem))
    signs = "|".join(re.escape(stem) for stem in words(name) if not _CASED.search(stem))
    return re.compile(rf"(?<!\w)(?:{cased})|{signs}")


def _is_within_quotes(text: str, place: int) -> bool:
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”")
