"""How pages mark what stands around an article: titles of lists, topics, reactions, buttons, the way home."""

import re
from functools import cache, lru_cache
from typing import Final

from recirc.extraction.page import PageCount
from recirc.extraction.relating import is_relating
from recirc.text.vocabulary import folded, is_one_of, only, starts, words

_MORE_ON: Final = re.compile(
    r"(?:more (?:on|about) (?:this|the) [\w ]{3,30}|related (?:to|on) [\w ’'&.-]{3,40}|"
    r"(?:read )?more (?:on|about) [\w ’'&.-]{2,40}|"
    r"mehr (?:zu|über) [\w ’'&.-]{3,40}|en savoir plus sur [\w ’'&.-]{3,40}|"
    r"más sobre [\w ’'&.-]{3,40}|mais sobre [\w ’'&.-]{3,40}|"
    r"altro su [\w ’'&.-]{3,40}|meer over [\w ’'&.-]{3,40}|więcej o [\w ’'&.-]{3,40})",
    re.IGNORECASE,
)
_OTHERS: Final = re.compile(
    r"more from [\w ’'&.-]{2,40}|most (?:read|viewed|popular|shared)(?: (?:in|on|this|today|now|"
    r"stories|articles)[\w ]{0,20})?|"
    r"(?:the )?latest (?:from|in|on) [\w ’'&.-]{2,40}|mehr (?:aus|von) [\w ’'&.-]{2,40}|"
    r"plus de [\w ’'&.-]{2,40}|más de [\w ’'&.-]{2,40}",
    re.IGNORECASE,
)
STEP: Final = re.compile(r"\s*(?:[>›»→▸＞]|(?<=\s)[/／](?=\s)|::)\s*|(?<=\w)/(?=\w)")
_NUMBER: Final = (
    r"(?P<number>\d{1,3}(?:[,. ’'\u00a0\u202f]\d{3})+|\d{1,12}(?:[.,]\d)?)\s?"
    r"(?P<unit>[KkMm](?![^\W\d_])|万|千|тыс\.?|mil(?=\s))?"
)
_REACTIONS: Final = (
    r"comments?|likes?|shares?|views?|reads?|readers?|claps?|votes?|reactions?|retweets?|hearts?|"
    r"followers?|visitors?|visits?|"
    r"favou?rites?|upvotes?|people like this|kommentare?|aufrufe|leser|commentaires?|vues|lecteurs|"
    r"partages|comentarios|visitas|"
    r"lectores|lecturas|comentários|leitores|visualizações|commenti|lettori|visualizzazioni|reacties|"
    r"lezers|weergaven|komentarz[ey]?|"
    r"komentarzy|wyświetleń|czytelników|комментари\w+|просмотр\w*|читател\w+|تعليق\w*|مشاهدة|قراءة|"
    r"条评论|次阅读|阅读|评论|人が閲覧|件のコメント"
)
_COUNTS: Final = (
    re.compile(rf"^(?P<of>[^\d(（]{{2,40}}?)\s*[(（]\s*{_NUMBER}\s*[)）]$"),
    re.compile(rf"^(?P<of>[^\W\d_][^\d:：]{{1,30}})[:：]\s*{_NUMBER}$"),
    re.compile(
        rf"^{_NUMBER}\s*(?P<of>(?:{_REACTIONS})(?: today| so far| this (?:hour|day|week|month)| in \w+)?)$",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^(?P<of>(?:seen|read|viewed|opened|visited|liked|shared|gelesen|vu|lu|visto|leído|lido|"
        rf"letto|gelezen)\b[^\d]{{0,12}}?)\s*{_NUMBER}"
        r"\s*(?P<more>times|visitors?|readers?|people|views?|mal|fois|veces|vezes|volte|keer|"
        r"lecteurs|lectores|leitores|lettori|lezers)?"
        r"(?P<period>\s+(?:today|so far|this (?:hour|day|week|month|year)))?$",
        re.IGNORECASE,
    ),
)
_LOOSE: Final = re.compile(rf"^{_NUMBER}\s*(?P<of>[^\W\d_][^\d,;:.!?]{{2,40}}[!.]?)$")
_NO_REACTION: Final = re.compile(
    r"^(?:min|h\b|hours?|days?|weeks?|months?|years?|seconds?|ago|stunden|tage|heures?|jours?|horas?|"
    r"días?|dias?|ore|giorni|uur|dagen|godzin|"
    r"part|минут|час|дн|分钟|小时|photos?|images?|bilder|fotos?|pictures|words|th\b|st\b|nd\b|rd\b|"
    r"of\b|and\b|in\b|to\b|on\b|for\b|at\b|or\b|a\b|the\b|von\b|und\b|de\b|y\b|e\b)",
    re.IGNORECASE,
)


_NUMBERED: Final = re.compile(r"^\d{1,5}\s+|\s*[(（\[]?\s*\d{1,5}\s*(?:件|条|條)?\s*[)）\]]?$")
_NUMBER_ALONE: Final = r"\d{1,3}(?:[,. ’'\u00a0\u202f]\d{3})+|\d+"
_READING: Final = re.compile(
    r"\b(?:views?|viewed|reads?|readers?|opened|seen|visits?|visitors?|page views?|impressions?|hits?|"
    r"gelesen|lesern?|aufrufe?|aufgerufen|abrufe?|besucher|zugriffe?|klicks?|angesehen|"
    r"lus?|lue?s?|lecteurs?|lectures?|vues?|visites?|visiteurs?|consultée?s?|affichages?|"
    r"leíd[oa]s?|lectores|lecturas?|visitas?|vistas?|visitantes|visto|visualizaciones|"
    r"lid[oa]s?|leitores|leituras?|visualizações|acessos?|vist[oa]s?|"
    r"lett[oaie]|lettori|letture|visualizzazioni|visite|visitatori|vist[oaie]|"
    r"gelezen|lezers|weergaven|bekeken|bezoekers|keer bekeken|"
    r"przeczytan\w*|czytelnik\w*|odsłon\w*|wyświetle\w*|wejść|odwiedzin\w*|"
    r"прочита\w*|прочтени\w*|просмотр\w*|читател\w*|посещени\w*|визит\w*)\b|"
    r"قراءة|القراءات|قراءات|قارئ|مشاهدة|مشاهدات|المشاهدات|زيارة|زيارات|زائر|"
    r"阅读|閱讀|浏览|瀏覽|访问|点击|查看|読者|閲覧|アクセス|ビュー|回読",
    re.IGNORECASE,
)
_REACTING: Final = re.compile(
    r"\b(?:happy|useful|lov\w+|like[ds]?|helpful|enjoy\w*|great|moving|moved|inspir\w*|hearts?|claps?|applause|"
    r"cheers?|gefällt|gefallen|mögen|hilfreich|finden|gut|prima|super|toll|"
    r"aim\w+|adoré?\w*|bravo|utiles?|apprécié?\w*|j'aime|coups? de cœur|"
    r"gusta\w*|encanta\w*|útil\w*|aplaus\w+|gostar\w*|gostei|adorar\w*|curti\w+|amaram|"
    r"piace|piaciut\w+|apprezza\w+|utile|applausi|mi piace|mooi|leuk\w*|vinden|nuttig|applaus|duim\w*|"
    r"lubi\w*|podoba\w*|polubie\w+|polubił\w*|poleca\w*|"
    r"понравил\w+|нравится|лайк\w*|полезн\w+|оценил\w*)\b|"
    r"أعجب|إعجاب|الإعجاب|يحب|أحب|赞|讚|喜欢|喜歡|有用|いいね|役に立|感動|拍手",
    re.IGNORECASE,
)
_ABOUT_READERS: Final = re.compile(
    f"{_READING.pattern}|{_REACTING.pattern}|\\b(?:comments?|shares?|kommentare?|commentaires?|comentarios?|"
    "comentários?|commenti|reacties|komentarz\\w*|комментари\\w*)\\b|تعليق|评论|コメント",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def list_title(line: str) -> str | None:
    """The title of a list of links, as it stands; None where the line is not one.

    >>> list_title("Related:"), list_title("Most read"), list_title("Related to the king")
    ('Related', 'Most read', None)
    """
    bare = line.strip().rstrip(":：").lstrip("#>*=•—–- ").strip()
    if len(bare) > 60:
        return None
    if is_comments(bare):
        return bare
    return bare if is_relating(bare) or is_one_of(bare, "other_lists") or _OTHERS.fullmatch(bare) else None


def is_comments(title: str) -> bool:
    """Whether a line is the title of what readers have written, with their number or without.

    >>> is_comments("Comments (2)"), is_comments("评论（2）"), is_comments("Comments were closed.")
    (True, True, False)
    """
    return len(title) <= 40 and is_one_of(_NUMBERED.sub("", title.strip(" :：")), "comments")


def topics_after(line: str) -> str | None:
    """What follows a mark such as "Tags:", empty where the mark stands alone; None of a line without one.

    >>> topics_after("Tags: Ferry, Farrow"), topics_after("Schlagworte"), topics_after("In the beginning")
    ('Ferry, Farrow', '', None)
    """
    if is_one_of(line, "tags") and (len(line.strip(" :：-")) > 2 or ":" in line):
        return ""
    begin = starts("tags").match(line)
    found = re.match(r"\s*[:：]\s*", line[begin.end() :]) if begin else None
    if begin is None or found is None or len(line) > 400:
        return None
    return line[begin.end() + found.end() :].strip()


def count_in(line: str, *, loose: bool = False) -> PageCount | None:
    """A number that a page shows about itself; names of services glued before it are left out.

    Args:
        line: the line.
        loose: whether a number before any words counts, as below an article: "84,211 happy readers".

    >>> count_in("TwitterveryGood! (76311)"), count_in("1.2K shares"), count_in("Chapter 7 of the saga")
    (PageCount(of='veryGood!', number=76311), PageCount(of='shares', number=1200), None)
    """
    if len(line) > 70:
        return None
    if is_counter(line):
        number = re.search(_NUMBER, line)
        if number is not None:
            of = " ".join(f"{line[: number.start()]} {line[number.end() :]}".split()).strip(" :：()（）·•-–|")
            of = _glued().sub("", of)
            return PageCount(of, _whole(number["number"], number["unit"]))
    bare = _glued().sub("", line.strip())
    for form in (*_COUNTS, _LOOSE) if loose else _COUNTS:
        found = form.match(bare)
        if found is None or is_sharing(found["of"]) or (form is _LOOSE and _NO_REACTION.match(found["of"])):
            continue
        groups = found.groupdict()
        of = " ".join(
            part.strip() for part in (found["of"], groups.get("more"), groups.get("period")) if part
        )
        if is_one_of(found["of"], "dated", "by", "section", "caption"):
            continue
        return PageCount(of, _whole(found["number"], found["unit"]))
    return None


def is_counter(line: str) -> bool:
    """Whether a short line tells how many read or liked the page, in any form: "Прочитали 912 раз", "阅读 912".

    >>> is_counter("912 keer gelezen"), is_counter("66248人觉得很赞"), is_counter("He read 912 letters.")
    (True, True, False)
    """
    bare = line.strip()
    if len(bare) > 60 or len(bare.split()) > 8 or re.search(r"[.。,，;；]\s*$", bare):
        return False
    numbers = re.findall(_NUMBER_ALONE, bare)
    return len(numbers) == 1 and bool(_ABOUT_READERS.search(bare))


def is_of_reading(of: str) -> bool:
    """Whether a count is of those who read or opened a page, rather than of those who reacted.

    >>> is_of_reading("Leído veces"), is_of_reading("Просмотров"), is_of_reading("lectores les gusta")
    (True, True, False)
    """
    return (
        len(of.split()) <= 6
        and "." not in of.strip(".")
        and bool(_READING.search(of))
        and not _REACTING.search(of)
    )


def is_sharing(line: str) -> bool:
    """Whether a line is nothing but buttons for sharing.

    >>> is_sharing("Facebook Twitter WhatsApp"), is_sharing("Twitter says no"), is_sharing("Teilen")
    (True, False, True)
    """
    bare = line.strip()
    if len(bare) > 200 or folded(bare) in ("and", "on"):
        return False
    return bool(only("services", "share").fullmatch(bare))


@cache
def section_names() -> frozenset[str]:
    """The names of sections in all languages, in lower case."""
    return frozenset(name for topic in words("sections") for name in words(f"section {topic}"))


@cache
def squeezed_menu() -> frozenset[str]:
    """The words of menus, without spaces and signs."""
    phrases = {*section_names(), *words("home"), *words("around"), *words("other_lists")}
    return frozenset(re.sub(r"[\W_]+", "", phrase) for phrase in phrases if len(phrase) > 1)


@cache
def _glued() -> re.Pattern[str]:
    names = "|".join(
        re.escape(name) for name in sorted(words("services"), key=len, reverse=True) if len(name) > 1
    )
    shares = "|".join(
        re.escape(name) for name in sorted(words("share"), key=len, reverse=True) if len(name) > 3
    )
    return re.compile(rf"^(?:(?i:{names})(?=[^\W\d_]{{3}}|\d)|(?i:{names}|{shares})[\s|,·/]+(?=\S))+")


def _whole(number: str, unit: str | None) -> int:
    factor = {"k": 1_000, "m": 1_000_000, "万": 10_000, "千": 1_000, "mil": 1_000}.get(
        (unit or "").lower(), 1
    )
    if unit and unit.startswith("тыс"):
        factor = 1_000
    if factor > 1:
        return round(float(re.sub(r"[^\d.]", "", number.replace(",", "."))) * factor)
    return int(
        re.sub(r"\D", "", number if not re.fullmatch(r"\d+[.,]\d", number) else re.split("[.,]", number)[0])
    )
