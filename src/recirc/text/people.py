"""The names in a byline, in the languages of newspapers: who wrote an article, one name each."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from recirc.text.clean import plain
from recirc.text.vocabulary import starts

LONGEST_LINE: Final = 1_000  # characters of a byline
LONGEST_NAME: Final = 200

_PARTICLES: Final = frozenset(
    {"von", "di", "da", "de", "av", "af", "door", "from", "i", "e", "y", "en", "a", "w"}
)
"""Words that mean "by" in one language and begin a name in the same or another one, such as "Von Trapp"."""
_MARK: Final = re.compile(r"\s*[:：/／|＝=・\s]\s*")
_UNSPACED_BY: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_MORE_BY: Final = re.compile(
    r"(?:โดย|เรื่อง|מאת|oleh|bởi|tác giả|από|ditulis oleh|przez|от)(?=[\s:])[\s:]*", re.IGNORECASE
)
_AFTER_NAME: Final = re.compile(
    r"\s*(?:記者|记者|特派員|特派员|論説委員|編集委員|통신원|특파원|기자|객원기자|報導|报道|報道|/?(?:台北|北京|東京)(?:報導|电))\s*$"
)
_MAIL: Final = re.compile(r"\s*[(<]?\S+@\S+[)>]?")
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_CJK_SEPARATOR: Final = re.compile(
    r"\s*[、，,;；|／/・]\s*|\s+(?:和|与|與|및|と)\s+|(?<=[\u3400-\u9fff])[和与與](?=[\u3400-\u9fff]{2,4}$)"
    r"|(?<=[\uac00-\ud7a3])·(?=[\uac00-\ud7a3])"
)
_CJK_NAMES: Final = re.compile(
    r"(?:[\u3400-\u9fff]{2,4}|[\uac00-\ud7a3]{2,4})(?:\s+(?:[\u3400-\u9fff]{2,4}|[\uac00-\ud7a3]{2,4}))+"
)
_CHINESE_SURNAMES: Final = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘于蒋蔣蔡余"
    "杜叶葉程苏蘇魏吕呂丁任沈姚卢盧姜崔钟鍾谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫阎段雷侯龙龍史陶黎贺賀顾顧毛郝"
)
_SEPARATOR: Final = re.compile(r"\s*[;|؛]\s*|\s+(?:and|&|und|et|\+)\s+", re.IGNORECASE)
_OTHER_AND: Final = re.compile(
    r"\s+(?:y|e|en|i|и|та|й|och|og|ja|ve|dan|và|și|και|with|mit|avec|con|com|met)\s+|\s*/\s*|\s+(?:و\s?|ו)(?=\S)",
    re.IGNORECASE,
)
"""Words for "and" that are in names as well, such as "Ortega y Gasset": they part names of two words or more."""
_COMMA: Final = re.compile(r"\s*[,،]\s*")
_NAME: Final = re.compile(r"[^\W\d_][\w.’'’-]*(?:\s+[\w.’'’\"“”()-]+){1,4}")
_PERSON: Final = re.compile(
    r"(?!(?:The|New|San|Santa|Los|Las|St|Saint|North|South|East|West|La|Le|Les|El|Il|Der|Die|Das|De|Het|Bad|Rio|São)\b)"
    r"[^\W\d_a-zà-ÿ][\w.’'-]*(?:\s+(?:de|da|do|dos|di|del|van|von|der|den|la|le|bin|al)\b)*\s+[^\W\d_a-zà-ÿ][\w.’'-]*"
)
"""A name of two capital words, with particles between them, that is hardly that of a place or a paper."""
_ROLE: Final = re.compile(
    r"\b(?:reporters?|editors?|correspondents?|writers?|staff|chief|columnists?|producers?|contributors?|analysts?|news"
    r"|press|times|post|magazine|media|redakteur(?:in)?|korrespondent(?:in)?|redaktion|rédact\w+|correspondante?"
    r"|journaliste?|redactor(?:a)?|corresponsal|periodista|redator(?:a)?|repórter|jornalista|giornalista|redazione"
    r"|inviat[oa]|verslaggever|redacteur|journalist|dziennikarz\w*|корреспондент|журналист|обозреватель)\b",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"\s+(?:in|aus|from|for|für|à|w|из)\s+(?=[A-ZÀ-ÞА-Я])")
_BRACKETS: Final = re.compile(r"\s*[(（\[][^()（）\[\]]{0,80}[)）\]]")


def people(text: str, *, strict: bool = False) -> Iterator[str]:
    """The names in a byline; `strict`: only what has the form of a person's name.

    >>> list(people("By Ada Hartley, Tom Reid and Mina Oyelaran"))
    ['Ada Hartley', 'Tom Reid', 'Mina Oyelaran']
    >>> list(people("By Ada Hartley, Chief Reporter", strict=True))
    ['Ada Hartley']
    >>> list(people("Von Jan Vogt und Mia Roth")), list(people("Von Trapp")), list(people("記者王小明、李大同"))
    (['Jan Vogt', 'Mia Roth'], ['Von Trapp'], ['王小明', '李大同'])
    """
    text = plain(unescape(text[:LONGEST_LINE]))
    text, by = without_by(text)
    if strict and not by and not (_NAME.fullmatch(text) or _CJK.search(text)):
        return
    names = _cjk_names(text) if _CJK.search(text) else _names(text, by=by or strict)
    for name in names:
        name = name.strip(" |–—-:.,") if not name.endswith(".") else name.strip(" |–—-:,")
        if name and len(name) <= LONGEST_NAME and (not strict or _is_name(name)):
            yield name


def without_by(text: str) -> tuple[str, bool]:
    """A byline without "By" in any language, and whether it had one.

    A word that begins names as well is left out only before a name of two words.
    """
    begin = starts("by").match(text)
    if begin is None:
        more = _MORE_BY.match(text)
        return (text[more.end() :], True) if more else (text, False)
    rest = text[begin.end() :]
    mark = _MARK.match(rest)
    word = begin[0].casefold()
    if mark is None:
        if not _UNSPACED_BY.match(begin[0]) or len(rest) < 2:
            return text, False
        return rest, True
    rest = rest[mark.end() :]
    if not rest or (word in _PARTICLES and mark[0].isspace() and len(rest.split()) < 2):
        return text, False
    further, again = without_by(rest) if word not in _PARTICLES else (rest, False)
    return (further, True) if again else (rest, True)


def _is_name(name: str) -> bool:
    if _UNSPACED_BY.search(name) or _CJK.search(name):
        return len(name) <= 30
    return bool(_NAME.fullmatch(name)) and (name[0].isupper() or not name[0].islower())


def _cjk_names(text: str) -> Iterator[str]:
    for part in _CJK_SEPARATOR.split(_BRACKETS.sub("", text)):
        name = _AFTER_NAME.sub("", _MAIL.sub("", without_by(part)[0])).strip()
        pieces = name.split()
        # "山田 太郎" is one Japanese name, "张三 李四" two Chinese ones.
        if _CJK_NAMES.fullmatch(name) and all(
            piece[0] in _CHINESE_SURNAMES or "\uac00" <= piece[0] <= "\ud7a3" for piece in pieces
        ):
            yield from pieces
        elif name:
            yield name


def _names(text: str, *, by: bool) -> Iterator[str]:
    """The names in a text; `by`: it began with "By" or stands on a page, so that "A, B" may be a name and a place."""
    text = _BRACKETS.sub("", text) if _NAME.match(_BRACKETS.sub("", text)) else text
    parts = [piece for part in _SEPARATOR.split(text) for piece in _split_by_other_and(part)]
    for part in parts:
        pieces = [_PLACE.split(without_by(piece)[0])[0].strip(" |–—-") for piece in _COMMA.split(part)]
        named = [piece for piece in pieces if _NAME.fullmatch(piece) and not _ROLE.search(piece)]
        # "A, B and C" are three; what follows a single name after a comma is where or what somebody is, on a page.
        pair = not by and len(named) == 2 and all(map(_PERSON.fullmatch, named))
        several = len(named) > 1 and (len(parts) > 1 or len(named) == len(pieces) > 2 or pair)
        yield from named if several else pieces[:1]


def _split_by_other_and(part: str) -> list[str]:
    pieces = [piece for piece in _OTHER_AND.split(part) if piece]
    long_enough = all(len(re.split(r"[\s,،]+", piece.strip())) >= 2 for piece in pieces)
    return pieces if len(pieces) > 1 and long_enough else [part]
