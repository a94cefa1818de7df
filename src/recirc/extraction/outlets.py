"""Names of newspapers, agencies and broadcasters in running text."""

import re
from functools import lru_cache
from typing import Final

_KNOWN_LIST: Final = (
    "reuters bloomberg cnn bbc npr ap afp upi cbs abc nbc msnbc pbs cnbc fox sky itv vox axios politico "
    "wired forbes fortune newsweek slate salon buzzfeed huffpost variety espn xinhua tass interfax dpa "
    "ansa kyodo pti anadolu propublica bellingcat mediapart euronews univision telemundo cbc"
)
_KNOWN: Final = frozenset(_KNOWN_LIST.split())
"""One word is enough for these; others need a word that newspapers have in their names."""

_WORDS_LIST: Final = (
    "news times post press journal herald tribune gazette chronicle globe mail telegraph guardian "
    "observer independent standard courier examiner inquirer dispatch register record review monitor "
    "mercury argus echo advertiser ledger bulletin sentinel daily weekly radio tv television "
    "broadcasting network magazine media tide beacon banner reporter wire newswire today broadcaster "
    "chronicler messenger citizen"
)
_WORDS: Final = frozenset(_WORDS_LIST.split())
_ACRONYM: Final = re.compile(r"[A-ZÄÖÜА-Я]{2,5}|[a-zäöüа-я]{2,4}")
_AGENCY: Final = re.compile(
    r"(?<![^\W\d_])(?:\w*agentur\w*|news ?agency|press agency|agence|agencia|agência|agenzia|agencja|persbureau|"
    r"agentschap|агентств\w+|وكالة)(?![^\W\d_])|通讯社|通信社",
    re.IGNORECASE,
)
_NO_NAME_LIST: Final = (
    "the a an he she they it mr mrs ms dr president minister senator judge general police congress "
    "parliament lawmakers reporters journalists press media monday tuesday wednesday thursday friday "
    "saturday sunday"
)
_NO_NAME: Final = frozenset(_NO_NAME_LIST.split())
_PART: Final = r"[A-Z][\w&’'-]{0,40}(?<!['’])"
NAME_OF_OUTLET: Final = rf"(?:[Tt]he )?(?<!\w){_PART}(?: (?:(?:of|and|&) )?{_PART}){{0,5}}"
"""A run of words with capitals; whether it is an outlet's name, `outlet_in` says."""

_OTHER_NEWS_WORDS_LIST: Final = (
    "zeitung anzeiger bote kurier tageblatt blatt nachrichten presse rundschau volksblatt abendblatt "
    "merkur allgemeine "
    "courrier gazette quotidien dépêche tribune écho figaro monde libération parisien progrès télégramme "
    "diario correo periódico gaceta voz noticias heraldo faro prensa vanguardia tiempo nación "
    "jornal folha diário correio notícias gazeta estado público expresso "
    "corriere giornale gazzetta stampa messaggero mattino eco voce resto unione "
    "krant courant dagblad telegraaf nieuwsblad volkskrant nieuws omroep dziennik głos kurier "
    "wiadomości express gazety "
    "вестник газета правда известия труд новости вести телеканал агентство صحيفة جريدة وكالة قناة مجلة "
    "tidning tidningen tidende avis avisen posten bladet dagbladet sanomat lehti gazetesi haber "
    "noviny deník ziarul"
)
_NEWS_WORDS: Final = _WORDS | frozenset(_OTHER_NEWS_WORDS_LIST.split())
_CJK_NEWS: Final = re.compile(
    "日报|晚报|时报|早报|新闻|周刊|通讯社|新聞|タイムズ|通信|日報|時報|晚報|電視|放送|テレビ|网$"
)
NO_NAME: Final = _NO_NAME


def is_known(name: str) -> bool:
    """Whether a name is of one of the great agencies and broadcasters."""
    return _first_word(name) in _KNOWN


def is_agency(name: str) -> bool:
    """Whether a name is of an agency: one of the great ones, an acronym, or one with the word for it.

    >>> is_agency("APA"), is_agency("dpa"), is_agency("Agencia del Faro"), is_agency("Nordbote")
    (True, True, True, False)
    """
    return names_agency(name) or bool(_ACRONYM.fullmatch(name.strip()))


def names_agency(name: str) -> bool:
    """Whether a name says that it is an agency's: one of the great ones, or one with the word for it."""
    return is_known(name) or bool(_AGENCY.search(name))


def has_news_word(name: str) -> bool:
    """Whether a name holds a word that newspapers, agencies and broadcasters have in theirs.

    >>> has_news_word("Courrier de Harrow"), has_news_word("青河日报"), has_news_word("Norvell")
    (True, True, False)
    """
    return any(word in _NEWS_WORDS or word in _KNOWN for word in re.findall(r"[\w]+", name.lower())) or bool(
        _CJK_NEWS.search(name)
    )


@lru_cache(maxsize=4096)
def outlet_in(name: str) -> str | None:
    """The outlet that a run of words with capitals begins with; None where it is no outlet's name.

    >>> outlet_in("CBS News"), outlet_in("Press Secretary Jane Roe"), outlet_in("The North Coast Press")
    ('CBS News', None, 'The North Coast Press')
    """
    words = name.removeprefix("the ").removesuffix("'s").removesuffix("’s").split()
    bare = [word.strip("'’").lower() for word in words]
    if not bare or bare[-1] in ("of", "and", "&", "the"):
        return None
    named = [place for place, word in enumerate(bare) if word in _WORDS]
    first = 1 if bare[0] == "the" else 0
    if len(bare) > first and (bare[first] in _KNOWN or " ".join(bare[first : first + 2]) in _TWO_WORDS):
        end = 1 + max([place for place in named if place <= first + 2], default=first)
        return " ".join(
            words[: max(end, first + (2 if " ".join(bare[first : first + 2]) in _TWO_WORDS else 1))]
        )
    if not named or (named[-1] == first and len(bare) > first + 1):
        return None
    if named[-1] == first and not (first and bare[first] not in ("press", "media")):
        return None  # "Press", "News" and "the press" are no names; "The Tide" is one
    return " ".join(words[: named[-1] + 1])


_TWO_WORDS: Final = frozenset(
    {"al jazeera", "associated press", "le monde", "el país", "der spiegel", "usa today"}
)


def key_of(outlet: str) -> str:
    """A name as it is compared: letters and digits in lower case, without "the".

    >>> key_of("The CBS News")
    'cbsnews'
    """
    return "".join(sign for sign in outlet.lower().removeprefix("the ") if sign.isalnum())


def same(one: str, other: str) -> bool:
    """Whether two names are of one outlet: equal, one within the other, initials, or the same first word.

    >>> same("BBC News", "BBC Sport"), same("cbsnews.com", "CBS News"), same("NCP", "North Coast Press")
    (True, True, True)
    >>> same("North Coast Press", "Associated Press")
    False
    """
    a, b = key_of(one), key_of(other)
    if not a or not b:
        return False
    short, long = sorted((a, b), key=len)
    if len(short) >= 3 and short in long:
        return True
    if short in (_initials(one), _initials(other)) and len(short) >= 2:
        return True
    heads = [_first_word(name) for name in (one, other)]
    return heads[0] == heads[1] and heads[0] in _KNOWN


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.lower().split() if word not in ("the", "of", "and", "&"))


def _first_word(name: str) -> str:
    words = [word for word in re.findall(r"\w+", name.lower()) if word != "the"]
    return words[0] if words else ""
